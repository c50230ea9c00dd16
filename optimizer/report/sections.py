"""The sections of the report, each a function of the written plan; one that has nothing to say gives None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from optimizer.case.stages import STEPS, stage_words
from optimizer.folder.read import Written, stages
from optimizer.plans.amounts import money, percent, usd
from optimizer.plans.assumed import assumed_section as of_assumed
from optimizer.plans.compared import by_damage, cost_fields, value
from optimizer.plans.ledger import HOW, costs_something
from optimizer.plans.ledger import ledger_section as of_ledger
from optimizer.plans.penalties import MISSED_IN, missed
from optimizer.plans.plan import BASE
from optimizer.plans.sections import Field, Section, number, share
from optimizer.plans.summary import COUNTRY, Found, Stated, at_stage
from optimizer.plans.tables.rules import Ledger
from optimizer.plans.to_do import DEAR, EACH, FIRST, things_to_do, to_do
from optimizer.questions.sources import marks
from optimizer.report.charts import change_bars, change_scale, ends_of_quarters, identity, label
from optimizer.report.findings import answer, exposure, findings, worst
from optimizer.report.markup import Html, figure, join, section, table, tag
from optimizer.report.measures import concentration_section, costs_section, limits_section, prices_section
from optimizer.report.wording import country_names, tonnes, unit_in_words


def decisions_section(written: Written) -> Html | None:
    """What the base plan asks one to do: the largest lines of each kind, and all of them folded away."""
    base = written.row(*BASE)
    if base is None or not base[Stated.certified]:
        return None
    listed = things_to_do(written.table("decisions", *BASE))
    broken = missed({name: written.table(name, *BASE) for name in MISSED_IN})
    short, whole = to_do(listed, broken=broken, each=EACH), to_do(listed)
    folded = tag("details", tag("summary", f"All {len(listed)} lines"), table(whole, cards=True))
    return section(
        "decisions",
        "What to do",
        *((table(short, cards=True),) if short.fields else ()),
        tag("p", f"{short.says} {FIRST} {DEAR}".strip() if short.fields else short.says, _class="note"),
        *(tag("p", note, _class="note") for note in short.notes),
        folded if len(short.rows) < len(whole.rows) else None,
    )


def answer_section(written: Written) -> Html:
    """The answer in words and in a few figures."""
    names = country_names()
    said = answer(written, names)
    listed = [tag("li", text) for text in said.next]
    return section(
        "answer",
        "The answer",
        tag("p", " ".join(said.lead), _class="lead"),
        tag("p", "The next worst:") if listed else None,
        tag("ul", *listed) if listed else None,
        *(tag("p", text, _class="warning") for text in said.notes),
        _figures(written, names),
    )


def _figures(written: Written, names: dict[str, str]) -> Html | None:
    """The few figures that matter most, large."""
    every = findings(written)
    base = next((one for one in every if one.name == "base" and one.react is not None), None)
    if base is None:
        return None
    row = written.row("base", "base") or {}
    found = [
        ("Cost of the base plan", usd(base.react)),
        *([("Marked", str(row[Found.mark]))] if row.get(Found.mark) else []),
        ("Of that, cash", usd(row[Found.cash_usd])),
        ("Of that, penalties", usd(row[Found.penalties_usd])),
        ("Demand met", percent(base.service, 1)),
        ("Short", f"{tonnes(base.short)} t"),
    ]
    if top := exposure(written, "base", "base"):
        found.append((f"{STEPS[top[0]]} in {names.get(top[1], top[1])}", percent(top[2])))
    if bad := worst(one for one in every if one.name != "base"):
        found.append((f"Worst: {bad[0].name}", usd(bad[0].extra, sign=True)))
        if bad[0].unprepared is not None:
            found.append(("Of that, for being unprepared", usd(bad[0].unprepared)))
    return tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in found), _class="figures")


def assumed_section(written: Written) -> Html | None:
    """What was assumed for the planner, and what of the cost hangs on it."""
    if BASE not in written.answers:
        return None
    worst = [one.name for one in by_damage(findings(written)) if (one.name, "react") in written.answers]
    keys = [BASE, *((name, "react") for name in worst)]
    made = of_assumed({key[0]: written.table("assumed", *key) for key in keys})
    if made is None:
        return None
    return section("assumed", made.title, table(made, cards=True), tag("p", made.says, _class="note"))


def scenarios_section(written: Written) -> Html:
    """Every scenario in one line, and what each costs more."""
    parts = stages(written)
    every = by_damage(findings(written))
    likely = {some.name: f", {percent(some.probability, 1)} likely" for some in written.manifest.scenarios}
    scale = money(*(cost for one in every for cost in (one.react, one.foresight)))
    fields = (
        Field("scenario"),
        *cost_fields(scale),
        share("service", 1),
        number("short t", "t", tonnes),
        *(share(f"{COUNTRY}: {stage_words(stage)}") for stage in parts),
        Field("certified"),
    )
    rows = tuple(
        (
            join((one.name, tag("span", one.title + likely.get(one.name, ""), _class="small"))),
            *one.costs,
            *(one.service, one.short),
            *(value(one.row, at_stage(stage).country_share) for stage in parts),
            "yes" if one.certified else "no",
        )
        for one in every
    )
    name = country_names().get(COUNTRY, COUNTRY)
    extra = change_scale(written)
    return section(
        "scenarios",
        "Scenarios side by side",
        figure(
            "chart-changes",
            "Bars: what each scenario costs more than the base plan, reacting and with foresight. "
            "Figures in the table.",
            caption=f"Cost against the base plan, {unit_in_words(extra)}, discounted: the largest changes.",
        )
        if change_bars(written, extra)
        else None,
        table(Section("scenarios", "Scenarios side by side", fields, rows), cards=True),
        tag(
            "p",
            "React: the base plan is kept until the day the scenario is announced, then the best "
            "still possible is done. "
            "Foresight: the scenario known from the start, a lower bound on what preparing can reach. Unprepared: the "
            "difference. Penalties (shortage, missing stock, limits broken) are paid to nobody. Cash, penalties, "
            f"service, tonnes short and {name}'s share (tonnes over the horizon, looked through) are those of react.",
            _class="note",
        ),
    )


def flows_section(written: Written) -> Html | None:
    """The part that follows the choice of a plan: flows, map, stock."""
    if not (first := written.first):
        return None
    options = [
        tag("option", label(*one), value=identity(*one), selected=True if one == first else None)
        for one in written.answers
    ]
    choice = tag("p", tag("label", "Plan shown ", tag("select", *options, id="plan")), _class="choice")
    return section(
        "flows",
        "Where it comes from",
        choice,
        tag("h3", "From the mine to the plant"),
        flow_figure(),
        tag("h3", "Sites and lanes"),
        map_figure(),
        *_stock_parts(written),
    )


def flow_figure() -> Html:
    """The flows of the plan shown, from the mine to the plant."""
    flows = (*map(Field, ("from", "made in", "to", "in")), number("t", "t"))
    return figure(
        "chart-flows",
        "Flow chart: tonnes of rare earths from country to country, from mine to the buyer's "
        "plants. Figures in the table.",
        table(Section("flows", "Flows, tonnes of rare earths contained", flows), name="table-flows"),
        caption="Tonnes of rare earths contained (as metal) over the horizon, coloured by the "
        "country a step is done in. "
        "Goods that meet in one place are told apart pro rata. Less leaves a step than enters it where it is lost, "
        "ground off as scrap, put in stock or not needed. Opening stock: in stock or under way on the first day.",
        head=tag("div", _class="steps", aria_hidden="true"),
        size="tall",
    )


def map_figure() -> Html:
    """Sites of the plan shown, and the lanes between them."""
    moved = (*map(Field, ("from", "to", "stage")), number("t", "t"))
    return figure(
        "chart-map",
        "World map: goods moved between countries and sites. Figures in the table.",
        table(Section("lanes", "Goods moved, tonnes as shipped", moved), name="table-map"),
        caption="Tonnes shipped over the horizon; wider is more. A site without coordinates in "
        "the table of sites stands "
        "for its country, as do goods that a country's sites trade among themselves. Outline: Natural Earth.",
        size="map",
    )


def _stock_parts(written: Written) -> list[Html]:
    """Stock against its target, where anything may be kept in stock."""
    if written.tables["cover"].empty:
        return []
    quarters = ends_of_quarters(written.case.calendar)
    stock = (Field("stock"), *(number(name, "days") for name in ("target", *quarters)))
    return [
        tag("h3", "Stock against its target"),
        tag(
            "div",
            id="chart-cover",
            _class="many",
            role="img",
            aria_label="Lines: days of use in stock, period by period.",
        ),
        tag(
            "details",
            tag("summary", "The same as a table"),
            table(
                Section("cover", "Days of use in stock at the end of each quarter, or longer period", stock),
                name="table-cover",
            ),
        ),
        tag(
            "p",
            "How many days the stock at the end of each period lasts, by what is wanted from then on, substitutes up "
            "to their share; dashed: target as in the case.",
            _class="note",
        ),
    ]


def ledger_section(written: Written) -> Html | None:
    """What each rule costs in the base plan, where the folder says so."""
    ledger = written.ledger
    if ledger is None:
        return None
    cost = value(written.row("base", "base"), Found.cost_usd) or 0.0
    made = of_ledger(ledger, cost)
    fields = made.fields[1:]
    rows = tuple((f"{kind}: {rule}", *cells) for kind, rule, *cells in made.rows)
    free = sorted(ledger.loc[~costs_something(ledger, cost), Ledger.rule])
    return section(
        "ledger",
        made.title,
        table(replace(made, title="Ledger", fields=fields, rows=rows)),
        tag("p", HOW.format("a value above and one below"), _class="note"),
        tag("p", f"Cost nothing: {', '.join(free)}.", _class="note") if free else None,
    )


def footer(written: Written) -> Html:
    """What the page was made from, and what it is not."""
    manifest = written.manifest
    held = sum(proof.holds for proof in manifest.certificates)
    gap = max((abs(proof.gap) for proof in manifest.certificates), default=0.0)
    failed = [f"{one.scenario} ({one.answer}): {one.status}" for one in manifest.not_certified]
    every = len(manifest.certificates) + len(failed)
    count = marks(written.case)
    lines = [
        ("Case", f"{manifest.case}, SHA-256 {manifest.case_sha256}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())),
        (
            "Certificates",
            f"{held} of {every} hold; largest gap {gap:.1e}" + (f"; without: {', '.join(failed)}" if failed else ""),
        ),
        (
            "Units",
            "tonnes of material unless said otherwise; USD, discounted to the first day at "
            f"{written.case.file.discount_rate:.0%} a year; MUSD: million USD; HHI: sum of squared shares, 0 to 1",
        ),
        (
            "Figures",
            f"of the {count['rows']} rows of the case {count['sourced']} are sourced, {count['background']} background "
            f"and {count['assumption']} assumption",
        ),
        ("Made by", "lodestar report; charts: Apache ECharts (Apache-2.0); outline: Natural Earth (public domain)"),
    ]
    return tag(
        "footer",
        tag("p", tag("strong", "Not legal advice."), " Controls are simplified readings of published rules."),
        tag("dl", *(join((tag("dt", name), tag("dd", value))) for name, value in lines)),
    )


SECTIONS: tuple[Callable[[Written], Html | None], ...] = (
    decisions_section,
    answer_section,
    scenarios_section,
    assumed_section,
    flows_section,
    limits_section,
    costs_section,
    concentration_section,
    prices_section,
    ledger_section,
)
"""The sections, in their order."""
