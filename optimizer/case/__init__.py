"""What the planner wrote: the records of every table, how cells and files are read and written, and their checks.

It takes text and gives typed rows, and faults that name file, row and the nearest known name.
It must not know what day it is, nor what there is to decide.
"""
