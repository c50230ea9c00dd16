"""Bodies of requests: read up to a bound, held to limits before anything is made of them, then to a model."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, TypeAdapter, ValidationError

from optimizer.case.document import MAX_WHOLE, document_from
from optimizer.case.read import explain
from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.service.http.media import media_type
from optimizer.service.http.settings import Limits
from optimizer.service.problems import ProblemError

Model = TypeVar("Model", bound=BaseModel)
Made = TypeVar("Made")
JSON, ZIP = "application/json", "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A text in JSON; also one that does not end, so that none is looked at twice."""
NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
SMALL = 50_000
"""Bytes up to which a body is parsed without a thread of its own."""


class GoneError(Exception):
    """The caller has gone before the request was whole."""


class _OutOfRangeError(ValueError):
    """A number that JSON may hold, and nothing here may."""


async def read_bytes(request: Request, limits: Limits) -> bytes:
    """The body of a request, at most so many bytes of it; not a byte more is taken in.

    Parameters
    ----------
    request : Request
    limits : Limits

    Raises
    ------
    ProblemError
        Where it is larger, or coded, or takes too long.
    """
    coded = request.headers.get("content-encoding", "identity").strip().lower()
    if coded != "identity":
        raise ProblemError("wrong-media-type", f"expected a body as it is, found Content-Encoding {brief(coded)}")
    said = request.headers.get("content-length", "")
    most = limits.body_bytes
    if said.isascii() and said.isdigit() and (len(said) > 18 or int(said) > most):
        raise _too_large(most)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _received(request, most)
    except TimeoutError:
        said = f"expected the whole body within {limits.body_seconds:g} s"
        raise ProblemError("too-slow", said, headers={"Connection": "close"}) from None


async def _received(request: Request, most: int) -> bytes:
    """The body as it comes in, piece by piece."""
    found, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        found += message.get("body", b"")
        more = message.get("more_body", False)
        if len(found) > most:
            raise _too_large(most)
    return bytes(found)


def _too_large(most: int) -> ProblemError:
    """A body of more bytes than are read; the connection is not used again, as the rest of it is still to come."""
    return ProblemError("too-large", f"expected a body of at most {most:,} bytes", headers={"Connection": "close"})


def parse(raw: bytes, limits: Limits) -> Any:
    """What a JSON body says: numbers that are finite, text that can be written, each key once.

    Parameters
    ----------
    raw : bytes
    limits : Limits

    Raises
    ------
    ProblemError
        Where it is no JSON, or nested too deep, or of too many parts.
    InputError
        For a number that is too large.
    """
    _check_nesting(raw, limits)
    try:
        found = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_mapping,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
        )
        if rb"\ud" in raw.lower():
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ProblemError("malformed", f"expected JSON; {error.msg} at {where}") from None
    except UnicodeError:
        raise ProblemError("malformed", "expected JSON in UTF-8, found other bytes or half a character") from None
    except _OutOfRangeError as error:
        raise InputError([Fault("body", str(error), code="out-of-range")]) from None
    except (ValueError, RecursionError) as error:
        raise ProblemError("malformed", f"expected JSON; {error}") from None
    return found


def _check_nesting(raw: bytes, limits: Limits) -> None:
    """Refuse lists and mappings that are too deep or too many, before one is made."""
    brackets = TEXT.sub(b"", raw).translate(None, NOT_BRACKETS).decode("ascii")
    most = 2 * limits.rows + 1000  # a row may hold a list
    if brackets.count("[") + brackets.count("{") > most:
        raise ProblemError("too-large", f"expected at most {most:,} lists and mappings in a body")
    depth = 0
    for bracket in brackets:
        depth += STEP[bracket]
        if depth > limits.depth:
            said = f"expected at most {limits.depth} lists and mappings within one another"
            raise ProblemError("too-large", said)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping whose keys come once each."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        again = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"each key once, found {brief(again)} twice")
    return found


def _no_number(word: str) -> float:
    """What Python would take for a number and JSON does not."""
    raise ValueError(f"a number, found {word}")


def _finite(text: str) -> float:
    """A number that is not too large to be one."""
    if math.isinf(found := float(text)):
        raise _OutOfRangeError(f"expected a finite number, found {brief(text)}")
    return found


def _whole(text: str) -> int:
    """A whole number as large as a file may hold."""
    if len(text) > 17 or abs(int(text)) > MAX_WHOLE:
        raise _OutOfRangeError(f"expected a whole number up to {MAX_WHOLE:g}, found a larger one")
    return int(text)


def validated(content: Any, model: type[Model], shown: str = "body") -> Model:
    """A body as a model, or its faults in the words of the other inputs.

    Parameters
    ----------
    content : object
        As JSON gave it.
    model : type of BaseModel
    shown : str, optional
        How it is called in messages.

    Raises
    ------
    InputError
        With every fault.
    """
    if not isinstance(content, Mapping):
        raise InputError([Fault(shown, f"expected a mapping of fields, found {brief(content)}", code="wrong-shape")])
    document = document_from(content, shown)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InputError(explain(error, document, model)) from None


def check_rows(rows: Mapping[str, Sequence[Any]], limits: Limits) -> None:
    """Refuse a case of more rows than are taken.

    Parameters
    ----------
    rows : mapping of str to sequence
        By table.
    limits : Limits

    Raises
    ------
    ProblemError
    """
    if (found := sum(map(len, rows.values()))) > limits.rows:
        raise ProblemError("too-large", f"expected at most {limits.rows:,} rows, found {found:,}")


class JsonBody(Generic[Made]):
    """A dependency that reads a JSON body, and says in the OpenAPI document what is read.

    Parameters
    ----------
    read : callable
        Makes of what JSON gives what the route takes; raises `InputError`.
    schema : type
        Model, or union of models, that describes it.
    example : mapping, optional
        A body that can be sent.
    """

    def __init__(self, read: Callable[[Any], Made], schema: Any, example: Mapping[str, Any] | None = None) -> None:
        self.read = read
        self.schema = schema
        self.example = example

    @classmethod
    def of(cls, model: type[Model], example: Mapping[str, Any] | None = None) -> JsonBody[Model]:
        """A body that a model describes and reads."""
        return JsonBody(lambda content: validated(content, model), model, example)

    @property
    def media(self) -> dict[str, Any]:
        """What the OpenAPI document says of the body: its schema, whose parts `openapi.py` puts among the others."""
        schema = TypeAdapter(self.schema).json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
        return {"schema": schema} | ({"example": self.example} if self.example else {})

    @property
    def described(self) -> dict[str, Any]:
        """For `openapi_extra` of a route."""
        return {"requestBody": {"required": True, "content": {JSON: self.media}}}

    async def __call__(self, request: Request) -> Made:
        """The body of a request.

        Raises
        ------
        ProblemError, InputError
            Where it is none.
        """
        if media_type(request) not in (JSON, ""):
            raise wrong_media(request, JSON)
        return await self.of_bytes(request, await read_bytes(request, request.app.state.settings.limits))

    async def of_bytes(self, request: Request, raw: bytes) -> Made:
        """The body, once it is read.

        Parameters
        ----------
        request : Request
        raw : bytes
        """
        limits: Limits = request.app.state.settings.limits
        if len(raw) <= SMALL:
            return self.read(parse(raw, limits))
        return await run_in_threadpool(lambda: self.read(parse(raw, limits)))


def wrong_media(request: Request, *read: str) -> ProblemError:
    """A body of a media type that is not read, and those that are.

    Parameters
    ----------
    request : Request
    *read : str
        Media types.
    """
    found = brief(request.headers.get("content-type", ""))
    said = f"expected a body of {' or '.join(read)}, found {found}"
    return ProblemError("wrong-media-type", said, headers={"Accept": ", ".join(read)})
