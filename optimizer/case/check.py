"""Faults that only show when tables are read together: unknown names, missing figures, matter from nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from typing import TYPE_CHECKING, Any

from optimizer.case.check_policy import approvals, controls, limits, rows_of
from optimizer.case.kinds import STAGES
from optimizer.case.tables import ELEMENTS, REFERENCES, TABLES
from optimizer.faults import Fault, Place, Source

if TYPE_CHECKING:
    from optimizer.case.case import Case

TOLERANCE = 1e-6
"""Share by which a recipe's output of an element may exceed its input, for rounding."""
LARGEST = 1e12
"""Largest number a cell or an event may hold: above every price, volume and sum of money in this trade."""
SMALLEST = 1e-6
"""Smallest number other than 0: below it, nothing can be told from rounding."""
EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2199, 12, 31)
"""Days between which every date lies; others are slips of the pen."""
OXYGEN = 1.54
"""Tonnes of oxide that a tonne of metal can become: of the metals traced, scandium takes up most (Sc2O3, 1.534)."""
METALLIC = ("metal", "alloy", "magnet")
"""Stages at which goods hold no oxygen yet. Scrap may hold some, and may take up more."""
BEGINNINGS = ("ore", "concentrate", "carbonate", "scrap")
"""Stages of what is dug or gathered: only these come from nothing."""
CALENDAR = "calendar"
"""Stands among the tables not read in full where the horizon is at fault."""


def _names(case: Case) -> dict[str, set[str]]:
    """The names each table defines."""
    tables = case.tables
    embedded = {row.country for row in tables.origins}  # counted by limits, also where no site is
    return {
        "materials": {row.material for row in tables.materials},
        "sites": {row.site for row in tables.sites},
        "offers": {row.offer for row in tables.offers},
        "controls": {row.control for row in tables.controls},
        "processes": {row.process for row in tables.recipes},
        "countries": {row.country for row in tables.sites} | embedded,
        "owners": {row.owner for row in tables.sites} | embedded,
    }


def _references(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Names that no row defines."""
    for table, fields in REFERENCES.items():
        for row, place in rows_of(case, table):
            for field, target in fields.items():
                value = getattr(row, field)
                for name in value if isinstance(value, tuple) else (value,):
                    if name not in names[target]:
                        yield Fault.unknown(place, field, target.rstrip("s"), name, names[target])
    for table in ("plants", "projects"):
        for row, place in rows_of(case, table):
            if row.process is not None and row.process not in names["processes"]:
                yield Fault.unknown(place, "process", "process", row.process, names["processes"])
    for row, place in (*rows_of(case, "duties"), *rows_of(case, "export_charges")):
        if row.goods not in STAGES and row.goods not in names["materials"]:
            yield Fault.unknown(place, "goods", "material or stage", row.goods, names["materials"] | set(STAGES))


def _ranges(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Numbers and days that are out of this world."""
    for table, record in TABLES.items():
        fields = {name: info.alias or name for name, info in record.model_fields.items()}
        for row, place in rows_of(case, table):
            for name, shown in fields.items():
                value = getattr(row, name)
                if isinstance(value, float) and abs(value) > LARGEST:
                    yield Fault.of(place, shown, f"a number up to {LARGEST:g}", value, "out-of-range")
                if isinstance(value, float) and 0 < abs(value) < SMALLEST:
                    yield Fault.of(place, shown, f"0 or a number from {SMALLEST:g}", value, "out-of-range")
                if isinstance(value, dt.date) and not EARLIEST <= value <= LATEST:
                    yield Fault.of(place, shown, f"a day from {EARLIEST} to {LATEST}", value, "out-of-range")


def _recipes(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Recipes that belong to two processes, produce nothing, or create matter."""
    # Not those whose content is a fault by itself: what is made of them cannot be judged.
    materials = {row.material: row for row in case.tables.materials if not list(_content_faults(row, ""))}
    lines: dict[str, list[tuple[Any, str]]] = defaultdict(list)
    for row, place in rows_of(case, "recipes"):
        lines[row.recipe].append((row, place))
    for recipe, found in lines.items():
        rows, place = [row for row, _ in found], found[0][1]
        processes = {row.process for row in rows}
        if len(processes) > 1:
            yield Fault.of(place, "process", f"one for recipe {recipe!r}", ", ".join(sorted(processes)))
        if all(row.tonnes < 0 for row in rows):
            yield Fault.of(place, "tonnes", f"recipe {recipe!r} to produce something", "only inputs", "missing-rows")
        if any(row.material not in materials for row in rows):
            continue
        if all(row.tonnes > 0 for row in rows):
            made = [row.material for row in rows if materials[row.material].stage not in BEGINNINGS]
            if made:
                used = f"recipe {recipe!r} to consume something (as a negative number) for the {made[0]!r} it produces"
                yield Fault.of(place, "tonnes", used, "only outputs", "creates-matter")
            continue
        for element, (consumed, produced) in _flows(rows, materials).items():
            if produced > consumed * (1 + TOLERANCE):
                most = f"recipe {recipe!r} to produce at most the {consumed:.6g} t of {element} it consumes"
                yield Fault.of(place, "tonnes", most, f"{produced:.6g} t", "creates-matter")
        heaviest, weight = _untraced(rows, materials)
        if weight > heaviest * (1 + TOLERANCE):
            most = f"what recipe {recipe!r} produces without content to weigh at most {heaviest:.6g} t like its inputs"
            yield Fault.of(place, "tonnes", most, f"{weight:.6g} t", "creates-matter")


def _flows(rows: list[Any], materials: dict[str, Any]) -> dict[str, list[float]]:
    """What a recipe consumes and produces of each element that is traced."""
    flows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        for element, share in materials[row.material].content.items():
            flows[element][row.tonnes > 0] += abs(row.tonnes) * share
    return flows


def _untraced(rows: list[Any], materials: dict[str, Any]) -> tuple[float, float]:
    """Most that the outputs of a recipe without content may weigh together, and what they weigh.

    Nothing else than oxygen can be in them that no row names, and only where metal is burnt or dissolved to a compound.
    """
    made = [row for row in rows if row.tonnes > 0 and not materials[row.material].content]
    compounds = any(materials[row.material].stage not in METALLIC for row in made)
    most = sum(
        -row.tonnes * (OXYGEN if compounds and materials[row.material].stage in (*METALLIC, "scrap") else 1.0)
        for row in rows
        if row.tonnes < 0
    )
    return most, sum(row.tonnes for row in made)


def _dates(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Windows that end before they begin."""
    for table in ("offers", "limits"):
        for row, place in rows_of(case, table):
            if row.from_ and row.until and row.until <= row.from_:
                yield Fault.of(place, "until", f"a day after from ({row.from_})", row.until, "wrong-order")


def _steps(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Rows that would replace an earlier one and are about something else."""
    for table, record in TABLES.items():
        first: dict[tuple[Any, ...], tuple[Any, str]] = {}
        for row, place in rows_of(case, table) if record.alike else ():
            key = tuple(getattr(row, field) for field in record.key if field != "from_")
            before, where = first.setdefault(key, (row, place))
            for field in record.alike:
                if (found := getattr(row, field)) != (stated := getattr(before, field)):
                    same = f"{_said(stated)} as in {where}, the same {record.key[0]} (another has its own name)"
                    yield Fault.of(place, field, same, _said(found), "inconsistent")


def _said(value: Any) -> str:
    """The value of a cell as it is written."""
    return ("; ".join(value) if isinstance(value, tuple) else str(value)) or "nothing"


def _arrivals(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Goods that arrive outside the horizon."""
    calendar = case.calendar
    for row, place in rows_of(case, "arrivals"):
        if not calendar.start <= row.on < calendar.end:
            days = f"a day from {calendar.start} to before {calendar.end}"
            yield Fault.of(place, "on", days, row.on, "out-of-range")


def _demand(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Demand that begins late without saying so, or that must be met in some of its rows only."""
    first: dict[tuple[str, str, str], Any] = {}
    priced: dict[tuple[str, str, str], bool] = {}
    for row, place in rows_of(case, "demand"):
        key = (row.site, row.product, row.end_use)
        if key not in first or row.from_ < first[key][0]:
            first[key] = (row.from_, place)
        if priced.setdefault(key, row.penalty is not None) != (row.penalty is not None):
            yield Fault.of(place, "penalty", f"one in all rows of {' / '.join(key)} or in none", "both")
    for key, (day, place) in first.items():
        if day > case.calendar.start:
            by = f"the first rate of {' / '.join(key)} by {case.calendar.start}"
            yield Fault(
                place,
                f"from: expected {by}, found {day} (state 0 tonnes before it)",
                code="missing-rows",
                column="from",
                expected=by,
                found=day,
            )


def _other_than(place: str, column: str, expected: str, found: str, known: set[str]) -> Fault:
    """A name that there is, but not one of those that can stand here."""
    said = f"expected {expected}, found {found!r}"
    return Fault.near(place, column, said, found, known, "inconsistent", expected=expected)


def _covers(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Stock covers of what nobody uses. Said only where all names are known: the others are faults already."""
    wanted = {(row.site, row.product) for row in case.tables.demand}
    rows = [(row, place) for row, place in rows_of(case, "stocks") if row.cover]
    used = wanted | {(row.site, row.material) for row, _ in rows}
    if all(site in names["sites"] and material in names["materials"] for site, material in used):
        for row, place in rows:
            if (row.site, row.material) not in wanted:
                known = {product for site, product in wanted if site == row.site}
                yield _other_than(place, "cover", f"a product that site {row.site!r} demands", row.material, known)


def _stocks(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Stock targets that cost nothing to miss."""
    for row, place in rows_of(case, "stocks"):
        if (row.cover or row.reserve or row.terminal) and not row.penalty:
            yield Fault.of(place, "penalty", "above 0 with a cover, reserve or terminal target", 0)


def _content_faults(row: Any, place: str) -> Iterator[Fault]:
    """What is wrong with what a material is made of."""
    for element in row.content:
        if element not in ELEMENTS:
            yield Fault.unknown(place, "content", "element", element, ELEMENTS)
    if (total := sum(row.content.values())) > 1 + TOLERANCE:
        yield Fault.of(place, "content", "at most 1 tonne in a tonne", f"{total:.6g}", "creates-matter")


def _materials(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Materials made of what does not exist, or of more than themselves."""
    for row, place in rows_of(case, "materials"):
        yield from _content_faults(row, place)


def _expansions(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Expansions of plants that are not there. Said only where all names are known: the others are faults already."""
    plants = {(row.site, row.process) for row in case.tables.plants}
    rows = [(row, place) for row, place in rows_of(case, "projects") if row.kind == "expand"]
    used = plants | {(row.site, row.process) for row, _ in rows}
    if all(site in names["sites"] and process in names["processes"] for site, process in used):
        for row, place in rows:
            if (row.site, row.process) not in plants:
                known = {process for site, process in plants if site == row.site}
                yield _other_than(place, "process", f"a plant of {row.site!r}", row.process, known)


def _qualifications(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Qualifications of sites that ship nothing, or that are qualified already."""
    sellers = {row.site for table in ("plants", "offers") for row in case.tables.rows(table)}
    qualified: dict[str, str] = {}
    for row, place in rows_of(case, "projects"):
        if row.kind != "qualify":
            continue
        if row.site in names["sites"] and row.site not in sellers and sellers <= names["sites"]:
            yield _other_than(place, "site", "a site that makes or sells something", row.site, sellers)
        if row.site in qualified:
            found = f"another in {qualified[row.site]}"
            yield Fault.of(place, "site", f"one qualification of {row.site!r}", found, "repeated")
        qualified[row.site] = place


def _availability(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Stages and countries for which no share is stated, once any is."""
    rows = list(rows_of(case, "availability"))
    for row, place in rows:
        if row.material != "*" and row.material not in names["materials"]:
            yield Fault.unknown(place, "material", "material", row.material, names["materials"])
    stated = {(row.stage, row.country) for row, _ in rows if row.material == "*"}
    if not rows or any(row.material not in names["materials"] for row in case.tables.recipes):
        return  # without all materials of a recipe, its main product is not known
    country = {row.site: row.country for row in case.tables.sites}
    stage = {row.material: row.stage for row in case.tables.materials}
    product = main_products(case)
    needed = {
        (stage.get(product.get(row.process, "")), country.get(row.site), place)
        for row, place in rows_of(case, "plants")
    }
    needed |= {(stage.get(row.material), country.get(row.site), place) for row, place in rows_of(case, "offers")}
    said: set[tuple[Any, Any]] = set()
    for where, land, place in sorted(needed, key=str):
        if where and land and (where, land) not in said and not {(where, land), (where, "*")} & stated:
            said.add((where, land))
            share = f"an availability share for stage {where} in {land} (or *)"
            yield Fault(place, f"expected {share}, found none", code="missing-rows", expected=share)


def main_products(case: Case) -> dict[str, str]:
    """For each process, the output of its first recipe that is worth most."""
    value = {row.material: row.unit_value for row in case.tables.materials}
    best: dict[str, tuple[str, str, float]] = {}
    for row in case.tables.recipes:
        worth = row.tonnes * value.get(row.material, 0.0)
        recipe, _, top = best.get(row.process, (row.recipe, "", 0.0))
        if row.recipe == recipe and worth > top:
            best[row.process] = (recipe, row.material, worth)
    return {process: material for process, (_, material, _) in best.items()}


CHECKS: tuple[tuple[Callable[[Case, dict[str, set[str]]], Iterator[Fault]], str], ...] = (
    (_references, ""),
    (_ranges, ""),
    (_materials, ""),
    (_recipes, "recipes"),
    (_dates, ""),
    (_steps, ""),
    (_arrivals, CALENDAR),
    (_demand, f"demand {CALENDAR}"),
    (_covers, "demand"),
    (_stocks, ""),
    (limits, ""),
    (controls, ""),
    (approvals, "sites controls"),
    (_expansions, "plants"),
    (_qualifications, "plants offers"),
    (_availability, "availability materials recipes"),
)
"""Every check, and what must have been read in full lest it call missing what is only unread."""


class _Anything(set[str]):
    """Stands for the names of a table some of whose rows could not be read: a name not found may be in those."""

    def __contains__(self, item: object) -> bool:
        return True

    def __ge__(self, other: Set[object]) -> bool:
        return True


DEFINED_IN = {
    "materials": ("materials",),
    "sites": ("sites", "countries", "owners"),
    "offers": ("offers",),
    "controls": ("controls",),
    "recipes": ("processes",),
    "origins": ("countries", "owners"),
}
"""The names that each table defines."""


def _absent(case: Case, shown: str) -> dict[str, Fault]:
    """Tables without rows that every case needs, or that rows of another table refer to."""
    needed = {"materials": "", "sites": "", "demand": ""}
    targets = [(table, target) for table, fields in REFERENCES.items() for target in fields.values()]
    for table, target in [*targets, ("plants", "recipes"), ("projects", "recipes")]:
        refers = case.tables.rows(table) and (
            target != "recipes" or any(row.process for row in case.tables.rows(table))
        )
        if refers:
            needed.setdefault(target, f" ({table} need it)")
    return {
        name: Fault(
            Place(shown, Source(shown)),
            f"expected a table {name!r} with at least one row{why}, found none",
            code="missing-table",
            table=name,
        )
        for name, why in needed.items()
        if not case.tables.rows(name)
    }


def check_references(case: Case, shown: str, unsure: Set[str] = frozenset()) -> list[Fault]:
    """All faults that need more than one row to see.

    Parameters
    ----------
    case : Case
        The case as read; rows that could not be read are not in it.
    shown : str
        How the case file is called in messages.
    unsure : set of str
        Tables with faults of their own; names they should define are not reported again.

    Returns
    -------
    list of Fault
        Empty if the case can be planned.
    """
    absent = _absent(case, shown)
    faults = [fault for name, fault in absent.items() if name not in unsure]
    unsure = unsure | absent.keys()
    names = _names(case)
    for table in unsure & DEFINED_IN.keys():
        names |= {defined: _Anything() for defined in DEFINED_IN[table]}
    for check, needed in CHECKS:
        if not unsure & set(needed.split()):
            faults += check(case, names)
    return faults
