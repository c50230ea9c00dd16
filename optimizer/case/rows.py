"""What every table row has in common, and the kinds of cells there are."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from optimizer.case.countries import a_country

STAGES = ("ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "scrap")
"""Stages from the mine to the finished good; scrap flows back."""

Stage = Literal["ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "scrap"]
Confidence = Literal["sourced", "background", "assumption"]

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), AfterValidator(a_country)]
AnyCountry = Annotated[
    str, Field(pattern=r"^([A-Z]{2}|\*)$"), AfterValidator(lambda found: found if found == "*" else a_country(found))
]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Days = Annotated[float, Field(ge=0, le=3650)]


def _split(value: Any) -> Any:
    """``a; b`` as a tuple of words; anything else as it is."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(";") if word.strip())
    return value


def _content(value: Any) -> Any:
    """``NdPr=0.31; Dy=0.03`` as a mapping."""
    if not isinstance(value, str):
        return value
    pairs = {}
    for part in _split(value):
        match = re.fullmatch(r"([A-Z][A-Za-z]*)\s*=\s*([0-9.eE+-]+)", part)
        if match is None:
            raise ValueError(f"expected element=share such as 'NdPr=0.31; Dy=0.03', found {part!r}")
        if match[1] in pairs:
            raise ValueError(f"element {match[1]!r} stands twice")
        pairs[match[1]] = float(match[2])
    return pairs


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Countries = Annotated[tuple[Country, ...], BeforeValidator(_split)]
AnyCountries = Annotated[tuple[AnyCountry, ...], BeforeValidator(_split)]
Content = Annotated[dict[str, Annotated[float, Field(gt=0, le=1)]], BeforeValidator(_content)]


class Row(BaseModel):
    """What every table row carries: where its figures come from."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True, use_attribute_docstrings=True
    )

    key: ClassVar[tuple[str, ...]] = ()
    """Fields that name the row; no two rows of a table share them."""
    series: ClassVar[tuple[str, ...]] = ()
    """Numbers that hold over time and that a scenario may change."""
    steps: ClassVar[bool] = False
    """True where rows that differ only in ``from`` replace one another from that date on."""

    source: Annotated[str, Field(min_length=1)]
    """Title and address of the page the figures come from; for an assumption, the reasoning."""
    confidence: Confidence
    """`sourced`: read on the page named; `background`: remembered or estimated; `assumption`: ours."""
    assumed: str = ""
    """Fields of this row that are weaker than `confidence` says, each as ``field: reasoning``, separated by ``|``."""

    @model_validator(mode="after")
    def _assumed_names_fields(self) -> Row:
        known = {info.alias or name for name, info in type(self).model_fields.items()}
        for part in filter(None, (part.strip() for part in self.assumed.split("|"))):
            field, _, reason = part.partition(":")
            if field.strip() not in known or not reason.strip():
                raise ValueError(f"assumed: expected 'field: reasoning' with a field of this table, found {part!r}")
        return self
