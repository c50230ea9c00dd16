"""Every number per period: one file per topic, one function per parameter of the formulation."""

from importlib import import_module

from optimizer.network.network import PARAMETERS
from optimizer.topics import TOPICS

HERE = [topic for topic in TOPICS if topic not in ("goods", "prices")]
"""Topics that have numbers, in the order of their parameters."""
for _topic in HERE:
    import_module(f"{__name__}.{_topic}")

__all__ = ["PARAMETERS"]
