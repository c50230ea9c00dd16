"""What every table row has in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimizer.case.kinds import Confidence
from optimizer.case.labels import key_of
from optimizer.case.text import one_form
from optimizer.faults import WrongError

OWN_RECORDS = "the buyer's own records"
"""Where the figures of a row come from that names no source."""
MARKS = ("confidence", "source", "assumed")
"""Columns that say where the figures of a row come from."""


class Row(BaseModel):
    """What every table row carries: where its figures come from."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True, use_attribute_docstrings=True
    )

    key: ClassVar[tuple[str, ...]] = ()
    """Fields that name the row; no two rows of a table share them."""
    series: ClassVar[tuple[str, ...]] = ()
    """Numbers that hold over time and that a scenario may change."""
    befalls: ClassVar[tuple[str, ...]] = ()
    """Of these, what may happen to a row whatever its other cells say: a warehouse burns that has stock in it."""
    steps: ClassVar[bool] = False
    """True where rows that differ only in ``from`` replace one another from that date on."""

    alike: ClassVar[tuple[str, ...]] = ()
    """Besides the key without ``from``: fields that are the same in all rows that replace one another."""

    source: Annotated[str, Field(min_length=1)] = OWN_RECORDS
    """Title and address of the page the figures come from; for an assumption, the reasoning. Empty: they are
    sourced in the buyer's own records."""
    confidence: Confidence = "sourced"
    """`sourced`: read on the page named, or in the buyer's own records; `background`: remembered or estimated;
    `assumption`: ours. Empty only where no source is named."""
    assumed: str = ""
    """Fields of this row that are weaker than `confidence` says, each as ``field: reasoning``, separated by ``|``."""

    def unread(self, column: str) -> str | None:
        """Why nothing reads a number of this row that an event may change; None where something does."""
        return "it is empty" if getattr(self, column, 0) is None else None

    @property
    def parts(self) -> dict[str, str]:
        """What of its key says something, by field, as it is shown."""
        cells = {field: getattr(self, field) for field in self.key}
        said = {field: "; ".join(cell) if isinstance(cell, tuple) else cell for field, cell in cells.items()}
        return {field: str(cell) for field, cell in said.items() if cell not in (None, "")}

    @property
    def thing(self) -> tuple[Any, ...]:
        """What it is a row of: its key without its first day."""
        return tuple(getattr(self, field) for field in self.key if field != "from_")

    @property
    def named(self) -> str:
        """Its key in one line, without what is empty."""
        return " / ".join(self.parts.values())

    @model_validator(mode="before")
    @classmethod
    def _key_of_label(cls, given: Any) -> Any:
        """A row that states what people call it and no name gets one made of that."""
        if not isinstance(given, dict) or "label" not in cls.model_fields or not given.get("label"):
            return given
        return given if given.get(cls.key[0]) else {**given, cls.key[0]: key_of(str(given["label"]), cls.key[0])}

    @model_validator(mode="before")
    @classmethod
    def _names_in_one_form(cls, given: Any) -> Any:
        """The same letters are the same name however a keyboard composed them."""
        return {column: one_form(cell) for column, cell in given.items()} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _source_and_mark(self) -> Row:
        given = {"source", "confidence"} & self.model_fields_set
        missing = {"source": "confidence", "confidence": "source"}[given.pop()] if len(given) == 1 else ""
        if missing and not (missing == "source" and self.confidence == "sourced"):
            raise WrongError.of(missing, "a value", "nothing", "missing-value")
        return self

    def stated(self) -> dict[str, Any]:
        """What it says as JSON has it, by its columns: those left out that say what they do by default.

        A source that is named keeps its mark.
        """
        found = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {**found, "confidence": self.confidence} if "source" in found else found

    @model_validator(mode="after")
    def _assumed_names_fields(self) -> Row:
        known = {info.alias or name for name, info in type(self).model_fields.items()}
        for part in filter(None, (part.strip() for part in self.assumed.split("|"))):
            field, _, reason = part.partition(":")
            if field.strip() not in known or not reason.strip():
                expected = "'field: reasoning' with a field of this table"
                raise WrongError.of("assumed", expected, repr(part), "wrong-spelling")
        return self
