"""The answer of a written plan in plain words, every number taken from its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from optimizer.case.stages import MEASURED, WORK
from optimizer.folder.read import Written
from optimizer.plans.amounts import mass, percent, spoken
from optimizer.plans.compared import Compared, Row, by_damage, compared, value
from optimizer.plans.outcome import Shares
from optimizer.plans.penalties import MISSED_IN, Missed, gathered, missed
from optimizer.plans.summary import Found, Stated, at_stage

FEW = 1e-3
"""Tonnes below which nothing is said to be short: a kilogram."""
SMALL = 0.05e6
"""USD up to which a change in cost is not worth a word."""
PART = 0.02
"""The same as a part of what the base plan costs, where that is less."""
WORST = 3
"""Scenarios named."""


class Finding(Compared):
    """One scenario beside the base, and whether it is worth a word."""

    @property
    def certified(self) -> bool:
        """Whether every answer that was planned is."""
        return len(self.proved) == len(self.planned)

    @property
    def shown(self) -> tuple[str, str] | None:
        """Scenario and answer that the figures beside the costs are of."""
        return next(((self.name, answer) for answer in self.proved), None)

    @property
    def row(self) -> Row | None:
        """What the summary says of that answer."""
        return next(iter(self.proved.values()), None)

    @property
    def service(self) -> float | None:
        """Share of demand met, of that answer."""
        return value(self.row, Found.service_level)

    @property
    def short(self) -> float | None:
        """Tonnes missing, of that answer."""
        return value(self.row, Found.short_t)

    @property
    def lost(self) -> float:
        """Tonnes missing beyond those that the base plan misses."""
        return (self.short or 0.0) - (value(self.start, Found.short_t) or 0.0)

    @property
    def worse(self) -> bool:
        """Whether it costs noticeably more than the base or leaves more demand unmet."""
        return (self.extra or 0.0) > self.small or (self.extra is not None and self.lost >= FEW)

    @property
    def small(self) -> float:
        """USD up to which a change in cost is not worth a word."""
        return min(SMALL, PART * abs(self.base or 0.0))


def findings(written: Written) -> list[Finding]:
    """Every scenario, the base first, in the order they were planned."""
    return [Finding(one.name, one.planned, one.start) for one in compared(written.summary)]


def exposure(written: Written, scenario: str, answer: str) -> tuple[str, str, float] | None:
    """The stage and country with the largest share over the horizon, and that share.

    Countries of the buyer's own plants come last: what is made at home is not what a buyer is exposed to.

    Parameters
    ----------
    written : Written
    scenario, answer : str
        A certified answer.

    Returns
    -------
    tuple of (stage, country, share) or None
        Share from 0 to 1; None where nothing passes any stage.
    """
    table = written.table("shares", scenario, answer)
    it = Shares
    whole = table[(table[it.by] == "country") & (table[it.year] == "all") & table[it.stage].isin(MEASURED)]
    if whole.empty:
        return None
    plants = {row.site for row in written.case.tables.demand}
    home = {row.country for row in written.case.tables.sites if row.site in plants}
    abroad = whole[~whole[it.member].isin(home)]
    whole = abroad if len(abroad) else whole
    top = whole.sort_values([it.share, it.tonnes], kind="stable").iloc[-1]
    return str(top[it.stage]), str(top[it.member]), float(top[it.share])


def _served(one: Finding) -> str:
    """What goes short, in words."""
    if one.row is None or one.short is None or one.service is None:
        return ""
    if one.short < FEW:
        return "all demand is met"
    worst, level = str(one.row[Found.worst_demand]), float(one.row[Found.worst_service_level])
    named = f", worst {worst} with {percent(level)} met" if worst else ""
    return f"{mass(one.short)} go short ({percent(one.service, 1)} of demand is met{named})"


def penalties(written: Written, scenario: str, answer: str) -> str:
    """What of a plan's cost is cash and what penalties, and what they are for: limits one by one, the rest by kind.

    Parameters
    ----------
    written : Written
    scenario, answer : str
        A certified answer.
    """
    row = written.row(scenario, answer) or {}
    cash, fines = float(row[Found.cash_usd]), float(row[Found.penalties_usd])
    table = gathered(missed({name: written.table(name, scenario, answer) for name in MISSED_IN}))
    mark = str(row.get(Found.mark) or "")
    split = f"{f'It {mark}. ' if mark else ''}Of that, {spoken(cash)} is cash and {spoken(fines)} penalties"
    if table.empty:
        return f"{split}: no limit is broken, no stock and no demand is missing."
    told = []
    for kind, what, where, by, _, usd in table.itertuples(index=False, name=None):
        told.append(f"{kind} {what}{f' in {where}' if where else ''} {by} ({spoken(usd)})")
    broken = "Broken or missing" if (table[Missed.kind] == "limit").any() else "No limit is broken; missing"
    return f"{split}. {broken}: {'; '.join(told)}."


def _scenario(written: Written, one: Finding) -> str:
    """One bad scenario, in words."""
    served = _served(one)
    text = f"{one.name} ({one.title}): {spoken(one.extra or 0.0)} more than the base plan, and {served}."
    if one.shown is not None and one.shown[1] == "react":
        text += f" It costs {spoken(one.react or 0.0)}. {penalties(written, *one.shown)}"
    if one.unprepared is not None and one.unprepared > one.small:
        text += f" Had it been known from the start, it would have cost {spoken(one.unprepared)} less."
    elif one.unprepared is not None:
        text += " Knowing it from the start would have saved next to nothing."
    return text


@dataclass(frozen=True)
class Answer:
    """What a reader should know first; plain text, to be escaped where it is shown.

    Parameters
    ----------
    lead : tuple of str
        Sentences on the base plan, on all scenarios together and on the worst of them.
    next : tuple of str
        A few sentences on each of the next worst scenarios.
    notes : tuple of str
        What is missing.
    """

    lead: tuple[str, ...]
    next: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def answer(written: Written, names: Mapping[str, str]) -> Answer:
    """The answer in words.

    Parameters
    ----------
    written : Written
    names : mapping of str to str
        Names of countries by code.

    Returns
    -------
    Answer
    """
    every = findings(written)
    case = written.case
    start = written.row("base", "base")
    others = [one for one in every if one.name != "base"]
    notes = _notes(written, others)
    if start is None or not start[Stated.certified]:
        lead = "There is no certified base plan to compare with; the table of scenarios shows what there is."
        return Answer((lead,), (), notes)
    base = next(one for one in every if one.name == "base")
    served = _served(base)
    said = [
        f"As the rules in force stand, the plan from {case.calendar.start} to {case.calendar.end} costs "
        f"{spoken(base.react or 0.0)}, and {served}.",
        penalties(written, "base", "base"),
    ]
    if top := exposure(written, "base", "base"):
        stage, member, share = top
        largest = str(start.get(at_stage(stage).largest, ""))
        alone = (
            f"; the largest supplier there, {largest}, has {percent(start[at_stage(stage).largest_share])}"
            if largest
            else ""
        )
        where = names.get(member, member)
        said.append(f"The biggest exposure is {WORK[stage]}: {percent(share)} of it is done in {where}{alone}.")
    known = [one for one in others if one.extra is not None]
    bad = worst(known)
    if bad:
        verb = "costs more or leaves" if len(bad) == 1 else "cost more or leave"
        said.append(f"Of {_count(len(known))} planned, {len(bad)} {verb} more demand unmet.")
    elif known:
        said.append(f"Of {_count(len(known))} planned, none costs noticeably more or leaves more demand unmet.")
    told = [_scenario(written, one) for one in bad[:WORST]]
    if told:
        said.append(("The worst is " if len(bad) > 1 else "This is ") + told[0])
    return Answer(tuple(said), tuple(told[1:]), notes)


def _count(number: int) -> str:
    """So many scenarios."""
    return f"{number} scenario" + ("" if number == 1 else "s")


def worst(found: Iterable[Finding]) -> list[Finding]:
    """Scenarios that cost more than the base or leave more demand unmet: most short first, then the dearest."""
    return by_damage(one for one in found if one.worse)


def _notes(written: Written, others: list[Finding]) -> tuple[str, ...]:
    """What is missing."""
    said = []
    if missing := [one.name for one in others if not one.certified]:
        said.append(f"Not certified, and therefore without numbers: {', '.join(missing)}.")
    if written.manifest.interrupted:
        said.append("Planning was stopped before the end: scenarios are missing.")
    return tuple(said)
