"""Projects: commitments with a lead time that open capacity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked, are_known, other_than
from optimizer.case.kinds import Amount, Day, Name, Number, Positive
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.case.topics.supply import Offer, Plant
from optimizer.faults import Fault, WrongError


class Project(Row):
    """A commitment with a lead time that opens capacity."""

    key = ("project",)
    series = ("cost", "capacity")
    befalls = ("capacity",)

    project: Name
    """Its name."""
    kind: Literal["qualify", "expand"]
    """`qualify`: a site may ship to the buyer's plants only when this is done; `expand`: adds to a plant."""
    site: Annotated[Name, Ref("sites")]
    """The supplier qualified, or where the plant is."""
    process: Annotated[Name, Ref("processes")] | None = None
    """The process expanded (expand only)."""
    capacity: Positive
    """Tonnes per year opened when the project is done in full: shipped to the buyer's plants, or of activity."""
    cost: Amount
    """USD for the whole project, due on the day it is begun: the first of its period, or `from` within that."""
    lead: Annotated[Number, Field(ge=0, le=240)]
    """Months from start to open: to the same day of the month, or its last; a part of a month is part of its days."""
    life: Positive | None = None
    """Years that what it adds lasts (expand only): it is charged for those within the horizon; empty: in full."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """Earliest start; empty: the first day."""
    done_from: Day | None = None
    """The day it is done without any further decision, where it is already under way."""

    def unread(self, column: str) -> str | None:
        """Why nothing reads a number of it: what is under way takes its time and its money without any decision."""
        if self.done_from is not None and column in ("cost", "lead"):
            return f"it is under way and done on {self.done_from}"
        return super().unread(column)

    @property
    def due(self) -> dt.date | None:
        """The day it is done where it is under way, else the first on which it may start."""
        return self.done_from or self.from_

    @model_validator(mode="after")
    def _process_where_expand(self) -> Project:
        if (self.kind == "expand") != (self.process is not None):
            raise WrongError("process: expected with kind 'expand' and only there", column="process")
        if self.kind == "qualify" and self.life is not None:
            raise WrongError("life: expected with kind 'expand' only: a qualification is paid in full", column="life")
        return self


@dataclass(frozen=True)
class ProjectsTables:
    """The tables of this topic."""

    projects: tuple[Project, ...] = ()


def _expansions(case: Checked) -> Iterator[Fault]:
    """Expansions of plants that are not there. Said only where all names are known: the others are faults already."""
    plants = {(row.site, row.process) for row in case.rows(Plant)}
    expanded = [(row.site, row.process, place) for row, place in case.placed(Project) if row.process is not None]
    if are_known(case, "processes", plants | {(site, process) for site, process, _ in expanded}):
        for site, process, place in expanded:
            if (site, process) not in plants:
                known = {some for where, some in plants if where == site}
                yield other_than(place, "process", f"a plant of {site!r}", process, known)


def _qualifications(case: Checked) -> Iterator[Fault]:
    """Qualifications of sites that ship nothing, or that are qualified already."""
    sellers = {row.site for row in case.rows(Plant)} | {row.site for row in case.rows(Offer)}
    sites = case.names("sites")
    qualified: dict[str, str] = {}
    for row, place in case.placed(Project):
        if row.kind != "qualify":
            continue
        if sites.has(row.site) and row.site not in sellers and sites.has(*sellers):
            yield other_than(place, "site", "a site that makes or sells something", row.site, sellers)
        if row.site in qualified:
            found = f"another in {qualified[row.site]}"
            yield Fault.of(place, "site", f"one qualification of {row.site!r}", found, "repeated")
        qualified[row.site] = place


CHECKS = (
    CaseCheck(_expansions, (Plant,)),
    CaseCheck(_qualifications, (Plant, Offer)),
)
"""What only shows when rows are read together."""
