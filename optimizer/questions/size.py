"""How large a programme is, rule by rule, and what each limit adds to it: rows, columns, entries and seconds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from optimizer.case.case import Case
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.plans.plan import Planner
from optimizer.plans.sections import Field, Section, number
from optimizer.topics import TOPICS


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
class Measured:
    """Size of a programme, and how long it took to write it and to solve its base.

    Parameters
    ----------
    rows, columns, nonzeros : int
    compile_seconds, solve_seconds : float
        Of the processor, so that what else runs on the machine does not count.
    """

    rows: int
    columns: int
    nonzeros: int
    compile_seconds: float
    solve_seconds: float

    def beyond(self, other: Measured) -> Measured:
        """By how much it is larger and slower than another."""
        return Measured(*(mine - its for mine, its in zip(asdict(self).values(), asdict(other).values(), strict=True)))


@dataclass(frozen=True)
class Sized:
    """The programme of a case, its parts, and what each limit adds.

    Parameters
    ----------
    whole : Measured
    parts : tuple of Part
        Rules and variables that have rows or columns.
    limits : dict of str to Measured
        The whole less the programme of the same case without the limit.
    all_limits : Measured
        The whole less the programme without any.
    """

    whole: Measured
    parts: tuple[Part, ...]
    limits: dict[str, Measured]
    all_limits: Measured

    def record(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            **asdict(self.whole),
            "parts": [asdict(part) for part in self.parts],
            "limits": [{"limit": name, **asdict(adds)} for name, adds in self.limits.items()],
            "all_limits": asdict(self.all_limits),
        }

    def sections(self) -> tuple[Section, Section]:
        """What is printed of it: the parts, and the limits."""
        whole = self.whole
        told = (
            f"Programme: {whole.rows:,} rows, {whole.columns:,} columns, {whole.nonzeros:,} entries; "
            f"{whole.compile_seconds:.1f} s to write, {whole.solve_seconds:.1f} s to solve the base"
        )
        count = "{:,}".format
        counts = [number(name, "entries", count) for name in ("rows", "columns", "entries")]
        rows = tuple(
            (part.topic, part.name, *((part.count, None) if part.kind == "rule" else (None, part.count)), part.nonzeros)
            for part in self.parts
        )
        what = (Field("topic"), Field("rule or variable"), *counts)
        seconds = [number(name, "s", "{:+.1f}".format) for name in ("seconds\nto write", "seconds\nto solve")]
        added = tuple(
            (name, some.rows, some.columns, some.nonzeros, some.compile_seconds, some.solve_seconds)
            for name, some in (*self.limits.items(), *([("all limits", self.all_limits)] if self.limits else ()))
        )
        more = [number(name, "entries", "{:+,}".format) for name in ("rows", "columns", "entries")]
        read = "Against the same case without it, planned beside it; seconds of the processor, measured once."
        return (
            Section("size", told, what, rows),
            Section("limits", "What each limit adds", (Field("limit"), *more, *seconds), added, says=read)
            if added
            else Section("limits", says="The case has no limits."),
        )


def sized(case: Case, solve_limit: float = 300.0, notice: Callable[[str], None] = lambda _: None) -> Sized:
    """Measure the programme of a case, and beside it that of the same case without each of its limits.

    How a limit is written is not looked at: what it adds is what is gone without its rows in the table.

    Parameters
    ----------
    case : Case
    solve_limit : float, optional
        Seconds one solve may take.
    notice : callable, optional
        Told what is solved next.

    Raises
    ------
    SolveError
        If a base has no certified plan.
    """
    names = list(dict.fromkeys(row.limit for row in case.tables.limits))
    notice(f"solving {case.name}, then without each of its {len(names)} limits")
    _measured(Planner(case, solve_limit))  # what only the first one takes is nobody's
    whole = _measured(planner := Planner(case, solve_limit))
    limits = {}
    for name in names:
        notice(f"solving without {name}")
        limits[name] = whole.beyond(_measured(Planner(_without(case, name), solve_limit)))
    none = _measured(Planner(_without(case, *names), solve_limit)) if len(names) > 1 else None
    every = whole.beyond(none) if none else next(iter(limits.values()), whole.beyond(whole))
    return Sized(whole, _parts(planner), limits, every)


def _measured(planner: Planner) -> Measured:
    """The size of a programme, written and solved now."""
    began = time.process_time()
    compiled = planner.program
    written = time.process_time()
    arrays = planner.start.arrays
    solved = time.process_time()
    rows, columns = len(compiled.row_names), len(compiled.column_names)
    return Measured(rows, columns, len(arrays.values), written - began, solved - written)


def _parts(planner: Planner) -> tuple[Part, ...]:
    """Rows by rule and columns by variable, with the entries in them, topic by topic."""
    program = planner.program
    arrays = program.arrays(parameter_vector(planner.network))
    rules = Counter(rule for rule, _ in program.row_names)
    variables = Counter(name for name, _ in program.column_names)
    in_rule = Counter(program.row_names[row][0] for row in arrays.rows)
    in_variable = Counter(program.column_names[column][0] for column in arrays.columns)
    found = [Part(RULES[name].topic, name, "rule", count, in_rule[name]) for name, count in rules.items()]
    found += [
        Part(VARIABLES[name].topic, name, "variable", count, in_variable[name]) for name, count in variables.items()
    ]
    return tuple(sorted(found, key=lambda part: (TOPICS.index(part.topic), part.kind, -part.count)))


def _without(case: Case, *limits: str) -> Case:
    """The case without some limits."""
    kept = [number for number, row in enumerate(case.tables.limits) if row.limit not in limits]
    rows = tuple(case.tables.limits[number] for number in kept)
    places = tuple(case.where("limits")[number] for number in kept)
    return Case(
        case.file,
        case.tables.replaced(limits=rows),
        {**case.places, "limits": places},
        case.said,
        case.added,
        case.closable,
    )
