"""Limits: bounds by the buyer's own policy."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked, Known
from optimizer.case.countries import COUNTRIES, meant_country
from optimizer.case.inside import Inside, counts_at_once, inside
from optimizer.case.kinds import ALL_BUT, Amount, Day, Days, Name, Stage, Words
from optimizer.case.references import MayName, Ref
from optimizer.case.rows import Row
from optimizer.case.topics.content import Origin
from optimizer.case.topics.goods import Material, Recipe
from optimizer.case.topics.stock import Stock
from optimizer.case.topics.supply import Offer
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
    alike = (
        *("measure", "sense", "stage", "materials", "by", "member", "exempt", "window", "path", "basis", "stock_days"),
    )

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
    member: Annotated[str, MayName("sites")]
    """A site or country, a group of the case, all countries but one or but a group (``not CN``), or ``each``: every
    member by itself."""
    exempt: Annotated[str, Ref("groups", word="")] = ""
    """With ``each``: a group of the case whose countries it does not bind (not with by `supplier`)."""
    window: Literal["period", "year", "horizon"]
    """What it is summed over. Where a later row begins inside it, the bound is the mean over its days."""
    path: Literal["step", "ramp"] = "step"
    """How the bound gets from this row's value to that of the limit's next row: on that row's day, as a law's does, or
    by an equal part of the way each month from this row's day on."""
    from_: Annotated[Day, Field(alias="from")]
    """It binds windows that begin on or after this day."""
    until: Day | None = None
    """It does not bind windows that begin on or after this day, nor does an earlier row then."""
    basis: Literal["use", "purchases"] = "use"
    """What counts. `use`: what is delivered, consumed, or stands inside what is delivered, whenever it was bought; of
    concentrates and scrap what is drawn. `purchases`: what is made or bought in the window, used or not. Spend always
    counts what is paid."""
    stock_days: Days = 180.0
    """Of `use`: in stock when a window begins, goods count as bought in that many days before it at most, whole periods
    (so stock of goods that a limit favours cannot be saved up for its window)."""
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
    def per_year(self) -> bool:
        """Whether its bound is a rate per year."""
        return self.measure in ("volume", "spend")

    @property
    def scope(self) -> Scope:
        """What it counts."""
        return Scope(self.stage, self.materials, self.measure)

    @property
    def counts_use(self) -> bool:
        """Whether it counts what is used."""
        return self.basis == "use" and self.measure != "spend"


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
        but = row.by != "supplier" and row.member.removeprefix(ALL_BUT) in {*COUNTRIES, *groups}
        if not known.has(row.member) and not (but and row.member.startswith(ALL_BUT)):
            close = meant_country(row.member) if row.by != "supplier" else None
            yield Fault.unknown(place, "member", row.by, row.member, known.names, suggest=close)
        for material in row.materials:
            if stage.get(material, row.stage) != row.stage:
                found = f"{material!r} of {stage[material]}"
                yield Fault.of(place, "materials", f"materials of stage {row.stage}", found)


def _ramps(case: Checked) -> Iterator[Fault]:
    """Ramps that lead nowhere."""
    rows = Counter(row.limit for row in case.rows(Limit))
    for row, place in case.placed(Limit):
        if row.path == "ramp" and rows[row.limit] == 1:
            later = f"a later row of {row.limit} that its ramp leads to"
            what = f"path: expected {later}, found none"
            yield Fault(place, what, code="missing-rows", column="path", expected=later)


def _followed(case: Checked, limit: Limit) -> Inside | None:
    """What a limit follows into which goods, by the recipes; None where some of their names are unknown."""
    materials = {row.material: row for row in case.rows(Material)}
    recipes: dict[str, dict[str, float]] = defaultdict(dict)
    for row in case.rows(Recipe):
        recipes[row.recipe][row.material] = row.tonnes
    if not {*limit.materials, *(name for lines in recipes.values() for name in lines)} <= set(materials):
        return None
    counted = set(limit.materials or (name for name, row in materials.items() if row.stage == limit.stage))
    sold = {row.offer: row.material for row in case.rows(Offer)}
    declared: dict[str, float] = defaultdict(float)
    for origin in case.rows(Origin):
        if origin.material in counted and sold.get(origin.offer) in materials:
            declared[origin.offer] += origin.tonnes
    inner = [(sold[offer], tonnes) for offer, tonnes in declared.items()]
    return inside(counted, limit.stage, recipes, materials, inner)


def _concentration(case: Checked) -> Iterator[Fault]:
    """Sums of squared shares in the use of goods that go into others."""
    for row, place in case.placed(Limit):
        if row.measure == "hhi" and row.counts_use:
            within = _followed(case, row)
            if within is not None and (within.tonnes or counts_at_once(row.stage)):
                most = (
                    f"purchases, as goods of stage {row.stage} go into others and are not followed supplier by supplier"
                )
                yield Fault.of(place, "basis", most, row.basis)


def _origins(case: Checked) -> Iterator[Fault]:
    """Opening stock without an origin of goods whose use a limit counts, by themselves or inside others."""
    held = [(row, place) for row, place in case.placed(Stock) if row.opening > 0 and row.origin is None]
    limits = {row.limit: row for row in case.rows(Limit) if row.counts_use and row.by != "supplier"} if held else {}
    followed = {name: within for name, row in limits.items() if (within := _followed(case, row)) is not None}
    for row, place in held:
        reaching = next((name for name, within in followed.items() if within.of(row.material)), None)
        if reaching is not None:
            yield Fault.of(
                place, "origin", f"the country where it was made, as limit {reaching!r} counts its use", "none"
            )


CHECKS = (
    CaseCheck(_limits),
    CaseCheck(_ramps, (Limit,)),
    CaseCheck(_concentration, (Material, Recipe)),
    CaseCheck(_origins, (Material, Recipe)),
)
"""What only shows when rows are read together."""
