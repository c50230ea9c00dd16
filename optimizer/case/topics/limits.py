"""Limits: bounds by the buyer's own policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked, Known
from optimizer.case.countries import meant_country
from optimizer.case.kinds import Amount, Day, Name, Stage, Words
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.case.topics.goods import Material
from optimizer.faults import Fault, WrongError


@dataclass(frozen=True)
class Scope:
    """What is counted: goods of a stage, all or some of them, in tonnes or (`spend`) in money.

    Parameters
    ----------
    stage : str
    materials : tuple of str
        Those that count; empty: all of the stage.
    measure : str
        As in the table of limits.
    """

    stage: str
    materials: tuple[str, ...] = ()
    measure: str = "volume"


class Limit(Row):
    """A policy bound on the share, volume or spend of a group, looked through to a stage."""

    key = ("limit", "from_")
    series = ("value", "penalty")
    steps = True
    alike = ("measure", "sense", "stage", "materials", "by", "member", "exempt", "window")

    limit: Name
    """Its name."""
    measure: Literal["share", "volume", "spend", "hhi"]
    """What is bounded: share of tonnes, tonnes per year, USD per year, or the sum of squared shares (at most). Spend is
    all that is paid to a member: prices and tolls, reservation fees, what is not taken, and projects at its sites."""
    sense: Literal["at_most", "at_least"]
    """Upper or lower bound."""
    value: Amount
    """The bound: 0 to 1 for a share or a sum of squared shares, else per year."""
    stage: Stage
    """Where it is measured."""
    materials: Annotated[Words, Ref("materials")] = ()
    """Materials counted; empty: all of the stage."""
    by: Literal["supplier", "country", "owner"]
    """What a member is."""
    member: str
    """A site or country, a group of the case, or ``each``: every member by itself."""
    exempt: Annotated[str, Ref("groups", word="")] = ""
    """With ``each``: a group of the case whose countries it does not bind (not with by `supplier`)."""
    window: Literal["period", "year", "horizon"]
    """What it is summed over."""
    from_: Annotated[Day, Field(alias="from")]
    """It binds windows that begin on or after this day."""
    until: Day | None = None
    """It does not bind windows that begin on or after this day, nor does an earlier row then."""
    penalty: Amount | None = None
    """What a unit of breach costs (USD per t, or per USD of spend); empty: hard. For `hhi`, a unit is a tonne by which
    the sum of squared tonnes over the volume exceeds the bound times the volume."""

    @model_validator(mode="after")
    def _share_within_one(self) -> Limit:
        if self.measure in ("share", "hhi") and self.value > 1:
            raise WrongError.of("value", "a share from 0 to 1", self.value, "out-of-range")
        if self.measure == "hhi" and (self.sense, self.member) != ("at_most", "each"):
            raise WrongError("measure: expected hhi with sense at_most and member each", column="measure")
        if self.exempt and self.member != "each":
            raise WrongError("exempt: expected only with member 'each'", column="exempt")
        if self.exempt and self.by == "supplier":
            said = "exempt: expected only with by 'country' or 'owner', as a group is one of countries"
            raise WrongError(said, column="exempt")
        return self

    @property
    def scope(self) -> Scope:
        """What it counts."""
        return Scope(self.stage, self.materials, self.measure)


@dataclass(frozen=True)
class LimitsTables:
    """The tables of this topic."""

    limits: tuple[Limit, ...] = ()


def _limits(case: Checked) -> Iterator[Fault]:
    """Limits that name nobody."""
    groups = case.file.groups
    members = {"supplier": case.names("sites"), "country": case.names("countries"), "owner": case.names("owners")}
    stage = {row.material: row.stage for row in case.rows(Material)}
    for row, place in case.placed(Limit):
        known = members[row.by] | Known(frozenset({"each", *(() if row.by == "supplier" else groups)}))
        if not known.has(row.member):
            close = meant_country(row.member) if row.by != "supplier" else None
            yield Fault.unknown(place, "member", row.by, row.member, known.names, suggest=close)
        for material in row.materials:
            if stage.get(material, row.stage) != row.stage:
                found = f"{material!r} of {stage[material]}"
                yield Fault.of(place, "materials", f"materials of stage {row.stage}", found)


CHECKS = (CaseCheck(_limits),)
"""What only shows when rows are read together."""
