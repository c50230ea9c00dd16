"""Licences: export controls by governments, and how they treat some applicants otherwise than others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import (
    ELEMENTS,
    STAGES,
    Amount,
    AnyCountries,
    ApprovalName,
    ControlName,
    Countries,
    Day,
    EndUses,
    Flag,
    Name,
    Number,
    Share,
    Words,
)
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row
from optimizer.faults import Fault, WrongError, closest, nearest


class Control(Row):
    """One rule of an export-control regime."""

    key = ("control",)
    series = ("approval", "quota", "processing_days", "threshold")

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
    """Share of what could be exported, is wanted, or would be added to a plant, that is licensed; 1 with note."""
    quota: Amount | None = None
    """Most that is licensed, t/year, whoever licensed it; every tonne counts, also those under a general licence.
    Empty: none (export and content)."""
    exporters: Literal["each", "together"] = "each"
    """Whom the quota is for: `each` place and licence group by itself, or all of a country `together`, whatever it
    sends of what is in scope."""
    processing_days: Annotated[Number, Field(ge=0, le=365)] = 0.0
    """Days from application to licence: nothing passes for so long once it takes effect, or a plant's step begins."""
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
        if self.kind == "note" and self.approval != 1:
            raise WrongError(
                f"approval: expected 1 with kind 'note', which restricts nothing, found {self.approval:g}",
                column="approval",
            )
        if self.kind == "note" and self.processing_days:
            said = f"expected 0 with kind 'note', for which nobody waits, found {self.processing_days:g}"
            raise WrongError(f"processing_days: {said}", column="processing_days")
        if self.carried_by and self.kind != "note":
            raise WrongError("carried_by: expected only with kind 'note'", column="carried_by")
        if self.quota is not None and self.kind not in ("export", "content"):
            raise WrongError("quota: expected only with kind 'export' or 'content'", column="quota")
        if self.exporters != "each" and self.quota is None:
            raise WrongError("exporters: expected only with a quota", column="exporters")
        if self.technology and self.kind not in ("content", "end_use"):
            raise WrongError("technology: expected only with kind 'content' or 'end_use'", column="technology")
        if self.threshold and self.kind not in ("content", "end_use"):
            raise WrongError("threshold: expected only with kind 'content' or 'end_use'", column="threshold")
        if self.inputs and self.kind not in ("content", "end_use"):
            raise WrongError("inputs: expected only with kind 'content' or 'end_use'", column="inputs")
        if self.elements and self.kind == "technology":
            said = "elements: expected only with another kind than 'technology', which reaches plants by stage"
            raise WrongError(said, column="elements")
        return self

    def unread(self, column: str) -> str | None:
        """Why nothing reads a number of it: it restricts nothing, or is of a kind that has no such number."""
        if self.kind == "note":
            return "a note restricts nothing"
        if column == "threshold" and self.kind not in ("content", "end_use"):
            return f"a control of kind {self.kind!r} has no threshold"
        return super().unread(column)

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

    Where several rows reach a shipment on a day, the one that lets the least through holds if that is less than the
    control itself does (a listing prevails over a general licence), and else the one that lets the most through.
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
    """Share of what they could be sent that is licensed: 1 with a general licence, 0 for listed entities."""
    covers: Share = 1.0
    """Share of their trade that this holds for; for the rest the control's own approval does."""
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


@dataclass(frozen=True)
class LicencesTables:
    """The tables of this topic."""

    controls: tuple[Control, ...] = ()
    approvals: tuple[Approval, ...] = ()


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
        if (kind := kinds.get(row.control, "export")) not in ("export", "content"):
            yield Fault.of(place, "control", "one of kind 'export' or 'content'", f"{row.control!r} of {kind!r}")


CHECKS = (
    CaseCheck(_controls),
    CaseCheck(_approvals, (Control,)),
)
"""What only shows when rows are read together."""
