"""What is said of limits: what each counts where it binds, what is used pro rata, and what is bought."""

from __future__ import annotations

from typing import Any

from optimizer.plans.amounts import mass, percent
from optimizer.plans.limit_figures import SWING, Figures, figures
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import lines
from optimizer.plans.sections import Field, Section, number
from optimizer.plans.tables.limits import limit_use, limits


def limits_counted(outcome: Outcome, elsewhere: str) -> Section | None:
    """The limits of the base plan, each with the member nearest to its bound; None where there are none but on spend.

    Parameters
    ----------
    outcome : Outcome
    elsewhere : str
        What gives all of them.
    """
    it = Figures
    rows = [line for line in lines(figures(limits(outcome), limit_use(outcome))) if line[it.measure] != "spend"]
    told = [line for line in rows if line[it.nearest] or line[it.breach] > 0]
    if not told:
        return None
    swings = {f"{line[it.limit]} {line[it.window]}": line[it.swing] for line in rows if abs(line[it.swing]) > SWING}
    changes = ", ".join(f"{name} ({days:+,.0f} days of use)" for name, days in swings.items())
    warning = f"Stock changes by more than {SWING:g} days of use over the window of {changes}."
    return Section(
        "limits",
        "Limits of the base plan, each with the member nearest to its bound",
        (
            Field("limit", least=16),
            *(Field("member", rank=1), Field("window")),
            Field("bound"),
            *(number(heading, "as bound") for heading in ("counted", "used\npro rata", "bought")),
        ),
        tuple(
            (
                *(line[it.limit], line[it.member], line[it.window]),
                f"{'at most' if line[it.sense] == 'at_most' else 'at least'} {_said(line, it.bound)}",
                *(_said(line, column) for column in (it.counted, it.used, it.bought)),
            )
            for line in told
        ),
        says=warning if swings else "",
        elsewhere=elsewhere,
    )


def _said(line: Any, column: str) -> Any:
    """A bound or what is held against it; none where there is none."""
    value = line[column]
    if value != value:
        return None
    if line[Figures.measure] == "share":
        return percent(value, 1)
    return f"{value:.3f}" if line[Figures.measure] == "hhi" else mass(value)
