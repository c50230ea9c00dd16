"""The answer of a written plan, first: a sentence, four cells, what to do by when, and the scenarios, worst first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from optimizer.case.calendar import Calendar
from optimizer.folder.read import Written
from optimizer.plans.amounts import Scale, money, tonnes
from optimizer.plans.compared import by_damage, value
from optimizer.plans.decisions import Decisions
from optimizer.plans.plan import BASE
from optimizer.plans.schema import lines
from optimizer.plans.summary import Found, Stated
from optimizer.plans.tables.demand import Deliveries, Shortages
from optimizer.plans.to_do import DO, MANY, largest, things_to_do
from optimizer.questions.sources import marks
from optimizer.report.findings import FEW, Finding, findings, worst
from optimizer.report.said import Figure, Piece, Prose, count, prose_record

NAMED = 2
"""Scenarios that the sentence names."""
DEPTHS = 3
"""Shades of a period in which something goes short."""
Record = dict[str, Any]


def verdict(written: Written) -> Record:
    """The answer of a written plan as data, every number as its tables have it.

    Parameters
    ----------
    written : Written

    Returns
    -------
    dict
        `lead`, a sentence; `cells`, each with `name`, `title`, `big` and `note`; `deeds`, the decision list;
        `scenarios`, the worst first; `periods`, the names of the spans that `when` of a scenario speaks of; `proved` of
        how many answers `of`. Where the base plan is not certified there are neither cells nor deeds.
    """
    every = findings(written)
    base = next((one for one in every if one.name == BASE[0]), None)
    of = len(written.summary)
    proved = int(written.summary[Stated.certified].sum())
    known = base is not None and base.react is not None
    others = [one for one in every if one.name != BASE[0]]
    labels, _ = _spans(written.case.calendar)
    return {
        "case": written.case.name,
        "title": written.case.file.title,
        "lead": prose_record(_lead(written, base, others)) if base is not None and known else [NO_BASE],
        "cells": _cells(written, base, others, proved, of) if base is not None and known else [],
        "deeds": _deeds(written) if known else [],
        "scenarios": _scenarios(written, others),
        "periods": labels,
        "proved": proved,
        "of": of,
        "interrupted": written.manifest.interrupted,
    }


NO_BASE = (
    "There is no certified base plan, and so there are no figures: what was planned and why it failed stands below."
)


def _usd(amount: float, *, sign: bool = False) -> Figure:
    """Money by itself."""
    return Figure(amount, money(amount), sign)


def _mass(amount: float) -> Figure:
    """Tonnes by themselves."""
    return Figure(amount, tonnes(amount))


def _of(one: Finding, column: str) -> float:
    """A number of the answer of a finding that is shown; none is nothing."""
    return value(one.row, column) or 0.0


def _lead(written: Written, base: Finding, others: Sequence[Finding]) -> Prose:
    """The sentence that is the answer, and what would break it."""
    cost, short = base.react or 0.0, base.short or 0.0
    if short < FEW:
        said: list[Piece] = ["Every tonne is covered for ", _usd(cost), ". "]
    else:
        said = [_mass(short), " of ", _mass(_needed(written)), " needed go short in a plan for ", _usd(cost), ". "]
    if not others:
        return (*said, "No scenario was planned, so nothing is said of what could go wrong.")
    planned = [one for one in others if one.extra is not None]
    lost = _lost(planned)
    more = "more " * (short >= FEW)
    if lost:
        said += [count(len(lost)), " of ", *_counted(len(planned)), f" would leave you {more}short: "]
        said += [_listed([one.name for one in lost]), "."]
    elif planned:
        said += ["None of ", *_counted(len(planned)), f" planned would leave you {more}short."]
    else:
        said += ["No reaction to a scenario is proved."]
    return tuple(said)


def _counted(number: int) -> tuple[Piece, ...]:
    return count(number), " scenario" if number == 1 else " scenarios"


def _listed(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    shown = names if len(names) <= NAMED + 1 else names[:NAMED]
    rest = len(names) - len(shown)
    told = [*shown, *([f"{rest} more"] if rest else [])]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def _lost(found: Iterable[Finding]) -> list[Finding]:
    """Scenarios in which more goes short than in the base plan, the worst first."""
    return [one for one in worst(found) if one.lost >= FEW]


def _needed(written: Written) -> float:
    """Tonnes wanted over the horizon: what is delivered and what is not, in the base plan."""
    found = written.table("deliveries", *BASE)[Deliveries.tonnes].sum()
    return float(found + written.table("shortages", *BASE)[Shortages.tonnes].sum())


def _cells(written: Written, base: Finding, others: Sequence[Finding], proved: int, of: int) -> list[Record]:
    """The four questions in the order in which they are asked."""
    made = (
        ("do", "What to do", *_to_do(written)),
        ("cost", "What it costs", *_costs(written, base)),
        ("risk", "What could go wrong", *_risk(others)),
        ("belief", "Whether to believe it", *_belief(written, proved, of)),
    )
    return [
        {"name": name, "title": title, "big": prose_record(big), "note": prose_record(note)}
        for name, title, big, note in made
    ]


def _to_do(written: Written) -> tuple[Prose, Prose]:
    """How much there is to do, and by when."""
    it, table = Decisions, things_to_do(written.table("decisions", *BASE))
    if table.empty:
        return ("Nothing",), ("The plan asks for no contract, project, order, stock or licence.",)
    first = dt.date.fromisoformat(str(table[it.act_on].min()))
    note: list[Piece] = []
    for kind in DO:
        some = table[table[it.kind] == kind]
        if len(some):
            note += [", " if note else "", count(len(some)), f" {MANY[kind] if len(some) > 1 else kind}"]
            if kind == "order":
                note += [" (", _mass(float(some[it.how_much].sum())), ")"]
    things = " things" if len(table) > 1 else " thing"
    return (count(len(table)), f"{things}, the first by ", first), (*note, ".")


def _costs(written: Written, base: Finding) -> tuple[Prose, Prose]:
    """What the base plan costs, and what of it is typed in."""
    cash, fines = _of(base, Found.cash_usd), _of(base, Found.penalties_usd)
    first, last = written.case.calendar.start, written.case.calendar.end - dt.timedelta(days=1)
    note: list[Piece] = [f"{first.year} to {last.year}, discounted. Of it ", _usd(cash), " cash"]
    if fines:
        note += [" and ", _usd(fines), " penalties, which the case sets and nobody is paid"]
    return (_usd(base.react or 0.0),), (*note, ".")


def _risk(others: Sequence[Finding]) -> tuple[Prose, Prose]:
    """What would go short in the worst scenarios, or what the dearest costs."""
    planned = [one for one in others if one.extra is not None]
    if not planned:
        return ("Not asked",), ("No scenario has a proved reaction in this plan.",)
    lost = _lost(planned)
    if lost:
        big: list[Piece] = []
        for one in lost[:NAMED]:
            big += [", " if big else "", _mass(one.short or 0.0), f" in {one.name}"]
        penalty = _of(lost[0], Found.penalties_usd)
        note: tuple[Piece, ...] = (
            *(
                "short after all that can still be done. Of ",
                _usd(lost[0].react or 0.0),
                " that the first would cost, ",
            ),
            *(_usd(penalty), " are penalties that the case sets."),
        )
        return tuple(big), note
    dearest = max(planned, key=lambda one: one.extra or 0.0)
    if (dearest.extra or 0.0) <= dearest.small:
        return ("Little",), ("No scenario planned costs noticeably more or leaves more short.",)
    return (_usd(dearest.extra or 0.0, sign=True), f" in {dearest.name}"), ("Nothing more goes short in any.",)


def _belief(written: Written, proved: int, of: int) -> tuple[Prose, Prose]:
    """What is proved, and beside it what the inputs rest on."""
    rows = marks(written.case)
    big: Prose = ("Proved for these inputs",) if proved == of else (count(proved), " of ", count(of), " answers proved")
    note: list[Piece] = ["Inputs: ", count(rows["sourced"]), " rows sourced, ", count(rows["background"])]
    return big, (*note, " remembered, ", count(rows["assumption"]), " assumed.")


def _deeds(written: Written) -> list[Record]:
    """The decision list, by the day by which to act."""
    it, table = Decisions, things_to_do(written.table("decisions", *BASE))
    scale = money(*table[it.worth_usd].dropna()) if len(table) else money()
    wanted = {(row.site, row.product) for row in written.case.tables.demand}
    first = written.case.calendar.label(0)
    large = set(largest(table).index)
    found = []
    for place, line in zip(table.index, lines(table), strict=True):
        kind, worth = line[it.kind], line[it.worth_usd]
        of = " ".join(str(line[name]) for name in (it.under, it.material, it.group, it.mode) if line[name])
        yearly = kind in ("contract", "project")
        asked = (line[it.site], line[it.material])
        found.append(
            {
                "kind": kind,
                "large": place in large,
                "by": line[it.act_on],
                "there": line[it.there_on] or None,
                "verb": DO[kind],
                "what": line[it.what],
                "of": of,
                "to": line[it.site] if kind == "order" else "",
                "amount": _mass(line[it.how_much]).record(),
                "yearly": yearly,
                "worth": None if worth != worth else Figure(worth, scale).record(),
                "why": {"scenario": BASE[0], "site": asked[0], "product": asked[1], "period": first}
                if asked in wanted
                else None,
            }
        )
    return found


def _scenarios(written: Written, others: Sequence[Finding]) -> list[Record]:
    """Every scenario, the worst first; one whose answers are not certified has no numbers."""
    chances = {some.name: some for some in written.manifest.scenarios}
    scale = money(*(one.extra for one in others), *(one.ahead for one in others))
    short_scale = tonnes(*(one.short for one in others))
    _, spans = _spans(written.case.calendar)
    when = {one.name: _when(written, one, spans) for one in others}
    most = max((amount for some in when.values() for amount in some), default=0.0)
    found = []
    for one in by_damage(others):
        known = chances.get(one.name)
        found.append(
            {
                "name": one.name,
                "title": one.title,
                "chance": None if known is None else Figure(known.probability, Scale("%", 0.01, 1)).record(),
                "announced": None if known is None else str(known.announced),
                "answers": {
                    answer: {"certified": bool(row[Stated.certified]), "status": str(row[Stated.status])}
                    for answer, row in one.planned.items()
                },
                "short": _figure(one.short, short_scale),
                "worse": one.lost >= FEW,
                "when": [_depth(amount, most) for amount in when[one.name]],
                "extra": _figure(one.extra, scale, sign=True),
                "ahead": _figure(one.ahead, scale, sign=True),
                "penalties": _figure(value(one.reaction, Found.penalties_usd), scale),
                "why": _dearest_gap(written, one),
            }
        )
    return found


def _figure(amount: float | None, scale: Scale, *, sign: bool = False) -> Record | None:
    """A number, if there is one."""
    return None if amount is None else Figure(amount, scale, sign).record()


def _depth(amount: float, most: float) -> int:
    """How dark a period is: from nothing short to the most that goes short in any."""
    return 0 if amount < FEW else min(DEPTHS, 1 + int(DEPTHS * amount / most))


def _spans(calendar: Calendar) -> tuple[list[str], dict[str, int]]:
    """Quarters, or longer periods, by name; and in which of them each period lies."""
    named = {calendar.label(period): calendar.gathered(period) for period in calendar.periods}
    labels = list(dict.fromkeys(named.values()))
    return labels, {period: labels.index(label) for period, label in named.items()}


def _when(written: Written, one: Finding, spans: dict[str, int]) -> list[float]:
    """Tonnes short by quarter, or by longer period."""
    found = [0.0] * (max(spans.values()) + 1)
    if one.shown is not None:
        table = written.table("shortages", *one.shown)
        for period, amount in zip(table[Shortages.period], table[Shortages.tonnes], strict=True):
            found[spans[str(period)]] += float(amount)
    return found


def _dearest_gap(written: Written, one: Finding) -> Record | None:
    """The demand and period in which most is missing, to ask why; none where nothing is, or nobody reacts."""
    if one.shown is None or one.shown[1] != "react":
        return None
    it, table = Shortages, written.table("shortages", *one.shown)
    if table.empty or float(table[it.tonnes].max()) < FEW:
        return None
    row = max(lines(table), key=lambda line: float(line[it.tonnes]))
    names = {"site": row[it.site], "product": row[it.product], "period": row[it.period], "end_use": row[it.end_use]}
    return {"scenario": one.name, **{key: str(name) for key, name in names.items()}}
