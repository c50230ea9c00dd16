"""What a job is asked, as it comes over the wire: shapes and bounds; what only the whole case can tell, the job finds.

Nothing in a request is ever a path: cases and scenarios are names that the store or the programme knows, or data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from optimizer.case.document import document_from
from optimizer.case.read import explain
from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault, Place, Source, WrongError
from optimizer.studies.designs import Design
from optimizer.studies.factors import Factor
from optimizer.studies.file import StudyFile, study_from
from optimizer.world.change import Change

Kind = Literal["plan", "why", "compare", "ledger", "decisions", "study"]
Text = Annotated[str, Field(min_length=1, max_length=200)]
NAMED = r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$"
Known = Annotated[str, Field(min_length=1, max_length=80, pattern=NAMED)]
"""A name that a case, a scenario or a policy pack may have; never a path."""
Revision = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Answer = Literal["react", "foresight"]


def _each_once(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """Answers, if none comes twice."""
    if len(set(answers)) < len(answers):
        raise WrongError("expected each answer once", "repeated")
    return answers


Answers = Annotated[tuple[Answer, ...], Field(min_length=1, max_length=2), AfterValidator(_each_once)]

MOST_SCENARIOS = 500
MOST_CHANGES = 1000
MOST_FACTORS = 200
MOST_ROWS = 100_000
"""Most rows that the design of a study may have."""
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


class DecisionsOptions(Asked):
    """Options of `decisions`."""

    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on besides those the case names."""
    wait: bool = False
    """Whether to find out, too, until when each thing may wait: some plans more for each."""


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
    answers: Answers = ("react", "foresight")
    """`react`, `foresight`, or both."""
    options: PlanOptions = PlanOptions()
    """What else is asked of a plan."""


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


class DecisionsJob(Job):
    """Say what the base plan asks one to do, and what each thing costs if it is not done."""

    kind: Literal["decisions"]
    """What to do."""
    scenarios: Annotated[tuple[ScenarioGiven, ...], Field(max_length=MOST_SCENARIOS)] | None = None
    """Those of a plan whose base plan is meant: their days are cut into its calendar. None: the case's calendar."""
    options: DecisionsOptions = DecisionsOptions()
    """What else is asked of it."""


class StudyOptions(Asked):
    """Options of `study`: the fields of a study's file, without its case, its scenarios and its answers."""

    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on besides those the case names."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)] = "study"
    """Its name."""
    title: Annotated[str, Field(max_length=200)] = ""
    """One line that says what is asked."""
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Of all draws."""
    design: Design
    """Which rows there are; what else stands in files stands here (`rows`, `seen`)."""
    factors: Annotated[tuple[Factor, ...], Field(max_length=MOST_FACTORS)] = ()
    """What differs from row to row."""
    tables: Annotated[tuple[Literal["purchases", "shortages", "prices"], ...], Field(max_length=3)] = ()
    """Long tables to keep of every answer, beside its figures."""
    most_rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = MOST_ROWS
    """Rows of the design above which nothing is run."""
    most_hours: Annotated[float, Field(gt=0)] = 24.0
    """Hours of one core, as estimated from the base plan, above which nothing is run."""


class StudyJob(Job):
    """Plan a case in every row of a design."""

    kind: Literal["study"]
    """What to do."""
    scenarios: Annotated[tuple[ScenarioGiven, ...], Field(max_length=MOST_SCENARIOS)] | None = None
    """Each row is planned in each; none: what is news in a row happens alone."""
    answers: Answers = ("react", "foresight")
    """`react`, `foresight`, or both."""
    options: StudyOptions
    """What is varied, and how."""


def study_of(options: Mapping[str, Any], answers: Sequence[str], case: str, scenarios: Sequence[str]) -> StudyFile:
    """The study that a request asks for.

    Parameters
    ----------
    options : mapping
        As JSON gives it.
    answers : sequence of str
    case : str
        What its case is called.
    scenarios : sequence of str
        What its scenarios are called.

    Raises
    ------
    InputError
        With every fault that it shows without its case.
    """
    fields = {name: value for name, value in options.items() if name != "packs" and value is not None}
    head = {"version": 1, "case": case, "scenarios": list(scenarios), "answers": list(answers)}
    return study_from({"name": "study", "title": "", **fields, **head})


JobRequest = Annotated[PlanJob | WhyJob | CompareJob | LedgerJob | DecisionsJob | StudyJob, Field(discriminator="kind")]
"""Any of them, for a schema."""
JOBS: dict[str, type[PlanJob | WhyJob | CompareJob | LedgerJob | DecisionsJob | StudyJob]] = {
    "plan": PlanJob,
    "why": WhyJob,
    "compare": CompareJob,
    "ledger": LedgerJob,
    "decisions": DecisionsJob,
    "study": StudyJob,
}
"""The request of each kind of job."""
SHOWN = "request"
"""What a request is called in messages."""


def read_request(content: Any) -> PlanJob | WhyJob | CompareJob | LedgerJob | DecisionsJob | StudyJob:
    """A request from what came over the wire.

    Parameters
    ----------
    content : object
        The body, as JSON gives it.

    Returns
    -------
    PlanJob, WhyJob, CompareJob, LedgerJob, DecisionsJob or StudyJob

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
