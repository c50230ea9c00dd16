"""Webhooks: where one may go, how what it brings is signed, and that it is sent until it is taken.

Takes deliveries that fall due and gives what became of each. It must not know what a job is.
"""
