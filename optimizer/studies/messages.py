"""What is asked of a worker of a study, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BlockQuestion:
    """A block to work out.

    Parameters
    ----------
    folder : str
        Of the study.
    number : int
    lost : tuple of int
        Rows over which workers were lost.
    mark : str
        File in which to note each row before it is planned; empty: none.
    """

    folder: str
    number: int
    lost: tuple[int, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class BlockDone:
    """What is said of a block: never its figures, which are in its file.

    Parameters
    ----------
    number : int
    answers : int
        Lines of figures.
    uncertified : int
        Of them, those without numbers.
    """

    number: int
    answers: int
    uncertified: int
