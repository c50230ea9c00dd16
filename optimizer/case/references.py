"""What a name names stands in the type of its field: ``Defines("sites")`` or ``Ref("sites")``.

Checks across tables, the `where` of an event, the audit, the documentation and the JSON schema all read it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel

Kind = Literal[
    "materials",
    "sites",
    "offers",
    "controls",
    "processes",
    "countries",
    "owners",
    "companies",
    "parents",
    "groups",
    "elements",
    "stages",
    "indices",
    "formulas",
]
"""What there are names of: rows by name, what several rows share, what settings name, and what every case has."""
ONE: dict[Kind, str] = {
    "materials": "material",
    "sites": "site",
    "offers": "offer",
    "controls": "control",
    "processes": "process",
    "countries": "country",
    "owners": "owner",
    "companies": "company",
    "parents": "company",
    "groups": "group",
    "elements": "element",
    "stages": "stage",
    "indices": "price index",
    "formulas": "formula",
}
"""One of a kind, in words."""


@dataclass(frozen=True)
class Defines:
    """The field gives its row a name that others may refer to.

    Parameters
    ----------
    kind : str
        What it is a name of; a field may define names of two kinds.
    """

    kind: Kind


@dataclass(frozen=True, init=False)
class Ref:
    """The field, or each of its words, refers to something by name; an empty one to none.

    Parameters
    ----------
    *kinds : str
        What it may be the name of.
    word : str, optional
        A word that may stand there and is no name, such as ``*``; an empty text where nothing need be named.
    hubs : bool, optional
        Whether the hub of a country in which a site lies may be named too.
    """

    kinds: tuple[Kind, ...]
    word: str | None
    hubs: bool

    def __init__(self, *kinds: Kind, word: str | None = None, hubs: bool = False) -> None:
        object.__setattr__(self, "kinds", kinds)
        object.__setattr__(self, "word", word)
        object.__setattr__(self, "hubs", hubs)

    @property
    def one(self) -> str:
        """One of what it may name, in words: ``site or company``."""
        return " or ".join(dict.fromkeys([*(ONE[kind] for kind in self.kinds), *(["hub"] if self.hubs else [])]))

    @property
    def alone(self) -> bool:
        """Whether it names one kind of thing and nothing else can stand there."""
        return len(self.kinds) == 1 and self.word is None

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        """The field's JSON schema, and what it refers to."""
        return {**handler(core_schema), "refers_to": list(self.kinds)}


@dataclass(frozen=True)
class MayName:
    """The field may name something of a kind, beside what else can stand there.

    Parameters
    ----------
    kind : str
        What it may be the name of.
    """

    kind: Kind


def _marks(annotation: Any) -> Iterator[Any]:
    """What stands beside the types in an annotation, and in its parts."""
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _marks(part)


def _marked(record: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    """Every field of a record and each thing said beside its type."""
    for name, info in record.model_fields.items():
        for mark in (*info.metadata, *_marks(info.annotation)):
            yield name, mark


@cache
def references(record: type[BaseModel]) -> dict[str, Ref]:
    """The fields of a record that refer to something, and to what."""
    return {name: mark for name, mark in _marked(record) if isinstance(mark, Ref)}


@cache
def definitions(record: type[BaseModel]) -> tuple[tuple[str, Kind], ...]:
    """The fields of a record that define names, each with what of."""
    return tuple((name, mark.kind) for name, mark in _marked(record) if isinstance(mark, Defines))


@cache
def may_name(record: type[BaseModel]) -> dict[str, tuple[Kind, ...]]:
    """The columns of a record that name something, or may, and of which kinds."""
    shown = {name: info.alias or name for name, info in record.model_fields.items()}
    others = {shown[name]: (mark.kind,) for name, mark in _marked(record) if isinstance(mark, MayName)}
    return {shown[name]: ref.kinds for name, ref in references(record).items()} | others


def names_in(value: Any) -> tuple[str, ...]:
    """The names that a cell holds: one, several, the keys of a mapping, or none."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, tuple | dict) else (str(value),)
