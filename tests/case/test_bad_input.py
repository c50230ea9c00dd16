"""Every faulty input gives one clear error that says where it is and what was expected, and nothing is written.

Each line of the tables below breaks the sound case of `tests/faulty.py` in one place and says what must be answered:
the file, the row (or line, or event), and a piece of the message, in which ``...`` stands for anything.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer
from optimizer.__main__ import main
from optimizer.errors import CaseError, InputError
from optimizer.plans.plan import Planner
from tests.helpers import faulty
from tests.helpers.faulty import replace, says, write_case
from tests.helpers.faulty_files import DETOUR, FILES, SHOCK, SOUND
from tests.helpers.planned import plan

Refused = Callable[..., list[str]]


# fmt: off
CELLS = [
    # table, what stands there, what is written instead, the row, what is said
    ("materials", "ore,concentrate,12", "ore,concentrat,12", 2, "stage: ... found 'concentrat'. ... mean 'concentrate'?"),
    ("materials", "ore,concentrate,12", "ore,concentrate,0", 2, "unit_value: expected to be greater than 0, found '0'"),
    ("materials", "12,Nd=0.2", "12,Nx=0.2", 2, "content: no such element: 'Nx'. ... Did you mean 'Nd'?"),
    ("materials", "70,Nd=0.3", "70,Nd=30", 5, "content.Nd: expected to be less than or equal to 1, found 30"),
    ("materials", "70,Nd=0.3", "70,Nd=0.9; Dy=0.4", 5, "content: expected at most 1 tonne in a tonne, found 1.3"),
    ("materials", "70,Nd=0.3", "70,Nd 0.3", 5, "content: expected element=share such as 'NdPr=0.31; Dy=0.03', found 'Nd 0.3'"),
    ("sites", "Pit Ltd,AU,AU", "Pit Ltd,Australia,AU", 2, "country: expected two capital letters such as CN, found 'Australia'"),
    ("sites", "Pit Ltd,AU,AU", "Pit Ltd,AU,UK", 2, "owner: expected a country code of ISO 3166-1 such as CN, found 'UK'. Did you mean 'GB'?"),
    ("sites", "Buyer SE,DE,DE", "Buyer SE,XX,DE", 7, "country: expected a country code of ISO 3166-1 such as CN, found 'XX'."),
    ("origins", "oxide,MM", "oxide,EL", 2, "country: expected a country code of ISO 3166-1 ..., found 'EL'. Did you mean 'GR'?"),
    ("routes", "AU,MY,200", "AU,MYS,200", 2, "to_country: expected two capital letters such as CN, found 'MYS'. Did you mean 'MY'?"),
    ("duties", "magnet,CN,DE", "magnet,UK,DE", 2, "origin: expected a country code of ISO 3166-1 ..., found 'UK'. Did you mean 'GB'?"),
    ("availability", "oxide,MY", "oxide,UK", 3, "country: expected a country code of ISO 3166-1 ..., found 'UK'. Did you mean 'GB'?"),
    ("controls", "No. 1,CN,Nd", "No. 1,CN; EL,Nd", 2, "origin.2: expected a country code of ISO 3166-1 ..., found 'EL'. ... mean 'GR'?"),
    ("limits", "country,CN", "country,UK", 2, "member: no such country: 'UK'. Known: ... Did you mean 'GB'?"),
    ("sites", "trader,Trader Co", "=1+1,Trader Co", 6, "site: expected letters, digits, spaces and . _ + -, ... found '=1+1'"),
    ("recipes", "press,press,metal,-0.4", "press,press,metal,-0.2", 7, "produce at most the 0.2 t of Nd it consumes, found 0.3 t"),
    ("recipes", "press,press,metal,-0.4", "press,press,metal,0.4", 7, "expected recipe 'press' to consume something"),
    ("recipes", "press,press,metal,-0.4", "press,press,metal,0", 7, "tonnes: expected a number other than 0, found 0"),
    ("recipes", "press,press,metal,-0.4", "press,press,metl,-0.4", 7, "material: no such material: 'metl'. ... mean 'metal'?"),
    ("recipes", "dig,mine,ore,1", "dig,mine,ore,-1", 2, "expected recipe 'dig' to produce something, found only inputs"),
    ("recipes", "press,press,magnet", "press,pres,magnet", 7, "process: expected one for recipe 'press', found pres, press"),
    ("plants", "pit,mine,2020-01-01,2000", "pit,mine,2020-01-01,-2000", 2, "capacity: ... or equal to 0, found '-2000'"),
    ("plants", "pit,mine,2020-01-01,2000", "pit,mine,2020-01-01,2000 t", 2, "capacity: expected a number (Tonnes of activity per"),
    ("plants", "pit,mine,2020-01-01,2000", "pit,mine,2020-01-01,nan", 2, "capacity: expected to be a finite number, found 'nan'"),
    ("plants", "pit,mine,2020-01-01,2000", "pit,mine,2020-01-01,inf", 2, "capacity: expected to be a finite number, found 'inf'"),
    ("plants", "pit,mine,2020-01-01,2000", "pit,mine,2020-01-01,1e30", 2, "capacity: expected a number up to 1e+12, found 1e+30"),
    ("plants", "pit,mine,2020-01-01", "pit,mine,2020-13-01", 2, "from: expected a day such as 2027-01-31, found '2020-13-01'"),
    *(
        ("plants", "pit,mine,2020-01-01,2000", f"pit,mine,2020-01-01,{number}", 2, f"capacity: expected a number (Tonnes of activity ...), found '{number}'")
        for number in ("1_000", "010", "0x10", "0o10", "1 000", "1:30", "true", "\uff11\uff12", "1e", "--1", "1.000.000", "$5", "5%", "None")
    ),
    *(
        ("plants", "pit,mine,2020-01-01", f"pit,mine,{day}", 2, f"from: expected a day such as 2027-01-31, found '{day}'")
        for day in ("1577836800", "2020-01-01T00:00", "2020-01-01 00:00:00", "20200101", "2020-1-1", "01/02/2020", "2020-W01-1", "1.1.2020", "44000")
    ),
    ("plants", "pit,mine,2020-01-01", "pit,mine,2020", 2, "from: expected a day such as 2027-01-31, found '2020'"),
    ("plants", "pit,mine,2020-01-01", "pit,mine,1020-01-01", 2, "from: expected a day from 1990-01-01 to 2199-12-31, found 1020"),
    ("plants", "pit,mine,2020-01-01", "pit,mine,", 2, "from: expected a value, found nothing"),
    ("plants", "presser,press", "pressr,press", 6, "site: no such site: 'pressr'. ... Did you mean 'presser'?"),
    ("plants", "presser,press", "presser,pres", 6, "process: no such process: 'pres'. ... Did you mean 'press'?"),
    ("plants", "2027-07-01", "2020-01-01", 5, "expected each key of plants once, found site smelter, ... in small/plants.csv, row 4"),
    ("offers", "oxide,58000", "oxide,", 2, "price: expected a value, found nothing"),
    ("offers", "oxide,58000", 'oxide,"58,0"', 2, "price: expected a number (USD/t at the seller's gate; ...), found '58,0'"),
    ("offers", "2030-01-01", "2019-01-01", 2, "until: expected a day after from (2020-01-01), found 2019-01-01"),
    ("offers", "58000,100", "58000,100" + "0" * 200, 2, "capacity: expected a number up to 1e+12, found 1e+202"),
    ("origins", "cn-magnet,", "cn-magnets,", 2, "offer: no such offer: 'cn-magnets'. ... Did you mean 'cn-magnet'?"),
    ("contracts", "57000,,", "57000,50000,", 2, "price, floor: expected exactly one of the two"),
    ("contracts", "57000,,", ",,", 2, "price, floor: expected exactly one of the two"),
    ("contracts", "50,0.7", "50,70", 2, "take_or_pay: expected to be less than or equal to 1, found '70'"),
    ("contracts", "2028-01-01", "2026-01-01", 2, "until: expected a day after from (2027-01-01), found 2026-01-01"),
    ("routes", "AU,MY,200", "AU,MY,-200", 2, "freight: expected to be greater than or equal to 0, found '-200'"),
    ("routes", "CN,VN", "MY,VN", 4, "found from_country MY, to_country VN also in small/routes.csv, row 3"),
    ("routes", "AU,MY,200", "AU,MY,1e-30", 2, "freight: expected 0 or a number from 1e-06, found 1e-30"),
    ("duties", "eu-magnets,magnet,", "eu-magnets,magnets,", 2, "goods: no such material or stage: ... Did you mean 'magnet'?"),
    ("duties", "0.021", "21", 2, "rate: expected to be less than or equal to 5, found '21'"),
    ("demand", "2027-01-01", "2027-03-01", 2, "from: expected the first rate of buyer / magnet / civil by 2027-01-01, found 2027-03"),
    ("demand", "buyer,magnet", "buyer,magent", 2, "product: no such material: 'magent'. ... Did you mean 'magnet'?"),
    ("demand", "buyer,magnet", "byer,magnet", 2, "site: no such site: 'byer'. ... Did you mean 'buyer'?"),
    ("substitutions", "magnet-lean,1,0.5", "magnet-lean,1,50", 2, "max_share: expected to be less than or equal to 1, found '50'"),
    ("stocks", "buyer,magnet", "presser,magnet", 2, "cover: expected a product that site 'presser' demands, found 'magnet'"),
    ("stocks", "magnet,40,100", "magnet,400,100", 2, "opening: expected at most the capacity (100 t), found 400 t"),
    ("stocks", "20,30000", "20,0", 2, "penalty: expected above 0 with a cover, reserve or terminal target, found 0"),
    ("arrivals", "2027-01-20", "2028-01-20", 2, "on: expected a day from 2027-01-01 to before 2028-01-01, found 2028-01-20"),
    ("projects", "qualify,presser", "qualfy,presser", 2, "kind: expected one of the known words, ... Did you mean 'qualify'?"),
    ("projects", "qualify,presser", "qualify,buyer", 2, "site: expected a site that makes or sells something, found 'buyer'"),
    ("projects", "expand,smelter,reduce", "expand,smelter,press", 3, "process: expected a plant of 'smelter', found 'press'. Known: re"),
    ("projects", "expand,smelter,reduce", "expand,smelter,", 3, "process: expected with kind 'expand' and only there"),
    ("projects", "expand,smelter,reduce", "qualify,presser,", 3, "expected one qualification ... found another in small/pro"),
    ("controls", "magnet,0.1,2026-10-01", "magnet,0.1,2026-12-31", 3, "effective: expected on or after announced (2026-12-31), found"),
    ("controls", "oxide; magnet", "oxide; magnt", 2, "stages: no such stage: 'magnt'. ... Did you mean 'magnet'?"),
    ("controls", "No. 1,CN,Nd", "No. 1,CN,Dyy", 2, "elements: no such element: 'Dyy'. ... Did you mean 'Dy'?"),
    ("controls", "No. 1,CN,Nd", "No. 1,China,Nd", 2, "origin.1: expected two capital letters such as CN, found 'China'. ... mean 'CN'?"),
    ("controls", "cn-content,content", "cn-content,end_use", 3, "end_uses: expected with kind 'end_use' and only there"),
    ("controls", "magnet,0.1", "magnet,10", 3, "threshold: expected to be less than or equal to 1, found '10'"),
    ("limits", "at_most,0.65", "at_most,65", 2, "value: expected a share from 0 to 1, found 65"),
    ("limits", "year,2027-01-01,30000", "year,2027-01-01,dear", 2, "penalty: expected a number (What ... hard), found 'dear'"),
    ("limits", "country,CN", "country,CHN", 2, "member: no such country: 'CHN'. ... Did you mean 'CN'?"),
    ("limits", "each,EU", "each,UE", 3, "exempt: no such group: 'UE'. Known: EU. Did you mean 'EU'?"),
    ("limits", "country,each,EU", "country,AU,EU", 3, "exempt: expected only with member 'each'"),
    ("limits", "oxide,oxide", "oxide,magnet", 3, "materials: expected materials of stage oxide, found 'magnet' of magnet"),
    ("limits", "china,share", "china,shares", 2, "measure: ... found 'shares'. ... Did you mean 'share'?"),
    ("availability", "metal,*,0.7", "metal,*,70", 5, "share: expected to be less than or equal to 1, found '70'"),
]
SETTINGS = [
    # what stands in case.yaml, what is written instead, the line where the message has one, what is said
    ("version: 1", "version: 2", "", "version: expected 1, found 2"),
    ("version: 1\n", "", "", "version: expected 1, found None"),
    ("name: small", "name: Small Case", "", "name: expected small letters, digits and hyphens, found 'Small Case'"),
    ("title: ", "titel: ", "", "no such field: 'titel'. ... Did you mean 'title'?"),
    ("2027-01-01", "2027-01-02", "", "start: expected the first day of a month, found 2027-01-02"),
    ("2027-01-01", "9999-01-01", "", "start: expected a day from 1990-01-01 to 2199-12-31, found 9999-01-01"),
    ("2027-01-01", "2027-02-30", "line 4", "day is out of range for month"),
    ("2027-01-01", "!!timestamp soon", "line 4", "expected no tag, found"),
    ("count: 2", "count: 0", "", "periods.1.count: expected to be greater than or equal to 1, found 0"),
    *(
        ("count: 2", f"count: {number}", "line 5", f"expected a number such as 10 or 0.5 (text in quotes), found '{number}'")
        for number in ("010", "0x1F", "0b1", "1:30", "1_000", "1_0.5", "1:30.5", "00")
    ),
    *(
        ("count: 2", f"count: {number}", "line 5", f"periods.1.count: expected a whole number, found {said}")
        for number, said in (("0o10", "'0o10'"), ("true", "True"), ("1e", "'1e'"), ('"010"', "'010'"), ("2.5", "2.5"))
    ),
    ("0.08", "true", "line 6", "discount_rate: expected a number (Per year), found True"),
    ("0.08", "0,08", "line 6", "discount_rate: expected a number (Per year), found '0,08'"),
    ("version: 1", "version: true", "line 1", "version: expected a whole number, found True"),
    ("2027-01-01", "2027-01-01 12:00:00", "line 4", "start: expected a day such as 2027-01-31, found '2027-01-01 12:00:00'"),
    ("2027-01-01", "20270101", "line 4", "start: expected a day such as 2027-01-31, found 20270101"),
    ("2027-01-01", "2027", "line 4", "start: expected a day such as 2027-01-31, found 2027"),
    ("2027-01-01", "2027-1-1", "line 4", "start: expected a day such as 2027-01-31, found '2027-1-1'"),
    ("groups:", "<<: {name: other}\ngroups:", "line 7", "expected no merge (<<), found one"),
    ("count: 2", "count: two", "", "periods.1.count: expected a whole number, found 'two'"),
    ("count: 2", "count: 240", "", "periods: expected at most 600 months in all, found 1440"),
    ("count: 2", "count: " + "9" * 50, "line 5", "expected a number up to 1e+15, found a larger one"),
    ("months: 6", "month: 6", "", "periods.1.month: no such field: 'month'. ... Did you mean 'months'?"),
    ("[{count: 2, months: 6}]", "[]", "", "periods: expected at least one, found []"),
    ("0.08", "8", "", "discount_rate: expected to be less than or equal to 1, found 8"),
    ("0.08", ".nan", "", "discount_rate: expected to be a finite number, found nan"),
    ("EU: [DE, FR]", "EU: [DE, France]", "", "groups.EU.2: expected two capital letters such as CN, found 'France'"),
    ("EU: [DE, FR]", "EU: [DE, EL]", "", "groups.EU.2: expected a country code of ISO 3166-1 such as CN, found 'EL'. Did you mean 'GR'?"),
    ("EU: [DE, FR]", "EU: [DE, UK]", "", "groups.EU.2: expected a country code of ISO 3166-1 such as CN, found 'UK'. Did you mean 'GB'?"),
    ("EU: [DE, FR]", "EU: DE", "", "groups.EU: expected a list, found 'DE'"),
    ("groups:", "shared: [material]\ngroups:", "", "shared: no such table 'material'. ... Did you mean 'materials'?"),
    ("groups:", "name: other\ngroups:", "line 7", "expected each key once, found 'name' twice"),
    ("version: 1", "description: *chain\nversion: 1", "line 1", "expected no alias (*name), found one"),
    ("groups:", "? [a, b]\n: 1\ngroups:", "line 7", "expected a word as key, found ['a', 'b']"),
    ("groups:", "\tgroups:", "line 7", "expected YAML; found character '\\t' that cannot start any token"),
    ("groups:", "groups: [", "line 9", "expected YAML; "),
    ("title: A", "title: \x07A", "line 3", "expected plain text, found U+0007 (control character)"),
]
DEARER = "table: offers\n    where: {material: oxide, country: CN}\n    scale: {price: 1.5}"  # what event 2 does
LICENCES = "table: controls\n    where: {control: cn-export}\n    "  # what event 1 is about
EVENTS = [
    # what stands in the scenario, what is written instead, the event (0: the file as a whole), what is said
    ("table: offers", "table: offer", 2, "table: no table that can change is called 'offer'. ... Did you mean 'offers'?"),
    ("scale: {price", "scale: {prise", 2, "scale: offers has no column 'prise' ... Did you mean 'price'?"),
    ("{control: cn-export}", "{control: cn-exprt}", 1, "where: control 'cn-exprt' selects no row ... mean 'cn-export'?"),
    ("country: CN}", "country: UK}", 2, "where: country 'UK' selects no row of offers. Known: ... Did you mean 'GB'?"),
    ("country: CN}", "not_country: [CN, EL]}", 2, "where: country 'EL' selects no row of offers. Known: ... Did you mean 'GR'?"),
    ("{control: cn-export}", "{contrl: cn-export}", 1, "where: controls has no column 'contrl'. ... mean 'control'?"),
    ("country: CN}", "offer: cn-magnet}", 2, "where: no row of offers fits all of {'material': 'oxide', 'offer': 'cn-magnet'}"),
    ("approval: 0.5", "approval: 50", 1, "expected controls.approval of cn-export to stay from 0 to 1, found 50 after the"),
    ("approval: 0.5", "approval: .inf", 1, "set.approval: expected to be a finite number, found inf"),
    ("approval: 0.5", "in_force: 2", 1, "expected controls.in_force of cn-export to stay from 0 to 1, found 2"),
    ("cn-export}\n    set: {approval: 0.5", "cn-content}\n    set: {threshold: 0.2", 1, "expected the threshold of cn-content to fall or stay, found 0.2"),
    ("price: 1.5", "price: true", 2, "scale.price: expected a number, found True"),
    ("from: 3}", "from: true}", 3, "shift.from: expected a whole number, found True"),
    ("until: 2027-06-01", "until: 20270601", 2, "until: expected a day such as 2027-01-31, found 20270601"),
    ("price: 1.5", "price: -1.5", 2, "expected offers.price of cn-oxide to stay from 0 to 1e+12, found -87000"),
    ("price: 1.5", "price: 1.0e+300", 2, "scale.price: expected from -1e+12 to 1e+12, found 1e+300"),
    (DEARER, "table: limits\n    where: {limit: china}\n    set: {value: 40}", 2, "limits.value of china ... from 0 to 1, found 40"),
    (DEARER, "table: routes\n    where: {from_country: VN}\n    add: {transit: 61}", 2, "routes.transit of VN / DE ... from 0 to 95"),
    (DEARER, "table: contracts\n    where: {}\n    set: {floor: 9}", 2, "set: nothing reads floor of any row selected (it is empty), so nothing changes"),
    ("set: {approval: 0.5}", "set: {}", 1, "expected exactly one of set, scale, add, shift, add_row, found none"),
    ("set: {approval: 0.5}", "set: {approval: 0.5}\n    add: {approval: 0.1}", 1, "exactly one of ... found set, add"),
    ("what: fewer licences", "waht: fewer licences", 1, "waht: no such field: 'waht'. ... Did you mean 'what'?"),
    ("    until: 2027-06-01\n", "", 2, "recovery: expected with until, found without"),
    ("until: 2027-06-01", "until: 2027-02-01", 2, "until: expected a day after from (2027-03-01), found 2027-02-01"),
    ("until: 2027-06-01", "until: 9999-12-31", 2, "until: expected a day from 1990-01-01 to 2199-12-31, found 9999-12-31"),
    ("{from: 3}", "{from: 30000}", 3, "shift.from: expected from -240 to 240, found 30000"),
    ("{site: smelter}", "{site: presser}", 3, "shift: no row selected of plants begins from 2027-03-01"),
    ("table: plants\n    where: {site: smelter}", "table: offers\n    where: {}", 3, "shift: offers has no column 'from' that"),
    (DEARER, LICENCES + "set: {approval: 0.7}", 2, "sets controls.approval of cn-export on the same day otherwise than ... event 1"),
    (DEARER, LICENCES + "scale: {approval: 0.5}", 2, "scales controls.approval of cn-export on the same day as it is set by ... event 1"),
    (DEARER, "table: plants\n    where: {site: smelter}\n    shift: {from: 1}\n    from: 2027-03-01\n  - what: dearer\n    " + DEARER,
     4, "shifts plants.from of smelter / reduce / 2027-07-01, which is shifted by scenarios/shock.yaml, event 2"),
    ("2027-03-01\n    until", "2027-01-10\n    until", 2, "from: expected on or after the day shock is announced (2027-02-01), found 2027-01-10"),
    ("probability: 0.1", "probability: 10", 0, "probability: expected to be less than or equal to 1, found 10"),
    ("name: shock", "name: shok", 0, "name: expected that of the file (shock), found 'shok'"),
    ("source: invented for the tests\n", "", 0, "source: expected a value, found nothing"),
    ("[detour]", "[shock]", 0, "includes: expected no circle, found shock > shock"),
    ("[detour]", "[detour, detour]", 0, "includes: expected each scenario once, found detour, detour"),
    ("[detour]", "[full-embrgo]", 0, "includes: no such scenario 'full-embrgo'. ... mean 'full-embargo'?"),
]
# fmt: on


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with the sound case."""
    return write_case(tmp_path / "small")


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """A function that gives a case to `lodestar plan`, sees it refused with nothing written, and says in which words."""

    def ask(case: Path | str, *scenarios: Path | str) -> list[str]:
        before = sorted(tmp_path.rglob("*"))
        named = [word for name in scenarios for word in ("--scenario", str(name))]
        monkeypatch.setattr(sys, "argv", ["lodestar", "plan", str(case), *named, "--out", str(tmp_path / "plans")])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code, said.out) == (2, "")
        assert sorted(tmp_path.rglob("*")) == before
        *faults, last = said.err.splitlines() or [""]
        return (
            faults
            if re.fullmatch(r"See docs/\w+\.md(#[\w-]+)?(, docs/\w+\.md(#[\w-]+)?)*\.", last)
            else [*faults, last]
        )

    return ask


def test_the_sound_case_is_planned(small: Path) -> None:
    plans = plan(small, [small / SHOCK])
    assert not plans.failed
    assert plans.summary["certified"].all()
    assert plans.summary["service_level"].min() > 0.85  # half of the licences are missing


@pytest.mark.parametrize(("table", "old", "new", "row", "expected"), CELLS, ids=[f"{c[0]}: {c[2]}" for c in CELLS])
def test_a_faulty_cell(small: Path, refused: Refused, table: str, old: str, new: str, row: int, expected: str) -> None:
    replace(small / f"{table}.csv", old, new)
    (line,) = refused(small)
    assert says(line, f"CaseError: small/{table}.csv, row {row}", expected), line


@pytest.mark.parametrize(("old", "new", "place", "expected"), SETTINGS, ids=[c[1] for c in SETTINGS])
def test_a_faulty_setting(small: Path, refused: Refused, old: str, new: str, place: str, expected: str) -> None:
    replace(small / "case.yaml", old, new)
    (line,) = refused(small)
    assert says(line, "CaseError: small/case.yaml" + (f", {place}" if place else ""), expected), line


@pytest.mark.parametrize(("old", "new", "event", "expected"), EVENTS, ids=[c[1] for c in EVENTS])
def test_a_faulty_event(small: Path, refused: Refused, old: str, new: str, event: int, expected: str) -> None:
    replace(small / SHOCK, old, new)
    (line,) = refused(small, small / SHOCK)
    assert says(line, f"ScenarioError: {SHOCK}" + (f", event {event}" if event else ""), expected), line


@pytest.mark.parametrize(("edit", "place", "expected"), [c[1:] for c in FILES], ids=[c[0] for c in FILES])
def test_a_faulty_file(small: Path, refused: Refused, edit: faulty.Edit, place: str, expected: str) -> None:
    edit(small)
    (line,) = refused(small, small / SHOCK)
    kind = "ScenarioError" if place.startswith("scenarios") else "CaseError"
    assert says(line, f"{kind}: {place}", expected), line


@pytest.mark.parametrize("edit", [c[1] for c in SOUND], ids=[c[0] for c in SOUND])
def test_what_is_odd_but_not_a_fault(small: Path, edit: faulty.Edit) -> None:
    edit(small)
    assert Planner(optimizer.load_case(small)).worlds([]) == []


@pytest.mark.parametrize(
    ("case", "scenarios", "expected"),
    [
        ("ev-motor", [], "CaseError: ev-motor: no such case, ... Did you mean 'ev-motors'?"),
        ("a" * 300, [], "CaseError: aaa...: no such case, ... Known: "),
        ("small/scenarios", [], "CaseError: ...small/scenarios: no such case, and no folder with a case.yaml"),
        ("small", ["full-embrgo"], "ScenarioError: full-embrgo: no such scenario. ... Did you mean 'full-embargo'?"),
        ("small", ["full-embrgo.yaml"], "ScenarioError: full-embrgo.yaml: no such file. ... mean 'full-embargo'?"),
        ("small", [SHOCK, SHOCK], "ScenarioError: shock: expected each scenario once, found it twice"),
    ],
)
def test_an_unknown_name(
    small: Path, refused: Refused, monkeypatch: pytest.MonkeyPatch, case: str, scenarios: list[str], expected: str
) -> None:
    monkeypatch.chdir(small)
    (line,) = refused(small.parent / case if case.startswith("small") else case, *scenarios)
    assert says(": " + line, "", expected), line


def test_a_folder_with_other_files_is_left_alone(small: Path, refused: Refused) -> None:
    (small.parent / "plans").mkdir()
    (small.parent / "plans" / "notes.txt").write_text("mine")
    (line,) = refused(small)
    assert says(line, "InputError: " + str(small.parent / "plans"), "expected a new or empty folder"), line


def test_all_faults_of_a_case_come_together(small: Path, refused: Refused) -> None:
    replace(small / "case.yaml", "0.08", "8")
    replace(small / "sites.csv", "Pit Ltd,AU", "Pit Ltd,Australia")
    replace(small / "plants.csv", "pit,mine,2020-01-01,2000,10000", "pit,mine,soon,-2000,")
    replace(small / "routes.csv", "CN,VN,150,8", "CN,VN,150")
    (small / "duties.csv").write_text("")
    lines = refused(small)
    assert [line.split(": ")[1:3] for line in lines] == [
        ["small/case.yaml, line 6", "discount_rate"],
        ["small/sites.csv, row 2", "country"],
        ["small/plants.csv, row 2", "from"],
        ["small/plants.csv, row 2", "capacity"],
        ["small/plants.csv, row 2", "cost"],
        ["small/routes.csv, row 4", "expected 6 cells, found 5"],
        ["small/duties.csv", "expected content, found an empty file"],
    ]


def test_faults_between_tables_come_with_those_inside_them(small: Path) -> None:
    replace(small / "offers.csv", "oxide,58000", "oxide,-1")
    replace(small / "demand.csv", "buyer,magnet", "buyer,magent")
    replace(small / "recipes.csv", "press,press,metal,-0.4", "press,press,metal,-0.2")
    with pytest.raises(CaseError) as raised:
        optimizer.load_case(small)
    places = [fault.where for fault in raised.value.faults]
    assert places == [
        f"small/{name}, row {row}" for name, row in (("offers.csv", 2), ("demand.csv", 2), ("recipes.csv", 7))
    ]


def test_all_faults_of_a_scenario_come_together(small: Path, refused: Refused) -> None:
    replace(small / SHOCK, "control: cn-export", "control: cn-exprt")
    replace(small / SHOCK, "table: offers", "table: offer")
    replace(small / DETOUR, "transit: 5", "transt: 5")
    lines = refused(small, small / SHOCK)
    assert [line.split(": ")[1] for line in lines] == [
        f"{SHOCK}, event 1, line 8",
        f"{SHOCK}, event 2, line 13",
        f"{DETOUR}, event 1, line 7",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("command", ["plan", "check"])
def test_the_command_as_installed(small: Path, command: str) -> None:
    replace(small / "plants.csv", "presser,press", "presser,pres")
    program = Path(sys.executable).with_name("lodestar")
    target = ["--out", "plans"] if command == "plan" else []
    ended = subprocess.run(
        [program, command, "small", *target], cwd=small.parent, capture_output=True, text=True, check=False
    )
    fault, page = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout, page) == (2, "", "See docs/formats.md#plants.")
    assert says(fault, "CaseError: small/plants.csv, row 6", "no such process: 'pres'. ... mean 'press'?")
    assert [path.name for path in small.parent.iterdir()] == ["small"]


# fmt: off
WORDS = st.text(max_size=12) | st.sampled_from([
    "", " ", "nan", "-inf", "-1", "0", "1e300", "1e999", "1e-300", "0x10", "1_000", "9" * 400, "2027-13-01", "9999-12-31",
    "0001-01-01", "*", "CN", "magnet", "each", "\n", "\r", '"', ",", ";", "a;b", "Nd=1", "Nd=.", "\u202e", "\ufeff", "é",
])
# fmt: on
SPOTS = st.sampled_from(faulty.cells_of_all_tables())
WAYS = st.sampled_from(["write", "quote", "delete", "swap"])


def loads_or_refuses(folder: Path) -> None:
    """A case is refused in one-line messages that name a file of it, or it loads and fits a calendar."""
    try:
        planner = Planner(optimizer.load_case(folder))
        planner.worlds([optimizer.load_scenario(folder / SHOCK)])
    except InputError as error:
        faults = error.faults
    else:
        return
    assert faults
    assert all(fault.where.startswith(("small/", "scenarios/")) for fault in faults)
    assert all(len(str(fault).splitlines()) == 1 for fault in faults)


@pytest.mark.slow
@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.lists(st.tuples(SPOTS, WAYS, WORDS, SPOTS), min_size=1, max_size=4))
def test_any_change_of_cells_is_taken_or_refused(changes: list[faulty.Change]) -> None:
    with tempfile.TemporaryDirectory() as place:
        loads_or_refuses(write_case(Path(place) / "small", faulty.changed_tables(changes)))


@pytest.mark.slow
@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.sampled_from(["case.yaml", SHOCK, DETOUR]), st.integers(0, 400), st.integers(0, 12), WORDS)
def test_any_change_of_settings_and_events_is_taken_or_refused(file: str, start: int, length: int, word: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = write_case(Path(place) / "small") / file
        text = path.read_text(encoding="utf-8")
        path.write_text(text[:start] + word + text[start + length :], encoding="utf-8", newline="")
        loads_or_refuses(Path(place) / "small")
