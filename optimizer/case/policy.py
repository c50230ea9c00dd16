"""Records of rules: export controls by governments, limits by the buyer's own policy."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from optimizer.case.kinds import STAGES, Amount, AnyCountries, Countries, Day, Flag, Name, Number, Share, Stage, Words
from optimizer.case.rows import Row
from optimizer.faults import WrongError, closest, nearest


class Control(Row):
    """One rule of an export-control regime."""

    key = ("control",)
    series = ("approval", "quota", "processing_days", "threshold")

    control: Name
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
    elements: Words = ()
    """Elements that bring a material into scope; empty: every material of the stages."""
    stages: Annotated[Words, Field(min_length=1)]
    """Stages in scope; of a technology control, those of the main product of the plants it reaches."""
    inputs: Words = ()
    """Goods of an origin that count as content, each a stage (``metal``) or a stage and an element (``oxide Dy``);
    empty: all in scope (content and end_use)."""
    hs: Words = ()
    """Customs (HS) codes its text names; empty: none was found. No rule of the programme reads them."""
    destinations: Annotated[AnyCountries, Field(min_length=1)] = ("*",)
    """Countries it restricts, or ``*``."""
    end_uses: Words = ()
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
        if self.carried_by and self.kind != "note":
            raise WrongError("carried_by: expected only with kind 'note'", column="carried_by")
        if self.quota is not None and self.kind not in ("export", "content"):
            raise WrongError("quota: expected only with kind 'export' or 'content'", column="quota")
        if self.exporters != "each" and self.quota is None:
            raise WrongError("exporters: expected only with a quota", column="exporters")
        if self.technology and self.kind not in ("content", "end_use"):
            raise WrongError("technology: expected only with kind 'content' or 'end_use'", column="technology")
        if self.inputs and self.kind not in ("content", "end_use"):
            raise WrongError("inputs: expected only with kind 'content' or 'end_use'", column="inputs")
        return self

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

    approval: Name
    """Its name."""
    control: Name
    """The control it belongs to (export or content)."""
    exporter: str = "*"
    """Site or company that ships, or ``*``; goods in a country's pool have no exporter, only ``*`` reaches them."""
    customer: str = "*"
    """Site or company that receives, or ``*``."""
    affiliates: Annotated[Share, Field(gt=0)] | None = None
    """Companies held by the customer at this share or more are treated as it is; empty: only itself."""
    end_uses: Words = ()
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


class Limit(Row):
    """A policy bound on the share, volume or spend of a group, looked through to a stage."""

    key = ("limit", "from_")
    series = ("value", "penalty")
    steps = True

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
    materials: Words = ()
    """Materials counted; empty: all of the stage."""
    by: Literal["supplier", "country", "owner"]
    """What a member is."""
    member: str
    """A site or country, a group of the case, or ``each``: every member by itself."""
    exempt: str = ""
    """With ``each``: a group of the case whose members it does not bind."""
    window: Literal["period", "year", "horizon"]
    """What it is summed over."""
    from_: Annotated[Day, Field(alias="from")]
    """It binds windows that begin on or after this day."""
    until: Day | None = None
    """It does not bind windows that begin on or after this day."""
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
        return self
