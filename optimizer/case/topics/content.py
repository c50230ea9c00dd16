"""Content: what is embedded in goods from upstream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from optimizer.case.checking import CaseCheck
from optimizer.case.kinds import Country, Name, Positive
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row


class Origin(Row):
    """What is embedded in an offer from upstream, as its seller declares."""

    key = ("offer", "material", "country")

    offer: Annotated[Name, Ref("offers")]
    """The offer."""
    material: Annotated[Name, Ref("materials")]
    """The upstream material."""
    country: Annotated[Country, Defines("countries"), Defines("owners")]
    """Where that material was made."""
    tonnes: Positive
    """Tonnes of it embedded per tonne offered."""


@dataclass(frozen=True)
class ContentTables:
    """The tables of this topic."""

    origins: tuple[Origin, ...] = ()


CHECKS: tuple[CaseCheck, ...] = ()
"""What only shows when rows are read together."""
