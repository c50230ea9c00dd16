"""What takes time at a border: licences that are granted by steps, and goods that are held without needing one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from optimizer.case.kinds import Country, Name, Number, Share, Stage, Whole
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.faults import WrongError

LONGEST_HOLD = 90
"""Days that goods may be held at most: in so many periods after they are sent the network has a place for them."""


class Grant(Row):
    """A step of what is granted, and after how long, of what is applied for on a day: by a control or its approval.

    Applications follow one another from the first day in force. Steps stand in place of `processing_days`.
    """

    key = ("control", "approval", "destination", "days")
    series = ("share",)

    control: Annotated[Name, Ref("controls")]
    """The control (export, content or end_use)."""
    approval: str = ""
    """One of its approvals, whose applicants these steps are for; empty: all whom none reaches."""
    destination: Country | None = None
    """Country for which these steps are, in place of those without one; a customer of `trade` counts where its sites
    lie; empty: any that no other row names (export and content)."""
    days: Annotated[Number, Field(ge=0, le=365)]
    """Days from application to grant."""
    share: Share
    """Share granted by then, rising with the days; the last may be less than 1. What is granted is approved as far as
    the control's approval, or the approval's share, says."""

    @model_validator(mode="after")
    def _for_one(self) -> Grant:
        if self.approval and self.destination:
            raise WrongError.of("destination", "nothing with an approval, which says whom", self.destination)
        return self


class Hold(Row):
    """How long goods wait at the border that a control leaves free, where they share a customs code with what it names.

    Customs ask for proof of what they hold. That is a delay and no refusal: they leave in order of time, and once it is
    over all of them leave. An event may change the days, also from 0.
    """

    key = ("control", "stage", "destination")
    series = ("days",)

    control: Annotated[Name, Ref("controls")]
    """The control (export), which holds them while it is in force."""
    stage: Annotated[Stage, Ref("stages")]
    """Stage of the goods, one of the control's: those of it wait that hold none of its elements."""
    destination: Country | None = None
    """Country to which they wait, in place of a row without one; empty: any that no other row names and the control
    restricts."""
    days: Annotated[Number, Field(ge=0, le=LONGEST_HOLD)]
    """Days that they wait before they leave."""
    lasts: Annotated[Whole, Field(ge=1, le=3650)] | None = None
    """Days from the control's first day in force for which it holds them; empty: as long as it is in force."""
