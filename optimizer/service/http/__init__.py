"""Routes: each reads a request, asks the store or a process of its own, and says the answer."""
