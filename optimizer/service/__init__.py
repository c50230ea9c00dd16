"""The service: cases, scenarios and jobs over HTTP, for many callers who see nothing of each other.

Takes requests and gives answers, or problems, as JSON; what is planned, and how, the floors below know. It must not know the commands.
"""
