"""Every row does what it says, once, or is refused: small cases whose right value was worked out by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.command import lodestar, lodestar_here
from tests.helpers.paths import CASES

Changes = tuple[tuple[str, str, str], ...]


def copied(folder: str, changes: Changes, into: Path) -> Path:
    """A copy of a small case, with some text in its files exchanged."""
    shutil.copytree(CASES / folder, into)
    for name, old, new in changes:
        text = (into / name).read_text(encoding="utf-8") if old else ""
        assert old in text
        (into / name).write_text(text.replace(old, new) if old else new, encoding="utf-8")
    return into


# Folder, what of it is changed (file, text, by which), and the cost in USD of the base, or of the scenario named.
WORTH: list[tuple[str, Changes, float]] = [
    ("include-diamond -s both.yaml", (), 365 * (100_000 + 103)),
    ("include-diamond -s port.yaml", (), 365 * (100_000 + 101)),
    ("affiliate-of-an-affiliate", (), 365_000_000),
    ("affiliate-of-an-affiliate", (("sites.csv", "Top Inc,1", "Top Inc,0.49"),), 18_286_500),
    ("affiliate-of-an-affiliate", (("sites.csv", "Holding SE,1", "Holding SE,0.49"),), 18_286_500),
    ("affiliate-of-an-affiliate", (("sites.csv", "maker,Maker Co,CN,CN,,", "maker,Top Inc,CN,CN,Sub GmbH,1"),), 365_000_000),
    ("duty-rows-of-one-name", (), 365 * (50_100 + 12_500)),
    ("duty-rows-of-one-name", (("duties.csv", "ndpr-oxide,CN,US", "magnet,JP,US"),), 365 * (50_100 + 12_500)),
    ("duty-rows-of-one-name", (("duties.csv", "ndpr-oxide,CN", "magnet,*"),), 365 * 62_600 + 275 * 5_000),
    ("duty-rows-of-one-name", (("duties.csv", "ndpr-oxide,CN,US", "magnet,CN,DE"),), 365 * (50_100 + 12_500)),
    ("arrivals-of-two-origins-on-a-day", (), 165 * 50_100),
    ("arrivals-of-two-origins-on-a-day", (("arrivals.csv", "2027-01-10", "2027-01-01"),), 165 * 50_100),
    ("penalty-before-demand-begins", (("demand.csv", ",0,0,", ",0,1000000,"),), 47 * 600_100),
    ("lead-in-months", (("demand.csv", ",1000000,", ",,"),), 306 * 50_100),
    ("stock-in-a-warehouse", (), 3_650),
    ("stock-in-a-warehouse", (("routes.csv", "DE,DE,10", "DE,NL,10"),), 365 * 50_100),
    ("stock-in-a-warehouse", (("stocks.csv", "365,400", "0,400"), ("arrivals.csv", "",
      "site,material,origin,on,tonnes,source,confidence\nwarehouse,magnet,DE,2027-01-01,365,invented,assumption\n")), 3_650),
    ("stock-in-a-warehouse", (("materials.csv", "unit_value,", "unit_value,hub,"), ("materials.csv", "50,", "50,true,")), 0),
    ("site-named-hub", (), 365 * 50_100),
    ("site-named-hub", (("sites.csv", "maker,", "Asia hub,"), ("offers.csv", "maker,", "Asia hub,")), 365 * 50_100),
    ("group-named-like-a-country", (("case.yaml", "CN: [RU]", "RUS: [RU]"),), 365 * (50_100 + 90_100) / 2),
    ("limit-no-window-begins", (("limits.csv", "horizon", "year"),), 365 * (50_100 * 3 + 2 * 50_000)),
]  # fmt: skip


@pytest.mark.parametrize(("words", "changes", "usd"), WORTH)
def test_a_row_is_worth_what_it_says(words: str, changes: Changes, usd: float, tmp_path: Path) -> None:
    folder, *scenario = words.split()
    asked = [scenario[0], f"./{scenario[1]}"] if scenario else ["-s", "base"]
    run = lodestar if folder == "include-diamond" else lodestar_here
    done = run("plan", ".", *asked, "--json", cwd=copied(folder, changes, tmp_path / "mini"))
    assert json.loads(done.stdout)[-1]["cost_usd"] == pytest.approx(usd, rel=1e-9)


# Folder, what of it is changed, and what is said of it, as a fault or as a finding.
SAID: list[tuple[str, Changes, int, str]] = [
    ("substitute-of-itself", (), 2, "substitutions.csv, row 2: material: expected another than the product (magnet)"),
    ("end-use-misspelt", (), 2, "demand.csv, row 2: end_use: expected one of the known words, found 'Military'"),
    ("end-use-misspelt", (("demand.csv", "Military", "military"), ("controls.csv", ",military", ",milltary")), 2,
     "controls.csv, row 2: end_uses"),
    ("end-use-misspelt", (("demand.csv", "Military", "military"), ("controls.csv", ",military", ',"military, chips"')), 2,
     "expected words separated by semicolons, found 'military, chips'"),
    ("limit-no-window-begins", (), 2, "limits.csv, row 2: from: no horizon that cap could bind begins on or after "
     "2028-01-01; the last begins on 2027-01-01"),
    ("limit-no-window-begins", (("limits.csv", "horizon", "year"), ("case.yaml", "count: 3", "count: 1")), 2,
     "no year that cap could bind begins on or after 2028-01-01"),
    ("limit-no-window-begins", (("limits.csv", "CN,horizon", "US,horizon"), ("limits.csv", "2028-01-01", "2027-01-01"),
     ("sites.csv", "buyer,", "idle,Idle Co,US,US,invented,assumption\nbuyer,")), 0,
     "limits.csv, row 2: has no effect on any plan: it binds no window, or nobody in any."),
    ("limit-no-window-begins", (("limits.csv", "horizon", "year"), ("case.yaml", "count: 3", "count: 1"),
     ("limits.csv", "2028-01-01", "2027-02-01")), 2, "no year that cap could bind begins on or after 2027-02-01"),
    ("limit-no-window-begins", (("limits.csv", "horizon", "year"),
     ("case.yaml", "count: 3, months: 12", "count: 1, months: 24")),
     2, "no year that cap could bind begins on or after 2028-01-01"),
    ("limit-no-window-begins", (("limits.csv", "horizon", "year"), ("case.yaml", "count: 3", "count: 1"),
     ("case.yaml", "2027-01-01", "2027-07-01")), 2, "no year that cap could bind begins on or after 2028-01-01"),
    ("limit-no-window-begins", (("limits.csv", "CN,horizon", "friends,year"),
     ("case.yaml", "discount_rate: 0", "discount_rate: 0\ngroups: {friends: []}")), 0,
     "limits.csv, row 2: has no effect on any plan: it binds no window, or nobody in any."),
    ("limit-no-window-begins", (("limits.csv", "CN,horizon", "friends,year"),
     ("case.yaml", "discount_rate: 0", "discount_rate: 0\ngroups: {friends: [FR]}")), 0,
     "limits.csv, row 2: has no effect on any plan: it binds no window, or nobody in any."),
    ("stock-in-a-warehouse", (("routes.csv", "DE,DE,10,0,invented,assumption\n", ""),), 0,
     "stocks.csv, row 2: has no effect on any plan: nothing leads out of it"),
    ("site-named-hub", (("sites.csv", "Rotterdam hub", "CN hub"), ("demand.csv", "Rotterdam hub", "CN hub")), 2,
     "sites.csv, row 3: site: expected a name that stands for nothing else (it is that of the pool of a country)"),
    ("site-named-hub", (("sites.csv", "maker,", "each,"), ("offers.csv", "maker,", "each,")), 2,
     "sites.csv, row 2: site: expected a name that stands for nothing else (limits read it as a member), found 'each'"),
    ("site-named-hub", (("sites.csv", "maker,", "everybody,"), ("offers.csv", "maker,", "everybody,")), 2,
     "sites.csv, row 2: site: expected a name that stands for nothing else (limits read it as a member), found 'everybody'"),
    ("substitute-of-itself", (("substitutions.csv", ",2,", ",1,"),), 2,
     "substitutions.csv, row 2: material: expected another than the product (magnet)"),
    ("group-named-like-a-country", (), 2, "case.yaml, line 7: groups.CN: expected a name that stands for nothing else"),
    ("duty-rows-of-one-name", (("materials.csv", "ndpr-oxide,oxide", "oxide,magnet"),
     ("duties.csv", "ndpr-oxide", "oxide")), 2,
     "goods: expected what means one thing, found 'oxide', a stage and a material of stage magnet"),
    ("duty-in-percent", (), 0, "duties.csv, row 2: rate: 2.2 is 220 % of the value of magnet. "
     "The column is in shares of 1: is it in per cent (0.022)?"),
]  # fmt: skip


@pytest.mark.parametrize(("folder", "changes", "code", "what"), SAID)
def test_a_row_that_can_hardly_be_meant_is_named(
    folder: str, changes: Changes, code: int, what: str, tmp_path: Path
) -> None:
    done = lodestar_here("check", ".", cwd=copied(folder, changes, tmp_path / "mini"), code=code)
    assert what in " ".join((done.stdout + done.stderr).split())
