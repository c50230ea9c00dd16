"""Long tables of a plan by topic, each beside its columns; `plans/long_tables.py` lists them all.

Nothing is imported here, as whoever asks for one topic would have all of them read first.
"""
