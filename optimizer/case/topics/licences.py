"""Licences: export controls by governments, and how they treat some applicants otherwise than others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.control_kinds import BORDER, check_fields, none_of
from optimizer.case.countries import COUNTRIES
from optimizer.case.granting import Grant, Hold
from optimizer.case.kinds import (
    ELEMENTS,
    STAGES,
    Amount,
    AnyCountries,
    ApprovalName,
    ControlName,
    Countries,
    Country,
    Day,
    EndUses,
    Flag,
    Name,
    Number,
    Share,
    Stage,
    Whole,
    Words,
)
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row
from optimizer.case.topics.supply import Site
from optimizer.faults import Fault, WrongError, closest, nearest


class Control(Row):
    """One rule of an export-control regime."""

    key = ("control",)
    series = (
        "approval",
        "quota",
        "processing_days",
        "threshold",
        "headroom",
        "new_business",
        "detection",
        "application_cost",
        "multiple",
    )

    control: Annotated[ControlName, Defines("controls")]
    """Its name."""
    kind: Literal["export", "content", "end_use", "technology", "note"]
    """`export`: leaving an origin; `content`: leaving a third country with exposed goods; `end_use`: serving one;
    `technology`: adding capacity with an origin's technology; `note`: no effect here, listed for its dates only."""
    authority: str
    """Who issued it."""
    number: str = ""
    """Short official number, such as ``No. 18/2025``; empty: it has none."""
    citation: str
    """Number and date."""
    origin: Annotated[Countries, Field(min_length=1)]
    """Countries whose goods it reaches."""
    elements: Annotated[Words, Ref("elements")] = ()
    """Elements that bring a material into scope; empty: every material of the stages (not with technology)."""
    stages: Annotated[Words, Field(min_length=1)]
    """Stages in scope; of a technology control, those of the main product of the plants it reaches."""
    inputs: Words = ()
    """Goods of an origin that count as content, each a stage (``metal``) or a stage and an element (``oxide Dy``);
    empty: all in scope (content and end_use)."""
    hs: Words = ()
    """Customs (HS) codes its text names; empty: none was found. No rule of the programme reads them."""
    destinations: Annotated[AnyCountries, Field(min_length=1)] = ("*",)
    """Countries it restricts, or ``*``; of an end use, those of the plants that want it."""
    end_uses: EndUses = ()
    """End uses it restricts (end_use only)."""
    threshold: Share = 0.0
    """Value share of exposed content at which it bites; 1: no content counts (content and end_use)."""
    technology: Flag = False
    """True: goods made with technology of an origin are exposed too, wherever they are made (content and end_use)."""
    announced: Day | None = None
    """The day it was made public."""
    effective: Day
    """The day it takes effect."""
    suspended_from: Day | None = None
    """The day its suspension began."""
    suspended_until: Day | None = None
    """The day it applies again; empty: not known, so suspended to the end."""
    expires: Day | None = None
    """The day it ends."""
    approval: Share
    """Share licensed of the reference (export and content), of what is wanted (end_use), or of what would be added to a
    plant (technology); 1 with note."""
    validity_days: Annotated[Whole, Field(ge=1, le=3650)] = 365
    """Days for which a licence may be used: what is licensed and not shipped is carried for so long (export and
    content)."""
    headroom: Annotated[Number, Field(ge=0, le=100)] = 1.0
    """What may be licensed of the reference at an approval of 1: 1 is normal trade and no more, so that nobody may
    build stock ahead (export and content). A row of `trade` overrides it."""
    new_business: Amount = 0.0
    """What may be licensed at an approval of 1 where the reference is 0, t/year for each origin, destination and group
    (export and content)."""
    quota: Amount | None = None
    """Most that is licensed, t/year, whoever licensed it; every tonne counts, also those under a general licence.
    Empty: none (export and content)."""
    exporters: Literal["each", "together"] = "each"
    """Whom the quota is for: `each` place and licence group by itself, or all of a country `together`, whatever it
    sends of what is in scope."""
    processing_days: Annotated[Number, Field(ge=0, le=365)] = 0.0
    """Days from application to licence: nothing passes for so long once it takes effect, or a plant's step begins. Rows
    of `grants` stand in its place."""
    waits: Literal["made_later", "at_exporter"] = "made_later"
    """Where goods are whose licence is not granted yet: `made_later`, so that those of the wait never leave, or
    `at_exporter`, applied for, so that they leave once grants begin, in order of time (export)."""
    multiple: Annotated[Number, Field(ge=1, le=10)] = 1.0
    """With `waits` `at_exporter`: most that is decided on a day, over what is normally shipped on it."""
    application_cost: Amount = 0.0
    """What applying costs, USD for each tonne that leaves under a licence, also by an approval (export and content)."""
    detection: Share = 1.0
    """Share of what it reaches abroad that is detected: of the rest nobody asks for a licence. Who is named in its
    `approvals` declares what he sends or gets, and is not counted here. Below 1 every cost counts on non-enforcement
    (content)."""
    running_days: Annotated[Number, Field(ge=0)] | None = None
    """Days in force after which lines that run on an origin's technology run only as far as it approves parts for them;
    empty: never (technology)."""
    carried_by: str = ""
    """Where a note takes effect instead, such as ``duties: us-301-magnets``; empty: nowhere (note only)."""
    adopted: Flag = True
    """False: proposed or hypothetical, no adopted text is known. Only what is shown depends on it."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Control:
        pairs = (("announced", "effective"), ("effective", "expires"), ("suspended_from", "suspended_until"))
        for first, second in pairs:
            a, b = getattr(self, first), getattr(self, second)
            if a is not None and b is not None and b < a:
                raise WrongError.of(second, f"on or after {first} ({a})", b, "wrong-order")
        if self.suspended_until is not None and self.suspended_from is None:
            raise WrongError("suspended_from: expected with suspended_until, found nothing", column="suspended_from")
        if (self.kind == "end_use") != bool(self.end_uses):
            raise WrongError("end_uses: expected with kind 'end_use' and only there", column="end_uses")
        for field, named in (("stages", self.stages), ("inputs", tuple(words.split()[0] for words in self.inputs))):
            for stage in named:
                if stage not in STAGES:
                    what = f"{field}: no such stage: {stage!r}. {nearest(stage, STAGES)}"
                    parts = {"column": field, "found": stage, "known": STAGES, "suggest": closest(stage, STAGES)}
                    raise WrongError(what, "unknown-name", **parts)
        return self

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Control:
        check_fields(self)
        return self

    def unread(self, column: str) -> str | None:
        """Why nothing reads a number of it: it restricts nothing, or is of a kind that has no such number."""
        if column == "multiple" and self.waits == "made_later":
            return "nothing waits at the exporter"
        return none_of(self.kind, column) or super().unread(column)

    def suspended_on(self, day: dt.date) -> bool:
        """Whether its suspension covers a day."""
        if self.suspended_from is None or day < self.suspended_from:
            return False
        return self.suspended_until is None or day < self.suspended_until

    def applies_on(self, day: dt.date) -> bool:
        """Whether it is in force on a day, as its dates stand: from `effective` to before `expires`, not suspended."""
        ended = self.expires is not None and day >= self.expires
        return self.effective <= day and not ended and not self.suspended_on(day)


class Approval(Row):
    """How a control treats some applicants otherwise than others: a general licence, a class of them, a listed entity.

    They leave the licences of all, with their part of the reference, as far as the approval covers it. Where several
    rows reach a shipment on a day, the one that licenses least holds (a listing prevails over a general licence).
    """

    key = ("approval",)
    series = ("share", "covers", "processing_days")

    approval: ApprovalName
    """Its name."""
    control: Annotated[Name, Ref("controls")]
    """The control it belongs to (export or content)."""
    exporter: Annotated[str, Ref("sites", "companies", word="*")] = "*"
    """Site or company that ships, or ``*``; goods in a country's pool have no exporter, only ``*`` reaches them."""
    customer: Annotated[str, Ref("sites", "companies", "parents", word="*")] = "*"
    """Site or company that receives, or ``*``."""
    affiliates: Annotated[Share, Field(gt=0)] | None = None
    """Companies held by the customer at this share or more, and those that these hold so, are treated as it is; empty:
    only itself. What the customers of several rows that say the same hold of one company counts together."""
    end_uses: EndUses = ()
    """Only sites all of whose demand is for these end uses; empty: any site."""
    share: Share
    """Share licensed of what it covers: 1 with a general licence, 0 for listed entities. Whom a licence of less than 1
    reaches gets of the licences of all only what it does not cover."""
    covers: Share = 1.0
    """Share of their reference that this holds for; for the rest the control's own approval does."""
    quantity: Amount | None = None
    """Most that goes under it, t/year, pro rata in each period, to all whom it reaches together; empty: no bound but
    its share of the reference."""
    processing_days: Annotated[Number, Field(ge=0, le=365)] = 0.0
    """Days from its first day, or the control's, to the first licence."""
    from_: Annotated[Day, Field(alias="from")]
    """First day."""
    until: Day | None = None
    """First day it no longer holds; empty: to the end."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Approval:
        if self.until is not None and self.until <= self.from_:
            raise WrongError.of("until", f"a day after from ({self.from_})", self.until, "wrong-order")
        if self.affiliates is not None and self.customer == "*":
            raise WrongError("affiliates: expected only with a customer by name", column="affiliates")
        return self


class Trade(Row):
    """What is normally shipped under a control: the reference that its approval is a share of, moved with the demand.

    Where no row names an origin, destination and group, the reference is what the plan ships with licences lifted.
    """

    key = ("control", "origin", "destination", "customer", "group")

    control: Annotated[Name, Ref("controls")]
    """The control (export or content)."""
    origin: Country
    """Country that the goods leave."""
    destination: Country | None = None
    """Country that they go to; empty with a customer."""
    customer: Annotated[str, Ref("sites", "companies", word="")] = ""
    """Site or company that they go to, counted by itself; empty with a destination."""
    group: Annotated[Stage, Ref("stages")]
    """Stage of the goods, one of the control's; all exporters and goods of it count together."""
    tonnes: Amount
    """Tonnes of a past year, t/year."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day of the year that the tonnes are of; only told."""
    basis: Literal["buyer", "market"] = "buyer"
    """Whose tonnes they are: this `buyer`'s, or all that went there, the `market`'s, of which it has its `share`."""
    share: Annotated[Share, Field(gt=0)] | None = None
    """This buyer's share of them; only with basis `market`, and always there."""
    headroom: Annotated[Number, Field(ge=0, le=100)] | None = None
    """In place of the control's `headroom`; empty: that."""

    @model_validator(mode="after")
    def _one_receiver_and_one_share(self) -> Trade:
        if (self.destination is None) == (not self.customer):
            found = "both" if self.customer else "neither"
            raise WrongError(f"destination: expected a destination or a customer, found {found}", column="destination")
        if (self.share is None) == (self.basis == "market"):
            found = "none" if self.share is None else f"{self.share:g}"
            what = f"share: expected with basis 'market' and only there, found {found} with {self.basis!r}"
            raise WrongError(what, column="share")
        return self

    @property
    def rate(self) -> float:
        """Tonnes a year that are this buyer's."""
        return self.tonnes * (1.0 if self.share is None else self.share)

    @property
    def receiver(self) -> str:
        """Country, site or company that the goods go to."""
        return self.customer or str(self.destination)


@dataclass(frozen=True)
class LicencesTables:
    """The tables of this topic."""

    controls: tuple[Control, ...] = ()
    approvals: tuple[Approval, ...] = ()
    trade: tuple[Trade, ...] = ()
    grants: tuple[Grant, ...] = ()
    holds: tuple[Hold, ...] = ()


def _controls(case: Checked) -> Iterator[Fault]:
    """Controls whose inputs name no element."""
    for row, place in case.placed(Control):
        for _, *elements in map(str.split, row.inputs):
            for element in elements:
                if element not in ELEMENTS:
                    yield Fault.unknown(place, "inputs", "element", element, ELEMENTS)


def _approvals(case: Checked) -> Iterator[Fault]:
    """Approvals of a control that licenses nothing at a border."""
    kinds = {row.control: row.kind for row in case.rows(Control)}
    for row, place in case.placed(Approval):
        if (kind := kinds.get(row.control, "export")) not in BORDER:
            yield Fault.of(place, "control", "one of kind 'export' or 'content'", f"{row.control!r} of {kind!r}")


def _trade(case: Checked) -> Iterator[Fault]:
    """Trade that its control does not govern, or that two rows count."""
    controls = {row.control: row for row in case.rows(Control)}
    company = {row.site: row.company for row in case.rows(Site)}
    seen = {(row.control, row.origin, row.customer, row.group) for row in case.rows(Trade)}
    for row, place in case.placed(Trade):
        if (control := controls.get(row.control)) is None:
            continue
        if control.kind not in BORDER:
            what = f"{row.control!r} of {control.kind!r}"
            yield Fault.of(place, "control", "one of kind 'export' or 'content'", what)
            continue
        inside = row.origin in control.origin
        if inside != (control.kind == "export"):
            whose = "an origin" if control.kind == "export" else "no origin"
            yield Fault.of(place, "origin", f"{whose} of {row.control} ({'; '.join(control.origin)})", row.origin)
        if row.group not in control.stages:
            yield Fault.of(place, "group", f"a stage of {row.control} ({'; '.join(control.stages)})", repr(row.group))
        if row.destination and (
            row.destination in (row.origin, *control.origin) or not _restricts(control, row.destination)
        ):
            yield Fault.of(place, "destination", f"a country that {row.control} restricts", row.destination)
        if row.customer in COUNTRIES:
            yield Fault.of(place, "customer", "a name that is no country's code", repr(row.customer))
        of = company.get(row.customer, "")
        if of != row.customer and (row.control, row.origin, of, row.group) in seen and of:
            yield Fault.of(
                place, "customer", f"trade that is counted once; a row counts all of {of}", repr(row.customer)
            )


def _grants(case: Checked) -> Iterator[Fault]:
    """Steps of grants that nobody can take, that fall, or that stand beside processing days."""
    controls = {row.control: row for row in case.rows(Control)}
    approvals = {row.approval: row for row in case.rows(Approval)}
    highest: dict[tuple[str | None, ...], float] = {}
    for row, place in sorted(case.placed(Grant), key=lambda some: some[0].days):
        if (control := controls.get(row.control)) is None:
            continue
        kinds = BORDER if row.approval or row.destination else (*BORDER, "end_use")
        if control.kind not in kinds:
            expected = f"one of kind {' or '.join(map(repr, kinds))}"
            yield Fault.of(place, "control", expected, f"{row.control!r} of {control.kind!r}")
        own = {name for name, some in approvals.items() if some.control == row.control}
        if row.approval and row.approval not in own:
            yield Fault.unknown(place, "approval", f"approval of {row.control}", row.approval, own)
            continue
        waits = approvals[row.approval] if row.approval else control
        if waits.processing_days:
            whose = f"{row.approval or row.control} to have processing_days 0 beside steps of grants"
            yield Fault.of(place, "days", whose, f"{waits.processing_days:g}")
        if row.destination and (row.destination in control.origin or not _restricts(control, row.destination)):
            yield Fault.of(place, "destination", f"a country that {row.control} restricts", row.destination)
        of = row.control, row.approval, row.destination
        if row.share < (before := highest.setdefault(of, row.share)):
            yield Fault.of(place, "share", f"a share of at least {before:g}, that of fewer days", row.share)
        highest[of] = max(before, row.share)


def _holds(case: Checked) -> Iterator[Fault]:
    """Holds of goods that their control does not find at the border, or that no country gets."""
    controls = {row.control: row for row in case.rows(Control)}
    for row, place in case.placed(Hold):
        if (control := controls.get(row.control)) is None:
            continue
        if control.kind != "export":
            yield Fault.of(place, "control", "one of kind 'export'", f"{row.control!r} of {control.kind!r}")
        if row.stage not in control.stages:
            yield Fault.of(place, "stage", f"a stage of {row.control} ({'; '.join(control.stages)})", repr(row.stage))
        if not control.elements:
            what = f"a control that names elements, so that it leaves some {row.stage} free"
            yield Fault.of(place, "control", what, f"{row.control!r}, which names none")
        if row.destination and (row.destination in control.origin or not _restricts(control, row.destination)):
            yield Fault.of(place, "destination", f"a country that {row.control} restricts", row.destination)


def _restricts(control: Control, country: str) -> bool:
    """Whether a control names a country as one that it restricts."""
    return not {"*", country}.isdisjoint(control.destinations)


CHECKS = (
    CaseCheck(_trade, (Control, Site)),
    CaseCheck(_controls),
    CaseCheck(_approvals, (Control,)),
    CaseCheck(_grants, (Control, Approval)),
    CaseCheck(_holds, (Control,)),
)
"""What only shows when rows are read together."""
