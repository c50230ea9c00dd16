"""The page as a whole, and the file it is written to."""

from __future__ import annotations

import os
import tempfile
from base64 import b64encode
from hashlib import sha256
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
    style, charts, script = (Html(asset(name)) for name in ("page.css", "vendor/echarts.min.js", "page.js"))
    parts = {
        "scripts": f"{_source(charts)} {_source(script)}",
        "styles": _source(style),
        "title": text(f"{written.case.name}: {written.case.file.title}"),
        "heading": text(written.case.file.title),
        "subject": text(
            f"Case {written.case.name}, {calendar.start} to {calendar.end}, {len(calendar.periods)} periods, "
            f"scenarios planned: {len(written.manifest.scenarios)}"
        ),
        "sections": join(section(written) for section in SECTIONS),
        "footer": footer(written),
        "style": style,
        "data": data(chart_data(written)),
        "world": data_file("vendor/world.json"),
        "charts": charts,
        "script": script,
    }
    return Template(asset("page.html")).substitute(parts)


def _source(content: str) -> str:
    """What a content security policy calls the one element that holds this text."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


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
        raise InputError([Fault(str(target), f"cannot be written: {error.strerror}")]) from None
    return target


def _check_target(target: Path) -> None:
    """Refuse to replace anything but a page."""
    if target.is_dir():
        raise InputError([Fault(str(target), "expected a file to write to, found a folder")])
    try:
        found = target.read_bytes()[: len(START)] if target.exists() else START
    except OSError as error:
        raise InputError([Fault(str(target), f"cannot be read: {error.strerror}")]) from None
    if found.lower() != START:
        raise InputError([Fault(str(target), "expected a new file, or a page written before, found another file")])
