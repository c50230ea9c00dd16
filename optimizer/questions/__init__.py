"""What plans are asked: why, why not, what if; each answered by a proof or by solving again.

It takes plans and gives tables and records.
It must not parse commands or print.
"""
