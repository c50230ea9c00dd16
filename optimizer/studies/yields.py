"""Yields as factors: the main output of a recipe needs more or less; scrap takes the rest: content is conserved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from optimizer.case.case import Case
from optimizer.case.topics.goods import Material, Recipe
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.studies.factors import Factor
from optimizer.world.change import Change, changed


def recipes_of(factor: Factor, case: Case) -> dict[str, list[Recipe]]:
    """The recipes of a case whose yield a factor is, each with its rows.

    Parameters
    ----------
    factor : Factor
        With `recipe`.
    case : Case

    Raises
    ------
    InputError
        For each name that no recipe and no process has.
    """
    rows: dict[str, list[Recipe]] = {}
    for row in case.tables.recipes:
        rows.setdefault(row.recipe, []).append(row)
    of = {name: some[0].process for name, some in rows.items()}
    names = [factor.recipe] if isinstance(factor.recipe, str) else list(factor.recipe or ())
    known = {*rows, *of.values()}
    if faults := [
        Fault.unknown(f"factor {factor.name}", "recipe", "recipe or process", name, known)
        for name in names
        if name not in known
    ]:
        raise InputError(faults)
    return {name: some for name, some in rows.items() if name in names or of[name] in names}


def yield_changes(factor: Factor, value: float, case: Case) -> list[Change]:
    """What a yield is as changes of the case.

    Parameters
    ----------
    factor : Factor
        With `recipe`.
    value : float
        How many times as much the main output needs.
    case : Case

    Returns
    -------
    list of Change
        One for each row of a recipe that differs.

    Raises
    ------
    InputError
        If a recipe would make more than its inputs hold.
    """
    materials = {row.material: row for row in case.tables.materials}
    found: list[Change] = []
    for recipe, rows in recipes_of(factor, case).items():
        for row, tonnes in zip(rows, _needing(recipe, rows, materials, value), strict=True):
            if tonnes != row.tonnes:
                where = {"recipe": recipe, "material": row.material}
                cells: dict[str, Any] = {"table": "recipes", "where": where, "set": {"tonnes": tonnes}}
                found.append(Change.model_validate(cells))
    return found


def _needing(recipe: str, rows: list[Recipe], materials: Mapping[str, Material], value: float) -> list[float]:
    """Tonnes of each row where the main output needs so many times as much, and the other outputs take the rest.

    Losses grow with what is used. Other outputs take what is left of what they are made of: of the elements of the main
    output the part that does not get into it any more, of all others so many times as much.
    """
    outputs = [row for row in rows if row.tonnes > 0]
    main = max(outputs, key=lambda row: row.tonnes * materials[row.material].unit_value)
    holds = {element: main.tonnes * share for element, share in materials[main.material].content.items()}
    found = []
    for row in rows:
        tonnes = row.tonnes if row is main else value * row.tonnes
        if row.tonnes > 0 and row is not main:
            made_of = {element: share for element, share in materials[row.material].content.items() if share > 0}
            tonnes += min(((value - 1) * holds.get(some, 0.0) / share for some, share in made_of.items()), default=0)
        if value <= 0 or tonnes == 0 or (tonnes > 0) != (row.tonnes > 0):
            expected = f"some {row.material!r} to go in or be left: no more is held than is in {main.material!r}"
            shown = f"{value:g} times what it needs"
            raise InputError([Fault.of(f"recipe {recipe}", "tonnes", expected, shown, "creates-matter")])
        found.append(tonnes)
    # Activity stays counted in what it was counted in: the feed, where a tonne of it is one, else the main output.
    by_feed = main.tonnes != 1 and any(row.tonnes == -1 for row in rows)
    return [tonnes / value for tonnes in found] if by_feed else found


def yielding(case: Case, factors: Iterable[Factor], values: Mapping[str, float]) -> Case:
    """A case in which recipes need what they need in a row.

    Parameters
    ----------
    case : Case
    factors : iterable of Factor
    values : mapping of str to float
        Of factors; those that are no yield are left out.

    Raises
    ------
    InputError
        If a recipe would make more than its inputs hold.
    """
    given = [some for some in factors if some.recipe is not None and some.name in values]
    return changed(case, [change for some in given for change in yield_changes(some, values[some.name], case)])
