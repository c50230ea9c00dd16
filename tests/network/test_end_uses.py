"""An end-use control restricts who wants goods for an end use in the countries that it names, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from optimizer.world.load import load_case
from tests.helpers.planned import plan
from tests.helpers.small import small

TABLES = {
    "sites": "site,company,country,owner\nmaker,Maker,CN,CN\nin-de,One,DE,DE\nin-us,Two,US,US",
    "routes": "from_country,to_country,freight,transit\nCN,DE,100,0\nCN,US,100,0",
    "demand": "site,product,end_use,from,tonnes,penalty\n"
    "in-de,magnet,military,2027-01-01,100,1000000\nin-us,magnet,military,2027-01-01,100,1000000",
}
CONTROL = (
    "control,kind,authority,citation,origin,stages,end_uses,destinations,effective,approval\n"
    "law,end_use,x,x,CN,magnet,military,{},2026-01-01,0"
)
PERIOD = "periods: [{count: 1, months: 12}]"


@pytest.mark.parametrize(
    ("destinations", "short"),
    [("*", {"in-de", "in-us"}), ("US", {"in-us"}), ("US; DE", {"in-de", "in-us"}), ("FR", set())],
)
def test_destinations_of_an_end_use_are_those_of_who_wants_it(
    destinations: str, short: set[str], tmp_path: Path
) -> None:
    case = load_case(small(tmp_path / "mini", PERIOD, **TABLES, controls=CONTROL.format(destinations)))
    found = long_tables(plan(case, []).outcome())
    missing = found["shortages"].set_index("site")["tonnes"].to_dict()
    assert missing == pytest.approx(dict.fromkeys(short, 100.0))
    assert audit_plan(case, found, None) == []
    anywhere = load_case(small(tmp_path / "all", PERIOD, **TABLES, controls=CONTROL.format("*")))
    refused = any("licensed for an end use" in str(fault) for fault in audit_plan(anywhere, found, None))
    assert refused == (len(short) < 2)
