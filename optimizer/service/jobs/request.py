"""What a job is asked, as it comes over the wire: shapes and bounds; what only the whole case can tell, the job finds.

Nothing in a request is ever a path: cases and scenarios are names that the store or the programme knows, or data.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from optimizer.case.document import document_from
from optimizer.case.read import explain
from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault, Place, Source, WrongError
from optimizer.world.change import Change

Kind = Literal["plan", "why", "compare", "ledger"]
Text = Annotated[str, Field(min_length=1, max_length=200)]
NAMED = r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$"
Known = Annotated[str, Field(min_length=1, max_length=80, pattern=NAMED)]
"""A name that a case, a scenario or a policy pack may have; never a path."""
Revision = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Answer = Literal["react", "foresight"]

MOST_SCENARIOS = 500
MOST_CHANGES = 1000
LONGEST = 86_400.0
"""Most seconds that a job may ask for."""


class Asked(BaseModel):
    """What every part of a request has in common: no field is passed over, no number is endless."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class CaseGiven(Asked):
    """A case by its name, or as data: `ref`, or `settings` and `rows`."""

    ref: Known | None = None
    """Name of a stored case of the tenant, or of a bundled one."""
    revision: Revision | None = None
    """Of a stored case: as it stood then; by default as it stands when the job is taken in."""
    settings: dict[str, Any] | None = None
    """The fields of ``case.yaml``."""
    rows: Annotated[dict[str, list[dict[str, Any]]], Field(max_length=60)] | None = None
    """For each table its rows: columns and cells."""

    @model_validator(mode="after")
    def _one_way(self) -> CaseGiven:
        given = [name for name, value in self if value is not None]
        if given not in (["ref"], ["ref", "revision"], ["settings", "rows"]):
            raise WrongError(
                f"expected ref (and revision), or settings and rows, found {', '.join(given) or 'nothing'}"
            )
        return self


def _named(content: Any) -> Any:
    """A scenario: its name as it may be spelled, or a mapping."""
    if not isinstance(content, str | dict):
        raise WrongError(f"expected a name or a whole scenario, found {brief(content)}", "wrong-shape")
    if isinstance(content, str) and (len(content) > 80 or not re.fullmatch(NAMED, content)):
        raise WrongError(f"expected the name of a scenario, found {brief(content)}", "wrong-spelling")
    return content


ScenarioGiven = Annotated[str | dict[str, Any], BeforeValidator(_named)]
"""A scenario by name, or whole."""


class Limits(Asked):
    """How long a job may take, and how much room."""

    seconds: Annotated[float, Field(ge=1, le=LONGEST)] | None = None
    """Seconds that the whole job may solve; what is finished by then is kept."""
    solve_seconds: Annotated[float, Field(ge=1, le=LONGEST)] | None = None
    """Seconds one solve may take; 300 by default."""
    memory_mb: Annotated[int, Field(ge=256, le=1_048_576)] | None = None
    """Memory, MB."""
    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    """Processes that solve; one per core by default."""


class PlanOptions(Asked):
    """Options of `plan`."""

    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on besides those the case names."""
    report: bool = True
    """Whether the report is written."""


class WhyOptions(Asked):
    """Options of `why`: which demand is asked about."""

    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on besides those the case names."""
    site: Text
    """The buyer's plant."""
    product: Text
    """What it wants."""
    period: Text
    """Such as 2028-08 or 2028Q3; of several periods the dearest."""
    end_use: Text | None = None
    """The end use, where there are several."""


class LedgerOptions(Asked):
    """Options of `ledger`."""

    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on besides those the case names."""


class Against(Asked):
    """The plan that a `compare` sets out from."""

    case: CaseGiven | None = None
    """Its case; by default that of the job, without the job's changes."""
    change: Annotated[tuple[Change, ...], Field(max_length=MOST_CHANGES)] = ()
    """Changes of its case."""
    scenario: ScenarioGiven | None = None
    """Whose reaction is meant; by default the plan as the rules in force stand."""


class CompareOptions(Asked):
    """Options of `compare`: what the plan of the job is set against."""

    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on in both plans."""
    against: Against = Against()
    """The plan to set out from."""


class Job(Asked):
    """What every job is asked: which case, within which limits."""

    kind: Kind
    """What to do."""
    case: CaseGiven
    """A case by name, or as data."""
    change: Annotated[tuple[Change, ...], Field(max_length=MOST_CHANGES)] = ()
    """Changes of its rows, one after the other."""
    scenarios: Annotated[tuple[ScenarioGiven, ...], Field(max_length=1)] | None = None
    """The scenario to whose reaction is asked, by name or whole; none for the base plan."""
    limits: Limits = Limits()
    """How long it may take, and how much room."""
    priority: Annotated[int, Field(ge=-10, le=10)] = 0
    """Higher ones are taken first."""


class PlanJob(Job):
    """Plan a case in scenarios."""

    kind: Literal["plan"]
    """What to do."""
    scenarios: Annotated[tuple[ScenarioGiven, ...], Field(max_length=MOST_SCENARIOS)] | None = None
    """Names or whole scenarios; null for all bundled ones that fit, an empty list for the base plan alone."""
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=2)] = ("react", "foresight")
    """`react`, `foresight`, or both."""
    options: PlanOptions = PlanOptions()
    """What else is asked of a plan."""

    @field_validator("answers")
    @classmethod
    def _each_once(cls, answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
        if len(set(answers)) < len(answers):
            raise WrongError("expected each answer once", "repeated")
        return answers


class WhyJob(Job):
    """Explain why a demand is short, or as dear as it is."""

    kind: Literal["why"]
    """What to do."""
    options: WhyOptions
    """Which demand is asked about."""


class CompareJob(Job):
    """Say what differs between two plans."""

    kind: Literal["compare"]
    """What to do."""
    options: CompareOptions = CompareOptions()
    """What the plan is set against."""


class LedgerJob(Job):
    """Say what every limit, control, stock target and demand costs."""

    kind: Literal["ledger"]
    """What to do."""
    options: LedgerOptions = LedgerOptions()
    """What else is asked of it."""


JobRequest = Annotated[PlanJob | WhyJob | CompareJob | LedgerJob, Field(discriminator="kind")]
"""Any of them, for a schema."""
JOBS: dict[str, type[PlanJob | WhyJob | CompareJob | LedgerJob]] = {
    "plan": PlanJob,
    "why": WhyJob,
    "compare": CompareJob,
    "ledger": LedgerJob,
}
"""The request of each kind of job."""
SHOWN = "request"
"""What a request is called in messages."""


def read_request(content: Any) -> PlanJob | WhyJob | CompareJob | LedgerJob:
    """A request from what came over the wire.

    Parameters
    ----------
    content : object
        The body, as JSON gives it.

    Returns
    -------
    PlanJob, WhyJob, CompareJob or LedgerJob

    Raises
    ------
    InputError
        With every fault that the request alone shows.
    """
    place = Place(SHOWN, Source(SHOWN))
    if not isinstance(content, dict):
        raise InputError([Fault(place, f"expected a mapping of fields, found {brief(content)}", code="wrong-shape")])
    kind = content.get("kind")
    if kind is None:
        what = f"kind: expected one of {', '.join(JOBS)}, found nothing"
        raise InputError([Fault(place, what, code="missing-value", column="kind", known=tuple(JOBS))])
    if not isinstance(kind, str) or kind not in JOBS:
        raise InputError([Fault.near(place, "kind", f"no such kind {brief(kind)}", str(kind), JOBS, "unknown-word")])
    document = document_from(content, SHOWN)
    try:
        return JOBS[kind].model_validate(dict(document))
    except ValidationError as error:
        raise InputError(explain(error, place, JOBS[kind])) from None
