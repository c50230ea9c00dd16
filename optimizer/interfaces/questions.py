"""Commands that answer what a plan is asked: what a rule costs, why so dear, why not this supplier, why no plan."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.interfaces.common import DEFAULT_CASE, AsJson, CaseName, PackNames, load, make_plans, say_failed

if TYPE_CHECKING:
    from optimizer.questions.probe import Probe

OneScenario = Annotated[
    str | None,
    typer.Option("--scenario", "-s", help="Ask about the reaction to a scenario rather than the base plan."),
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes that solve; one per core by default.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(decisions)
    app.command()(calm)
    app.command()(whole)
    app.command()(ledger)
    app.command()(sources)
    app.command()(why)
    app.command(name="why-not")(why_not)
    app.command(name="why-infeasible")(why_infeasible)
    app.command()(diff)
    app.command()(alternatives)
    app.command(name="stay-near")(near)


@contextmanager
def probe_of(case: str, scenario: str | None, packs: list[str] | None, workers: int | None = None) -> Iterator[Probe]:
    """The answer asked about, planned by the processes that then solve questions to it.

    Parameters
    ----------
    case : str
        A bundled case by name, or the folder of one.
    scenario : str or None
        By name or file: its reaction is asked about; None for the base plan.
    packs : list of str or None
        Policy packs to switch on, by name.
    workers : int, optional
        Processes; one per core by default.
    """
    from optimizer.engine.pool import Pool
    from optimizer.questions.probe import Probe

    loaded = load(case, packs)
    with Pool(workers) as pool:
        plans = make_plans(loaded, [scenario] if scenario else [], answers=["react"], pool=pool)
        say_failed(plans)
        yield Probe(plans, plans.scenarios[0].name if plans.scenarios else "base", pool=pool)


def print_json(value: Any) -> None:
    """Print records as JSON; what is not a number as null."""
    import pandas as pd

    from optimizer.plans.schema import records

    if isinstance(value, pd.DataFrame):
        value = records(value)
    print(json.dumps(value, indent=1))


def decisions(
    case: CaseName = DEFAULT_CASE,
    wait: Annotated[
        bool, typer.Option("--wait", help="Say too what may wait, and until when: some plans more for each line.")
    ] = False,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """List what the base plan asks one to do, by when, and what it costs to leave each thing undone."""
    from optimizer.interfaces.answers import print_decisions
    from optimizer.interfaces.render import answers
    from optimizer.questions.undone import undone

    with probe_of(case, None, pack, workers) as probe:
        table = undone(probe, wait=wait)
    if as_json:
        print_json(table)
    else:
        print_decisions(answers(), probe, table, wait=wait)


def calm(
    case: CaseName = DEFAULT_CASE,
    within: Annotated[
        list[float] | None,
        typer.Option(
            min=0, max=100, help="Per cent of the least cost that may be added; repeat. 0.01, 0.1 and 0.5 by default."
        ),
    ] = None,
    show: Annotated[
        float, typer.Option(min=0, max=100, help="Allowance, in per cent, of the plan whose frames are shown.")
    ] = 0.1,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Show what a steadier plan costs, and the frames with suppliers that it comes to."""
    from optimizer.interfaces.render import answers, print_section
    from optimizer.plans.call_offs import frames
    from optimizer.plans.schema import records
    from optimizer.questions.calm import ALLOWED, calm_section, calm_table, frame_section, steadiest

    parts = [some / 100 for some in within] if within else ALLOWED
    with probe_of(case, None, pack, workers) as probe:
        found = steadiest(probe, sorted({*parts, show / 100}))
        table = calm_table(probe, found)
    shown = next(one for one in found if one.allowed == show / 100)
    if as_json:
        print_json({"calm": records(table), "frames": records(frames(shown.outcome))})
        return
    print_section(answers(), calm_section(table))
    print_section(answers(), frame_section(shown.outcome, f"the steadiest plan within {show:g} % of the least cost"))


def whole(
    case: CaseName = DEFAULT_CASE,
    scenario: OneScenario = None,
    nodes: Annotated[int, typer.Option(min=0, help="Linear programmes that the branching may solve.")] = 60,
    gap: Annotated[float, typer.Option(min=0, max=100, help="Per cent of the cost at which it ends.")] = 0.0001,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Plan with whole things: suppliers qualified or not, contracts of their least volume or none."""
    from optimizer.interfaces.render import answers, print_section
    from optimizer.plans.decisions import decisions as listed
    from optimizer.plans.schema import records
    from optimizer.questions.whole import whole as find
    from optimizer.questions.whole import whole_sections

    with probe_of(case, scenario, pack, workers) as probe:
        found = find(probe, nodes=nodes, gap=gap / 100)
    if as_json:
        costs = {"cost_usd": found.outcome.cost, "bound_usd": found.bound, "linear_usd": found.linear}
        rows = found.outcome.labelled(listed(found.outcome))
        print_json({**costs, "plans": records(found.table), "decisions": records(rows)})
        return
    for section in whole_sections(found):
        print_section(answers(), section)


def ledger(
    case: CaseName = DEFAULT_CASE,
    scenario: OneScenario = None,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Show what every limit, control, stock target and demand costs, and what a little more of it would."""
    from optimizer.interfaces.answers import print_ledger
    from optimizer.interfaces.render import answers
    from optimizer.questions.ledger import ledger as make

    with probe_of(case, scenario, pack, workers) as probe:
        table = make(probe)
    if as_json:
        print_json(table)
    else:
        print_ledger(answers(), probe, table)


def sources(
    case: CaseName = DEFAULT_CASE, pack: PackNames = None, workers: Workers = None, as_json: AsJson = False
) -> None:
    """Show every figure with its source, its confidence, and how far the base plan's cost hangs on it."""
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.sources import print_sources
    from optimizer.questions.sources import sources as make

    with probe_of(case, None, pack, workers) as probe:
        table = make(probe)
    if as_json:
        print_json(table)
    else:
        print_sources(answers(), probe, table)


def why(
    case: Annotated[str, typer.Argument(help="A case.")],
    site: Annotated[str, typer.Argument(help="The buyer's plant.")],
    product: Annotated[str, typer.Argument(help="What it wants.")],
    period: Annotated[str, typer.Argument(help="Such as 2028-08 or 2028Q3; of several periods the dearest.")],
    end_use: Annotated[str | None, typer.Option(help="The end use, where there are several.")] = None,
    scenario: OneScenario = None,
    pack: PackNames = None,
    as_json: AsJson = False,
) -> None:
    """Explain why a demand is short, or as dear as it is, down the bill of materials to what binds."""
    from optimizer.interfaces.answers import print_why
    from optimizer.interfaces.render import answers
    from optimizer.questions.why import out_of_reach
    from optimizer.questions.why import why as explain
    from optimizer.world.timeline import Timelines

    # Said before it is planned: a demand that must be met and cannot be reached leaves no plan to explain.
    for some in out_of_reach(Timelines(load(case, pack)), site, product, end_use):
        print(f"{some.text[0].upper()}{some.text[1:]}.", file=sys.stderr if as_json else sys.stdout)
    with probe_of(case, scenario, pack) as probe:
        found = explain(probe, site, product, period, end_use)
    if as_json:
        print_json(found.record())
    else:
        print_why(answers(), found)


def why_not(
    case: Annotated[str, typer.Argument(help="A case.")],
    supplier: Annotated[str, typer.Argument(help="A site or an offer.")],
    scenario: OneScenario = None,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Explain why a supplier is not used, or not more: what a tonne from it costs, and the price at which it enters."""
    from optimizer.interfaces.answers import print_entry
    from optimizer.interfaces.render import answers
    from optimizer.plans.schema import records
    from optimizer.questions.supplier import why_not as explain

    with probe_of(case, scenario, pack, workers) as probe:
        entry = explain(probe, supplier)
    if as_json:
        values = {k: None if v != v or v in (float("inf"),) else v for k, v in entry.__dict__.items() if k != "parts"}
        print_json({**values, "parts": records(entry.parts)})
    else:
        print_entry(answers(), entry)


def why_infeasible(
    case: CaseName = DEFAULT_CASE, scenario: OneScenario = None, pack: PackNames = None, as_json: AsJson = False
) -> None:
    """Explain why a case has no plan: the policies that conflict, and the nearest change that gives one."""
    from optimizer.interfaces.conflict import diagnosis_record, print_diagnosis
    from optimizer.interfaces.render import answers
    from optimizer.plans.plan import Planner
    from optimizer.questions.conflict import diagnose

    planner = Planner(load(case, pack))
    fits = planner.choose([scenario] if scenario else []).fits
    found = diagnose(planner, fits[0].timelines if fits else None)
    if as_json:
        print_json(diagnosis_record(found))
    else:
        print_diagnosis(answers(), found, planner.case.name)
    raise typer.Exit(3 if found.conflicts else 0)


def diff(
    old: Annotated[str, typer.Argument(metavar="A", help="A case or a folder of written plans; @NAME for a scenario.")],
    new: Annotated[str, typer.Argument(metavar="B", help="The same, such as ev-motors@full-embargo.")],
    as_json: AsJson = False,
) -> None:
    """Show what differs between two plans: inputs, decisions, outcomes, and what each input change costs."""
    from optimizer.interfaces.difference import print_difference
    from optimizer.interfaces.render import answers
    from optimizer.questions.difference import difference, find_side

    sides = find_side(old), find_side(new)
    found = difference(*sides)
    if as_json:
        print_json(found.record())
    else:
        print_difference(answers(), found, *(side.name for side in sides))


def alternatives(
    case: CaseName = DEFAULT_CASE,
    within: Annotated[float, typer.Option(min=0, max=100, help="Per cent of the least cost that may be added.")] = 1.0,
    scenario: OneScenario = None,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Show plans within a percentage of the least cost that go as far as they can another way."""
    from optimizer.interfaces.answers import print_alternatives
    from optimizer.interfaces.render import answers
    from optimizer.questions.alternatives import alternatives as find
    from optimizer.questions.alternatives import compared

    with probe_of(case, scenario, pack, workers) as probe:
        table = compared(find(probe, within / 100), probe.outcome)
    if as_json:
        print_json(table)
    else:
        print_alternatives(answers(), table, within)


def near(
    case: Annotated[str, typer.Argument(help="A case.")],
    scenario: Annotated[str, typer.Argument(help="The scenario to prepare for.")],
    moved: Annotated[float, typer.Option(min=0, max=100, help="Per cent of the tonnes that may change hands.")] = 10.0,
    suppliers: Annotated[int | None, typer.Option(min=0, help="Suppliers that may be added or dropped.")] = None,
    stage: Annotated[str, typer.Option(help="Stage whose suppliers count.")] = "magnet",
    pack: PackNames = None,
    as_json: AsJson = False,
) -> None:
    """Show the best plan for a scenario, known from the start, that stays near the base plan."""
    from optimizer.case.stages import MEASURED
    from optimizer.errors import InputError
    from optimizer.faults import Fault
    from optimizer.interfaces.answers import print_near
    from optimizer.interfaces.render import answers
    from optimizer.questions.alternatives import stay_near

    if stage not in MEASURED:
        raise InputError([Fault.near(stage, None, "no such stage", stage, MEASURED)])
    plans = make_plans(load(case, pack), [scenario], answers=["foresight"])
    say_failed(plans)
    if not plans.scenarios:
        raise InputError(
            [Fault(scenario, "expected a scenario to prepare for, found the plan without one", code="unknown-name")]
        )
    found = stay_near(plans, plans.scenarios[0].name, stage=stage, moved=moved / 100, suppliers=suppliers)
    if as_json:
        values = {name: value for name, value in found.__dict__.items() if name != "outcome"}
        print_json({**values, **found.outcome.whole_cost.cells, "base_cost_usd": plans.outcome().cost})
    else:
        print_near(answers(), found, plans.outcome(), stage)
