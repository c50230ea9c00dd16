"""Rows of a case that reach the programme: some plan can use them, or they bind one, on a day of the horizon."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from optimizer.network.limit_keys import LimitMember
from optimizer.network.sets import Balance
from optimizer.network.structure import Structure
from optimizer.network.today import spoken_of, way_of
from optimizer.world.controls import technology_reach
from optimizer.world.dated import rows_that_count
from optimizer.world.prices import FIXED


def rows_in_use(structure: Structure, table: str) -> set[int]:
    """Rows of a table that some plan can use, or that bind one.

    Parameters
    ----------
    structure : Structure
    table : str
        One that an event may change.

    Returns
    -------
    set of int
    """
    if table in KEYS:
        return set(structure.rows_into(*KEYS[table])[1].tolist())
    return set(USED[table](structure)) if table in USED else set(range(len(structure.case.tables.rows(table))))


KEYS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "plants": ("plants", "plants", ("site", "process")),
    "offers": ("offers", "offers", ("offer",)),
    "contracts": ("contracts", "contracts", ("contract",)),
    "sales": ("sales", "sales", ("material", "place", "buyer")),
}
"""Tables whose rows belong to entities of an index set: the set, the table, the fields that name the entity."""


def _substitutions(structure: Structure) -> Iterator[int]:
    pairs = {(product, material) for _, product, _, material in structure.index["substitutes"]}
    for number, row in enumerate(structure.case.tables.substitutions):
        if (row.product, row.material) in pairs:
            yield number


def _projects(structure: Structure) -> Iterator[int]:
    known = {key.project for key in structure.index["projects"]}
    for number, row in enumerate(structure.case.tables.projects):
        if row.project in known and (row.kind == "expand" or structure.qualifies.get(row.project)):
            yield number


def _materials(structure: Structure) -> Iterator[int]:
    """Materials that can be somewhere, are made, are wanted, or are declared to be in something that can be bought."""
    known = {key.material for key in structure.index["balances"]} | {key.product for key in structure.index["demands"]}
    known |= {material for key in structure.index["runs"] for material in structure.by.recipes[key.recipe]}
    sold = {key.offer for key in structure.index["offers"]}
    known |= {row.material for row in structure.case.tables.origins if row.offer in sold}
    for number, row in enumerate(structure.case.tables.materials):
        if row.material in known:
            yield number


def _sites(structure: Structure) -> Iterator[int]:
    """Sites where something is made, sold, stored or wanted, and those that say who holds a company in a chain."""
    index, by = structure.index, structure.by
    there = {key.site for name in ("plants", "demands", "stock_sites") for key in index[name]}
    there |= {by.offers[key.offer].site for key in index["offers"]} | {key.place for key in index["balances"]}
    there |= {structure.case.tables.arrivals[number].site for number in _arrivals(structure)}
    rows = structure.case.tables.sites
    chain = {row.company for row in rows if row.site in there} | {row.parent for row in rows}
    for number, row in enumerate(rows):
        if row.site in there or (row.parent and row.company in chain):
            yield number


def _recipes(structure: Structure) -> Iterator[int]:
    run = {key.recipe for key in structure.index["runs"]}
    for number, row in enumerate(structure.case.tables.recipes):
        if row.recipe in run:
            yield number


def _origins(structure: Structure) -> Iterator[int]:
    sold = {key.offer for key in structure.index["offers"]}
    for number, row in enumerate(structure.case.tables.origins):
        if row.offer in sold:
            yield number


def _export_charges(structure: Structure) -> Iterator[int]:
    for number, row in enumerate(structure.case.tables.export_charges):
        if any(
            row.origin == country and row.goods in (name, structure.by.materials[name].stage)
            for country, name in structure.index["charged"]
        ):
            yield number


def _leaves(structure: Structure) -> set[tuple[str, str]]:
    """Places and materials that goods leave: for another place, for a demand, or into a plant."""
    found = {(lane.origin, lane.material) for lane in structure.index["lanes"]}
    found |= {(structure.place[serve.site, serve.material], serve.material) for serve in structure.index["serves"]}
    found |= {(key.at, key.material) for key in structure.index["sold"]}
    return found | {
        (structure.place[run.site, material], material)
        for run in structure.index["runs"]
        for material, tonnes in structure.by.recipes[run.recipe].items()
        if tonnes < 0
    }


def _stocks(structure: Structure) -> Iterator[int]:
    """Stock that goods leave, or that there should be some of."""
    known, leaves = set(structure.index["stock_sites"]), _leaves(structure)
    for number, row in enumerate(structure.case.tables.stocks):
        wanted = row.cover or row.reserve or row.terminal
        place = structure.place[row.site, row.material]
        if (row.site, row.material) in known and (wanted or (place, row.material) in leaves):
            yield number


def _arrivals(structure: Structure) -> Iterator[int]:
    there, leaves = set(structure.index["balances"]), _leaves(structure)
    leaves |= {(structure.place[key.site, key.material], key.material) for key in structure.index["stock_sites"]}
    for number, row in enumerate(structure.case.tables.arrivals):
        at = Balance(*structure.opening[row.site, row.material, row.origin, row.on])
        if at in there and (at.place, at.material) in leaves:
            yield number


def _duties(structure: Structure) -> Iterator[int]:
    for number, row in enumerate(structure.case.tables.duties):
        if any(
            row.destination == to
            and row.origin in (origin, "*")
            and row.goods in (name, structure.by.materials[name].stage)
            for origin, to, name in structure.index["dutied"]
        ):
            yield number


def _controls(structure: Structure) -> Iterator[int]:
    """Controls that govern a lane, a delivery or a plant, and notes, which are listed for their dates only."""
    governing = {control for control, *_ in structure.serves_under}
    governing |= structure.governs.keys()
    expanding = {number for controls in structure.held_back_by.values() for number in controls}
    plants, reached = rows_in_use(structure, "plants"), technology_reach(structure.case)
    for number, row in enumerate(structure.case.tables.controls):
        holds_back = number in expanding or not plants.isdisjoint(reached.get(number, ()))
        if row.kind == "note" or row.control in governing or holds_back:
            yield number


def _approvals(structure: Structure) -> Iterator[int]:
    for _, rows in structure.licensing.approvals.values():
        yield from rows


def _trade(structure: Structure) -> Iterator[int]:
    yield from structure.licensing.stated.values()


def _grants(structure: Structure) -> Iterator[int]:
    """Steps of controls and approvals that govern something, of a destination that something goes to.

    Those for no destination are for what goes to one that has none of its own, or to nobody in particular.
    """
    tables = structure.case.tables
    approving = {tables.approvals[number].approval for number in _approvals(structure)}
    governing = {tables.controls[number].control for number in _controls(structure)}
    own = {(row.control, row.destination or "") for row in tables.grants if not row.approval}
    lands = {(key.control, structure.licensing.country.get(key, "")) for key in structure.licensing.lanes}
    lands |= {(control, "") for control, *_ in structure.serves_under}
    stepped = {(control, country if (control, country) in own else "") for control, country in lands}
    for number, row in enumerate(tables.grants):
        reached = row.approval in approving if row.approval else row.control in governing
        if reached and (row.approval or (row.control, row.destination or "") in stepped):
            yield number


def _holds(structure: Structure) -> Iterator[int]:
    for rows in structure.held.values():
        yield from rows


def _routes(structure: Structure) -> Iterator[int]:
    yield from structure.route_rows.tolist()


def _limits(structure: Structure) -> Iterator[int]:
    """Limits that bind a window, and somebody in it; what must be reached binds also where nobody can."""
    for window in structure.windows:
        given = any(is_member for *_, is_member in window.counted)
        account = structure.accounts.get(LimitMember(*window.key[:2]))
        if window.row.sense == "at_least" or given or (account is not None and account.of_member):
            yield from rows_that_count(structure.case, window.number, window.periods)


def _today(structure: Structure) -> Iterator[int]:
    """Deliveries of today's plan that some plan can make."""
    found = spoken_of(structure.case, structure.place, structure.index["lanes"])
    for number, row in enumerate(structure.case.tables.today):
        if found.lanes[way_of(structure.place, row)]:
            yield number


def _formulas(structure: Structure) -> dict[str, set[str]]:
    """Formulas that a price or a duty in use goes by, and the currencies that their prices are in."""
    found: dict[str, set[str]] = defaultdict(set)
    for table in FIXED:
        rows: tuple[Any, ...] = structure.case.tables.rows(table)
        for number in rows_in_use(structure, table):
            found[rows[number].formula or ""].add(rows[number].currency)
    for number in _duties(structure):
        if base := structure.case.tables.duties[number].base:
            found[base].add("USD")
    return found


def _price_formulas(structure: Structure) -> Iterator[int]:
    used = _formulas(structure)
    for number, row in enumerate(structure.case.tables.price_formulas):
        if row.formula in used:
            yield number


def _price_indices(structure: Structure) -> Iterator[int]:
    """What indices say on days that prices in use go back to; also of what the currencies of these are worth."""
    tables, calendar = structure.case.tables, structure.calendar
    used, back, lag = _formulas(structure), dict[str, int](), dict[str, int]()

    def read(index: str, later: int, reach: int) -> None:
        back[index], lag[index] = max(reach, back.get(index, 0)), min(later, lag.get(index, later))

    for currency in set().union(*used.values()):
        read(currency, 0, 0)
    for term in tables.price_formulas:
        if term.formula in used:
            read(term.index, int(term.lag), int(term.lag) + max(0, int(term.averaging) - 1))
    for row in tables.price_indices:
        if row.index in back and row.unit != row.index:
            read(row.currency, lag[row.index], back[row.index])
    begins: dict[str, list[dt.date]] = defaultdict(list)
    for row in tables.price_indices:
        begins[row.index].append(row.from_)
    for number, row in enumerate(tables.price_indices):
        first = calendar.start - dt.timedelta(days=back.get(row.index, 0))
        ended = calendar.end - dt.timedelta(days=lag.get(row.index, 0))
        ends = min((day for day in begins[row.index] if day > row.from_), default=calendar.end)
        if row.index in back and row.from_ < ended and ends > first:
            yield number


def _availability(structure: Structure) -> Iterator[int]:
    for table, rows in structure.left_by.items():
        for number in rows_in_use(structure, table):
            yield int(rows[number])


USED: dict[str, Callable[[Structure], Iterator[int]]] = {
    "materials": _materials,
    "sites": _sites,
    "recipes": _recipes,
    "origins": _origins,
    "export_charges": _export_charges,
    "stocks": _stocks,
    "arrivals": _arrivals,
    "substitutions": _substitutions,
    "projects": _projects,
    "duties": _duties,
    "controls": _controls,
    "approvals": _approvals,
    "trade": _trade,
    "grants": _grants,
    "holds": _holds,
    "routes": _routes,
    "limits": _limits,
    "availability": _availability,
    "today": _today,
    "price_formulas": _price_formulas,
    "price_indices": _price_indices,
}
"""The other tables of which a plan may use only some rows."""
