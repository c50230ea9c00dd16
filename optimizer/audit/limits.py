"""Audit of limits: whose tonnes (or USD) pass a stage in a window, looked through, and what is broken at a price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.audit.books import SLACK, Books, at_most, equal
from optimizer.audit.contracts import running
from optimizer.audit.dated import over_days
from optimizer.audit.rules import Rules
from optimizer.case.topics.limits import Scope
from optimizer.faults import Fault

EVERYBODY = "everybody"
"""Member that a limit on the sum of squared shares names."""
DRAWN = 2e-6
"""Largest sum of squared shares by which what is drawn may fall short."""
MONEY = 10.0
"""USD by which spend may differ: the tables leave out rows below a millionth of a tonne."""


@dataclass(frozen=True)
class Span:
    """A limit in one window: its row, the window's name and periods, and what passes its stage by member."""

    row: Any
    number: int
    label: str
    periods: tuple[int, ...]
    by_member: dict[str, float]

    @property
    def total(self) -> float:
        """Tonnes (or USD) of everybody."""
        return sum(self.by_member.values())


def windows(books: Books, kind: str) -> dict[str, tuple[int, ...]]:
    """Windows of one kind; a year gathers the periods that begin in it.

    Parameters
    ----------
    books : Books
    kind : {'period', 'year', 'horizon'}

    Returns
    -------
    dict of str to tuple of int
        Periods of each window, by its name.
    """
    found: dict[str, list[int]] = defaultdict(list)
    for period in books.periods:
        year = str(books.bounds[period].year)
        found[{"period": books.label[period], "year": year, "horizon": "horizon"}[kind]].append(period)
    return {label: tuple(periods) for label, periods in found.items()}


def passing(books: Books, scope: Scope, by: str, periods: tuple[int, ...]) -> dict[str, float]:
    """What of a scope passes in a window, by supplier, country or owner; under no name what nobody is declared for.

    Parameters
    ----------
    books : Books
    scope : Scope
    by : {'supplier', 'country', 'owner'}
    periods : tuple of int
        Those of the window.

    Returns
    -------
    dict of str to float
        Tonnes, or USD not discounted where the scope measures spend.
    """
    counted = {name for name, some in books.material.items() if some.stage == scope.stage}
    counted &= set(scope.materials) or counted
    spend = scope.measure == "spend"
    found: dict[str, float] = defaultdict(float)

    def member(site: str) -> str:
        return str({"supplier": site, "country": books.site[site].country, "owner": books.site[site].owner}[by])

    for line in books.lines("production"):
        made = sum(t for name, t in books.need[line.recipe].items() if t > 0 and name in counted)
        if made and line.period in periods:
            found[member(line.site)] += line.activity_t * (line.price_usd_per_t if spend else made)
    for line in books.lines("purchases"):
        offer = books.offer[line.offer]
        if line.period not in periods:
            continue
        if offer.material in counted:
            found[member(offer.site)] += line.tonnes * (line.price_usd_per_t if spend else 1.0)
        for origin in books.rows.origins:
            if origin.offer == line.offer and origin.material in counted and not spend:
                found["" if by == "supplier" else origin.country] += line.tonnes * origin.tonnes
    for site, usd in _without_a_tonne(books, counted, periods) if spend else ():
        found[member(site)] += usd
    return found


def _without_a_tonne(books: Books, counted: set[str], periods: tuple[int, ...]) -> Iterator[tuple[str, float]]:
    """What is paid to sites in some periods and is no price of what passes: not taken, reserved, or for projects."""
    whole = running(books)
    years = {row.contract: whole[n, list(periods)].sum() for n, row in enumerate(books.rows.contracts)}
    seller = {name: books.offer[row.offer] for name, row in books.contract.items()}
    for line in books.lines("not_taken"):
        if line.period in periods and seller[line.contract].material in counted:
            yield seller[line.contract].site, line.tonnes * line.price_usd_per_t
    for line in books.lines("contracts"):
        if seller[line.contract].material in counted:
            fee = books.contract[line.contract].reservation_fee
            yield seller[line.contract].site, fee * years[line.contract] * line.reserved_t_per_year
    cost = books.keyed("projects", books.average("projects", "cost"), "project")
    rows = {row.project: row for row in books.rows.projects}
    for line in books.lines("projects"):
        if line.period in periods and counted & _given(books, rows[line.project]):
            yield rows[line.project].site, cost[line.project, line.period] * line.share


def _given(books: Books, project: Any) -> set[str]:
    """Materials that the plant gives which a project enlarges, or the site that it qualifies."""
    runs = {row.process for row in books.rows.plants if row.site == project.site}
    runs = {project.process} if project.kind == "expand" else runs
    made = {
        material
        for recipe, process in books.process.items()
        for material, tonnes in books.need[recipe].items()
        if process in runs and tonnes > 0
    }
    sold = {row.material for row in books.rows.offers if row.site == project.site and project.kind != "expand"}
    return made | sold


def spans(books: Books) -> list[Span]:
    """Every limit in every window in which it is in force."""
    by_limit: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for number, row in enumerate(books.rows.limits):
        if number in books.days.absent["limits"]:
            continue
        by_limit[row.limit].append((number, row))
    found = []
    for rows in by_limit.values():
        for label, periods in windows(books, rows[0][1].window).items():
            first = books.bounds[periods[0]]
            begun = sorted((row.from_, n) for n, row in rows if row.from_ <= first)
            if not begun:
                continue
            number = begun[-1][1]
            row = books.rows.limits[number]
            if row.until is None or row.until > first:  # an earlier row does not come back after it
                found.append(Span(row, number, label, periods, passing(books, row.scope, row.by, periods)))
    return found


def over_window(books: Books, column: str, span: Span) -> float:
    """Mean of a limit's column over the days of a window; of a bound per year, the sum over it.

    Parameters
    ----------
    books : Books
    column : str
    span : Span

    Returns
    -------
    float
        In the column's unit.
    """
    per_year = column == "value" and span.row.measure in ("volume", "spend")
    return over_days(books, column, span.row.limit, span.periods, per_year=per_year)


def _members(books: Books, span: Span, listed: set[str]) -> dict[str, float]:
    """What a limit bounds in a window, by member: those it names, and those that its table lists."""
    groups = books.case.file.groups
    exempt = set(groups.get(span.row.exempt, ()))
    if span.row.measure == "hhi":
        amounts = [t for name, t in span.by_member.items() if name not in exempt | {""}]
        return {EVERYBODY: sum(t * t for t in amounts) / span.total if span.total > 0 else 0.0}
    if span.row.member == "each":
        return {name: span.by_member.get(name, 0.0) for name in {*span.by_member, *listed} - exempt - {""}}
    names = groups.get(span.row.member, (span.row.member,))
    return {span.row.member: sum(span.by_member.get(name, 0.0) for name in names)}


def limits(books: Books, rules: Rules) -> Iterator[Fault]:
    """Every limit is kept, or the breach is in the table of limits; what that says is what passes.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    lines = {(line.limit, line.member, line.window): line for line in books.lines("limits")}
    bound_by = set()
    for span in spans(books):
        row = span.row
        listed = {key[1] for key in lines if (key[0], key[2]) == (row.limit, span.label)}
        bound = over_window(books, "value", span)
        most = bound * (span.total if row.measure in ("share", "hhi") else 1.0)
        slack = MONEY if row.measure == "spend" else SLACK
        slack += DRAWN * span.total if row.measure == "hhi" else 1e-9 * span.total
        for member, amount in _members(books, span, listed).items():
            key = row.limit, member, span.label
            bound_by.add(key)
            line = lines.get(key)
            breach = float(line.breach) if line is not None else 0.0
            over = amount - most if row.sense == "at_most" else most - amount
            if row.penalty is None and breach != 0:
                yield Fault(
                    f"limit {' / '.join(key)}",
                    f"expected no breach of a hard limit, found {breach:.9g}",
                    code="disagrees",
                )
            yield from at_most("limit broken, t or USD", {key: over}, {key: breach}, slack)
            if line is None:
                yield Fault(
                    f"limit {' / '.join(key)}", "expected a row in the table of limits, found none", code="disagrees"
                )
                continue
            said = {"total": line.total, "amount": line.amount, "bound": line.bound}
            mine = {"total": span.total, "amount": amount, "bound": bound}
            yield from equal(f"limit {' / '.join(key)} as its table says", said, mine, slack, 1e-9)
    for key in lines.keys() - bound_by:
        yield Fault(
            f"limit {' / '.join(key)}",
            "expected no row in the table of limits, as it binds nobody then",
            code="disagrees",
        )


CHECKS = (limits,)
"""Every audit of limits."""
