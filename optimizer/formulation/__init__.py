"""The linear programme: one function per rule and cost term, and its compiled form.

It takes a network and gives a program, arrays that are affine in the network's numbers.
It is the only floor that imports Pyomo, and must not know any solver.
"""
