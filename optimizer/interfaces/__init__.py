"""Adapters: the command line.

They parse what the user asks, call one verb of the floors below and show what it returns.
They hold no optimisation logic.
"""
