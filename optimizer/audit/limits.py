"""Audit of limits: whose tonnes (or USD) pass a stage in a window, looked through, and what is broken at a price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.audit.attribution import NOBODY, Used, named
from optimizer.audit.books import SLACK, Books, at_most, equal
from optimizer.audit.contracts import running
from optimizer.audit.dated import over_days
from optimizer.audit.inside import Counted
from optimizer.audit.origins import Mixed
from optimizer.audit.rules import Rules
from optimizer.case.topics.limits import Scope
from optimizer.faults import Fault

EVERYBODY = "everybody"
"""Member that a limit on the sum of squared shares names."""
DRAWN = 2e-6
"""Largest sum of squared shares by which what is drawn may fall short."""
USED = 1e-6
"""Part of what counts by which what is used pro rata may differ: the tables leave out rows below a millionth."""
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
    for line in books.lines("carried_over"):
        if line.period in periods and seller[line.contract].material in counted:
            yield seller[line.contract].site, -(line.made_up_t + line.refunded_t) * line.price_usd_per_t
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


def _exempt(books: Books, row: Any) -> set[str]:
    """Names that a limit on each does not bind."""
    return {*books.case.file.groups.get(row.exempt, ()), ""}


def _part(books: Books, row: Any, member: str, by_name: Mapping[str, float]) -> float:
    """A member's part of what passes, by name; of a sum of squared shares their squares over the total."""
    if row.measure == "hhi":
        total = sum(by_name.values())
        some = [t for name, t in by_name.items() if name not in _exempt(books, row)]
        return sum(t * t for t in some) / total if total > 0 else 0.0
    names = {member} if row.member == "each" else named(books, member)
    return sum(by_name.get(name, 0.0) for name in names)


def _members(books: Books, span: Span, listed: set[str]) -> set[str]:
    """Whom a limit binds in a window: those it names; of each, those that give something and those in its table."""
    if span.row.measure == "hhi":
        return {EVERYBODY}
    if span.row.member == "each":
        return {*(name for name, tonnes in span.by_member.items() if tonnes), *listed} - _exempt(books, span.row)
    return {span.row.member}


@dataclass(frozen=True)
class _Bound:
    """A limit in a window, as the auditor counts it."""

    books: Books
    span: Span
    used: Used | None

    def counts(self, line: Any) -> bool:
        """Whether it counts what is used of a member; one of each may be counted by what it gives instead."""
        each = self.span.row.member == "each" and self.span.row.sense == "at_most" and self.span.row.measure != "hhi"
        return self.used is not None and not (each and line is not None and line.basis == "purchases")

    @property
    def total(self) -> float:
        """What counts, of everybody."""
        return self.span.total if self.used is None else self.used.total(self.span.periods)

    def amount(self, member: str, line: Any) -> float:
        """What counts, of a member."""
        if self.used is None or not self.counts(line):
            return _part(self.books, self.span.row, member, self.span.by_member)
        if member != EVERYBODY:
            return self.used.amount(member, self.span.periods)
        squares = sum(self.used.amount(one, self.span.periods) ** 2 for one in set(self.used.parts) - {NOBODY})
        return squares / self.total if self.total > 0 else 0.0


def limits(books: Books, rules: Rules) -> Iterator[Fault]:
    """Every limit is kept, or the breach is in the table of limits; what that says is what is used, or passes.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    lines = {(line.limit, line.member, line.window): line for line in books.lines("limits")}
    bound_by = set()
    every = spans(books)
    for name, some in _by_limit(every).items():
        row, used = some[0].row, None
        if row.basis == "use" and row.measure != "spend":
            used = Used(books, row, [span.periods for span in some])
            listed = {key[1]: line for key, line in lines.items() if key[0] == name and line.basis == "use"}
            yield from used.faults(sorted(used.parts if row.measure == "hhi" else listed))
        for span in some:
            bound = _Bound(books, span, used)
            listed_here = {key[1] for key in lines if (key[0], key[2]) == (name, span.label)}
            for member in _members(books, span, listed_here):
                key = name, member, span.label
                bound_by.add(key)
                yield from _kept(bound, member, lines.get(key))
    for key in lines.keys() - bound_by:
        yield Fault(
            f"limit {' / '.join(key)}",
            "expected no row in the table of limits, as it binds nobody then",
            code="disagrees",
        )


def _in_stock(books: Books, counted: Counted, period: int) -> float:
    """Tonnes of what counts in stock at the end of a period, or before the first, by itself and inside other goods."""
    if period < 0:
        return float(sum(counted.inside(row.material) * row.opening for row in books.rows.stocks))
    some = (line for line in books.lines("stock") if line.period == period)
    return float(sum(counted.inside(line.material) * line.tonnes for line in some))


def _by_limit(every: Iterable[Span]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for span in every:
        found[span.row.limit].append(span)
    return found


def _kept(bound: _Bound, member: str, line: Any) -> Iterator[Fault]:
    """A limit is kept by a member in a window, and its row in the table says what is there."""
    books, span, row = bound.books, bound.span, bound.span.row
    key = row.limit, member, span.label
    total, amount = bound.total, bound.amount(member, line)
    stated = over_window(books, "value", span)
    most = stated * (total if row.measure in ("share", "hhi") else 1.0)
    slack = MONEY if row.measure == "spend" else SLACK
    slack += DRAWN * total if row.measure == "hhi" else 1e-9 * total
    breach = float(line.breach) if line is not None else 0.0
    over = amount - most if row.sense == "at_most" else most - amount
    if row.penalty is None and breach != 0:
        what = f"expected no breach of a hard limit, found {breach:.9g}"
        yield Fault(f"limit {' / '.join(key)}", what, code="disagrees")
    yield from at_most("limit broken, t or USD", {key: over}, {key: breach}, slack)
    if line is None:
        what = "expected a row in the table of limits, found none"
        yield Fault(f"limit {' / '.join(key)}", what, code="disagrees")
        return
    basis = "spend" if row.measure == "spend" else "use" if bound.counts(line) else "purchases"
    if line.basis != basis:
        what = f"expected basis {basis}, found {line.basis}"
        yield Fault(f"limit {' / '.join(key)}", what, code="disagrees")
    if not line.binds and breach > slack:
        yield Fault(f"limit {' / '.join(key)}", "expected that it binds where it is broken", code="disagrees")
    said = {"total": line.total, "amount": line.amount, "bound": line.bound}
    mine = {"total": total, "amount": amount, "bound": stated}
    yield from equal(f"limit {' / '.join(key)} as its table says", said, mine, slack, 1e-9)


def uses(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is used of the goods of limits, pro rata, and bought of them is what the flows of the plan say.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    said: dict[Any, float] = {}
    mine: dict[Any, float] = {}
    most = 0.0
    lines = defaultdict[Any, dict[str, Any]](dict)
    for line in books.lines("limit_use"):
        lines[line.limit, line.window][line.member] = line
    for name, some in _by_limit(spans(books)).items():
        row = some[0].row
        if row.measure == "spend":
            continue
        mixed = Mixed(books, rules, Counted(books, row.stage, row.materials), row.by)
        for span in some:
            used = mixed.used(span.periods)
            most = max(most, span.total, sum(used.values()))
            here = lines.pop((name, span.label), {})
            days = sum(books.length[period] for period in span.periods)
            ends = {"stock_before": span.periods[0] - 1, "stock_after": span.periods[-1]}
            for member in _members(books, span, set(here)):
                for column, period in ends.items():
                    last = _in_stock(books, mixed.counted, period) / sum(used.values()) if sum(used.values()) else 0.0
                    mine[name, member, span.label, column] = last * days
                    said[name, member, span.label, column] = getattr(here.get(member), column, 0.0)
                for total, part, by_name in (("used_total", "used", used), ("bought_total", "bought", span.by_member)):
                    key = name, member, span.label
                    mine[*key, total] = sum(by_name.values())
                    mine[*key, part] = _part(books, row, member, by_name)
                    said |= {(*key, column): getattr(here.get(member), column, 0.0) for column in (total, part)}
    said |= {(*key, member, "a limit"): 1.0 for key, some in lines.items() for member in some}
    yield from equal("limit, used and bought, t", said, mine, SLACK + USED * most, 1e-9)


CHECKS = (limits, uses)
"""Every audit of limits."""
