"""Plans in every scenario: the verb, the outcome of each answer, its tables and summary, and the folder they are in.

It takes a case and scenarios and gives outcomes as tables.
It must not parse commands or print.
"""
