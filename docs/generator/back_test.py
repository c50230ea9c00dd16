"""The page on the back-test: its tables and its picture, from the files of the runs that decided."""

from __future__ import annotations

from collections.abc import Sequence

from docs.generator.markdown import head, joined, table
from optimizer.backtest.design import files, load_backtest, load_editions
from optimizer.backtest.forward import deposited
from optimizer.backtest.inputs import later_pages
from optimizer.backtest.record import FIRST, Record, Rows

SECOND = "second-run"
NAMES = {
    "eu": "European Union",
    "us": "United States",
    "kr": "South Korea",
    "in": "India",
    "jp": "Japan",
    "world": "world",
}
WIDTH, HEIGHT, LEFT, BOTTOM, MOST = 760, 320, 50, 280, 7000


def page() -> str:
    """The page on the back-test."""
    first, second = (Record.read(files() / name).tables for name in (FIRST, SECOND))
    parts = [
        head("back-test"),
        "## Months",
        "Tonnes of HS 85051110 that leave China, to the world. `foretold` is the first run at the middle of the grid, "
        "`low` to `high` its 80 % interval, `ex post A` fed with approvals as they were reported, `ex post B` with one "
        "number fitted beside; `second edition` as told below.",
        "![Foretold and observed](pictures/back-test.svg)",
        _months(first["months"], second["months"]),
        "## Buyers",
        "First day, from 4 April 2025 on, on which a sub-buyer misses magnets with Dy or Tb. Empty: no stop is "
        "foretold. Of the 81 points of the grid, `points` foretell one.",
        _stops(first["stops"], second["stops"]),
        "## Scores",
        "The median over the grid decides on a bar; the worst stands beside it. Tonnes a month for `world_error`, a "
        "share for `cells_error`, days for `peak_days` and `stop_error_days` (empty: no stop was hit).",
        _scores(first["scores"], second["scores"]),
        "Forecasts that anybody could have made, to be beaten:",
        table(
            ["forecast", "world, April to June", "world, April to December", "cells"],
            (row.values() for row in first["naive"]),
        ),
        "Shown apart, all of the first run, at the middle of the grid:",
        table(
            ["run", "world, April to June", "world, April to December", "cells", "buyers right", "t short"],
            (row.values() for row in first["apart"]),
        ),
        "## The second edition",
        *(f"{edition.reason.strip()} Source: {edition.source.strip()}" for edition in load_editions().values()),
        "## Inputs that were read on a later page",
        f"{len(later_pages(load_backtest().inputs))} of the {len(load_backtest().inputs)} rows of "
        "`data/back-test/inputs.csv`; each says why it could have been known on 3 April 2025.",
        table(["input", "page of", "why"], dict.fromkeys(_later())),
        "## Forward",
        head("back-test-forward"),
        _forward(),
    ]
    return joined(parts)


def _months(first: Rows, second: Rows) -> str:
    """Foretold beside observed."""
    own = ("month", "observed", "foretold", "low", "high", "inside", "ex_post_a", "ex_post_b")
    rows = [
        (*(row[name] for name in own), f"{other['foretold']} ({other['low']}-{other['high']})")
        for row, other in zip(first, second, strict=True)
    ]
    return table([*(name.replace("_", " ") for name in own), "second edition"], rows)


def _stops(first: Rows, second: Rows) -> str:
    """First days short."""
    own, others = (
        ("foretold", "earliest", "latest", "points_with_a_stop", "ex_post_a"),
        ("foretold", "points_with_a_stop"),
    )
    rows = [
        (NAMES[row["buyer"]], _window(row), *(row[name] for name in own), *(other[name] for name in others))
        for row, other in zip(first, second, strict=True)
    ]
    heads = ["buyer", "observed", "foretold", "earliest", "latest", "points", "ex post A"]
    return table([*heads, "second edition", "its points"], rows)


def _window(row: dict[str, str]) -> str:
    """Days in which a stop came."""
    if not row["first_day"]:
        return "none found"
    same = row["first_day"] == row["last_day"]
    return f"day {row['first_day']}" if same else f"days {row['first_day']}-{row['last_day']}"


def _scores(first: Rows, second: Rows) -> str:
    """Every score beside its bar."""
    own = ("bar_number", "run", "score", "bar", "median", "worst", "verdict")
    rows = [
        (*(row[name] for name in own), *(other[name] for name in own[-3:]))
        for row, other in zip(first, second, strict=True)
    ]
    heads = ["bar", "run", "score", "must be", "median", "worst", "verdict"]
    return table([*heads, "second edition", "its worst", "its verdict"], rows)


def _later() -> list[tuple[str, str, str]]:
    """Inputs of the forecast of a later page."""
    return [
        (f"`{row.table}`, {row.value or '; '.join(row.columns)}", str(row.page_date or "no day given"), row.why)
        for row in later_pages(load_backtest().inputs)
    ]


def _forward() -> str:
    """What is foretold of months that no page gave."""
    rows = [row for row in deposited() if row["month"] >= "2026-04"]
    months = dict.fromkeys(row["month"] for row in rows)
    cells = {(row["month"], row["destination"]): row for row in rows}
    world = [cells[month, "world"] for month in months]
    buyers = [name for name in NAMES if name != "world"]
    lines = [
        (month, row["foretold"], f"{row['low']}-{row['high']}", *(cells[month, name]["foretold"] for name in buyers))
        for month, row in zip(months, world, strict=True)
    ]
    return table(["month", "world", "80 % interval", *(NAMES[name] for name in buyers)], lines)


def picture() -> str:
    """Observed and foretold, as SVG."""
    first, second = (Record.read(files() / name).tables["months"] for name in (FIRST, SECOND))
    step = (WIDTH - LEFT - 20) / (len(first) - 1)

    def x(number: int) -> float:
        return LEFT + 5 + step * number

    def y(tonnes: str) -> float:
        return BOTTOM - (BOTTOM - 20) * float(tonnes) / MOST

    def line(rows: Sequence[dict[str, str]], name: str, style: str) -> str:
        points = " ".join(f"{x(n):.0f},{y(row[name]):.0f}" for n, row in enumerate(rows) if row[name])
        return f'<polyline points="{points}" fill="none" {style}/>'

    band = [f"{x(n):.0f},{y(row['low']):.0f}" for n, row in enumerate(first)]
    band += [f"{x(n):.0f},{y(row['high']):.0f}" for n, row in reversed(list(enumerate(first)))]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="11">',
        "<title>Magnets from China, tonnes a month: observed and foretold</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for tonnes in range(0, MOST + 1, 1000):
        at = y(str(tonnes))
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - 10}" y1="{at:.0f}" y2="{at:.0f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.0f}" text-anchor="end">{tonnes:,}</text>')
    parts += [
        f'<text x="{x(n):.0f}" y="{BOTTOM + 16}" text-anchor="middle">{row["month"]}</text>'
        for n, row in enumerate(first)
    ]
    drawn = (
        ("observed", first, "observed", 'stroke="#000" stroke-width="2.5"', "#000"),
        (
            "foretold, first run, with its 80 % interval",
            first,
            "foretold",
            'stroke="#1f5fa8" stroke-width="2"',
            "#1f5fa8",
        ),
        ("second edition", second, "foretold", 'stroke="#c2570c" stroke-width="2" stroke-dasharray="6 3"', "#c2570c"),
    )
    parts.append(f'<polygon points="{" ".join(band)}" fill="#1f5fa8" fill-opacity="0.18"/>')
    parts += [line(rows, name, style) for _, rows, name, style, _ in drawn]
    for number, (label, *_, colour) in enumerate(drawn):
        parts.append(f'<text x="{LEFT + 10 + 240 * number}" y="{HEIGHT - 6}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>", ""])
