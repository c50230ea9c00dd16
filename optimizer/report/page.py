"""The page as a whole, and the file it is written to."""

from __future__ import annotations

import os
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.manifest import REPORT, plan_of_page, read_manifest
from optimizer.folder.read import Written, read_plans
from optimizer.folder.swap import replace_file
from optimizer.folder.target import held, neighbour, said_of
from optimizer.folder.write import add_report
from optimizer.report.charts import chart_data
from optimizer.report.markup import Html, data, join, tag, text
from optimizer.report.sections import SECTIONS, footer
from optimizer.report.wording import asset


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
    return html_of(
        written.manifest.plan_sha256,
        title=f"{written.case.name}: {written.case.file.title}",
        heading=written.case.file.title,
        subject=f"Case {written.case.name}, {calendar.start} to {calendar.end}, {len(calendar.periods)} periods, "
        f"scenarios planned: {len(written.manifest.scenarios)}",
        sections=join(section(written) for section in SECTIONS),
        footer=footer(written),
        drawn=chart_data(written),
    )


def html_of(of: str, *, title: str, heading: str, subject: str, sections: Html, footer: Html, drawn: Any) -> str:
    """A page with the style and the charts of the report.

    Parameters
    ----------
    of : str
        Digest of what it is a report of.
    title, heading, subject : str
    sections, footer : Html
    drawn : object
        What its charts draw, as JSON can hold it; None where there are none, and no script.
    """
    style = Html(asset("page.css"))
    scripts = [] if drawn is None else [Html(asset(name)) for name in ("vendor/echarts.min.js", "page.js")]
    shown = {"data": data(drawn), "world": data_file("vendor/world.json")} if scripts else {}
    parts = {
        "scripts": " ".join(map(_source, scripts)) or "'none'",
        "styles": _source(style),
        "plan": text(of),
        "title": text(title),
        "heading": text(heading),
        "subject": text(subject),
        "sections": sections,
        "footer": footer,
        "style": style,
        "script": join(
            [
                *(tag("script", content, type="application/json", id=name) for name, content in shown.items()),
                *(tag("script", content) for content in scripts),
            ],
            "\n",
        ),
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
        File to write; by default `report.html` in the folder, which its manifest then lists.

    Returns
    -------
    Path
        The file written. It is written beside and then moved, so that no half-written page is ever seen.

    Raises
    ------
    InputError
        If the folder is none of ours or damaged, or the file cannot be written or holds something else.
    """
    read_manifest(folder)
    place = folder.resolve()
    target = (out if out is not None else folder / REPORT).resolve()
    if target == place / REPORT:
        with held(folder, place):
            return renew_report(folder)
    shown = Path(str(out))
    if place in target.parents:
        raise InputError(
            [
                Fault(
                    str(shown),
                    f"expected a file outside the folder of the plan, or its {REPORT}",
                    code="cannot-be-written",
                )
            ]
        )
    _check_target(target, shown)
    made = page(read_plans(folder))
    with said_of(shown):
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, made, neighbour(target, "page"))
    return shown


def renew_report(folder: Path) -> Path:
    """Write the report into its folder, which the caller holds; see `write_report`."""
    target = folder / REPORT
    _check_target(target, target)
    written = read_plans(folder)
    made = page(written)
    with said_of(target):
        add_report(folder, written.manifest, made)
    return target


def _check_target(target: Path, shown: Path) -> None:
    """Refuse to replace anything but a page of ours."""
    if target.is_dir():
        raise InputError([Fault(str(shown), "expected a file to write to, found a folder", code="cannot-be-written")])
    with said_of(shown):
        ours = not os.path.lexists(target) or plan_of_page(target) is not None
    if not ours:
        what = "expected a new file, or a page written before, found another file"
        raise InputError([Fault(str(shown), what, code="cannot-be-written")])
