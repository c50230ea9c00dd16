"""Solving and proof: arrays in, certified answers out.

It takes a program and parameter vectors and gives answers with their certificates, on as many cores as there are.
It is the only floor that knows HiGHS, and must not know rare earths.
"""
