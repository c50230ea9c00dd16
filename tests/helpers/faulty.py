"""A small sound case and scenario, as files, for the bad-input tests to break in one place at a time.

The chain: a mine in Australia, a separator in Malaysia, a metal maker in Viet Nam and a magnet maker in Germany that
also buys oxide in China; the buyer stands in Germany. Every table has a row, so that every table can be broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

Edit = Callable[[Path], object]
"""What breaks a case in a folder."""
Spot = tuple[str, int, int]
"""A cell: its table, its line and its column."""
Change = tuple[Spot, str, str, Spot]
"""A cell, what is done to it (`write`, `quote`, `delete`, `swap`), the text written and the cell swapped with."""

CASE = """\
version: 1
name: small
title: A chain from one mine to one buyer
start: 2027-01-01
periods: [{count: 2, months: 6}]
discount_rate: 0.08
groups:
  EU: [DE, FR]
"""

# The columns that say where a figure comes from are the same in every row and stand at its end.
TABLES = {
    "materials": """
material,stage,unit_value,content
ore,concentrate,12,Nd=0.2
oxide,oxide,60,Nd=0.85
metal,metal,80,Nd=1
magnet,magnet,70,Nd=0.3
magnet-lean,magnet,65,Nd=0.25
""",
    "sites": """
site,company,country,owner
pit,Pit Ltd,AU,AU
splitter,Splitter Bhd,MY,AU
smelter,Smelter JSC,VN,JP
presser,Presser AG,DE,DE
trader,Trader Co,CN,CN
buyer,Buyer SE,DE,DE
""",
    "recipes": """
recipe,process,material,tonnes
dig,mine,ore,1
split,separate,ore,-5
split,separate,oxide,1
melt,reduce,oxide,-1.2
melt,reduce,metal,1
press,press,metal,-0.4
press,press,magnet,1
""",
    "plants": """
site,process,from,capacity,cost
pit,mine,2020-01-01,2000,10000
splitter,separate,2020-01-01,300,9000
smelter,reduce,2020-01-01,250,5000
smelter,reduce,2027-07-01,300,5000
presser,press,2020-01-01,400,20000
""",
    "offers": """
offer,site,material,price,capacity,from,until
cn-oxide,trader,oxide,58000,100,2020-01-01,2030-01-01
cn-magnet,trader,magnet,65000,200,,
cn-lean,trader,magnet-lean,60000,50,,
""",
    "origins": """
offer,material,country,tonnes
cn-magnet,oxide,MM,0.5
""",
    "contracts": """
contract,offer,price,floor,reservation_fee,max_volume,take_or_pay,from,until
cn-year,cn-oxide,57000,,500,50,0.7,2027-01-01,2028-01-01
""",
    "routes": """
from_country,to_country,freight,transit
AU,MY,200,10
MY,VN,150,5
CN,VN,150,8
VN,DE,600,35
CN,DE,650,38
DE,DE,50,2
""",
    "duties": """
duty,goods,origin,destination,from,rate
eu-magnets,magnet,CN,DE,2020-01-01,0.021
""",
    "demand": """
site,product,end_use,from,tonnes,penalty
buyer,magnet,civil,2027-01-01,300,900000
""",
    "substitutions": """
product,material,ratio,max_share,cost
magnet,magnet-lean,1,0.5,3000
""",
    "stocks": """
site,material,opening,capacity,holding,cover,terminal,penalty,origin
buyer,magnet,40,100,500,30,20,30000,DE
""",
    "arrivals": """
site,material,origin,on,tonnes
buyer,magnet,CN,2027-01-20,30
""",
    "projects": """
project,kind,site,process,capacity,cost,lead
qualify-presser,qualify,presser,,200,1000000,3
expand-smelter,expand,smelter,reduce,100,4000000,6
""",
    "controls": """
control,kind,authority,citation,origin,elements,stages,threshold,announced,effective,approval,processing_days
cn-export,export,Ministry,No. 1,CN,Nd,oxide; magnet,,2026-10-01,2026-12-01,0.9,20
cn-content,content,Ministry,No. 2,CN,Nd,oxide; metal; magnet,0.1,2026-10-01,2026-12-01,0.9,20
""",
    "limits": """
limit,measure,sense,value,stage,materials,by,member,exempt,window,from,penalty
china,share,at_most,0.65,magnet,magnet,country,CN,,year,2027-01-01,30000
single,share,at_most,0.9,oxide,oxide,country,each,EU,horizon,2027-01-01,30000
""",
    "availability": """
stage,country,share
concentrate,*,0.5
oxide,MY,0.6
oxide,CN,0.2
metal,*,0.7
magnet,*,1
""",
}
NEEDED = ("materials", "sites", "demand")
"""Tables without which there is no case."""
EVERY_ROW = ',"Invented, for the tests",assumption'

SHOCK = """\
name: shock
title: Fewer licences, dearer oxide, a late smelter
probability: 0.1
announced: 2027-02-01
source: invented for the tests
includes: [detour]
events:
  - what: fewer licences
    table: controls
    where: {control: cn-export}
    set: {approval: 0.5}
    from: 2027-03-01
  - what: dearer oxide
    table: offers
    where: {material: oxide, country: CN}
    scale: {price: 1.5}
    from: 2027-03-01
    until: 2027-06-01
    recovery: {months: 3}
  - what: a late smelter
    table: plants
    where: {site: smelter}
    shift: {from: 3}
    from: 2027-03-01
"""

DETOUR = """\
name: detour
title: A longer way out of China
probability: 0.1
announced: 2027-02-01
source: invented for the tests
events:
  - what: a longer way
    table: routes
    where: {from_country: CN}
    add: {transit: 5}
    from: 2027-03-01
"""


def write_case(folder: Path, tables: dict[str, list[str]] | None = None) -> Path:
    """Write the sound case to a folder, and its two scenarios (the shock includes the detour) to `scenarios` in it.

    `tables` are the lines of tables, without the columns that say where figures come from, where they differ.
    """
    (folder / "scenarios").mkdir(parents=True)
    (folder / "case.yaml").write_text(CASE, encoding="utf-8")
    (folder / "scenarios" / "shock.yaml").write_text(SHOCK, encoding="utf-8")
    (folder / "scenarios" / "detour.yaml").write_text(DETOUR, encoding="utf-8")
    for name, text in TABLES.items():
        header, *rows = (tables or {}).get(name) or text.strip().splitlines()
        lines = [f"{header},source,confidence", *(row + EVERY_ROW for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
    return folder


def replace(path: Path, old: str, new: str) -> None:
    """Replace the one place in a file where a text stands."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"expected {old!r} once in {path.name}, found it {text.count(old)} times")
    path.write_text(text.replace(old, new), encoding="utf-8")


def swap(file: str, old: str, new: str) -> Edit:
    """Replace a text in a file."""
    return lambda folder: replace(folder / file, old, new)


def fill(file: str, content: bytes) -> Edit:
    """Write a whole file, new or old."""
    return lambda folder: (folder / file).write_bytes(content)


def both(one: Edit, other: Edit) -> Edit:
    """Two edits, one after the other."""
    return lambda folder: (one(folder), other(folder))


def drop(file: str) -> Edit:
    """Remove a file."""
    return lambda folder: (folder / file).unlink()


def says(line: str, beginning: str, expected: str) -> bool:
    """Whether a line begins and goes on as expected, ``...`` standing for anything; a line of YAML may be named."""
    words = ".*".join(map(re.escape, expected.split("...")))
    return re.match(re.escape(beginning) + r"(, line \d+)?: .*" + words, line) is not None


def _cells() -> dict[str, list[list[str]]]:
    """The cells of every line of every table, apart from the columns that say where figures come from."""
    return {name: [line.split(",") for line in text.strip().splitlines()] for name, text in TABLES.items()}


def cells_of_all_tables() -> list[Spot]:
    """Where there are cells."""
    return [
        (name, row, column)
        for name, lines in _cells().items()
        for row, cells in enumerate(lines)
        for column in range(len(cells))
    ]


def changed_tables(changes: Iterable[Change]) -> dict[str, list[str]]:
    """The lines of every table with some cells changed; a cell that is no longer there is passed over."""
    tables = _cells()
    for (table, row, column), way, text, (other, there, beside) in changes:
        cells, others = tables[table][row], tables[other][there]
        if column >= len(cells):
            continue
        if way == "delete":
            del cells[column]
        elif way == "swap" and beside < len(others):
            cells[column], others[beside] = others[beside], cells[column]
        else:
            cells[column] = '"' + text.replace('"', '""') + '"' if way == "quote" else text
    return {name: [",".join(cells) for cells in lines] for name, lines in tables.items()}
