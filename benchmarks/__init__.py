"""Benchmarks: `python -m benchmarks.run` prints them all."""
