"""The kinds of values there are in tables and settings, and how each is spelled.

What is plainly meant is read (``1e3``, ``.5``, ``+5``, ``5.0`` for a whole number, a number or a day in quotes); what
can be read in two ways is refused (``010``, ``1_000``, ``1:30``, ``true`` for a number, a time for a day).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from optimizer.case.countries import COUNTRIES, a_country
from optimizer.case.text import brief
from optimizer.faults import Code, WrongError

STAGES = ("ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "scrap")
"""Stages from the mine to the finished good; scrap flows back."""
ELEMENTS = (
    *("NdPr", "Co", "Sc", "Y"),
    *("La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"),
    *("Fe", "B", "Ga"),
)
"""Elements a material or a control may name; NdPr is traded as one."""
PARTS = {"NdPr": ("Nd", "Pr")}
"""Elements that stand for several, and these."""
LARGEST = 1e12
"""Largest number a cell or an event may hold: above every price, volume and sum of money in this trade."""
SMALLEST = 1e-6
"""Smallest number other than 0: below it, nothing can be told from rounding."""
EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2199, 12, 31)
"""Days between which every date lies; others are slips of the pen."""
NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
"""How a number is spelled: no separators of thousands, no zeros before it, no other base than ten."""
NO_NUMBERS = ("nan", "inf", "infinity")
"""Words that are read as numbers and refused as such."""
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def linked(elements: Iterable[str]) -> frozenset[str]:
    """Elements, those that stand for several of them, and those that they stand for."""
    named = set(elements)
    groups = {group for group, parts in PARTS.items() if not named.isdisjoint(parts)}
    return frozenset(named | groups | {part for group in named for part in PARTS.get(group, ())})


def _refused(code: Code, expected: str, found: Any) -> WrongError:
    return WrongError(f"expected {expected}, found {brief(found)}", code, expected=expected, found=found)


def _number(value: Any) -> Any:
    """A number as it stands, if it is spelled as one."""
    if isinstance(value, bool):
        raise _refused("not-a-number", "a number", value)
    if isinstance(value, str):
        value = value.strip()
        if not NUMBER.fullmatch(value) and value.lstrip("+-").casefold() not in NO_NUMBERS:
            raise _refused("not-a-number", "a number", value)
    return value


def _whole(value: Any) -> Any:
    """A whole number, if it is spelled as a number and is one."""
    try:
        value = _number(value)
        if isinstance(value, str):
            value = float(value)
        return int(value) if isinstance(value, float) and value.is_integer() else value
    except WrongError:
        raise _refused("not-a-number", "a whole number", value) from None


def _day(value: Any) -> Any:
    """A day spelled ``2027-01-31``, and nothing else that could be taken for one."""
    if isinstance(value, str) and DAY.fullmatch(value.strip()):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            pass
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise _refused("not-a-day", "a day such as 2027-01-31", str(value) if isinstance(value, dt.date) else value)


def _flag(value: Any) -> Any:
    """True or false, in any case of letters, as spreadsheets write them."""
    if isinstance(value, str) and value.strip().casefold() in ("true", "false"):
        return value.strip().casefold() == "true"
    if isinstance(value, bool):
        return value
    raise _refused("not-a-flag", "true or false", value)


def _split(value: Any) -> Any:
    """``a; b`` as a tuple of words; anything else as it is."""
    if isinstance(value, str):
        words = tuple(word.strip() for word in value.split(";") if word.strip())
        for word in words:
            if "," in word:
                raise _refused("wrong-separator", "words separated by semicolons", word)
        return words
    return value


def _content(value: Any) -> Any:
    """``NdPr=0.31; Dy=0.03`` as a mapping."""
    if not isinstance(value, str):
        return value
    pairs = {}
    for part in _split(value):
        element, _, share = (word.strip() for word in part.partition("="))
        if not re.fullmatch(r"[A-Z][A-Za-z]*", element) or not NUMBER.fullmatch(share):
            raise _refused("wrong-spelling", "element=share such as 'NdPr=0.31; Dy=0.03'", part)
        if element in pairs:
            raise WrongError(f"element {element!r} stands twice", "repeated", found=element)
        pairs[element] = float(share)
    return pairs


Stage = Literal["ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "scrap"]
EndUse = Literal["civil", "chips", "military", "humanitarian"]
"""What goods may be wanted for."""
Confidence = Literal["sourced", "background", "assumption"]

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$")]


def _free(reads: str, taken: Callable[[str], bool]) -> AfterValidator:
    """Refuse a name that some column reads as a word of its own."""

    def refuse(name: str) -> str:
        if taken(name):
            raise _refused("inconsistent", f"a name that stands for nothing else ({reads})", name)
        return name

    return AfterValidator(refuse)


ALL_BUT = "not "
"""What stands before a country or a group for all countries but those."""
EACH, EVERYBODY, NOBODY = "each", "everybody", "nobody"
"""Members of limits that are no names: every one by itself, all of them together, and none of them."""


def pool_of(country: str) -> str:
    """Name of a country's pool."""
    return f"{country} hub"


def is_pool(name: str) -> bool:
    """Whether a name is that of the pool of a country."""
    return name[:2] in COUNTRIES and name == pool_of(name[:2])


SiteName = Annotated[
    Name,
    _free("limits read it as a member", lambda name: name in (EACH, EVERYBODY, NOBODY) or name.startswith(ALL_BUT)),
    _free("it is that of the pool of a country", is_pool),
]
ControlName = Annotated[
    Name, _free("exposure classes part their names with +", lambda name: "+" in name or name == "clean")
]
ApprovalName = Annotated[Name, _free("applicants part their names with +", lambda name: "+" in name)]
GroupName = Annotated[
    str,
    Field(min_length=1, max_length=80),
    _free(
        "limits read it as a member",
        lambda name: name in (EACH, EVERYBODY, NOBODY) or name in COUNTRIES or name.startswith(ALL_BUT),
    ),
]
OwnId = Annotated[str, Field(max_length=200)]
"""What the caller calls a row in a system of its own."""
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$"), AfterValidator(a_country)]
AnyCountry = Annotated[
    str, Field(pattern=r"^([A-Z]{2}|\*)$"), AfterValidator(lambda found: found if found == "*" else a_country(found))
]
Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[dt.date, BeforeValidator(_day)]
PaymentDays = Annotated[Whole, Field(ge=-730, le=730)]
"""Whole days after delivery on which something is paid, before it where below 0."""
Share = Annotated[Number, Field(ge=0, le=1)]
Amount = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Days = Annotated[Number, Field(ge=0, le=3650)]
Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Stages = Annotated[tuple[Stage, ...], BeforeValidator(_split)]
EndUses = Annotated[tuple[EndUse, ...], BeforeValidator(_split)]
Countries = Annotated[tuple[Country, ...], BeforeValidator(_split)]
AnyCountries = Annotated[tuple[AnyCountry, ...], BeforeValidator(_split)]
Content = Annotated[dict[str, Annotated[Number, Field(gt=0, le=1)]], BeforeValidator(_content)]
