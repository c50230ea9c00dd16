"""Formats: every table, field and event, from the records that read them."""

from __future__ import annotations

import datetime as dt
import inspect
import re
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from docs.generator.markdown import code, head, joined, plain, said, table
from optimizer.case.case import bundled
from optimizer.case.check import CHECKS
from optimizer.case.kinds import ELEMENTS
from optimizer.case.packs import Cover, Pack, find_packs, load_pack
from optimizer.case.rows import Row
from optimizer.case.settings import CaseFile, PeriodGroup
from optimizer.case.tables import TABLES, referred
from optimizer.faults import CODES, Fault
from optimizer.network.plausible_events import EVENT_FINDINGS
from optimizer.world.events import SERIES, Event, Recovery, largest
from optimizer.world.load import load_case
from optimizer.world.plausible import FINDINGS
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector

KINDS = {str: "text", bool: "`true` or `false`", dt.date: "day", int: "whole number", float: "number"}
"""What a cell of a type holds."""
WORDS = {
    r"^[A-Z]{2}$": "country",
    r"^([A-Z]{2}|\*)$": "country or `*`",
    r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$": "name",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens",
}
"""What the patterns of the records ask for."""
BOUNDS = (("ge", "{:g} or more"), ("gt", "above {:g}"), ("le", "up to {:g}"))


def page() -> str:
    """The page on formats."""
    return joined(
        [
            head("formats"),
            "\n".join(f"- {sentence}" for sentence in _sentences(check.find for check in CHECKS)),
            "### Fields and codes of a fault",
            "In JSON every fault has all of these fields; what is not known of it is null, or an empty list. `text` is "
            "the line printed.",
            table(["field", "meaning"], _fault_fields()),
            table(["code", "stands for"], [(f"`{name}`", meaning) for name, meaning in CODES.items()]),
            head("formats-findings"),
            "\n".join(f"- {sentence}" for sentence in _sentences(check.find for check in FINDINGS)),
            "In a scenario:",
            "\n".join(f"- {sentence}" for sentence in _sentences(EVENT_FINDINGS)),
            "## The case: case.yaml",
            fields(CaseFile),
            f"An item of `periods` has {_items(PeriodGroup)}.",
            "## The tables",
            table(
                ["table", "holds", "key"],
                [(f"[{name}](#{name})", meaning(record), _key(record)) for name, record in TABLES.items()],
            ),
            "Every table also has these columns:",
            fields(Row, Row.model_fields),
            f"Elements that `content` and `elements` may name: {code(ELEMENTS)}.",
            *(part for name, record in TABLES.items() for part in _table(name, record)),
            head("formats-packs"),
            "### Fields of a pack",
            fields(Pack),
            f"A `cover` has {_items(Cover)}.",
            "### Bundled packs",
            table(["pack", "what it stands for"], _packs()),
            head("formats-scenarios"),
            "### Fields of a scenario",
            fields(Scenario),
            "### Fields of an event",
            fields(Event),
            f"A `recovery` has {_items(Recovery)}.",
            "### What an event may change",
            table(["table", "columns and what they may become", "columns for `where`"], _changeable()),
        ]
    )


def _sentences(finders: Iterable[Callable[..., Any]]) -> Iterator[str]:
    """What is looked for across tables, a sentence each."""
    for find in finders:
        yield said(find.__doc__).split(". ")[0].rstrip(".") + "."


def _fault_fields() -> Iterator[tuple[str, str]]:
    """Fields of a fault, from the comments below them in its class."""
    text = inspect.getsource(Fault)
    for name in Fault("", "").record():
        if found := re.search(rf'^    {name}: .*\n    """(.+)"""$', text, re.MULTILINE):
            yield f"`{name}`", said(found[1])


def meaning(record: type[BaseModel]) -> str:
    """What a record is, without the stop at its end.

    Parameters
    ----------
    record : type of BaseModel
    """
    return said((record.__doc__ or "").partition("\n\n")[0]).rstrip(".")


def _key(record: type[Row]) -> str:
    return code(name.rstrip("_") for name in record.key)


def _table(name: str, record: type[Row]) -> list[str]:
    """One table: its columns, and what a scenario may change."""
    own = [field for field in record.model_fields if field not in Row.model_fields]
    notes = [f"Key: {_key(record)}."]
    if record.steps:
        notes.append("Rows that differ only in `from` replace one another from that day on.")
    if name in SERIES:
        notes.append(
            f"A scenario may change {code(SERIES[name])}" + (" and shift `from`." if name == "plants" else ".")
        )
    else:
        notes.append("A scenario changes nothing in it.")
    if refers := referred(name):
        notes.append("Names rows of " + ", ".join(f"{target} (`{field}`)" for field, target in refers.items()) + ".")
    return [f"### {name}", f"{meaning(record)}. {' '.join(notes)}", fields(record, own)]


def fields(record: type[BaseModel], names: Iterable[str] | None = None) -> str:
    """Fields of a record as a table: what they hold, their default and meaning.

    Parameters
    ----------
    record : type of BaseModel
    names : iterable of str, optional
        Those wanted; by default, all.
    """
    rows = []
    for name in record.model_fields if names is None else names:
        info = record.model_fields[name]
        default = "must be given" if info.is_required() else _default(info.get_default(call_default_factory=True))
        rows.append((f"`{info.alias or name}`", kind(info.annotation, info.metadata), default, said(info.description)))
    return table(["field", "holds", "default", "meaning"], rows)


def _shown(record: type[BaseModel]) -> list[str]:
    """Names of a record's fields as a user writes them."""
    return [info.alias or name for name, info in record.model_fields.items()]


def _items(record: type[BaseModel]) -> str:
    """Fields of a small record in one line."""
    return " and ".join(
        f"`{name}` ({kind(info.annotation, info.metadata)})" for name, info in record.model_fields.items()
    )


def _default(value: Any) -> str:
    """A default as a person would write it."""
    if value in (None, "", (), {}):
        return "empty"
    if isinstance(value, tuple):
        return code(value)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def kind(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """What a field holds, in words.

    Parameters
    ----------
    annotation : type
        Of the field.
    metadata : iterable
        Its bounds and patterns.

    Returns
    -------
    str
        Such as ``number, from 0 to 1``.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind(arguments[0], _flat(arguments[1:]))
    if origin in (Union, types.UnionType):
        told = [part.model_fields["kind"] for part in arguments if "kind" in getattr(part, "model_fields", {})]
        if told:
            kinds = [str(get_args(info.annotation)[0]) for info in told]
            return f"fields of its `kind`, one of {code(kinds)}"
        return " or ".join(kind(part, metadata) for part in arguments if part is not type(None))
    if origin is Literal:
        return code(arguments)
    if origin is tuple:
        return "list of " + kind(arguments[0]).removeprefix("records of ")
    if origin is dict:
        return f"mapping to {kind(arguments[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"records of {code(_shown(annotation))}"
    pattern = next((some.pattern for some in metadata if getattr(some, "pattern", None)), "")
    return WORDS.get(pattern, KINDS.get(annotation, "word or list of words")) + _range(metadata)


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """Bounds and patterns, also where they stand inside a field."""
    return [part for some in metadata for part in (getattr(some, "metadata", None) or [some])]


def _range(metadata: Iterable[Any]) -> str:
    """The bounds of a number in words."""
    found = {name: value for some in metadata for name, _ in BOUNDS if (value := getattr(some, name, None)) is not None}
    if "ge" in found and "le" in found:
        return f", {found['ge']:g} to {found['le']:g}"
    words = [words.format(found[name]) for name, words in BOUNDS if name in found]
    return ", " + " and ".join(words) if words else ""


def _packs() -> Iterator[tuple[str, str]]:
    """Bundled packs, by name."""
    models = bundled("models")
    for name in find_packs(models):
        pack, _, _ = load_pack(name, models)
        yield f"`{name}`", plain(pack.title)


def _changeable() -> Iterator[tuple[str, str, str]]:
    """For each table, the columns an event may change and those it may select by."""
    cases = [load_case(path.parent) for path in sorted(bundled("models").glob("*/case.yaml"))]
    selectors = [Selector(case) for case in cases]
    for name, columns in SERIES.items():
        limits = [f"`{column}`" + (f" (0 to {most:g})" if (most := largest(name, column)) < 1e9 else "")
                  for column in columns]  # fmt: skip
        found: set[str] = set()
        for selector in selectors:
            found = found.union(*selector.attributes(name))
        yield f"`{name}`", ", ".join(limits), code(sorted(found))
