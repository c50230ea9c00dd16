"""What was found of a case before, in files: its programme and certified answers, none of it believed unproved.

A programme is kept by the digest of its case and of the code that compiled it, an answer also by its scenario. Whoever
reads an answer back makes its certificate anew, in the programme that it is to answer now.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import optimizer
from optimizer.case.case import Case
from optimizer.engine.pool import Pool
from optimizer.engine.refine import as_found, at_answer, tangents_in, untrue, wrong_shares
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.order import order_of
from optimizer.network.network import Network
from optimizer.program.answer import Answer, Start
from optimizer.program.certificate import certify
from optimizer.program.program import Floats, Program
from optimizer.program.store import proved, read_answer, read_program, write_answer, write_program
from optimizer.program.variant import Variant
from optimizer.world.scenario import Scenario

COMPILES = ("case", "world", "network", "program", "formulation", "engine")
"""Floors whose code a compiled programme follows from, and which of its cheapest plans is kept."""
PROGRAM = "program.npz"


@cache
def version() -> str:
    """Version of the package, and a digest of the code that a compiled programme follows from."""
    found, root = hashlib.sha256(), Path(optimizer.__file__).parent
    for path in sorted(path for floor in COMPILES for path in (root / floor).rglob("*.py")):
        found.update(f"{path.relative_to(root).as_posix()} {path.stat().st_size} ".encode() + path.read_bytes())
    return f"{optimizer.__version__} {found.hexdigest()}"


class Kept:
    """What is kept of a case: here nothing, and nothing is."""

    def program(self) -> Program | None:
        """The compiled programme, where it is there and whole."""
        return None

    def keep_program(self, program: Program) -> None:
        """Keep it."""

    def answer(
        self, program: Program, variant: Variant, scenario: Scenario | None = None, base: Floats | None = None
    ) -> Answer | None:
        """An answer that was found before, proved again; None where there is none that holds.

        Parameters
        ----------
        program : Program
        variant : Variant
            What it must answer.
        scenario : Scenario, optional
            None for the base plan.
        base : array, shape (columns,), optional
            Columns of the base plan.
        """
        return None

    def keep(self, answer: Answer, names: Sequence[str], scenario: Scenario | None = None) -> None:
        """Keep a certified answer.

        Parameters
        ----------
        answer : Answer
        names : sequence of str
            Which answers it is.
        scenario : Scenario, optional
            None for the base plan.
        """

    def start(
        self,
        pool: Pool,
        program: Program,
        network: Network,
        name: tuple[str, ...],
        after: Callable[[Start], Start] = lambda start: start,
    ) -> Start:
        """The base plan: as it is kept, if that is still proved, or solved by a worker.

        Parameters
        ----------
        pool : Pool
        program : Program
        network : Network
            It is the programme of.
        name : tuple of str
        after : callable, optional
            Gives the plan that is kept of the one that was solved.
        """
        parameters = parameter_vector(network)
        found = self.answer(program, Variant(name, parameters))
        if found is None or found.basis is None:
            start = after(pool.base(program, parameters, order_of(network, program)))
            self.keep(start.answer, name[1:])
            return start
        return Start(program.arrays(as_found(program, parameters, found)), found)

    def solved(
        self,
        program: Program,
        asked: Iterable[tuple[Scenario, Variant]],
        solve: Callable[[Iterator[Variant]], Iterator[tuple[Variant, Answer]]],
        base: Floats,
    ) -> Iterator[tuple[Variant, Answer]]:
        """Answers as they come: those that are kept, and the others solved, and kept where they are certified.

        Parameters
        ----------
        program : Program
        asked : iterable of Scenario and Variant
            Taken one by one.
        solve : callable
            Solves variants, in any order.
        base : array, shape (columns,)
            Columns of the base plan.
        """
        known: deque[tuple[Variant, Answer]] = deque()
        of: dict[tuple[str, ...], Scenario] = {}

        def others() -> Iterator[Variant]:
            for scenario, variant in asked:
                if (found := self.answer(program, variant, scenario, base)) is not None:
                    known.append((variant, found))
                else:
                    of[variant.name] = scenario
                    yield variant

        for variant, answer in solve(others()):
            while known:
                yield known.popleft()
            scenario = of.pop(variant.name)
            if answer.certified:
                self.keep(answer, variant.name[1:], scenario)
            yield variant, answer
        yield from known


class KeptFiles(Kept):
    """Files of one case.

    Parameters
    ----------
    case : Case
        With the rows that scenarios add.
    compiled : Path
        Folder of what is true of the case whatever is asked: the programme, and the base plan.
    answers : Path
        Folder of answers, one file each.
    """

    def __init__(self, case: Case, compiled: Path, answers: Path) -> None:
        added = json.dumps({table: sorted(rows) for table, rows in sorted(case.added.items())})
        closed = f" {sorted(case.closable)}" if case.closable else ""
        self.of = f"{case.digest()} {added}{closed} {version()}"
        self.compiled, self.answers = compiled, answers
        for folder in (compiled, answers):
            folder.mkdir(parents=True, exist_ok=True)

    def program(self) -> Program | None:
        """See `Kept.program`."""
        return read_program(self.compiled / PROGRAM, self.of)

    def keep_program(self, program: Program) -> None:
        """See `Kept.keep_program`."""
        write_program(program, self.compiled / PROGRAM, self.of)

    def answer(
        self, program: Program, variant: Variant, scenario: Scenario | None = None, base: Floats | None = None
    ) -> Answer | None:
        """See `Kept.answer`."""
        of = self._of(scenario, variant.name[1:])
        for path in (self._path(of), *([self.compiled / _file(variant.name[1:])] if scenario is None else [])):
            found = read_answer(path, of)
            if found is not None and (answer := proved_again(program, variant, found, base)) is not None:
                return answer
        return None

    def keep(self, answer: Answer, names: Sequence[str], scenario: Scenario | None = None) -> None:
        """See `Kept.keep`; each is a file that takes its name once it is whole."""
        of = self._of(scenario, names)
        write_answer(answer, self._path(of), of)
        if scenario is None:
            write_answer(answer, self.compiled / _file(names), of)

    def _of(self, scenario: Scenario | None, names: Sequence[str]) -> str:
        """What an answer is to."""
        return " ".join([self.of, "base" if scenario is None else scenario.digest(), *names])

    def _path(self, of: str) -> Path:
        """The file of an answer."""
        return self.answers / f"{hashlib.sha256(of.encode()).hexdigest()[:40]}.npz"


def _file(names: Sequence[str]) -> str:
    """The file of an answer that is one of the case whatever is asked: of the base plan, or the reference."""
    return f"{'-'.join(names)}.npz"


def proved_again(program: Program, variant: Variant, answer: Answer, base: Floats | None = None) -> Answer | None:
    """An answer with the certificate made of it now, or None if it has none.

    Parameters
    ----------
    program : Program
    variant : Variant
        What it must answer.
    answer : Answer
        As it was read.
    base : array, shape (columns,), optional
        Columns of the base plan, at which what is decided is held.
    """
    columns, rows = len(program.column_names), len(program.row_names)
    if answer.x.shape != (columns,) or answer.y.shape != (rows,):
        return None
    if answer.tangents.shape != tangents_in(program, variant.parameters).shape:
        return None
    if any(wrong_shares(program, answer.shares)):
        return None
    if answer.basis is not None:
        sides = (answer.basis.columns, columns), (answer.basis.rows, rows)
        if any(side.shape != (count,) or side.dtype != np.int8 for side, count in sides):
            return None
    with np.errstate(all="ignore"):
        at = at_answer(program, variant, answer)
        certificate = certify(at.arrays(program, answer.x if base is None else base), answer.x, answer.y)
        holds = certificate.holds and not any(untrue(program, answer.tangents, answer.x))
    loose = answer.loose and proved_again(program, variant, answer.loose, base)
    return replace(proved(answer, certificate), loose=loose) if holds and bool(loose) == bool(answer.loose) else None
