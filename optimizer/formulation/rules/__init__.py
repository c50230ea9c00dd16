"""Every rule: one file per topic, one function per rule, its equation in its docstring.

Index: i material, s site, j place (a site, or the hub of a country), k recipe, o offer, c contract, l lane, d demand,
q exposure class, t period, p project, g group of members of a limit, w window.
"""

from importlib import import_module

from optimizer.formulation.registry import RULES
from optimizer.topics import TOPICS

for _topic in TOPICS:
    import_module(f"{__name__}.{_topic}")

__all__ = ["RULES"]
