"""Names are names: whatever a site, supplier, control, material or group is called, the plan is the same, or the name
is refused in the column that reads it as a word."""

from __future__ import annotations

from typing import Any

import pytest

import optimizer
from optimizer.case.case import Case
from optimizer.case.kinds import STAGES
from optimizer.case.references import Defines, Ref, _marked
from optimizer.case.tables import TABLES
from optimizer.errors import CaseError
from optimizer.world.load import load_case
from optimizer.world.scenario import scenario_from
from tests.helpers.coarse import coarse
from tests.helpers.cost import least_cost
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few

KINDS = ("sites", "materials", "controls", "offers", "processes", "groups")
HOSTILE = (
    *(
        "CN hub",
        "Asia hub",
        "a+b",
        "each",
        "everybody",
        "DE",
        "CN",
        "oxide",
        "magnet",
        "clean",
        "base",
        "civil",
        "horizon",
    ),
    *('it\'s "one"', "two  words", "a / b", "*", "Ångström", "nan", "1", "calendar"),
)
EMBARGO = {
    "name": "stop",
    "title": "Nothing is sold for a while",
    "probability": 0.1,
    "announced": "2027-02-01",
    "source": "what if",
    "events": [
        {"what": "half", "table": "offers", "where": {}, "scale": {"capacity": 0.5}, "from": "2027-02-01", "until": "2027-06-01"}
    ],
}  # fmt: skip


def renamed(case: Case, kind: str, word: str) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Settings and rows of a case in which all things of a kind bear new names, one of them exactly a word."""
    old = defined(case, kind)
    assert old, f"{case.name} has no {kind}"
    new = {name: word if number == 0 else f"{word} {number}" for number, name in enumerate(old)}
    rows: dict[str, list[dict[str, Any]]] = {}
    for table, record in TABLES.items():
        fields = [record.model_fields[name].alias or name for name, mark in _marked(record) if _of(mark, kind)]
        dumped = [row.model_dump(mode="json", by_alias=True, exclude_none=True) for row in case.tables.rows(table)]
        for row in dumped:
            read = [name for name in fields if row.get(name) and not (name == "goods" and row[name] in STAGES)]
            row |= {name: _new(row[name], new) for name in read}
        rows[table] = dumped
    for row in rows["limits"]:
        if kind == ("sites" if row["by"] == "supplier" else "groups"):
            row["member"] = new.get(row["member"], row["member"])
    settings = case.file.model_dump(mode="json")
    if kind == "groups":
        settings["groups"] = {new[name]: countries for name, countries in settings["groups"].items()}
    return settings, rows


def defined(case: Case, kind: str) -> list[str]:
    """All names of a kind, sorted."""
    if kind == "groups":
        return sorted(case.file.groups)
    return sorted(
        {
            getattr(row, name)
            for table, record in TABLES.items()
            for name, mark in _marked(record)
            if isinstance(mark, Defines) and mark.kind == kind
            for row in case.tables.rows(table)
        }
    )


def _of(mark: Any, kind: str) -> bool:
    return (isinstance(mark, Defines) and mark.kind == kind) or (isinstance(mark, Ref) and kind in mark.kinds)


def _new(value: Any, new: dict[str, str]) -> Any:
    return [new.get(some, some) for some in value] if isinstance(value, list) else new.get(value, value)


def same_or_refused(case: Case, kind: str, word: str, cost: float) -> Case | None:
    """The case renamed, which costs the same; None where the name is refused, and by a fault that shows it."""
    settings, rows = renamed(case, kind, word)
    try:
        found = optimizer.case_from(settings, rows)
    except CaseError as error:
        refused = [str(fault) for fault in error.faults]
    else:
        assert least_cost(found) == pytest.approx(cost, rel=1e-6)
        return found
    assert all(word in fault or repr(word)[1:-1] in fault for fault in refused), refused
    return None


TOY = load_case(CASES / "toy")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", a_few(HOSTILE))
def test_a_name_is_a_name(kind: str, word: str) -> None:
    same_or_refused(TOY, kind, word, least_cost(TOY))


@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["CN hub", "a+b", "each", "DE", "oxide", "two  words"])
@pytest.mark.parametrize("name", ["ev-motors", "korea", "defense"])
def test_a_name_of_a_bundled_case_is_a_name(name: str, kind: str, word: str) -> None:
    """Base and foresight of an invented shortage."""
    case = coarse(name)
    stop = scenario_from(EMBARGO)
    before = plan(case, [stop], answers=["foresight"])
    found = same_or_refused(case, kind, word, before.outcome().cost)
    if found is not None:
        after = plan(found, [stop], answers=["foresight"])
        assert after.outcome("stop", "foresight").cost == pytest.approx(
            before.outcome("stop", "foresight").cost, rel=1e-6
        )
