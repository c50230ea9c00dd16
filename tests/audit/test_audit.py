"""The audit passes plans of random networks in random scenarios, and refuses every table that was changed."""

from __future__ import annotations

import ast
import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial, wraps
from itertools import count

import numpy as np
import pandas as pd
import pytest

from optimizer.audit import audit as audit_module
from optimizer.audit.audit import CHECKS, audit_plan
from optimizer.audit.books import Books
from optimizer.audit.rules import Rules
from optimizer.case.case import Case
from optimizer.faults import Fault
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from tests.helpers.changes import changed, with_hhi
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import ROOT
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few, a_fifth, seeds

Tables = dict[str, pd.DataFrame]
Audit = Callable[[Tables], list[Fault]]
"""What the audit objects to in the tables of one answer."""
Check = Callable[[Books, Rules], Iterator[Fault]]

BUNDLED = ("full-embargo", "content-rule-resumes", "technology-ban", "export-quota-cut")


def objections(plans: Plans, key: tuple[str, str], tables: Tables) -> list[Fault]:
    happens = {scenario.name: scenario for scenario in plans.scenarios}
    return audit_plan(plans.planner.case, tables, happens.get(key[0]), over=plans.outcomes[key].answer.over)


def planned(case: Case, count: int) -> Plans:
    scenarios = [
        random_scenario(case, number).model_copy(update={"name": f"random-{number}"}) for number in range(count)
    ]
    return plan(case, scenarios)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(30))
def test_plans_in_scenarios_pass_the_audit(seed: int) -> None:
    case = random_case(seed) if seed % 3 else with_hhi(random_case(seed), 0.5, ("oxide", "magnet")[seed % 2])
    plans = planned(case, 2)
    assert len(plans.outcomes) == 5
    for key, outcome in plans.outcomes.items():
        assert objections(plans, key, long_tables(outcome)) == [], key


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "count"), a_fifth([("defense", 2), *((case, len(BUNDLED)) for case in ("defense", "ev-motors", "korea"))])
)
def test_bundled_plans_in_scenarios_pass_the_audit(case: str, count: int) -> None:
    plans = plan(coarse(case), BUNDLED[:count])
    for key, outcome in plans.outcomes.items():
        assert objections(plans, key, long_tables(outcome)) == [], key


def networks() -> Iterator[Plans]:
    """Plans of many networks, in which everything audited has a table that says something."""
    bound = {"reservation_fee": 0.0, "take_or_pay": 0.9, "price": 10.0, "floor": None, "upside_from": None}
    for seed in range(4):
        yield plan(changed(random_case(seed), "contracts", bound), [slump()])
    cheap = {
        "value": lambda row: 0.02 * row.value,
        "penalty": lambda row: 0.001 * (row.penalty or 3000),
        "member": "each",
    }
    for seed in (3, 5, 7):
        yield planned(changed(random_case(seed), "limits", cheap), 0)
    yield planned(changed(random_case(1), "approvals", {"quantity": 2.0}), 0)
    rare = (11, 1)  # a quota that binds, a licence for an end use
    for case in [with_hhi(random_case(0), 0.05), *map(random_case, dict.fromkeys([*rare, *range(12)]))]:
        yield planned(case, 2)


@cache
def known() -> tuple[list[tuple[Audit, Tables]], Iterator[Plans]]:
    """Answers planned so far, and what is to be planned when they do not do."""
    return [], networks()


def worlds() -> Iterator[tuple[Audit, Tables]]:
    """Answers of many networks, planned once each and only when they are asked for."""
    found, more = known()
    for number in count():
        while number == len(found):
            plans = next(more, None)
            if plans is None:
                return
            found += [(partial(objections, plans, key), long_tables(some)) for key, some in plans.outcomes.items()]
        yield found[number]


def slump() -> Scenario:
    """Hardly anything is needed any more, when contracts have been signed."""
    day = dt.date(2027, 7, 1)
    event = {"what": "slump", "from": day, "table": "demand", "where": {}, "scale": {"tonnes": 0.01}}
    events = (Event.model_validate(event),)
    return Scenario(name="slump", title="slump", probability=0.1, announced=day, source="test", events=events)


@dataclass(frozen=True)
class Change:
    """How a table is changed, and what the audit should object to."""

    what: str
    table: str
    column: str
    how: Callable[[float], float]
    said: str
    where: Callable[[pd.DataFrame], pd.Series] = lambda table: pd.Series(True, index=table.index)


def only(column: str, *values: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda table: table[column].isin(values)


def less(value: float) -> float:
    return 0.5 * value


def more(value: float) -> float:
    return 2 * value + 1


CHANGES = [
    Change("an award of what was not shipped", "awards", "tonnes", more, "awards, t"),
    Change("a landed price beside its parts", "awards", "landed_usd_per_t", more, "landed price of an award, USD/t"),
    Change("an award paid above its price", "awards", "cost_usd", more, "cost of an award, USD"),
    Change("goods out of nothing", "shipments", "tonnes", more, "mass that does not close"),
    Change("goods bought that were not", "purchases", "tonnes", less, "mass that does not close"),
    Change("an output that was not made", "production", "activity_t", less, "recipe that is not kept"),
    Change("an input left out", "consumption", "tonnes", less, "recipe that is not kept"),
    Change("stock out of nothing", "stock", "tonnes", more, "mass that does not close"),
    Change(
        "exposed inputs in a clean lot",
        "consumption",
        "tonnes",
        lambda t: 2 * t + 1000,
        "exposed value in a clean lot",
        lambda table: table["exposure"] != table["lot"],
    ),
    Change(
        "exposed goods beyond the licence of a use",
        "deliveries",
        "tonnes",
        lambda t: t + 1000,
        "licensed for an end use",
        lambda table: (table["end_use"] == "military") & (table["exposure"] != "clean"),
    ),
    Change("more in stock than fits", "stock", "tonnes", lambda t: t + 1000, "in stock"),
    Change("goods thrown away that were not", "discarded", "tonnes", more, "mass that does not close"),
    Change("goods that vanish unsaid", "discarded", "tonnes", less, "mass that does not close"),
    Change("what is thrown away made cheap", "discarded", "value_usd", less, "price, USD/t: discarded"),
    Change("more sold than is taken", "sales", "tonnes", lambda t: t + 1e4, "sold, t"),
    Change(
        "sold and not left over", "wanted", "tonnes", less, "sold of what is left over", lambda t: t["recipe"] != ""
    ),
    Change("a price of what is sold", "sales", "sale_usd_per_t", more, "sale, USD/t"),
    Change("an income", "sales", "income_usd", more, "sale, USD/t: income"),
    Change("wanted of what nobody takes", "wanted", "tonnes", more, "wanted, t", lambda t: t["recipe"] != ""),
    Change("more made as wanted than made", "wanted", "tonnes", lambda t: t + 1e4, "made as wanted"),
    Change("more moved as wanted than moved", "wanted", "tonnes", lambda t: t + 1e4, "moved as wanted"),
    Change("more kept as wanted than kept", "wanted", "tonnes", lambda t: t + 1e4, "kept as wanted"),
    Change("goods made cleaner", "reclassified", "tonnes", more, "mass that does not close"),
    Change("a plant beyond its capacity", "production", "activity_t", lambda t: t + 1e4, "activity of a plant"),
    Change("a plant that goes up at once", "production", "activity_t", lambda t: t + 1e4, "as it rises, t"),
    Change(
        "more bought than offered", "purchases", "tonnes", lambda t: t + 1e4, "bought on the spot", only("contract", "")
    ),
    Change(
        "more taken than reserved",
        "purchases",
        "tonnes",
        lambda t: t + 1e4,
        "taken under contract",
        lambda table: table["contract"] != "",
    ),
    Change(
        "goods for use at home taken abroad",
        "purchases",
        "tonnes",
        lambda t: t + 1e4,
        "bought for use at home",
        lambda table: table["offer"].str.endswith("-home"),
    ),
    Change("more over a route than may", "shipments", "tonnes", lambda t: t + 1e4, "shipped over a route, t"),
    Change("more reserved than can be", "contracts", "reserved_t_per_year", lambda t: t + 1e4, "reserved, t a year"),
    Change("less reserved than taken", "contracts", "reserved_t_per_year", less, "taken under contract"),
    Change("not taken and not paid for", "not_taken", "tonnes", less, "taken or paid for"),
    Change("more free than was paid for", "carried_over", "made_up_t", lambda t: t + 1e4, "paid back of what was paid"),
    Change("a project started twice", "projects", "share", lambda _: 2.0, "project started"),
    Change("shipped without qualification", "projects", "share", lambda _: 0.0, "beyond its qualification"),
    Change("a plant without its project", "projects", "share", lambda _: 0.0, "activity of a plant"),
    Change("demand met that was not", "shortages", "tonnes", less, "demand that is not accounted for"),
    Change("deliveries that were not", "deliveries", "tonnes", less, "demand that is not accounted for"),
    Change(
        "too much of a substitute",
        "deliveries",
        "tonnes",
        lambda t: t + 1e3,
        "served by a substitute",
        lambda table: table["material"] != table["product"],
    ),
    Change("a stock counted in two covers", "allocated", "tonnes", more, "stock counted in covers, t"),
    Change(
        "a substitute counted beyond its share",
        "allocated",
        "tonnes",
        more,
        "counted in a cover of a substitute, t",
        lambda table: table["material"] != table["product"],
    ),
    Change("a cover of which less counts", "allocated", "tonnes", less, "stock and the gap in it"),
    Change("cover that is not there", "stock_gaps", "tonnes", less, "stock and the gap in it", only("kind", "cover")),
    Change(
        "a reserve that is not there", "stock_gaps", "tonnes", less, "stock and the gap in it", only("kind", "reserve")
    ),
    Change(
        "terminal stock that is not there",
        "stock_gaps",
        "tonnes",
        less,
        "stock and the gap in it",
        only("kind", "terminal"),
    ),
    Change(
        "an export beyond its licence",
        "shipments",
        "tonnes",
        lambda t: t + 1e4,
        "shipped under a licence",
        lambda table: (
            (table["from_country"] == "AD")
            & (table["to_country"] != "AD")
            & table["material"].isin(["dy-oxide", "magnet"])
        ),
    ),
    Change("an export beyond a quota", "shipments", "tonnes", lambda t: t + 1e4, "shipped under a quota"),
    Change("a quota that lets more through", "quotas", "quota_t", lambda t: t + 1e5, "quota as its table says"),
    Change("a quota that lets nothing through", "quotas", "quota_t", lambda _: 0.0, "quota as its table says"),
    Change("a use of a quota kept small", "quotas", "used_t", less, "used of a quota"),
    Change(
        "more under an approval than its quantity",
        "licences",
        "used_t",
        lambda t: t + 1000,
        "shipped under the quantity of an approval",
        lambda table: table["applicants"] != "",
    ),
    Change("a use of a licence kept small", "licences", "used_t", less, "used of a licence"),
    Change("a licence that lets nothing through", "licences", "licensed_t", lambda _: 0.0, "licensed as its table"),
    Change("more left of a licence", "licences", "left_t", lambda t: t + 1, "unused licences"),
    Change("more carried of a licence", "licences", "carried_t", lambda t: t + 1, "carried of a licence"),
    Change("a licence of another reference", "licences", "reference_t", more, "reference as its table says, t:"),
    Change("a licence of another headroom", "licences", "headroom", more, "headroom as its table says"),
    Change("a smaller reference", "reference", "normal_t_per_year", less, "licensed as its table says"),
    Change("another reference of trade", "reference", "normal_t_per_year", more, "t/year", only("basis", "trade")),
    *(
        Change(f"a breach of a {measure} left out", "limits", "breach", less, "limit broken", only("measure", measure))
        for measure in ("share", "volume", "spend", "hhi")
    ),
    *(
        Change(
            f"an amount of a {measure} kept small",
            "limits",
            "amount",
            less,
            "as its table says",
            only("measure", measure),
        )
        for measure in ("share", "volume", "spend", "hhi")
    ),
    *(
        Change(f"{table} that a limit on spend does not see", table, column, more, "limit spend / ")
        for table, column in (("contracts", "reserved_t_per_year"), ("not_taken", "tonnes"))
    ),
    Change("a bound made looser", "limits", "bound", more, "as its table says"),
    *(
        Change(
            f"a claim of a {flow} made larger", "attribution", "tonnes", lambda t: t + 100.0, what, only("flow", flow)
        )
        for flow, what in (
            ("ship", "claimed of a flow"),
            ("stock", "claimed of a flow"),
            ("eat", "claimed of a flow"),
            ("serve", "claimed of a flow"),
            ("inside", "inside goods held"),
            ("inside_used", "as its table says"),
            ("left", "left on the last day"),
        )
    ),
    Change("nothing claimed", "attribution", "tonnes", lambda _: 0.0, "as its table says"),
    *(
        Change(f"{column} of a limit's goods kept small", "limit_use", column, less, "used and bought")
        for column in ("used", "used_total", "bought", "bought_total")
    ),
    Change("a total made larger", "limits", "total", more, "as its table says"),
    *(
        Change(
            f"a cost of {term} off by two cents",
            "costs",
            "cost_usd",
            lambda usd: usd - 0.02,
            f"cost, USD: {term}",
            only("term", term),
        )
        for term in (
            "purchase",
            "contract_purchase",
            "reservation",
            "unpaid_take",
            "paid_before",
            "conversion",
            "freight",
            "duty",
            "export_charge",
            "application",
            "holding",
            "opening_holding",
            "substitution",
            "projects",
            "shortage",
            "cover_gap",
            "reserve_gap",
            "terminal_gap",
            "closing_worth",
            "sales",
            "policy_breach",
        )
    ),
    Change("a shortage that other days of its period hide", "shortages", "tonnes", lambda _: 0.0, "come by the day"),
    Change("an amount below zero", "purchases", "tonnes", lambda t: -t, "tonnes: purchases"),
    Change("an activity below zero", "production", "activity_t", lambda t: -t, "activity_t: production"),
    Change("a share", "shares", "share", less, "share: "),
    Change("a concentration", "concentration", "hhi", less, "sum of squared shares: "),
    Change("days of stock", "cover", "days", more, "stock in days of use"),
    Change("a price of goods", "purchases", "price_usd_per_t", less, "price, USD/t: purchases"),
    Change("a spend", "purchases", "spend_usd", less, "price, USD/t: spend"),
    Change("a price of tolling", "production", "price_usd_per_t", less, "price, USD/t: production"),
    Change("a price of what is not taken", "not_taken", "price_usd_per_t", less, "price, USD/t: not_taken"),
    *(
        Change(f"a penalty of {table} made small", table, "cost_usd", less, "penalty, USD: ")
        for table in ("shortages", "stock_gaps", "limits")
    ),
    Change("a penalty", "shortages", "penalty_usd_per_t", less, "price, USD/t: shortages"),
]


def objected(change: Change) -> int:
    """Change a table row by row, the largest first, until one makes a difference that must be seen: how many it took."""
    tried = 0
    for audit, tables in worlds():
        table = tables[change.table]
        rows = table[change.where(table)].sort_values(change.column, ascending=False).index[:3]
        for row in rows:
            wrong = table.copy()
            wrong[change.column] = wrong[change.column].astype(float)
            wrong.loc[row, change.column] = change.how(float(wrong.loc[row, change.column]))
            found = audit({**tables, change.table: wrong})
            tried += 1
            if any(change.said in str(fault) for fault in found):
                return tried
    raise AssertionError(f"{tried} changes of {change.table}, none objected to as {change.said!r}")


@pytest.mark.slow
@pytest.mark.parametrize("change", a_few(CHANGES, quick=8), ids=lambda change: change.what)
def test_every_change_is_objected_to(change: Change) -> None:
    assert objected(change)


NUMBERS = [
    ("purchases", "tonnes"), ("contracts", "reserved_t_per_year"), ("production", "activity_t"),
    ("consumption", "tonnes"), ("reclassified", "tonnes"), ("shipments", "tonnes"), ("stock", "tonnes"),
    ("deliveries", "tonnes"), ("discarded", "tonnes"), ("shortages", "tonnes"), ("projects", "share"), ("limits", "breach"),
    ("stock_gaps", "tonnes"), ("allocated", "tonnes"), ("costs", "cost_usd"), ("licences", "used_t"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "column"), NUMBERS)
def test_what_is_not_a_number_is_objected_to(name: str, column: str) -> None:
    audit, tables = next((a, t) for a, t in worlds() if len(t[name]))
    wrong = tables[name].copy()
    wrong.loc[0, column] = np.nan
    assert audit({**tables, name: wrong}) != []


@pytest.mark.parametrize(
    ("name", "column"),
    [("purchases", "offer"), ("production", "recipe"), ("shipments", "material"), ("stock", "site"),
     ("discarded", "place"), ("discarded", "exposure"),
     ("deliveries", "product"), ("shipments", "period"), ("shipments", "origin"), ("licences", "control"),
     ("limits", "limit"), ("projects", "project")],
)  # fmt: skip
def test_a_name_of_nothing_is_objected_to(name: str, column: str) -> None:
    audit, tables = next((a, t) for a, t in worlds() if len(t[name]))
    wrong = tables[name].copy()
    wrong.loc[0, column] = "nothing"
    assert audit({**tables, name: wrong}) != []


@pytest.mark.exhaustive
def test_every_check_objects_to_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """To one of the changes at least; those that nothing is expected of any more are left out."""
    silent = set(CHECKS)

    def heard(check: Check) -> Check:
        @wraps(check)
        def listening(books: Books, rules: Rules) -> Iterator[Fault]:
            for fault in check(books, rules):
                silent.discard(check)
                yield fault

        return listening

    monkeypatch.setattr(audit_module, "CHECKS", tuple(map(heard, CHECKS)))
    for change in CHANGES:
        if silent:
            objected(change)
    assert [check.__name__ for check in CHECKS if check in silent] == []


RECORDS = (
    "optimizer.case.calendar",
    "optimizer.case.rows",
    "optimizer.case.stages",
    "optimizer.case.tables",
    "optimizer.case.topics",
    "optimizer.errors",
    "optimizer.faults",
)
"""What the audit may import beside itself; all else only to name the type of what it is given."""


def runtime_imports(tree: ast.AST) -> Iterator[str]:
    """Modules of this package that a file imports when it runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("optimizer"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "optimizer").startswith("optimizer"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from runtime_imports(node)


def test_the_audit_reads_records_and_tables_only() -> None:
    folder = ROOT / "optimizer" / "audit"
    own = [path for path in folder.glob("*.py") if path.stem not in ("verify", "proofs")]
    allowed = (*RECORDS, *(f"optimizer.audit.{path.stem}" for path in own))
    for path in own:
        for name in runtime_imports(ast.parse(path.read_text(encoding="utf-8"))):
            assert any(f"{name}.".startswith(f"{module}.") for module in allowed), f"{path.name}: {name}"


def test_the_audit_runs_without_what_it_audits() -> None:
    code = "import sys, optimizer.audit.audit; print(*sorted(n for n in sys.modules if n.startswith('optimizer.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for floor in ("world", "network", "program", "formulation", "engine", "plans", "questions"):
        assert f"optimizer.{floor}" not in done.stdout
