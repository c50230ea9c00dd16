"""Days of which one is that of a scenario, where nobody knows which."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimizer.case.calendar import add_months
from optimizer.case.kinds import Day
from optimizer.faults import WrongError

MOST = 60
"""Most days of one scenario."""


class Dates(BaseModel):
    """Days on which news may come, one as likely as another."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    from_: Annotated[Day, Field(alias="from")]
    """The first; events are written for it."""
    until: Day
    """None is later."""
    every: Annotated[str, Field(pattern=r"^[1-9][0-9]? months?$")]
    """Months from one to the next, as `3 months`."""

    @model_validator(mode="after")
    def _in_order(self) -> Dates:
        if self.until < self.from_:
            raise WrongError.of("until", f"a day on or after from ({self.from_})", self.until, "wrong-order")
        if len(self.months) > MOST:
            raise WrongError(
                f"expected at most {MOST} days, found {len(self.months)}: make `every` longer", column="every"
            )
        return self

    @property
    def months(self) -> list[int]:
        """By how many months after the first each is."""
        step, found = int(self.every.split()[0]), [0]
        while add_months(self.from_, found[-1] + step) <= self.until:
            found.append(found[-1] + step)
        return found
