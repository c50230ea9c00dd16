"""What is said of plans: one summary of ordered sections, which whoever shows it draws one after the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from optimizer.case.case import Case
from optimizer.case.stages import MEASURED, stage_words
from optimizer.engine.refine import POINTS
from optimizer.plans import schema
from optimizer.plans.amounts import NONE, Scale, mass, money, percent, tonnes, usd
from optimizer.plans.assumed import assumed, assumed_section
from optimizer.plans.choose import Chosen
from optimizer.plans.compared import Compared, Row, by_damage, compared, value
from optimizer.plans.decisions import decisions
from optimizer.plans.discarded import Discarded, thrown_away
from optimizer.plans.outcome import Outcome
from optimizer.plans.penalties import Missed, gathered, missed
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.sections import Field, Section, amount, number, share
from optimizer.plans.summary import COUNTRY, Lowest, Stated, at_stage
from optimizer.plans.tables.contracts import missed_orders
from optimizer.plans.tables.demand import shortages
from optimizer.plans.tables.limits import limits
from optimizer.plans.tables.stock import stock_gaps
from optimizer.plans.tables.supply import Supply, supply
from optimizer.plans.to_do import DEAR, EACH, FIRST, IF_NOT, first_to_do, in_parts, things_to_do, to_do
from optimizer.questions.content_kept import content_lines
from optimizer.questions.costless import without_effect
from optimizer.questions.costs import cost_section
from optimizer.questions.hedge import section as hedge_section
from optimizer.questions.landed_prices import landed_section
from optimizer.questions.licences import licence_lines
from optimizer.questions.limits_counted import limits_counted
from optimizer.questions.undone import Undone

BROKEN = (limits, stock_gaps, shortages, missed_orders)
"""Tables of what is missed at a penalty."""
ELSEWHERE = "lodestar plan --out"
"""What gives all that there may be no room for."""
MUCH = 1e-3
"""Part of the cost from which what is thrown away is said."""
DETAILED = 2
"""Plans said up to which the materials thrown away are named for each; of more, for the base plan only."""
DAYS = 6
"""Days cut into a calendar that are named."""
NAMED = 3
"""Materials thrown away that are named."""


def about(case: Case) -> tuple[str, str]:
    """Title of a case, and over which days it is planned.

    Parameters
    ----------
    case : Case
    """
    file, calendar = case.file, case.calendar
    days = f"{calendar.start} to {calendar.end}, {len(calendar.periods)} periods"
    return file.title, f"{days}; money is discounted to the first day at {file.discount_rate:.0%} a year"


@dataclass(frozen=True)
class Summary:
    """All that is said of plans.

    Parameters
    ----------
    plans : Plans
    undone : DataFrame, optional
        The decision list of the base plan with what its lines cost undone, as `undone` gives it, where that is known.
    """

    plans: Plans
    undone: pd.DataFrame | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per scenario and answer."""
        return self.plans.summary

    @cached_property
    def scenarios(self) -> list[Compared]:
        """Every scenario that has an answer, certified or not, beside the base plan: the most damaging first."""
        return by_damage(compared(self.table))

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """The base plan and the certified reaction to each scenario, by its name, in the same order."""
        found = self.plans.outcomes
        keys = [BASE, *((some.name, "react") for some in self.scenarios)]
        return {key[0]: found[key] for key in keys if key in found}

    @property
    def is_short(self) -> bool:
        """Whether there are so few plans that of each everything is named."""
        return len(self.plans.scenarios) < DETAILED

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Its sections, in their order; those that have nothing to say are left out."""
        return tuple(section for make in SECTIONS if (section := make(self)) is not None)

    def records(self) -> list[dict[str, Any]]:
        """The table for JSON; the base plan has `decisions`, and `assumed` where anything was."""
        rows, base = schema.records(self.table), self.outcomes.get(BASE[0])
        if base is not None:
            more = {"decisions": schema.records(base.labelled(decisions(base)))}
            more |= {"assumed": told} if (told := schema.records(assumed(base))) else {}
            rows = [{**row, **more} if row[Stated.answer] == BASE[1] else row for row in rows]
        return rows


def _decisions(summary: Summary) -> Section | None:
    """What the base plan asks one to do, the largest lines of each kind."""
    if (base := summary.outcomes.get(BASE[0])) is None:
        return None
    tables = {make.__name__: base.labelled(make(base)) for make in BROKEN}
    broken, known, parts = missed(tables), summary.undone, in_parts(base)
    if known is None:
        return to_do(things_to_do(decisions(base)), broken=broken, each=EACH, says=f"{FIRST} {DEAR}{parts}")
    costs = list(known[Undone.undone_usd])
    return to_do(known, broken=broken, undone=costs, each=EACH, says=f"{FIRST} {IF_NOT}{parts}")


def _costs(summary: Summary) -> Section:
    """Cost and service, scenario by scenario."""
    plans = summary.plans
    notes = (*content_lines(summary.table), *licence_lines(plans), *without_effect(plans), *_thrown_away(summary))
    return cost_section(plans, summary.scenarios, notes, ELSEWHERE)


def _thrown_away(summary: Summary) -> list[str]:
    """What goes to waste, where it is worth more than a thousandth of the cost: in one line."""
    told, worst = [], []
    for name, outcome in summary.outcomes.items():
        table = thrown_away(outcome)
        worth = float(table[Discarded.value_usd].sum())
        if worth <= MUCH * outcome.cost:
            continue
        part = f" ({worth / outcome.cost:.1%} of the cost)" if outcome.cost > 0 else ""
        if name == BASE[0] or summary.is_short:
            lines = table.head(NAMED)[[Discarded.material, Discarded.tonnes]].itertuples(index=False, name=None)
            most = ", ".join(f"{mass(tonnes)} of {what}" for what, tonnes in lines)
            more = f" and {len(table) - NAMED} more" if len(table) > NAMED else ""
            told.append(f"{'base plan' if name == BASE[0] else name} {usd(worth)}{part}: {most}{more}")
        else:
            worst.append((worth, f"{name} {usd(worth)}{part}"))
    if worst:
        count = "one scenario" if len(worst) == 1 else f"{len(worst)} scenarios, most in"
        told.append(f"{count} {max(worst)[1]}")
    return [f"Thrown away, at table values and not in the cost: {'; '.join(told)}."] if told else []


def _assumed(summary: Summary) -> Section | None:
    """What was assumed for the planner."""
    return assumed_section({name: assumed(outcome) for name, outcome in summary.outcomes.items()})


def _missed(summary: Summary) -> Section:
    """Limits broken and stock missing, by how much and at what penalty; what is as in the base plan is said once."""
    found = {}
    for name, outcome in summary.outcomes.items():
        tables = {make.__name__: outcome.labelled(make(outcome)) for make in BROKEN}
        found[name] = missed(tables) if summary.is_short else gathered(missed(tables))
    scale = money(*(usd for table in found.values() for usd in table[Missed.cost_usd]))
    told = {name: _missed_rows(table, scale) for name, table in found.items()}
    if not any(told.values()):
        return Section("missed", says=f"No limit is broken, no stock and no demand is missing.{_to_points(summary)}")
    base = told.get(BASE[0])
    same = [name for name in told if name != BASE[0] and told[name] == base]
    return Section(
        "missed",
        "Missed at a penalty: limits broken, stock and demand missing",
        (
            Field("scenario"),
            Field("what", least=24),
            Field("when", least=12, rank=1),
            Field("by how much", least=16),
            amount(f"penalty\n{scale.unit}", scale),
        ),
        tuple(
            (name if not number else "", *cells)
            for name, some in told.items()
            if name not in same
            for number, cells in enumerate(some or [("nothing", "", "", "")])
        ),
        says=(f"As in the base plan: {', '.join(same)}." * bool(same and base) + _to_points(summary)).strip(),
        elsewhere=ELSEWHERE,
    )


def _to_points(summary: Summary) -> str:
    """How exactly sums of squared shares are kept, where a limit is on one."""
    windows = summary.plans.planner.network.structure.windows
    named = dict.fromkeys(window.limit for window in windows if window.row.measure == "hhi")
    kept = f"kept to {POINTS:g} percentage points of a member's share"
    return f" Sums of squared shares ({', '.join(named)}) are {kept}." if named else ""


def _limits(summary: Summary) -> Section | None:
    """Limits, and what can be held against them."""
    return limits_counted(summary.outcomes[BASE[0]], ELSEWHERE)


def _missed_rows(table: pd.DataFrame, scale: Scale) -> list[tuple[str, ...]]:
    """What one plan misses, as it is said."""
    it = Missed
    return [
        (f"{line[it.kind]} {line[it.what]}", line[it.where], line[it.by], scale.cell(line[it.cost_usd]))
        for line in schema.lines(table)
    ]


def _shares(summary: Summary) -> Section:
    """The country's share at each stage, and the lowest stock."""
    return Section(
        "shares",
        f"Share of {COUNTRY} at each stage (tonnes over the horizon, looked through), and stock at its lowest",
        (
            Field("scenario"),
            *(share(stage_words(stage)) for stage in MEASURED),
            number("days of\nstock", "days", Scale("days", 1.0, 0).cell),
            Field("of what, where and when", rank=1),
        ),
        tuple(
            (
                one.name,
                *(value(one.shown_row, at_stage(stage).country_share) for stage in MEASURED),
                value(one.shown_row, Lowest.lowest_stock_days),
                one.shown_row.get(Lowest.lowest_stock_where) or NONE,
            )
            for one in summary.scenarios
        ),
        elsewhere=ELSEWHERE,
    )


def _largest(summary: Summary) -> Section:
    """The largest supplier at each stage."""

    def supplier(row: Row, stage: str) -> str:
        at = at_stage(stage)
        part = value(row, at.largest_share)
        return NONE if part is None else f"{row[at.largest]} {percent(part)}"

    return Section(
        "largest",
        "Largest supplier at each stage, and its share",
        (
            Field("scenario"),
            *(Field(stage_words(stage), rank=len(MEASURED) - number) for number, stage in enumerate(MEASURED)),
        ),
        tuple((one.name, *(supplier(one.shown_row, stage) for stage in MEASURED)) for one in summary.scenarios),
        elsewhere=ELSEWHERE,
    )


def _binding(summary: Summary) -> Section:
    """Which rules bind."""
    return Section(
        "binding",
        "Rules that bind (and in how many places and periods)",
        (Field("scenario"), Field("rules", least=30)),
        tuple((one.name, one.reaction.get(Lowest.binding)) for one in summary.scenarios if one.reaction is not None),
    )


def _supply(summary: Summary) -> Section:
    """Who supplies what to the buyer's plants, and what is missing: by quarter, or by longer where that is too wide.

    Periods shorter than a quarter are gathered, so that finer ones make no wider table.
    """
    only = [some.name for some in summary.plans.scenarios] if summary.is_short else []
    name = next((some for some in only if some in summary.outcomes), BASE[0])
    outcome = summary.outcomes[name]
    lines, calendar = supply(outcome), outcome.frame.calendar
    scale = tonnes(*lines[Supply.all])
    lines = lines[lines[Supply.all] >= _least(scale)]
    periods = calendar.periods
    finer = any(calendar.gathered(period) != calendar.label(period) for period in periods)
    whole = "quarter" if finer else "period"
    labels = {
        f" by {whole} of dispatch": [calendar.gathered(period) for period in periods],
        " by half-year of dispatch": [calendar.gathered(period, 6) for period in periods],
        " by year of dispatch": [str(calendar.bounds[period].year) for period in periods],
        "": [""] * len(periods),
    }
    unit = "tonnes" if scale.unit == "t" else scale.unit
    title = f"Who supplies what: {'base plan' if name == BASE[0] else f'{name} (react)'}, {unit}"
    made = [Section("supply", title + how, *_supply_by(lines, some, scale)) for how, some in labels.items()]
    wider = f"By {whole}: on a wider screen, or {ELSEWHERE}."
    narrow = made.pop()
    for section in reversed(made[1:]):
        narrow = replace(section, says=wider, narrower=replace(narrow, says=wider))
    return replace(made[0], narrower=narrow)


def _landed(summary: Summary) -> Section | None:
    """Landed prices of the base plan, by supplier and grade."""
    base = summary.outcomes.get(BASE[0])
    return None if base is None else landed_section(base, "base plan", ELSEWHERE)


def _first(summary: Summary) -> Section | None:
    """What is to be done first, so that the last line says it."""
    base = summary.outcomes.get(BASE[0])
    return None if base is None else first_to_do(things_to_do(decisions(base)))


def _least(scale: Scale) -> float:
    """Tonnes below which a cell of the supply table is left empty."""
    return 0.5 * 10.0**-scale.digits * scale.size


def _supply_by(
    lines: pd.DataFrame, labels: Sequence[str], scale: Scale
) -> tuple[tuple[Field, ...], tuple[tuple[Any, ...], ...]]:
    """The supply table, plant by plant, the periods of one label added up; no label: none of them shown."""
    it = Supply
    groups: dict[str, list[Any]] = {}
    for period, label in enumerate(labels):
        groups.setdefault(label, []).append(lines.columns[3 + period])
    groups.pop("", None)
    fields = (Field("to\n  material"), Field("from"), *(amount(name, scale) for name in (*groups, "all")))
    rows: list[tuple[Any, ...]] = []
    for site, some in lines.groupby(it.to, sort=False):
        rows.append((str(site), *[""] * (len(fields) - 1)))
        for _, line in some.iterrows():
            amounts = [*(line[group].sum() for group in groups.values()), line[it.all]]
            shown = (amount if amount >= _least(scale) else "" for amount in amounts)
            rows.append((f"  {line[it.material]}", str(line[it.from_]), *shown))
    return fields, tuple(rows)


def fit_lines(chosen: Chosen) -> list[str]:
    """How far the scenarios fit the case, where not all of all do: one line each."""
    lines = [f"{fit.text}." for fit in chosen.partly]
    if chosen.misfits:
        lines.append("Bundled scenarios that do not fit this case, and are not planned:")
        lines += [f"  {misfit.text}" for misfit in chosen.misfits]
    return lines


def _cut_lines(chosen: Chosen) -> list[str]:
    """What was cut into the calendar for whom, and what it does to the base plan."""
    if (cut := chosen.cut) is None:
        return []
    days, more = ", ".join(map(str, cut.days[:DAYS])), len(cut.days) - DAYS
    days += f" and {more} more" if more > 0 else ""
    cost = "" if math.isnan(cut.before) else _moved(cut.before, cut.after)
    count = len(cut.case.calendar.periods)
    return [f"Cut into the calendar for {', '.join(cut.scenarios)}: periods begin on {days}; {count} in all.{cost}"]


def _moved(before: float, after: float) -> str:
    """What the base plan costs on the case's own calendar, and on that of the run."""
    scale = money(before, after)
    return f" The base plan costs {scale.told(after)} so, and {scale.told(before)} on the calendar of the case."


def _fit(summary: Summary) -> Section | None:
    """How far the scenarios fit the case."""
    lines = [*_cut_lines(summary.plans.chosen), *fit_lines(summary.plans.chosen)]
    return Section("fit", legend=tuple(lines)) if lines else None


def _hedge(summary: Summary) -> Section | None:
    """One set of decisions for all scenarios, and what it is worth."""
    return hedge_section(summary.plans)


SECTIONS: tuple[Callable[[Summary], Section | None], ...] = (
    _decisions,
    _costs,
    _hedge,
    _assumed,
    _missed,
    _limits,
    _shares,
    _largest,
    _binding,
    _supply,
    _landed,
    _fit,
    _first,
)
"""What is said of plans, in this order; whoever has more to say adds a function."""
