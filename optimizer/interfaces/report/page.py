"""The page as a whole, and the file it is written to."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from string import Template

from optimizer.analysis.written import Written, read_plans
from optimizer.errors import Fault, InputError
from optimizer.interfaces.report.charts import chart_data
from optimizer.interfaces.report.markup import Html, data, join, text
from optimizer.interfaces.report.sections import SECTIONS, footer
from optimizer.interfaces.report.wording import asset

NAME = "report.html"
"""What the page is called where nothing else is said: it then goes with the folder it is about."""
START = b"<!doctype html>"


def page(written: Written) -> str:
    """The report of a written plan as one HTML page that loads nothing.

    Parameters
    ----------
    written : Written

    Returns
    -------
    str
    """
    calendar = written.case.calendar
    parts = {
        "title": text(f"{written.case.name}: {written.case.file.title}"),
        "heading": text(written.case.file.title),
        "subject": text(
            f"Case {written.case.name}, {calendar.start} to {calendar.end}, {len(calendar.periods)} periods, "
            f"scenarios planned: {len(written.manifest.scenarios)}"
        ),
        "sections": join(section(written) for section in SECTIONS),
        "footer": footer(written),
        "style": Html(asset("page.css")),
        "data": data(chart_data(written)),
        "world": data_file("vendor/world.json"),
        "charts": Html(asset("vendor/echarts.min.js")),
        "script": Html(asset("page.js")),
    }
    return Template(asset("page.html")).substitute(parts)


def data_file(name: str) -> Html:
    """A JSON file that ships with the report."""
    return Html(asset(name).strip())


def write_report(folder: Path, out: Path | None = None) -> Path:
    """Write the report of a folder written by ``lodestar plan --out``.

    Parameters
    ----------
    folder : Path
    out : Path, optional
        File to write; by default `report.html` in the folder.

    Returns
    -------
    Path
        The file written. It is written beside and then moved, so that no half-written page is ever seen.

    Raises
    ------
    InputError
        If the folder is none of ours or damaged, or the file cannot be written or holds something else.
    """
    target = out if out is not None else folder / NAME
    _check_target(target)
    made = page(read_plans(folder))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as beside:
            new = Path(beside) / "new"
            new.write_text(made, encoding="utf-8")
            os.replace(new, target)
    except OSError as error:
        raise InputError(
            [Fault(str(target), f"cannot be written: {error.strerror}", code="cannot-be-written")]
        ) from None
    return target


def _check_target(target: Path) -> None:
    """Refuse to replace anything but a page."""
    if target.is_dir():
        raise InputError([Fault(str(target), "expected a file to write to, found a folder", code="cannot-be-written")])
    try:
        found = target.read_bytes()[: len(START)] if target.exists() else START
    except OSError as error:
        raise InputError([Fault(str(target), f"cannot be read: {error.strerror}", code="cannot-be-read")]) from None
    if found.lower() != START:
        raise InputError(
            [
                Fault(
                    str(target),
                    "expected a new file, or a page written before, found another file",
                    code="cannot-be-written",
                )
            ]
        )
