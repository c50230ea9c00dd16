"""The folder that plans are written to: its manifest, how it is replaced, written and read.

It takes plans and gives files, and takes files and gives tables, whole or not at all.
It must not solve anything.
"""
