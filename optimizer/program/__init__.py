"""A linear programme as arrays, what may be asked of it, and the proof of an answer.

It takes and gives arrays. It knows neither Pyomo nor HiGHS, nor rare earths.
"""
