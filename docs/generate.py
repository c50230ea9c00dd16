"""Write the pages that follow from the code and the data, so that they cannot say anything else.

``python -m docs.generate`` writes them; with ``--check`` it names those that are out of date and exits with 1. The page
of questions solves some two hundred plans and is written with ``--questions`` only; a slow test compares its figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from docs.generator import assumptions, back_test, formats, formulation, openapi, questions, results, scenarios, studies

FOLDER = Path(__file__).resolve().parent
NOTICE = "<!-- Written by `make docs` from the code and the data. Change those, or docs/generator/, not this page. -->"
PAGES: dict[str, Callable[[], str]] = {
    "assumptions.md": assumptions.page,
    "back-test.md": back_test.page,
    "formats.md": formats.page,
    "formulation.md": formulation.page,
    "results.md": results.page,
    "scenarios.md": scenarios.page,
    "studies.md": studies.page,
}
"""Every generated page with a head, by file name."""


def pages() -> dict[Path, str]:
    """Every generated page, the picture of the back-test, the OpenAPI document: where each stands and what it says."""
    written = {FOLDER / name: f"{NOTICE}\n\n{make()}" for name, make in PAGES.items()}
    drawn = {FOLDER / "pictures" / "back-test.svg": back_test.picture()} if "back-test.md" in PAGES else {}
    return {**written, **drawn, FOLDER / "openapi.json": openapi.page()}


def out_of_date() -> list[str]:
    """Names of the pages that do not say what they should."""
    return [
        path.name
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8").splitlines() != text.splitlines()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or check them.

    Parameters
    ----------
    arguments : sequence of str, optional
        Of the command line.

    Returns
    -------
    int
        Exit code: 1 if a page checked is out of date.
    """
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only name the pages that are out of date")
    parser.add_argument("--questions", action="store_true", help="write the page of questions, and only that")
    given = parser.parse_args(arguments)
    if given.questions:
        (FOLDER / "questions.md").write_text(f"{NOTICE}\n\n{questions.page()}", encoding="utf-8")
        return 0
    if given.check:
        stale = out_of_date()
        for name in stale:
            print(f"docs/{name} is out of date; run: make docs", file=sys.stderr)
        return int(bool(stale))
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
