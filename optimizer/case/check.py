"""Faults that only show when tables are read together: unknown names, missing figures, matter from nothing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from optimizer.case import check_policy as policy
from optimizer.case.buyer import Arrival, Availability, Demand, Project, Stock
from optimizer.case.case import Case
from optimizer.case.checking import NO_GAPS, CaseCheck, Checked, Gaps, Known
from optimizer.case.kinds import ELEMENTS, PARTS, STAGES
from optimizer.case.policy import Control, Limit
from optimizer.case.references import ONE, Kind, definitions, names_in, references
from optimizer.case.rows import Row
from optimizer.case.tables import DEFINED_IN, TABLES
from optimizer.case.world import Material, Offer, Plant, Recipe, Site, main_products
from optimizer.faults import Fault, Place, Source

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


def _references(case: Checked) -> Iterator[Fault]:
    """Names that no row defines, and elements that do not exist."""
    for record in TABLES.values():
        for row, place in case.placed(record):
            for field, ref in references(record).items():
                known = case.names(*ref.kinds)
                for name in names_in(getattr(row, field)):
                    if name != ref.word and not known.has(name):
                        kind = " or ".join(ONE[some] for some in ref.kinds)
                        yield Fault.unknown(place, field, kind, name, known.names)


def _ranges(case: Checked) -> Iterator[Fault]:
    """Numbers and days that are out of this world."""
    for record in TABLES.values():
        fields = {name: info.alias or name for name, info in record.model_fields.items()}
        for row, place in case.placed(record):
            for name, shown in fields.items():
                value = getattr(row, name)
                if isinstance(value, float) and abs(value) > LARGEST:
                    yield Fault.of(place, shown, f"a number up to {LARGEST:g}", value, "out-of-range")
                if isinstance(value, float) and 0 < abs(value) < SMALLEST:
                    yield Fault.of(place, shown, f"0 or a number from {SMALLEST:g}", value, "out-of-range")
                if isinstance(value, dt.date) and not EARLIEST <= value <= LATEST:
                    yield Fault.of(place, shown, f"a day from {EARLIEST} to {LATEST}", value, "out-of-range")


def _recipes(case: Checked) -> Iterator[Fault]:
    """Recipes that belong to two processes, produce nothing, or create matter."""
    # Not those whose content is a fault by itself: what is made of them cannot be judged.
    materials = {row.material: row for row in case.rows(Material) if _holds_what_there_is(row)}
    lines: dict[str, list[tuple[Recipe, str]]] = defaultdict(list)
    for row, place in case.placed(Recipe):
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


def _flows(rows: list[Recipe], materials: Mapping[str, Material]) -> dict[str, list[float]]:
    """What a recipe consumes and produces of each element that is traced.

    What stands for several elements holds each of them, nobody knows how much: enough for what is made of it.
    """
    flows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        made = row.tonnes > 0
        for element, share in materials[row.material].content.items():
            groups = {group for group, parts in PARTS.items() if element in parts}
            for name in {element} | groups | (set() if made else set(PARTS.get(element, ()))):
                flows[name][made] += abs(row.tonnes) * share
    return flows


def _untraced(rows: list[Recipe], materials: Mapping[str, Material]) -> tuple[float, float]:
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


def _dates(case: Checked) -> Iterator[Fault]:
    """Windows that end before they begin."""
    dated: tuple[tuple[Offer | Limit, str], ...] = (*case.placed(Offer), *case.placed(Limit))
    for row, place in dated:
        if row.from_ and row.until and row.until <= row.from_:
            yield Fault.of(place, "until", f"a day after from ({row.from_})", row.until, "wrong-order")


def _steps(case: Checked) -> Iterator[Fault]:
    """Rows that would replace an earlier one and are about something else."""
    for record in TABLES.values():
        first: dict[tuple[object, ...], tuple[object, str]] = {}
        for row, place in case.placed(record) if record.alike else ():
            key = tuple(getattr(row, field) for field in record.key if field != "from_")
            before, where = first.setdefault(key, (row, place))
            for field in record.alike:
                if (found := getattr(row, field)) != (stated := getattr(before, field)):
                    same = f"{_said(stated)} as in {where}, the same {record.key[0]} (another has its own name)"
                    yield Fault.of(place, field, same, _said(found), "inconsistent")


def _said(value: object) -> str:
    """The value of a cell as it is written."""
    return ("; ".join(value) if isinstance(value, tuple) else str(value)) or "nothing"


def _arrivals(case: Checked) -> Iterator[Fault]:
    """Goods that arrive outside the horizon."""
    calendar = case.calendar
    for row, place in case.placed(Arrival):
        if not calendar.start <= row.on < calendar.end:
            days = f"a day from {calendar.start} to before {calendar.end}"
            yield Fault.of(place, "on", days, row.on, "out-of-range")


def _demand(case: Checked) -> Iterator[Fault]:
    """Demand that begins late without saying so, or that must be met in some of its rows only."""
    first: dict[tuple[str, ...], tuple[dt.date, str]] = {}
    priced: dict[tuple[str, ...], bool] = {}
    for row, place in case.placed(Demand):
        key: tuple[str, ...] = (row.site, row.product, row.end_use)
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


def _other_than(place: str, column: str, expected: str, found: str, known: Iterable[str]) -> Fault:
    """A name that there is, but not one of those that can stand here."""
    said = f"expected {expected}, found {found!r}"
    return Fault.near(place, column, said, found, known, "inconsistent", expected=expected)


def _are_known(case: Checked, kind: Kind, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether all pairs of a site and something of a kind are made of known names."""
    sites, others = case.names("sites"), case.names(kind)
    return all(sites.has(site) and others.has(other) for site, other in pairs)


def _covers(case: Checked) -> Iterator[Fault]:
    """Stock covers of what nobody uses. Said only where all names are known: the others are faults already."""
    wanted = {(row.site, row.product) for row in case.rows(Demand)}
    rows = [(row, place) for row, place in case.placed(Stock) if row.cover]
    used = wanted | {(row.site, row.material) for row, _ in rows}
    if _are_known(case, "materials", used):
        for row, place in rows:
            if (row.site, row.material) not in wanted:
                known = {product for site, product in wanted if site == row.site}
                yield _other_than(place, "cover", f"a product that site {row.site!r} demands", row.material, known)


def _stocks(case: Checked) -> Iterator[Fault]:
    """Stock targets that cost nothing to miss."""
    for row, place in case.placed(Stock):
        if (row.cover or row.reserve or row.terminal) and not row.penalty:
            yield Fault.of(place, "penalty", "above 0 with a cover, reserve or terminal target", 0)


def _holds_what_there_is(material: Material) -> bool:
    """Whether a material is made of known elements, and of no more than itself."""
    return material.content.keys() <= set(ELEMENTS) and sum(material.content.values()) <= 1 + TOLERANCE


def _materials(case: Checked) -> Iterator[Fault]:
    """Materials made of more than themselves."""
    for row, place in case.placed(Material):
        if (total := sum(row.content.values())) > 1 + TOLERANCE:
            yield Fault.of(place, "content", "at most 1 tonne in a tonne", f"{total:.6g}", "creates-matter")


def _expansions(case: Checked) -> Iterator[Fault]:
    """Expansions of plants that are not there. Said only where all names are known: the others are faults already."""
    plants = {(row.site, row.process) for row in case.rows(Plant)}
    expanded = [(row.site, row.process, place) for row, place in case.placed(Project) if row.process is not None]
    if _are_known(case, "processes", plants | {(site, process) for site, process, _ in expanded}):
        for site, process, place in expanded:
            if (site, process) not in plants:
                known = {some for where, some in plants if where == site}
                yield _other_than(place, "process", f"a plant of {site!r}", process, known)


def _qualifications(case: Checked) -> Iterator[Fault]:
    """Qualifications of sites that ship nothing, or that are qualified already."""
    sellers = {row.site for row in case.rows(Plant)} | {row.site for row in case.rows(Offer)}
    sites = case.names("sites")
    qualified: dict[str, str] = {}
    for row, place in case.placed(Project):
        if row.kind != "qualify":
            continue
        if sites.has(row.site) and row.site not in sellers and sites.has(*sellers):
            yield _other_than(place, "site", "a site that makes or sells something", row.site, sellers)
        if row.site in qualified:
            found = f"another in {qualified[row.site]}"
            yield Fault.of(place, "site", f"one qualification of {row.site!r}", found, "repeated")
        qualified[row.site] = place


def _availability(case: Checked) -> Iterator[Fault]:
    """Stages and countries for which no share is stated, once any is."""
    stated = {(row.stage, row.country) for row in case.rows(Availability) if row.material == "*"}
    recipes = case.rows(Recipe)
    if not case.rows(Availability) or not case.names("materials").has(*(row.material for row in recipes)):
        return  # without all materials of a recipe, its main product is not known
    country = {row.site: row.country for row in case.rows(Site)}
    stage = {row.material: row.stage for row in case.rows(Material)}
    product = main_products(case.rows(Material), recipes)
    needed = {
        (stage.get(product.get(row.process, "")), country.get(row.site), place) for row, place in case.placed(Plant)
    }
    needed |= {(stage.get(row.material), country.get(row.site), place) for row, place in case.placed(Offer)}
    said: set[tuple[str, str]] = set()
    for where, land, place in sorted(needed, key=str):
        if where and land and (where, land) not in said and not {(where, land), (where, "*")} & stated:
            said.add((where, land))
            share = f"an availability share for stage {where} in {land} (or *)"
            yield Fault(place, f"expected {share}, found none", code="missing-rows", expected=share)


CHECKS = (
    CaseCheck(_references),
    CaseCheck(_ranges),
    CaseCheck(_materials),
    CaseCheck(_recipes, (Recipe,)),
    CaseCheck(_dates),
    CaseCheck(_steps),
    CaseCheck(_arrivals, horizon=True),
    CaseCheck(_demand, (Demand,), horizon=True),
    CaseCheck(_covers, (Demand,)),
    CaseCheck(_stocks),
    CaseCheck(policy.limits),
    CaseCheck(policy.controls),
    CaseCheck(policy.approvals, (Site, Control)),
    CaseCheck(_expansions, (Plant,)),
    CaseCheck(_qualifications, (Plant, Offer)),
    CaseCheck(_availability, (Availability, Material, Recipe)),
)
"""Every check across tables."""


def _absent(case: Checked, shown: str) -> dict[type[Row], Fault]:
    """Tables without rows that every case needs, or that rows of another table refer to."""
    named = {record: name for name, record in TABLES.items()}
    needed: dict[type[Row], str] = {Material: "", Site: "", Demand: ""}
    for table, record in TABLES.items():
        for field, ref in references(record).items():
            used = any(getattr(row, field) for row in case.rows(record))
            if used and ref.alone and len(DEFINED_IN[ref.kind]) == 1:
                needed.setdefault(DEFINED_IN[ref.kind][0], f" ({table} need it)")
    return {
        record: Fault(
            Place(shown, Source(shown)),
            f"expected a table {named[record]!r} with at least one row{why}, found none",
            code="missing-table",
            table=named[record],
        )
        for record, why in needed.items()
        if not case.rows(record)
    }


def _known(case: Case, gaps: Gaps) -> dict[Kind, Known]:
    """The names of every kind: what rows define, and what is the same in every case."""
    found: dict[Kind, Known] = {"elements": Known(frozenset(ELEMENTS)), "stages": Known(frozenset(STAGES))}
    for table, record in TABLES.items():
        for field, kind in definitions(record):
            names = frozenset(getattr(row, field) for row in case.tables.rows(table))
            found[kind] = found.get(kind, Known(frozenset())) | Known(names, record not in gaps.tables)
    return found


def check_references(case: Case, shown: str, gaps: Gaps = NO_GAPS) -> list[Fault]:
    """All faults that need more than one row to see.

    Parameters
    ----------
    case : Case
        The case as read; rows that could not be read are not in it.
    shown : str
        How the case file is called in messages.
    gaps : Gaps
        What could not be read; names that it should define are not reported again.

    Returns
    -------
    list of Fault
        Empty if the case can be planned.
    """
    rows = {record: case.tables.rows(table) for table, record in TABLES.items()}
    places = {record: case.places[table] for table, record in TABLES.items()}
    absent = _absent(Checked(case.file, rows, places), shown)
    faults = [fault for record, fault in absent.items() if record not in gaps.tables]
    gaps = gaps.and_of(frozenset(absent))
    seen = Checked(case.file, rows, places, _known(case, gaps))
    return [*faults, *(fault for check in CHECKS if check.possible(gaps) for fault in check.find(seen))]
