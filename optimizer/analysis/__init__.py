"""What a planner asks for: plans in every scenario, summaries, tables, files.

It takes a case and scenarios and gives outcomes as tables.
It must not parse commands or print.
"""
