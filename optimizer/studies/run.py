"""Run a study block by block: any number of processes, stopped and taken up at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.engine.pool import Pool
from optimizer.errors import InputError, SolveError
from optimizer.faults import Fault
from optimizer.studies.designs import Sample, SobolIndices
from optimizer.studies.layout import Stretch, block_rows, done, sweep
from optimizer.studies.messages import BlockDone, BlockQuestion
from optimizer.studies.record import StudyRecord, checked, read_record

WORKER = "optimizer.studies.worker"
"""What works blocks out."""
Part = tuple[int, int]
"""Which of how many parts: blocks whose number leaves that rest."""
WHOLE: Part = (1, 1)


@dataclass(frozen=True)
class Status:
    """How far a study has come.

    Parameters
    ----------
    blocks, blocks_done : int
    rows, rows_done : int
    answers, uncertified : int
        Lines of figures that this run has written, and of them those without numbers.
    seconds_left : float or None
        Until its end at the pace of this run; None before there is one.
    """

    blocks: int
    blocks_done: int
    rows: int
    rows_done: int
    answers: int = 0
    uncertified: int = 0
    seconds_left: float | None = None


def status(folder: Path) -> Status:
    """How far a study has come, by its files.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InputError
        If it is no study's folder.
    """
    record = read_record(folder)
    return _at(record, done(folder, record.blocks, record.study.tables))


def _at(record: StudyRecord, there: Collection[int]) -> Status:
    """How far a study is of which some blocks are there."""
    rows = sum(len(block_rows(record.stretches, number)) for number in there)
    return Status(record.blocks, len(there), sum(some.count for some in record.stretches), rows)


def to_do(folder: Path, part: Part = WHOLE) -> tuple[StudyRecord, Status, list[int]]:
    """A study, how far it is, and the blocks of a part that are not there yet.

    Parameters
    ----------
    folder : Path
    part : tuple of int, optional
        Of the blocks only one part.

    Raises
    ------
    InputError
        If it is no study's folder, or one of another version of the package.
    """
    record, (which, of) = checked(folder), part
    there = done(folder, record.blocks, record.study.tables)
    todo = [number for number in range(record.blocks) if number not in there and number % of == which - 1]
    return record, _at(record, there), todo


def run(folder: Path, pool: Pool, part: Part = WHOLE, progress: Callable[[Status], None] = lambda at: None) -> Status:
    """Work out the blocks that are not there yet.

    Parameters
    ----------
    folder : Path
        Laid out by `start.laid_out`.
    pool : Pool
        Of workers that run `WORKER`.
    part : tuple of int, optional
        Of the blocks only one part, as in an array job.
    progress : callable, optional
        Told how far it has come.

    Returns
    -------
    Status
        At the end.

    Raises
    ------
    InputError
        If it is no study's folder, or one of another version of the package.
    SolveError
        If blocks cannot be worked out.
    """
    record, at, todo = to_do(folder, part)
    if part == WHOLE:
        sweep(folder)
    began = time.monotonic()
    first = at.rows_done
    progress(at)
    total = first + sum(len(block_rows(record.stretches, number)) for number in todo)
    for finished in _worked_out(folder, pool, todo, record):
        at = advanced(at, finished, record)
        pace = (time.monotonic() - began) / (at.rows_done - first)
        at = replace(at, seconds_left=pace * (total - at.rows_done))
        progress(at)
    return at


def advanced(at: Status, finished: BlockDone, record: StudyRecord) -> Status:
    """How far a study is once one more block is done.

    Parameters
    ----------
    at : Status
    finished : BlockDone
    record : StudyRecord
    """
    return replace(
        at,
        blocks_done=at.blocks_done + 1,
        rows_done=at.rows_done + len(block_rows(record.stretches, finished.number)),
        answers=at.answers + finished.answers,
        uncertified=at.uncertified + finished.uncertified,
    )


def _worked_out(folder: Path, pool: Pool, todo: Sequence[int], record: StudyRecord) -> Iterator[BlockDone]:
    """Blocks as they are done; where workers are lost over one, again without the rows over which they were."""
    questions = [BlockQuestion(str(folder), number) for number in todo]
    failures: list[str] = []
    while questions:
        again = []
        for question, found in pool.ask([], questions):
            if isinstance(found, BlockDone):
                if question.mark:
                    Path(question.mark).unlink(missing_ok=True)
                yield found
                continue
            left = len(block_rows(record.stretches, question.number)) - len(question.lost)
            narrowed = _narrowed(folder, question) if left else None
            if narrowed is None:
                failures.append(f"block {question.number}: {found.reason}")
            else:
                again.append(narrowed)
        questions = again
    if failures:
        raise SolveError("; ".join(failures[:5]))


def _narrowed(folder: Path, question: BlockQuestion) -> BlockQuestion | None:
    """A block to be asked for again: noting its rows, then without the one at which its workers were lost, if any."""
    mark = folder / f".mark-{question.number}"
    if not question.mark:
        return replace(question, mark=str(mark))
    row: int | None = None
    with suppress(OSError, ValueError):
        row = int(mark.read_text(encoding="utf-8"))
    mark.unlink(missing_ok=True)
    return None if row is None or row in question.lost else replace(question, lost=(*question.lost, row))


def extended(folder: Path, draws: int) -> StudyRecord:
    """Ask for more draws; those that are there stay as they are.

    Parameters
    ----------
    folder : Path
    draws : int
        How many there shall be in all.

    Raises
    ------
    InputError
        If its design cannot grow.
    """
    record = checked(folder)
    study, design = record.study, record.study.design
    if not isinstance(design, Sample | SobolIndices):
        what = f"design: expected a sample, which can be drawn further, found {design.kind}"
        raise InputError([Fault(str(folder), what, code="inconsistent", column="design")])
    if isinstance(design, Sample) and design.method == "latin-hypercube":
        what = "design: a Latin hypercube cannot grow, as each draw depends on how many there are; use random or sobol"
        raise InputError([Fault(str(folder), what, code="inconsistent", column="design")])
    if draws <= design.draws:
        raise InputError([Fault.of(str(folder), "draws", f"more than {design.draws}", draws, "out-of-range")])
    more = study.model_copy(update={"design": design.model_copy(update={"draws": draws})})
    if faults := more.too_many(str(folder), "draws"):
        raise InputError(faults)
    first = study.rows
    grown = replace(record, study=more, stretches=(*record.stretches, Stretch.of(first, more.rows - first)))
    grown.write(folder)
    return grown
