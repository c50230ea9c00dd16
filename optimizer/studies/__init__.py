"""Studies: one case in thousands of what-ifs, in blocks of rows, each of which is a file of its own.

Takes a study file and a case, and gives a folder of figures, one row per row of the design, scenario and answer. It
must not know the command, and asks for packages of the extra `study` only where it reads or writes Parquet.
"""
