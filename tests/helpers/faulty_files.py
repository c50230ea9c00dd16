"""What breaks whole files of the sound case of `tests/faulty.py`, and what looks odd but does not."""

from __future__ import annotations

import os

from tests.helpers import faulty
from tests.helpers.faulty import both, drop, fill, swap

SHOCK, DETOUR = "scenarios/shock.yaml", "scenarios/detour.yaml"
# fmt: off
ROW = b"presser,press,2020-01-01,400,20000,us,assumption\n"
COLUMNS = b"site,process,from,capacity,cost,source,confidence\n"
FILES = [
    # what is wrong, how it is done, where it is said, what is said
    ("empty table", fill("plants.csv", b""), "small/plants.csv", "expected content, found an empty file"),
    ("no rows", fill("plants.csv", COLUMNS), "small/plants.csv", "expected at least one row, found none"),
    ("NUL bytes", fill("plants.csv", COLUMNS + b"pit,\0"), "small/plants.csv, row 2", "expected text, found a NUL character"),
    ("Latin-1", fill("sites.csv", b"site\nM\xfcll\n"), "small/sites.csv, row 2", "expected UTF-8 text, found byte 0xfc"),
    ("UTF-16", fill("plants.csv", COLUMNS.decode().encode("utf-16")), "small/plants.csv, row 1", "expected UTF-8 text"),
    ("semicolons", fill("plants.csv", COLUMNS.replace(b",", b";")), "small/plants.csv, row 1", "separated by commas, found ';'"),
    ("open quote", fill("plants.csv", COLUMNS + b'"pit'), "small/plants.csv, row 2", "comma-separated values; unexpected end"),
    ("short row", fill("plants.csv", COLUMNS + ROW + b"pit,mine\n"), "small/plants.csv, row 3", "expected 7 cells, found 2"),
    ("long row", fill("plants.csv", COLUMNS + ROW[:-1] + b",x\n"), "small/plants.csv, row 2", "found 8; column 8 has cells but no name"),
    ("cells under no head", fill("plants.csv", COLUMNS[:-1] + b",,\n" + ROW[:-1] + b",,x\n"), "small/plants.csv, row 2", "column 9 has cells but no"),
    ("tabs in rows", fill("plants.csv", COLUMNS + ROW.replace(b",", b"\t")), "small/plants.csv, row 2", "7 cells separated by commas, found '\\t'"),
    ("semicolons in rows", fill("plants.csv", COLUMNS + ROW.replace(b",", b";").replace(b"400", b"400,5")), "small/plants.csv, row 2", "separated by commas, found ';' (semi"),
    ("semicolons in part of the head", fill("plants.csv", COLUMNS.replace(b"site,", b"site;")), "small/plants.csv, row 1", "separated by commas, found ';'"),
    ("capitals in a name", lambda folder: (folder / "limits.csv").rename(folder / "Limits.CSV"), "small/Limits.CSV", "expected limits.csv (comma-sep"),
    ("ending hidden by Windows", lambda folder: (folder / "limits.csv").rename(folder / "limits.csv.txt"), "small/limits.csv.txt", "expected limits.csv"),
    ("workbook", fill("limits.xlsx", b"PK"), "small/limits.xlsx", "expected limits.csv"),
    ("second copy", fill("Offers 2027.csv", COLUMNS), "small/Offers 2027.csv", "expected offers.csv"),
    ("kept copy", fill("limits.csv.bak", COLUMNS), "small/limits.csv.bak", "expected limits.csv"),
    ("another workbook", fill("figures.ods", b"PK"), "small/figures.ods", "no such table 'figures', and tables are CSV files"),
    ("notes as text", fill("README.txt", b"notes"), "small/README.txt", "no such table 'README', and tables are CSV files (notes may stand in a file that ends in md"),
    ("table in YAML", fill("limits.yaml", b"a: 1"), "small/limits.yaml", "expected limits.csv"),
    ("second settings", fill("case.yml", b"a: 1"), "small/case.yml", "expected case.yaml"),
    ("link to nothing", both(drop("duties.csv"), lambda folder: (folder / "duties.csv").symlink_to("nowhere")), "small/duties.csv", "cannot be read: No such"),
    ("link to a device", both(drop("duties.csv"), lambda folder: (folder / "duties.csv").symlink_to("/dev/zero")), "small/duties.csv", "a file, found a device"),
    ("pipe", both(drop("duties.csv"), lambda folder: os.mkfifo(folder / "duties.csv")), "small/duties.csv", "expected a file, found a pipe"),
    ("settings in a pipe", both(drop("case.yaml"), lambda folder: os.mkfifo(folder / "case.yaml")), "small/case.yaml", "expected a file, found a pipe"),
    ("scenario in a device", both(drop(SHOCK), lambda folder: (folder / SHOCK).symlink_to("/dev/zero")), SHOCK, "expected a file, found a device"),
    ("too large", fill("duties.csv", b"x" * 20_000_001), "small/duties.csv", "expected at most 20,000,000 bytes, found more"),
    ("override of direction", swap("sites.csv", "Pit Ltd", "Pit \u202eLtd"), "small/sites.csv, row 2", "company: ... found U+202E (right-to-left override)"),
    ("no width", swap("sites.csv", "Pit Ltd", "Pit\u200bLtd"), "small/sites.csv, row 2", "company: ... found U+200B (zero width space)"),
    ("escape", swap("sites.csv", "Pit Ltd", "Pit \x1b[31mLtd"), "small/sites.csv, row 2", "company: expected plain text, found U+001B (escape)"),
    ("two lines in a cell", swap("sites.csv", "Pit Ltd", '"Pit\nLtd"'), "small/sites.csv, row 2", "company: expected plain text, found U+000A (line break)"),
    ("escape in settings", swap("case.yaml", "title: A chain", 'title: "\\e[31mA"  # '), "small/case.yaml, line 3", "plain text, found U+001B (escape)"),
    ("mark in settings", swap("case.yaml", "title: A", "title: \u2066A"), "small/case.yaml, line 3", "found U+2066 (left-to-right isolate)"),
    ("mark in a scenario", swap(SHOCK, "title: Fewer", "title: \u200fFewer"), SHOCK + ", line 2", "found U+200F (right-to-left mark)"),
    ("huge cell", fill("plants.csv", COLUMNS + b"x" * 200_000), "small/plants.csv, row 2", "field larger than field limit"),
    ("long word", swap("plants.csv", "presser,", "p" * 500 + ","), "small/plants.csv, row 6", "at most 80 characters, found 'ppp...ppp..."),
    ("misspelt column", swap("plants.csv", "capacity", "capcity"), "small/plants.csv, row 1", "'capcity'. ... mean 'capacity'?"),
    ("unknown column", swap("demand.csv", "product", "product,colour"), "small/demand.csv, row 1", "no such column: 'colour'. Known"),
    ("missing column", swap("sites.csv", "owner,source", "source"), "small/sites.csv, row 1", "expected a column 'owner', found none"),
    ("repeated column", swap("sites.csv", "owner,", "owner,site,"), "small/sites.csv, row 1", "each column once, found 'site' more than"),
    ("word for a source", swap("demand.csv", ",assumption", ",guess"), "small/demand.csv, row 2", "confidence: ... 'guess'. Known: assum"),
    ("no source", swap("demand.csv", '"Invented, for the tests"', ""), "small/demand.csv, row 2", "source: expected a value, found nothing"),
    ("unknown table", fill("plans.csv", COLUMNS), "small/plans.csv", "no such table 'plans'. ... Did you mean 'plants'?"),
    ("misnamed table", lambda folder: (folder / "sites.csv").rename(folder / "site.csv"), "small/site.csv", "mean 'sites'?"),
    ("no materials", drop("materials.csv"), "small/case.yaml", "expected a table 'materials' with at least one row, found none"),
    ("no demand", drop("demand.csv"), "small/case.yaml", "expected a table 'demand' with at least one row, found none"),
    ("no recipes", drop("recipes.csv"), "small/case.yaml", "a table 'recipes' with at least one row (plants need it), found none"),
    ("folder for a table", both(drop("duties.csv"), lambda folder: (folder / "duties.csv").mkdir()), "small/duties.csv", "expected a file, found a folder"),
    ("no share of mines", swap("availability.csv", "concentrate,*", "ore,*"), "small/plants.csv, row 2", "stage concentrate in AU (or *)"),
    ("empty settings", fill("case.yaml", b""), "small/case.yaml", "expected content, found an empty file"),
    ("settings in a list", fill("case.yaml", b"- version: 1\n"), "small/case.yaml", "expected a mapping of fields, found [{"),
    ("empty scenario", fill(SHOCK, b""), SHOCK, "expected content, found an empty file"),
    ("scenario in a list", fill(SHOCK, b"- name: shock\n"), SHOCK, "expected a mapping of fields, found [{"),
    ("no events", fill(DETOUR, faulty.DETOUR.partition("events:")[0].encode()), DETOUR, "events: expected at least one, found none"),
    ("circle", swap(DETOUR, "events:", "includes: [shock]\nevents:"), SHOCK, "expected no circle, found shock > detour > shock"),
    ("included fault", swap(DETOUR, "transit: 5", "transit: -500"), DETOUR + ", event 1", "routes.transit of CN / VN ... 68, found -492"),
    ("included event before the announcement", both(swap(DETOUR, "2027-02-01", "2027-01-01"), swap(DETOUR, "2027-03-01", "2027-01-20")),
     DETOUR + ", event 1", "from: expected on or after the day shock is announced (2027-02-01), found 2027-01-20"),
]
LEFT = ("~$limits.xlsx", ".~lock.limits.csv#", ".#limits.csv", "#limits.csv#", ".limits.csv.swp", "limits.csv~", "._limits.csv")
SOUND = [
    # what looks odd but is not a fault, how it is done
    ("locks and copies of editors", lambda folder: [(folder / name).write_text("x") for name in LEFT]),
    ("notes, pictures and scenarios", lambda folder: [(folder / name).write_text("x") for name in ("README.md", "a.png", "demand-surge.yaml")]),
    ("empty columns of a spreadsheet", lambda folder: fill("plants.csv", (folder / "plants.csv").read_bytes().replace(b"\n", b",,\n"))(folder)),
    ("empty columns in some rows only", swap("sites.csv", "site,company,country,owner,source,confidence", "site,company,country,owner,source,confidence,,")),
    ("a number as a scientist writes it", swap("offers.csv", "58000", "5.8e4")),
    ("a number without its zero, one with a sign", both(swap("origins.csv", "MM,0.5", "MM,+.5"), swap("offers.csv", "65000", "65000."))),
    ("a day and a number in quotes in YAML", both(swap("case.yaml", "2027-01-01", "'2027-01-01'"), swap("case.yaml", "count: 2", 'count: "2"'))),
    ("numbers as YAML 1.2 writes them", both(swap("case.yaml", "0.08", "8e-2"), swap("case.yaml", "count: 2", "count: 2.0"))),
    ("letters of other scripts", swap("sites.csv", "Pit Ltd", "\u5305\u5934 \u0645\u06cc\u200c\u062e Ltd")),
    ("text of several lines", swap("case.yaml", "groups:", "description: |\n  one\n  two\ngroups:")),
    ("no freight route", swap("routes.csv", "AU,MY", "AU,JP")),
    ("mark of Windows at the beginning", swap("sites.csv", "site,company", "\ufeffsite,company")),
    ("lines of Windows", lambda folder: (folder / "sites.csv").write_bytes((folder / "sites.csv").read_bytes().replace(b"\n", b"\r\n"))),
    ("blank rows", swap("sites.csv", "pit,Pit Ltd", "\n,,,,,\npit,Pit Ltd")),
    ("Norway, which YAML takes for false", swap("case.yaml", "EU: [DE, FR]", "EU: [DE, NO]")),
    ("a limit on a country of embedded goods only", swap("limits.csv", "country,CN", "country,MM")),
    ("no table but those needed", lambda folder: [(folder / f"{name}.csv").unlink() for name in faulty.TABLES if name not in faulty.NEEDED]),
]
# fmt: on
