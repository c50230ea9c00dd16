"""Plans as a workbook: what is printed, section by section, and the tables behind it as numbers."""

from __future__ import annotations

import io
import math
from typing import Any

import xlsxwriter

from optimizer.plans.long_tables import TABLES
from optimizer.plans.plan import BASE
from optimizer.questions.summary import Summary
from optimizer.workbook.write import SAFE

NAMES = {"decisions": "decisions", "orders": "awards", "stock": "stock", "limits": "limits"}
"""Tables of the base plan, by sheet: what to do, what is shipped by whom at which landed price, stock, limits."""
TOTAL = "cost_usd"
"""Column of the summary that the chart shows."""


def answer_of(summary: Summary) -> bytes:
    """What is said of plans as a workbook.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    bytes
        A sheet `said` with every section as it is printed, `scenarios` with the summary in numbers, and tables of the
        base plan.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, dict(SAFE))
    head = book.add_format({"bold": True, "bg_color": "#DDE6EE", "text_wrap": True, "valign": "top"})
    _said(book, summary, head)
    table = summary.table
    sheet = _table(book, "scenarios", table, head)
    if len(table):
        place = list(table.columns).index(TOTAL)
        chart = book.add_chart({"type": "bar"})
        rows = len(table)
        names = ["scenarios", 1, 0, rows, 1]
        chart.add_series({"name": TOTAL, "categories": names, "values": ["scenarios", 1, place, rows, place]})
        chart.set_title({"name": "Cost of every scenario and answer, USD"})
        chart.set_legend({"none": True})
        sheet.insert_chart(rows + 2, 0, chart, {"x_scale": 1.6, "y_scale": max(1.0, rows / 12)})
    outcome = summary.plans.outcomes.get(BASE)
    if outcome is not None:
        for name, table_name in NAMES.items():
            _table(book, name, outcome.labelled(TABLES[table_name].make(outcome)), head)
    book.close()
    return out.getvalue()


def _said(book: Any, summary: Summary, head: Any) -> None:
    """Every section as it is printed, one below the other."""
    sheet, row = book.add_worksheet("said"), 0
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 30, 14)
    bold = book.add_format({"bold": True})
    for section in summary.sections:
        if section.title:
            sheet.write_string(row, 0, section.title, bold)
            row += 1
        for column, field in enumerate(section.fields):
            sheet.write_string(row, column, field.heading.replace("\n", " "), head)
        row += bool(section.fields)
        for cells in section.cells():
            for column, text in enumerate(cells):
                sheet.write_string(row, column, str(text))
            row += 1
        for line in filter(None, (section.says, *section.legend, *section.notes)):
            sheet.write_string(row, 0, line)
            row += 1
        row += 1


def _table(book: Any, name: str, table: Any, head: Any) -> Any:
    """A table on a sheet, numbers as numbers, that a spreadsheet may add up: to 16 digits."""
    sheet = book.add_worksheet(name)
    for column, title in enumerate(table.columns):
        sheet.write_string(0, column, str(title), head)
        sheet.set_column(column, column, 15)
    for row, cells in enumerate(table.itertuples(index=False, name=None), 1):
        for column, value in enumerate(cells):
            if value is None or (isinstance(value, float) and not math.isfinite(value)):
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            elif hasattr(value, "__float__") and not isinstance(value, str):
                sheet.write_number(row, column, float(value))
            else:
                sheet.write_string(row, column, str(value))
    sheet.freeze_panes(1, 0)
    return sheet
