"""The page: a planner's desk in the browser, drawn from what the service says.

It takes what the routes of the service take and gives HTML. It knows no database, no solver and no rule: every look and
every change goes through the functions behind the routes, for the tenant whose key signed in.
"""
