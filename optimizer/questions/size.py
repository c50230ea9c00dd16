"""How large a programme is, rule by rule, what each limit adds to it, and how much longer it takes to solve with it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.case.case import Case
from optimizer.engine.refine import solve_base
from optimizer.engine.session import Session
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.network.network import Network
from optimizer.plans.plan import Planner
from optimizer.plans.sections import Field, Section, number
from optimizer.program.answer import Start
from optimizer.program.program import Arrays, Program
from optimizer.topics import TOPICS

LIMITS = "limits"
"""The topic whose rules and variables only limits make."""
SHARED = ""
"""Stands for the limit of what several may need."""


@dataclass(frozen=True)
class Part:
    """What a rule or a variable makes of a programme.

    Parameters
    ----------
    topic, name : str
        Of the formulation.
    kind : {'rule', 'variable'}
    count : int
        Rows of a rule, columns of a variable.
    nonzeros : int
        Entries of the matrix that stand in them.
    """

    topic: str
    name: str
    kind: str
    count: int
    nonzeros: int


@dataclass(frozen=True)
class Counts:
    """Size of a programme, or of what is added to it.

    Parameters
    ----------
    rows, columns, nonzeros : int
    """

    rows: int
    columns: int
    nonzeros: int


@dataclass(frozen=True, eq=False)
class Added:
    """Where in a programme that stands which is gone without a limit.

    Parameters
    ----------
    rows, columns : array of bool
    """

    rows: NDArray[np.bool_]
    columns: NDArray[np.bool_]

    def counts(self, arrays: Arrays) -> Counts:
        """How much that is; its entries are those of its rows and of its columns."""
        entries = self.rows[arrays.rows] | self.columns[arrays.columns]
        return Counts(int(self.rows.sum()), int(self.columns.sum()), int(entries.sum()))


@dataclass(frozen=True)
class Seconds:
    """How long the base takes to solve, and how much of that is gone without each limit, in seconds of the processor.

    Parameters
    ----------
    whole : float
    limits : dict of str to float
    all_limits : float
    """

    whole: float
    limits: dict[str, float]
    all_limits: float

    def section(self) -> Section:
        """What is printed of it."""
        rows = (*self.limits.items(), ("all limits", self.all_limits)) if self.limits else ()
        says = f"Of {self.whole:.1f} s of the processor to solve the base from scratch to least cost, measured once."
        fields = (Field("limit"), number("seconds", "s", "{:+.1f}".format))
        return Section("seconds", "What each limit adds to solving", fields, rows, says=says)


@dataclass(frozen=True)
class Sized:
    """The programme of a case, its parts, and what each limit adds.

    Parameters
    ----------
    whole : Counts
    compile_seconds : float
        Of the processor, to write it.
    parts : tuple of Part
        Rules and variables that have rows or columns.
    limits : dict of str to Counts
        What is gone without the limit. What two limits need is gone without neither alone.
    all_limits : Counts
        What is gone without any.
    """

    whole: Counts
    compile_seconds: float
    parts: tuple[Part, ...]
    limits: dict[str, Counts]
    all_limits: Counts

    def record(self, seconds: Seconds | None = None) -> dict[str, Any]:
        """The same for JSON, with the seconds where they were measured."""
        limits = [{"limit": name, **asdict(adds)} for name, adds in self.limits.items()]
        parts = [asdict(part) for part in self.parts]
        found = {**asdict(self.whole), "compile_seconds": self.compile_seconds, "parts": parts, "limits": limits}
        found["all_limits"] = every = asdict(self.all_limits)
        if seconds is not None:
            found["solve_seconds"], every["solve_seconds"] = seconds.whole, seconds.all_limits
            for limit in limits:
                limit["solve_seconds"] = seconds.limits[str(limit["limit"])]
        return found

    def sections(self) -> tuple[Section, Section]:
        """What is printed of it: the parts, and the limits."""
        whole = self.whole
        told = (
            f"Programme: {whole.rows:,} rows, {whole.columns:,} columns, {whole.nonzeros:,} entries; "
            f"{self.compile_seconds:.1f} s to write"
        )
        count = "{:,}".format
        counts = [number(name, "entries", count) for name in ("rows", "columns", "entries")]
        rows = tuple(
            (part.topic, part.name, *((part.count, None) if part.kind == "rule" else (None, part.count)), part.nonzeros)
            for part in self.parts
        )
        what = (Field("topic"), Field("rule or variable"), *counts)
        if not self.limits:
            return Section("size", told, what, rows), Section("limits", says="The case has no limits.")
        more = [number(name, "entries", "{:+,}".format) for name in ("rows", "columns", "entries")]
        some = (*self.limits.items(), ("all limits", self.all_limits))
        added = tuple((name, adds.rows, adds.columns, adds.nonzeros) for name, adds in some)
        says = "What is gone without the limit; what two limits need is gone without neither alone."
        return (
            Section("size", told, what, rows),
            Section("limits", "What each limit adds", (Field("limit"), *more), added, says=says),
        )


def sized(planner: Planner) -> Sized:
    """Count the programme of a case; nothing is solved.

    Parameters
    ----------
    planner : Planner
        Whose programme is written now, unless it has been.
    """
    began = time.process_time()
    program = planner.program
    written = time.process_time() - began
    arrays = program.arrays(parameter_vector(planner.network))
    whole = Counts(len(arrays.row_lower), len(arrays.cost), len(arrays.values))
    limits, every = _added(planner.case, program)
    counts = {name: some.counts(arrays) for name, some in limits.items()}
    return Sized(whole, written, _parts(program, arrays), counts, every.counts(arrays))


def solve_seconds(planner: Planner, notice: Callable[[str], None] = lambda _: None) -> Seconds:
    """Measure how long the base takes to solve, and the base without each limit.

    Everything is solved from scratch in this process, to least cost and no further, so that what is compared is alike;
    as each is a solve of nearly the whole it takes a while. What a limit adds is cut out of the programme.

    Parameters
    ----------
    planner : Planner
    notice : callable, optional
        Told what is solved next.

    Raises
    ------
    SolveError
        If a base has no certified plan.
    """

    def plain(program: Program, network: Network) -> Start:
        return solve_base(program, parameter_vector(network), planner.solve_limit)

    def took(without: Added | None = None) -> float:
        some = arrays if without is None else arrays.part(~without.rows, ~without.columns)
        began = time.process_time()
        Session(some, planner.solve_limit).base()
        return time.process_time() - began

    limits, every = _added(planner.case, planner.program)
    notice(f"solving {planner.case.name}, then without each of its {len(limits)} limits")
    arrays = planner.program.arrays(parameter_vector(planner.refer(plain)))
    whole = took()
    adds = {}
    for name, some in limits.items():
        notice(f"solving without {name}")
        adds[name] = whole - took(some)
    if len(adds) > 1:
        notice("solving without any limit")
    return Seconds(whole, adds, whole - took(every) if len(adds) > 1 else sum(adds.values()))


def _added(case: Case, program: Program) -> tuple[dict[str, Added], Added]:
    """What each limit adds to a programme, by its name, and what all of them do.

    A row or a column is the limit's that its key names. Where a key names none, limits share it: it is a limit's where
    the rows of no other read it, and a row is whose the column is that it defines.
    """
    row_of = [_limit_of(RULES[name].topic, RULES[name].fields, key) for name, key in program.row_names]
    column_of = [_limit_of(VARIABLES[name].topic, VARIABLES[name].fields, key) for name, key in program.column_names]
    arrays = program.arrays(np.zeros(len(program.parameter_names)))
    readers: dict[int, set[str]] = defaultdict(set)
    defined: dict[int, int] = {}
    for row, column in zip(arrays.rows.tolist(), arrays.columns.tolist(), strict=True):
        if column_of[column] == SHARED:
            if row_of[row] == SHARED:
                defined[row] = column
            else:
                readers[column].add(row_of[row] or SHARED)
    for column, limits in readers.items():
        if len(limits) == 1:
            (column_of[column],) = limits
    for row, column in defined.items():
        row_of[row] = column_of[column]
    at_rows, at_columns = np.array(row_of, object), np.array(column_of, object)
    names = dict.fromkeys(row.limit for row in case.tables.limits)
    found = {name: Added(at_rows == name, at_columns == name) for name in names}
    return found, Added(at_rows != None, at_columns != None)  # noqa: E711


def _limit_of(topic: str, fields: tuple[str, ...], key: tuple[Any, ...]) -> str | None:
    """The limit that a row or a column of a topic is there for, where one alone is; None for other topics."""
    if topic != LIMITS:
        return None
    return str(key[fields.index("limit")]) if "limit" in fields else SHARED


def _parts(program: Program, arrays: Arrays) -> tuple[Part, ...]:
    """Rows by rule and columns by variable, with the entries in them, topic by topic."""
    rules = Counter(rule for rule, _ in program.row_names)
    variables = Counter(name for name, _ in program.column_names)
    in_rule = Counter(program.row_names[row][0] for row in arrays.rows)
    in_variable = Counter(program.column_names[column][0] for column in arrays.columns)
    found = [Part(RULES[name].topic, name, "rule", count, in_rule[name]) for name, count in rules.items()]
    found += [
        Part(VARIABLES[name].topic, name, "variable", count, in_variable[name]) for name, count in variables.items()
    ]
    return tuple(sorted(found, key=lambda part: (TOPICS.index(part.topic), part.kind, -part.count)))
