"""What a parent and a worker send one another, on pipes of which either end may die in the middle of a message."""

from __future__ import annotations

import pickle
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedReader
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.program.order import Order
    from optimizer.program.program import Floats, Program

MARK = b"lodestar"
HEAD = struct.Struct("<8sQI")
"""Mark, length and checksum that stand before every message."""
PIECE = 1 << 20
"""Most bytes read at once."""


@dataclass(frozen=True)
class Beat:
    """A sign of life."""


@dataclass(frozen=True)
class Setup:
    """The programme that questions are about, and the seconds one solve may take."""

    program: Program
    solve_limit: float


@dataclass(frozen=True)
class BaseQuestion:
    """The base, to be solved from scratch at a parameter vector, and which of its cheapest plans is kept."""

    parameters: Floats
    order: Order | None = None


@dataclass(frozen=True)
class Trouble:
    """A question without an answer: why, and whether its numbers were refused."""

    reason: str
    refused: bool = False


class BrokenMessageError(Exception):
    """What came is not a whole message."""


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message.

    Parameters
    ----------
    stream : binary stream
    message : Any
        What can be pickled.
    """
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(HEAD.pack(MARK, len(data), zlib.crc32(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BufferedReader, came: Callable[[], None] = lambda: None) -> Any:
    """Read one message.

    Parameters
    ----------
    stream : BufferedReader
    came : callable
        Called whenever some of it has come.

    Raises
    ------
    EOFError
        If the other side has ended between two messages.
    BrokenMessageError
        If it ended within one, or what came is something else.
    """
    head = _read(stream, HEAD.size, came)
    if not head:
        raise EOFError
    if len(head) < HEAD.size or head[: len(MARK)] != MARK:
        raise BrokenMessageError
    _, length, checksum = HEAD.unpack(head)
    data = _read(stream, length, came)
    if len(data) < length or zlib.crc32(data) != checksum:
        raise BrokenMessageError
    try:
        return pickle.loads(data)  # noqa: S301 - both ends are this package, on a private pipe
    except Exception as error:
        raise BrokenMessageError from error


def _read(stream: BufferedReader, length: int, came: Callable[[], None]) -> bytes:
    """So many bytes, or as many as there are before the end."""
    data = bytearray()
    while len(data) < length:
        piece = stream.read1(min(PIECE, length - len(data)))
        if not piece:
            break
        data += piece
        came()
    return bytes(data)
