"""What the planner wrote: tables, settings and scenarios, validated, on their calendar, patched.

It takes YAML and CSV files and gives a network: what there is to decide, and every number per period.
It must not know how the programme is written or solved.
"""
