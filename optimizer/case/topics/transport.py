"""Transport: routes between countries, and what is due on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import STAGES, Amount, AnyCountries, AnyCountry, Country, Day, Name, Number, Stages
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.case.topics.goods import Material
from optimizer.faults import Fault


class Route(Row):
    """What it costs and takes to move a tonne between two countries (or within one)."""

    key = ("from_country", "to_country", "mode", "stage")
    series = ("freight", "transit", "capacity")
    befalls = ("capacity",)

    from_country: Country
    """Where goods leave."""
    to_country: Country
    """Where they arrive."""
    freight: Amount
    """USD/t, door to door."""
    transit: Annotated[Number, Field(ge=0, le=180)]
    """Days door to door."""
    mode: Name | Literal[""] = ""
    """How goods go, where two countries have several ways, such as `sea` and `air`; empty: the only one, or one of its
    own."""
    stage: Stages = ()
    """Stages of the goods that may go this way; empty: all."""
    capacity: Amount | None = None
    """Tonnes a year that may go this way, all goods together; empty: without end. An event that sets it to 0 closes the
    way."""

    def unread(self, column: str) -> str | None:
        """Why nothing reads a number of this row; a capacity that is empty is one without end."""
        return None if column == "capacity" else super().unread(column)

    @property
    def goods(self) -> str:
        """The stages that may go this way, in one word; empty where all may."""
        return "; ".join(self.stage)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that may go this way, whether named or not."""
        return self.stage or STAGES


class Duty(Row):
    """An ad valorem duty; all that fit a shipment add up."""

    key = ("duty", "goods", "origin", "destination", "from_")
    series = ("rate",)
    steps = True
    alike = ("exempt",)

    duty: Name
    """Its name."""
    goods: Annotated[str, Ref("materials", "stages")]
    """A material or a stage."""
    origin: AnyCountry
    """Country the goods leave, or ``*``."""
    destination: Country
    """Country that levies it."""
    exempt: AnyCountries = ()
    """Countries whose goods pay none of it, by agreement or union."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this rate begins."""
    rate: Annotated[Number, Field(ge=0, le=5)]
    """Share of the material's unit value, or of the base."""
    base: Annotated[Name, Ref("formulas")] | None = None
    """Formula of indices that the goods are valued by instead, USD/t."""

    def fits(self, leaves: str, enters: str, material: Material) -> bool:
        """Whether it is due on a material that goes from one country to another.

        Parameters
        ----------
        leaves, enters : str
            Country codes.
        material : Material
        """
        taxed = self.origin in (leaves, "*") and leaves not in self.exempt
        return taxed and self.destination == enters and self.goods in (material.material, material.stage)


class ExportCharge(Row):
    """A charge on goods that leave a country, such as value added tax that is not refunded; all that fit add up."""

    key = ("charge", "goods", "origin", "from_")
    series = ("rate",)
    steps = True

    charge: Name
    """Its name."""
    goods: Annotated[str, Ref("materials", "stages")]
    """A material or a stage."""
    origin: Country
    """Country that levies it on what leaves."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this rate begins."""
    rate: Annotated[Number, Field(ge=0, le=5)]
    """Share of the value without the charge; unit values and spot prices of charged goods hold it."""


@dataclass(frozen=True)
class TransportTables:
    """The tables of this topic."""

    routes: tuple[Route, ...] = ()
    duties: tuple[Duty, ...] = ()
    export_charges: tuple[ExportCharge, ...] = ()


def _goods(case: Checked) -> Iterator[Fault]:
    """Goods of a duty or a charge that are a stage, and also a material of another."""
    stage = {row.material: row.stage for row in case.rows(Material)}
    taxed: tuple[tuple[Duty | ExportCharge, str], ...] = (*case.placed(Duty), *case.placed(ExportCharge))
    for row, place in taxed:
        if row.goods in STAGES and stage.get(row.goods, row.goods) != row.goods:
            found = f"{row.goods!r}, a stage and a material of stage {stage[row.goods]}; give that another name"
            yield Fault.of(place, "goods", "what means one thing", found, "inconsistent")


def _ways(case: Checked) -> Iterator[Fault]:
    """Rows of one way between two countries that the same goods may go."""
    found: dict[tuple[str, str, str, str], tuple[Route, str]] = {}
    for row, place in case.placed(Route):
        way = row.from_country, row.to_country, row.mode
        for stage in row.stages:
            other, there = found.setdefault((*way, stage), (row, place))
            if other is not row and other.stage != row.stage:
                expected = f"goods that have no row of this mode from {row.from_country} to {row.to_country} yet"
                yield Fault.of(place, "stage", expected, f"{stage}, which may go by that in {there}", "repeated")
                break


CHECKS: tuple[CaseCheck, ...] = (CaseCheck(_goods), CaseCheck(_ways))
"""What only shows when rows are read together."""
