"""Faults that only show when tables are read together: unknown names, missing figures, matter from nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from typing import TYPE_CHECKING, Any

from optimizer.case.tables import ELEMENTS, REFERENCES, STAGES
from optimizer.errors import Fault, nearest

if TYPE_CHECKING:
    from optimizer.case.load import Case

TOLERANCE = 1e-6
"""Share by which a recipe's output of an element may exceed its input, for rounding."""


def _rows(case: Case, table: str) -> Iterator[tuple[Any, str]]:
    """Rows of a table with where they came from."""
    return zip(case.tables[table], case.places[table], strict=True)


def _names(case: Case) -> dict[str, set[str]]:
    """The names each table defines."""
    tables = case.tables
    return {
        "materials": {row.material for row in tables["materials"]},
        "sites": {row.site for row in tables["sites"]},
        "offers": {row.offer for row in tables["offers"]},
        "processes": {row.process for row in tables["recipes"]},
        "countries": {row.country for row in tables["sites"]},
        "owners": {row.owner for row in tables["sites"]},
    }


def _unknown(found: str, known: set[str], kind: str) -> str:
    return f"no such {kind}: {found!r}. {nearest(found, known)}"


def _references(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Names that no row defines."""
    for table, fields in REFERENCES.items():
        for row, place in _rows(case, table):
            for field, target in fields.items():
                value = getattr(row, field)
                for name in value if isinstance(value, tuple) else (value,):
                    if name not in names[target]:
                        yield Fault(place, f"{field}: " + _unknown(name, names[target], target.rstrip("s")))
    for table in ("plants", "projects"):
        for row, place in _rows(case, table):
            if row.process is not None and row.process not in names["processes"]:
                yield Fault(place, "process: " + _unknown(row.process, names["processes"], "process"))
    goods = names["materials"] | set(STAGES)
    for row, place in _rows(case, "duties"):
        if row.goods not in goods:
            yield Fault(place, "goods: " + _unknown(row.goods, goods, "material or stage"))


def _recipes(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Recipes that belong to two processes, produce nothing, or create matter."""
    content = {row.material: row.content for row in case.tables["materials"]}
    lines: dict[str, list[tuple[Any, str]]] = defaultdict(list)
    for row, place in _rows(case, "recipes"):
        lines[row.recipe].append((row, place))
    for recipe, rows in lines.items():
        place = rows[0][1]
        processes = {row.process for row, _ in rows}
        if len(processes) > 1:
            yield Fault(place, f"process: expected one for recipe {recipe!r}, found {', '.join(sorted(processes))}")
        if all(row.tonnes < 0 for row, _ in rows):
            yield Fault(place, f"tonnes: expected recipe {recipe!r} to produce something, found only inputs")
        if all(row.tonnes > 0 for row, _ in rows) or any(row.material not in content for row, _ in rows):
            continue
        flows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        traced = any(content[row.material] for row, _ in rows)
        for row, _ in rows:
            for element, share in (content[row.material] if traced else {"mass": 1.0}).items():
                flows[element][row.tonnes > 0] += abs(row.tonnes) * share
        for element, (consumed, produced) in flows.items():
            if produced > consumed * (1 + TOLERANCE):
                yield Fault(
                    place,
                    f"tonnes: expected recipe {recipe!r} to produce at most the {consumed:.6g} t of {element} it "
                    f"consumes, found {produced:.6g} t",
                )


def _dates(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Windows that end before they begin, and goods that arrive outside the horizon."""
    for table in ("offers", "limits"):
        for row, place in _rows(case, table):
            if row.from_ and row.until and row.until <= row.from_:
                yield Fault(place, f"until: expected a day after from ({row.from_}), found {row.until}")
    calendar = case.calendar
    for row, place in _rows(case, "arrivals"):
        if not calendar.start <= row.on < calendar.end:
            yield Fault(place, f"on: expected a day from {calendar.start} to before {calendar.end}, found {row.on}")


def _demand(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Demand that begins late without saying so, and stock targets of nothing."""
    first: dict[tuple[str, str, str], Any] = {}
    for row, place in _rows(case, "demand"):
        key = (row.site, row.product, row.end_use)
        if key not in first or row.from_ < first[key][0]:
            first[key] = (row.from_, place)
    for key, (day, place) in first.items():
        if day > case.calendar.start:
            yield Fault(
                place, f"from: expected the first rate of {' / '.join(key)} by {case.calendar.start}, found {day} "
                "(state 0 tonnes before it)"
            )
    wanted = {(site, product) for site, product, _ in first}
    for row, place in _rows(case, "stocks"):
        if row.cover and (row.site, row.material) not in wanted:
            known = {product for site, product in wanted if site == row.site}
            yield Fault(place, f"cover: expected a product that site {row.site!r} demands, found {row.material!r}. "
                        + nearest(row.material, known))
        if (row.cover or row.reserve or row.terminal) and not row.penalty:
            yield Fault(place, "penalty: expected above 0 with a cover, reserve or terminal target, found 0")


def _policies(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Limits and controls that name nobody."""
    groups = case.file.groups
    members = {"supplier": names["sites"], "country": names["countries"] | set(groups), "owner": names["owners"] | set(groups)}
    stage = {row.material: row.stage for row in case.tables["materials"]}
    for row, place in _rows(case, "limits"):
        if row.member != "each" and row.member not in members[row.by]:
            yield Fault(place, "member: " + _unknown(row.member, members[row.by] | {"each"}, row.by))
        if row.exempt and row.exempt not in groups:
            yield Fault(place, "exempt: " + _unknown(row.exempt, set(groups), "group"))
        for material in row.materials:
            if stage.get(material, row.stage) != row.stage:
                yield Fault(place, f"materials: expected materials of stage {row.stage}, found {material!r} of {stage[material]}")
    for row, place in _rows(case, "controls"):
        for element in row.elements:
            if element not in ELEMENTS:
                yield Fault(place, "elements: " + _unknown(element, set(ELEMENTS), "element"))
        for field in ("origin", "destinations"):
            for country in getattr(row, field):
                if country != "*" and not (len(country) == 2 and country.isupper()):
                    yield Fault(place, f"{field}: expected two-letter country codes, found {country!r}. "
                                + nearest(country, names["countries"]))


def _materials(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    for row, place in _rows(case, "materials"):
        for element in row.content:
            if element not in ELEMENTS:
                yield Fault(place, "content: " + _unknown(element, set(ELEMENTS), "element"))
        if sum(row.content.values()) > 1 + TOLERANCE:
            yield Fault(place, f"content: expected at most 1 tonne in a tonne, found {sum(row.content.values()):.6g}")


def _projects(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Projects that open nothing."""
    plants = {(row.site, row.process) for row in case.tables["plants"]}
    sellers = {row.site for row in case.tables["plants"]} | {row.site for row in case.tables["offers"]}
    qualified: dict[str, str] = {}
    for row, place in _rows(case, "projects"):
        if row.kind == "expand" and (row.site, row.process) not in plants:
            known = {process for site, process in plants if site == row.site}
            yield Fault(place, f"process: expected a plant of {row.site!r}, found {row.process!r}. " + nearest(str(row.process), known))
        if row.kind == "qualify":
            if row.site not in sellers:
                yield Fault(place, f"site: expected a site that makes or sells something, found {row.site!r}. " + nearest(row.site, sellers))
            if row.site in qualified:
                yield Fault(place, f"site: expected one qualification of {row.site!r}, found another in {qualified[row.site]}")
            qualified[row.site] = place


def _availability(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Stages and countries for which no share is stated, once any is."""
    stated = {(row.stage, row.country) for row in case.tables["availability"]}
    if not stated:
        return
    country = {row.site: row.country for row in case.tables["sites"]}
    stage = {row.material: row.stage for row in case.tables["materials"]}
    product = main_products(case)
    needed = {(stage.get(product.get(row.process, "")), country.get(row.site), place) for row, place in _rows(case, "plants")}
    needed |= {(stage.get(row.material), country.get(row.site), place) for row, place in _rows(case, "offers")}
    said: set[tuple[Any, Any]] = set()
    for where, land, place in sorted(needed, key=str):
        if where and land and (where, land) not in said and not {(where, land), (where, "*")} & stated:
            said.add((where, land))
            yield Fault(place, f"expected an availability share for stage {where} in {land} (or *), found none")


def main_products(case: Case) -> dict[str, str]:
    """For each process, the output of its first recipe that is worth most."""
    value = {row.material: row.unit_value for row in case.tables["materials"]}
    best: dict[str, tuple[str, str, float]] = {}
    for row in case.tables["recipes"]:
        worth = row.tonnes * value.get(row.material, 0.0)
        recipe, _, top = best.get(row.process, (row.recipe, "", 0.0))
        if row.recipe == recipe and worth > top:
            best[row.process] = (recipe, row.material, worth)
    return {process: material for process, (_, material, _) in best.items()}


CHECKS: tuple[Callable[[Case, dict[str, set[str]]], Iterator[Fault]], ...] = (
    _references, _materials, _recipes, _dates, _demand, _policies, _projects, _availability,
)


class _Anything(set[str]):
    """Stands for the names of a table some of whose rows could not be read: a name not found may be in those."""

    def __contains__(self, item: object) -> bool:
        return True


DEFINED_IN = {
    "materials": "materials", "sites": "sites", "offers": "offers", "recipes": "processes",
}
"""The names that each table defines."""


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
    faults = [
        Fault(shown, f"expected a table {name!r} with at least one row, found none")
        for name in ("materials", "sites", "demand") if not case.tables[name] and name not in unsure
    ]
    names = _names(case)
    for table in unsure & DEFINED_IN.keys():
        names[DEFINED_IN[table]] = _Anything()
    if "sites" in unsure:
        names["countries"] = names["owners"] = _Anything()
    for check in CHECKS:
        faults += check(case, names)
    return faults
