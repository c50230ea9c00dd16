"""What a planner writes, topic by topic: the records of its tables, and what is checked across their rows."""
