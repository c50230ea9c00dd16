"""The case over its days, and what may happen to it: time series, scenarios, ways, and the door that loads both.

It takes the rows of a case and the events of scenarios and gives daily series, before and after them.
It must not know what there is to decide.
"""
