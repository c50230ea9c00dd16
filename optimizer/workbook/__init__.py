"""Workbooks (the extra `workbook`): a case as one, read and written, its faults marked in a copy, and the answer.

Takes bytes of a workbook, a `Case` or a `Summary`; gives what a reader gives the door for cases, or bytes. It checks
nothing of a case itself: cells are spelled as tables spell them and go through the one door. What comes from outside is
read in a process of its own, under limits (`child`), and never here.
"""
