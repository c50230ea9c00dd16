"""What the command prints on a screen of some width."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., str]
COSTS = ("react", "cash", "penalties", "against", "foresight", "ahead", "unprepared")
"""Columns of costs, as they are called here."""


def costs_of(text: str) -> dict[str, dict[str, str]]:
    """The printed table of costs, by scenario: its costs, and `short`; the title is left out."""
    (table,) = re.findall(r"^Cost and service$(.*?)^The most damaging first", text, re.MULTILINE | re.DOTALL)
    found = {}
    for line in table.splitlines():
        words = line.split()
        level = next((n for n, word in reversed(list(enumerate(words))) if re.fullmatch(r"\d+\.\d%", word)), 0)
        if level >= len(COSTS):
            cells = words[level - len(COSTS) : level]
            found[words[0]] = dict(zip(COSTS, cells, strict=True)) | {"short": words[level + 1]}
    return found


def scenario(folder: Path, name: str, *events: str) -> str:
    """A scenario as a file: each event as table, where, operation and from, in YAML."""
    path = folder / f"{name}.yaml"
    head = f"name: {name}\ntitle: '{name} [or so]'\nprobability: 0.015\nannounced: 2027-04-10\nsource: test\nevents:\n"
    path.write_text(head + "".join(f"- {{what: event of {name}, {event}}}\n" for event in events))
    return str(path)


def well_set(text: str, width: int) -> None:
    """No line too long or with blanks at its end, no two empty lines together, none at either end."""
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []
    assert "\n\n\n" not in text
    assert lines[0]
    assert lines[-1]
