"""Policy packs: limits and stock targets of a law or a strategy, to switch on by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.document import read_yaml
from optimizer.case.folder import names_in, not_read
from optimizer.case.kinds import Amount, Country, Days, GroupName
from optimizer.case.read import explain, read_table
from optimizer.case.tables import Tables
from optimizer.case.topics.limits import Limit
from optimizer.errors import CaseError
from optimizer.faults import Fault, Finding, Place


class Cover(BaseModel):
    """Days of stock of every product demanded, wherever the case holds any of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    days: Days
    """Target, in days of use; a case's own longer target stays."""
    penalty: Amount
    """What a missing tonne costs where the case itself prices none, USD per tonne and year."""


class Pack(BaseModel):
    """``pack.yaml``: what a policy pack is."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: str
    """Name; that of its folder."""
    title: Annotated[str, Field(min_length=1)]
    """What it stands for, in one line."""
    source: Annotated[str, Field(min_length=1)]
    """The law or strategy, and the page it was read on."""
    notes: str = ""
    """What is left out and why, and which numbers are ours."""
    groups: dict[GroupName, tuple[Country, ...]] = {}
    """Groups of countries that its limits name; a group of the case of the same name goes first."""
    cover: Cover | None = None
    """Stock target."""


def find_packs(models: Path) -> dict[str, Path]:
    """Bundled packs, by name."""
    return {path.parent.name: path.parent for path in sorted(models.glob("packs/*/pack.yaml"))}


def load_pack(name: str, models: Path) -> tuple[Pack, list[Limit], list[Place]]:
    """Read a pack: itself, its limits, and where each came from.

    Parameters
    ----------
    name : str
    models : Path
        Folder of the bundled cases, which holds the packs.

    Raises
    ------
    CaseError
        If there is no such pack, or with every fault of its files.
    """
    known = find_packs(models)
    if name not in known:
        raise CaseError([Fault.near(f"packs: {name}", None, "no such policy pack", name, known)])
    shown = f"packs/{name}"
    unread, _ = not_read(known[name], shown, ["limits"])
    if unread:
        raise CaseError(unread)
    try:
        pack = Pack.model_validate(content := read_yaml(known[name] / "pack.yaml", f"{shown}/pack.yaml"))
    except ValidationError as error:
        raise CaseError(explain(error, content, Pack)) from None
    path = known[name] / "limits.csv"
    rows: list[Any] = []
    places: list[Place] = []
    if path.name in names_in(known[name], shown):
        rows, places, faults = read_table(path, f"{shown}/limits.csv", Limit)
        if faults:
            raise CaseError(faults)
    return pack, rows, places


def _fitted(limits: list[Limit], places: list[Place], known: set[str]) -> Iterator[tuple[Limit, Place, Finding | None]]:
    """The limits of a pack as far as a case has the materials that they count, and what of them it has not."""
    for row, place in zip(limits, places, strict=True):
        kept = tuple(name for name in row.materials if name in known)
        lacking = ", ".join(name for name in row.materials if name not in known)
        finding = None
        if lacking:
            rest = f"counts {', '.join(kept)}" if kept else "has no effect on any plan"
            text = f"materials: the case has no {lacking}; {row.limit} {rest}."
            finding = Finding("pack-without-materials", str(place), text, "limits", "materials")
        yield (row.model_copy(update={"materials": kept}) if kept else row), place, finding


def add_packs(
    packs: list[str], models: Path, tables: Tables, places: dict[str, tuple[str, ...]]
) -> tuple[dict[str, tuple[Country, ...]], Tables, list[Finding]]:
    """Add the limits and stock targets of packs to a case's tables.

    Parameters
    ----------
    packs : list of str
        Names of packs.
    models : Path
        Where packs are.
    tables : Tables
        The case's rows.
    places : dict
        Where they came from; changed in place.

    Returns
    -------
    tuple
        Groups that the packs bring, the rows with theirs, and what of the packs the case has not.

    Raises
    ------
    CaseError
        With the faults of every pack.
    """
    groups: dict[GroupName, tuple[Country, ...]] = {}
    faults: list[Fault] = []
    said: list[Finding] = []
    known = {row.material for row in tables.materials}
    for name in packs:
        try:
            pack, limits, found = load_pack(name, models)
        except CaseError as error:
            faults += error.faults
            continue
        groups = {**pack.groups, **groups}
        for row, place, finding in _fitted(limits, found, known):
            said += [finding] if finding else []
            if known.issuperset(row.materials):
                tables = replace(tables, limits=(*tables.limits, row))
                places["limits"] = (*places.get("limits", ()), place)
        if pack.cover is not None:
            cover = pack.cover
            wanted = {(row.site, row.product) for row in tables.demand}
            stocks = tuple(
                row.model_copy(update={"cover": max(row.cover, cover.days), "penalty": row.penalty or cover.penalty})
                if (row.site, row.material) in wanted
                else row
                for row in tables.stocks
            )
            tables = replace(tables, stocks=stocks)
    if faults:
        raise CaseError(faults)
    return groups, tables, said
