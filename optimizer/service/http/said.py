"""What routes answer with, as models for the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z0-9][a-z0-9-]*$"
"""How a case or a scenario may be called; never a path."""
REVISION = r"^sha256:[0-9a-f]{64}$"
Revision = Annotated[str, Field(pattern=REVISION, examples=["sha256:" + "9b" * 32])]
Name = Annotated[str, Field(pattern=NAME, max_length=60, examples=["my-magnets"])]
Record = dict[str, Any]


class Said(BaseModel):
    """Part of an answer."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class FaultSaid(Said):
    """One thing wrong with what was sent."""

    code: str
    """What kind of fault it is."""
    table: str | None = None
    file: str | None = None
    row: int | None = None
    """Row of the table, from 1; line of the file."""
    column: str | None = None
    """Column, or path of the field."""
    cell: str | None = None
    """Address of the cell in a spreadsheet."""
    found: Any = None
    expected: str | None = None
    unit: str | None = None
    known: list[str] = []
    """Names that could stand there."""
    suggest: str | None = None
    """The one that is probably meant."""
    text: str
    """All of it in one line."""


class FindingSaid(Said):
    """What can hardly be meant, and stops nothing."""

    code: str
    table: str | None = None
    file: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    found: float | None = None
    expected: float | None = None
    unit: str | None = None
    suggest: str | None = None
    text: str


class ProblemSaid(Said):
    """Why there is no answer (RFC 9457)."""

    type: str
    """`urn:lodestar:problem:` and its kind."""
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    """What is wrong this time."""
    instance: str | None = None
    """The address that was asked for."""
    faults: list[FaultSaid] = []
    """What is wrong with the input, each thing by itself."""
    findings: list[FindingSaid] = []
    """What can hardly be meant, beside the faults."""
    error: str | None = None
    """Of faults of the input: the error that they are in the Python interface, such as `CaseError`."""
    id: str | None = None
    """Of a fault of the service: what its log has it as."""


class CaseSaid(Said):
    """A case, without its rows."""

    name: Name
    revision: Revision
    """Digest of its body."""
    number: Annotated[int, Field(ge=1)]
    """Of the revision, from 1."""
    created: str | None
    """When the revision was written; none for a bundled case."""
    bundled: bool
    """Whether it comes with the programme, and can be read only."""


class CasePage(Said):
    """A page of cases."""

    items: list[CaseSaid]
    next: str | None
    """Cursor of the next page; none: this is the last."""


class CaseWritten(CaseSaid):
    """A case as it was written."""

    findings: list[FindingSaid]
    """What can hardly be meant."""
    passed_over: list[str]
    """Files of the zip that are no part of a case."""


class ScenarioSaid(Said):
    """A scenario, without its events."""

    name: Name
    revision: Revision
    created: str | None
    bundled: bool
    """Whether it comes with the programme, and can be read only."""


class ScenarioPage(Said):
    """A page of scenarios."""

    items: list[ScenarioSaid]
    next: str | None
    """Cursor of the next page; none: this is the last."""


class ScenarioWritten(ScenarioSaid):
    """A scenario as it was written."""

    events: int
    """How many it has, those of scenarios that it includes among them."""


class Fits(Said):
    """How far a scenario fits the case."""

    scenario: str
    events: int
    """Events that fit."""
    of: int
    """Events that it has."""


class Unused(Said):
    """Rows of a shared table that reach nothing in the case."""

    rows: int
    of: int


class Unread(Said):
    """Columns of a table that nothing reads in some rows of the case."""

    table: str
    columns: list[str]
    rows: int
    of: int
    why: str


class Checked(Said):
    """What a check found."""

    faults: list[FaultSaid]
    """What must be mended; nothing else is said of a case that has any."""
    findings: list[FindingSaid]
    """What can hardly be meant."""
    case: str | None = None
    rows: dict[str, int] = {}
    """Rows of each table, shared ones and those of packs among them."""
    unused: dict[str, Unused] = {}
    """Of the shared rows of a table, those that reach nothing."""
    unread: list[Unread] = []
    """Columns that nothing reads in some rows, and why."""
    scenarios: list[Fits] = []


class About(Said):
    """The service, and what the caller may do."""

    version: str
    """Of the programme."""
    formats: dict[str, int]
    """Versions of the formats that are read."""
    limits: dict[str, float]
    """How much a request may bring."""
    caps: dict[str, float]
    """How much the tenant may have at once, and use in a day."""
    scopes: list[str]
    """What the key may do."""
    links: dict[str, str]


class Health(Said):
    """Whether the service is well."""

    status: str


class WhySaid(Said):
    """What a job of kind `why` says: what a tonne of a demand costs, and why."""

    demand: str
    wanted: float
    """Tonnes in the period."""
    short: float
    """Of them missing."""
    price: float
    """What one more tonne demanded would cost, USD at mid-period."""
    steps: list[Record]
    """The way of that tonne."""
    parts: list[Record]
    """What adds up to the price, the largest first."""
    blocked: list[tuple[str, float]]
    """Ways that would save that much per tonne, USD, and cannot grow."""
    reacts: bool
    """Some of it was decided before an announcement."""
    unreached: str
    """Why nothing reaches it; empty where something does."""


class LedgerSaid(Said):
    """What a job of kind `ledger` says: what every rule costs."""

    scenario: str
    rows: list[Record]
    """Those of the table `ledger`."""


class DecisionsSaid(Said):
    """What a job of kind `decisions` says: what to do by when, and what each thing costs if it is not done."""

    rows: list[Record]
    """Those of the table `decisions`."""


class SectionSaid(Said):
    """A thing that a study says: a sentence, or a table as it is shown."""

    name: str
    title: str
    says: str
    fields: list[str]
    rows: list[list[str]]


class StudySaid(Said):
    """What a job of kind `study` says: its report, section by section."""

    sections: list[SectionSaid]


class DifferenceSaid(Said):
    """What a job of kind `compare` says: what differs from another plan."""

    inputs: list[Record]
    """Cells of the case that differ, and those that a scenario changes."""
    decisions: list[Record]
    """Tonnes of suppliers that differ, the largest change first."""
    dispatch: list[Record]
    """Change of what is sent to the buyer's plants, by country and period; none where the periods differ."""
    outcomes: list[Record]
    attribution: list[Record]
    """What each change of an input costs; they add up."""
