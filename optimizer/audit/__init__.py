"""What is checked again: the rules in plain sums over rows and days of its own, and whole folders from their files.

It takes a case, its scenarios and the tables of a plan and gives faults.
Apart from `verify`, which takes a folder's proofs too, it must know nothing of the programme.
"""
