"""The service: plans asked for over HTTP, by several tenants, and answered by workers.

It takes cases, scenarios and jobs and gives results with their proof. It must not know how anything is solved, and it
checks nothing by itself: what is wrong with an input, the door of the case says.
"""
