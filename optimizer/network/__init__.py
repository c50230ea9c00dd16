"""What there is to decide: index sets, and every number per period.

It takes a case and its days and gives a network.
It must not know how the programme is written or solved.
"""
