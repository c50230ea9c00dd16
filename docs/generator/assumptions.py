"""Assumptions: every figure of the bundled data that no page was read for, with its reasoning."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from docs.generator.markdown import head, joined, plain, table
from optimizer.case.case import bundled
from optimizer.case.packs import find_packs
from optimizer.case.read import read_table
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.world.assumed import DISTANCES, HOLDING, PENALTIES
from optimizer.world.load import find_cases

Groups = dict[tuple[str, str], list[tuple[str, ...]]]
"""Keys of the rows that share what is weak about them and the reasoning."""


def page() -> str:
    """The page on assumptions."""
    files = list(_files())
    weights = _weights()
    counts = [_count(folder, name, rows) for folder, name, rows in files]
    total = ("all", "", *(sum(column) for column in zip(*(line[2:] for line in counts), strict=True)))
    heaviest = [_heaviest(weights, folder, name) for folder, name, _ in files]
    parts = [
        head("assumptions"),
        "## Assumed for you",
        _for_you(),
        "## Counts",
        "Of the {} rows of `data/` and `models/` {} are sourced, {} background and {} assumption.".format(*total[2:6]),
        table(
            ["table", "of", "rows", "sourced", "background", "assumption", "single fields", "elasticity"],
            [(*line, weight) for line, weight in zip((total, *counts), ("", *heaviest), strict=True)],
        ),
        "## The heaviest",
        "`elasticity` above is the largest of a table's figures in any bundled base plan, where it is among the "
        "heaviest of its case: percent by which the cost moves when the figure moves by one. These are they, from "
        "`docs/elasticities.csv` (`python -m docs.elasticities` writes it again); `lodestar sources CASE` lists all.",
        table(
            ["case", "figure", "column", "value", "confidence", "elasticity", "solved again"],
            [
                (
                    row["case"],
                    f"{row['table']}: {row['row']}",
                    f"`{row['column']}`",
                    f"{float(row['value']):,.6g}",
                    row["confidence"],
                    row["elasticity"],
                    f"{row['less'] or 'none'} to {row['more'] or 'none'}",
                )
                for row in weights
            ],
        ),
    ]
    for name in TABLES:
        found = [(folder, rows) for folder, table_name, rows in files if table_name == name]
        texts = [(folder, text) for folder, rows in found if (text := _groups(rows))]
        if texts:
            parts.append(f"## {name}")
            parts += [part for folder, text in texts for part in (f"### {name} of {folder}", text)]
    return joined(parts)


def _for_you() -> str:
    """What a case may ask to have assumed, and how much that is."""
    far = "; ".join(f"{name} {some.freight:g} USD/t and {some.transit:g} days" for name, some in DISTANCES.items())
    times = ", ".join(f"{some:g} for {use} use" for use, some in PENALTIES.items())
    rows = [
        ("`routes`", "two countries between which goods could go, and of which no row of `routes` says anything", far,
         "medians of `data/routes.csv`, most of whose rows are assumptions; continents are those of the UN (M49)"),
        ("`holding`", "a row of `stocks` without a holding cost", f"{HOLDING:.0%} of the unit value a year",
         "ours: stocks of magnets of the bundled cases have 0.7 to 1.6 %"),
        ("`penalty`", "demand of which no row has a penalty", f"the unit value times {times}",
         "ours: near the medians of the bundled demands; civil ones go from 5 for grades of small motors to 30 for "
         "those of traction motors, humanitarian ones are taken as civil"),
    ]  # fmt: skip
    said = (
        "An unknown is a fault, or a rule: without a route nothing goes, stock without a holding cost is refused, "
        "demand without a penalty must be met. A case that names one of these words in `assume` of its `case.yaml` "
        "has it assumed\nwhere it is left out, and nowhere else. Every such figure is marked in its row (`assumed`), "
        "said by "
        '`lodestar check`, and listed in every answer under "Assumed for you" and in the table `assumed`,\n'
        "with what of the cost hangs on it."
    )
    return joined([said, table(["word", "where", "what is assumed", "why that"], rows)]).strip()


def _weights() -> list[dict[str, str]]:
    """Elasticities of the heaviest figures of the bundled base plans."""
    with (Path(__file__).parents[1] / "elasticities.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _heaviest(weights: list[dict[str, str]], folder: str, name: str) -> str:
    """The largest elasticity of a table's figures; empty where none is among the heaviest."""
    some = [
        row["elasticity"]
        for row in weights
        if row["table"] == name
        and folder == (row["case"] if (bundled("models") / row["case"] / f"{name}.csv").exists() else "data")
    ]
    return max(some, key=lambda number: abs(float(number)), default="")


def _files() -> Iterator[tuple[str, str, list[Row]]]:
    """Folder, table and rows of every file."""
    models = bundled("models")
    folders = [bundled("data"), *find_cases().values()]
    folders += find_packs(models).values()
    for name, record in TABLES.items():
        for folder in folders:
            path = folder / f"{name}.csv"
            if path.exists():
                yield folder.name, name, _read(path, record)


def _read(path: Path, record: type[Row]) -> list[Row]:
    rows, _, faults = read_table(path, str(path), record)
    if faults:
        raise ValueError("\n".join(map(str, faults)))
    return rows


def _fields(row: Row) -> Iterator[tuple[str, str]]:
    """Single fields of a row that are weaker than the row, and why."""
    for part in filter(None, (part.strip() for part in row.assumed.split("|"))):
        field, _, reasoning = part.partition(":")
        yield field.strip(), " ".join(reasoning.split())


def _count(folder: str, name: str, rows: list[Row]) -> tuple[str, str, int, int, int, int, int]:
    """One line of the counts."""
    marks = Counter(row.confidence for row in rows)
    return (
        f"[{name}](#{name}-of-{folder})" if _groups(rows) else name,
        folder,
        len(rows),
        marks["sourced"],
        marks["background"],
        marks["assumption"],
        sum(len(list(_fields(row))) for row in rows),
    )


def _groups(rows: list[Row]) -> str:
    """What is assumed, each reasoning once with the rows it holds for; whole rows first."""
    weak: Groups = defaultdict(list)
    for row in rows:
        if row.confidence != "sourced":
            weak[row.confidence, " ".join(row.source.split())].append(_key(row))
    for row in rows:
        for field, reasoning in _fields(row):
            weak[f"field `{field}`", reasoning].append(_key(row))
    return "\n".join(
        f"- **{what}**, {len(keys)} row{'s' * (len(keys) > 1)}: {plain(reasoning)}<br>{_listed(keys)}"
        for (what, reasoning), keys in weak.items()
    )


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row.parts.values())


def _listed(keys: list[tuple[str, ...]]) -> str:
    """Keys, those that differ in their last field only in one."""
    gathered: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for *first, last in keys:
        gathered[tuple(first)].append(last)
    return "; ".join(
        "`" + " / ".join([*first, ", ".join(dict.fromkeys(last))]) + "`" for first, last in gathered.items()
    )
