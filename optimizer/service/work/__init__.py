"""The workers: each takes jobs from the queue and has them done by a child, a process of its own that can be ended."""
