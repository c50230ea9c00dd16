"""Plan, trace, tighten: content that is declared clean at each stage is kept below its threshold across all of them.

The formulation counts what is diluted into a lot, not what its clean inputs already hold. So a plan is traced, and
where goods are used as clean that hold more than their rule lets them, the lots that bring the content in are held to
what these leave them; the plan is solved again, from where it ended. The plan without that bounds the cost from
below, one whose trace keeps the rules from above.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from optimizer.engine.refine import with_tangents_of
from optimizer.network.network import Network
from optimizer.network.numbers.content import allowed_shares, restricting, same_rule
from optimizer.network.sets import CleanLot
from optimizer.plans.frame import Frame
from optimizer.plans.mixing import Mixing, Pattern, declared
from optimizer.program.answer import Answer
from optimizer.program.certificate import certify
from optimizer.program.program import Floats
from optimizer.program.variant import Variant

Order = Literal["before", "together", "itself"]
ORDERS: dict[Order, int] = {"before": 3, "together": 4, "itself": 5}
"""What is held back first: the lots before those that make the offending goods, all in proportion, or those themselves;
and after how many rounds in all the next is tried. The cheapest of what they lead to is taken."""
KILOGRAM = 1e-3
"""Tonnes from which goods are looked at: what is less is noise of the solver."""
WORTH = 1e-3
"""Part of the cost by which tightening may raise it before the other order is tried."""
LOOKED_AT = 50
"""Most pools that a round tightens for, each in its worst period, the worst first."""
SMALLEST = 1e-6
"""Part of a share below which nothing may be diluted: its coefficient must not vanish from the matrix."""
Rounds = Generator[Variant, Answer, Answer]


@dataclass(frozen=True)
class Offence:
    """Goods used as clean of a rule that hold more than it lets them.

    Parameters
    ----------
    node : int
        Their pool; see `Pattern`.
    excess : float
        Share of value that is too much.
    """

    node: int
    excess: float


class Tightening:
    """What keeps content across stages in one world.

    Parameters
    ----------
    frame : Frame
    world : Network
    variant : Variant
        What is planned, at the content shares with which the base plan was found.
    """

    def __init__(self, frame: Frame, world: Network, variant: Variant) -> None:
        self.frame, self.world, self.variant = frame, world, variant
        self.kept_back = {
            rule: kept for rule, kept in restricting(world).items() if kept.any() and spans_stages(frame, rule)
        }
        """Rules that keep something back, of goods made in more than one stage, and in which periods."""
        self.allowed = dict(zip(frame.structure.exposures.rules, allowed_shares(world), strict=True))
        """Largest share of clean goods, by rule and period."""

    @property
    def given(self) -> Floats:
        """Parts of the content shares that it starts with."""
        first, end = self.frame.program.shares
        return np.ones(end - first) if self.variant.shares is None else self.variant.shares

    @property
    def untouched(self) -> Floats:
        """The same with nothing tightened that is not decided."""
        found = self.given.reshape(-1, len(self.world.periods)).copy()
        found[:, self.variant.opens :] = 1.0
        return found.ravel()

    def at(self, shares: Floats, after: Answer) -> Variant:
        """The same plan at other content shares, solved from where an answer ended."""
        return replace(self.variant, shares=shares, basis=after.basis, warm=None if after.basis is None else True)

    def mixing(self, rule: str, x: Floats) -> Mixing:
        """Shares of a rule in a plan; what was made before anything could be decided counts as it was declared."""
        most = np.full(len(self.world.periods), np.inf)
        most[: self.variant.opens] = self.allowed[rule][: self.variant.opens]
        return Mixing(self.frame.pattern, rule, x, self.world.value("arriving").ravel(), most)

    def offences(self, mixing: Mixing) -> list[Offence]:
        """Goods that are used as clean of a rule, where it keeps something back, and hold too much: the worst first."""
        pattern, periods, rule = mixing.pattern, len(self.world.periods), mixing.rule
        rows = self.world.case.tables.controls
        column, pool = pattern.taken_as_clean(rule, [rows[number] for number in same_rule(self.world, rule)])
        looked = np.zeros(pattern.nodes, bool)
        looked[pool[mixing.x[column] > KILOGRAM]] = True
        kept = self.kept_back[rule].copy()
        kept[: self.variant.opens] = False
        looked &= np.tile(kept, len(looked) // periods)
        excess = mixing.shares - np.tile(self.allowed[rule], len(looked) // periods)
        slack = self.world.case.file.content_margin / 2 + 1e-9
        worst: dict[int, Offence] = {}
        for node in np.flatnonzero(looked & (excess > slack)).tolist():
            if excess[node] > worst.get(node // periods, Offence(0, 0.0)).excess:
                worst[node // periods] = Offence(node, float(excess[node]))
        return sorted(worst.values(), key=lambda some: -some.excess)[:LOOKED_AT]

    def found(self, answer: Answer) -> dict[str, tuple[Mixing, list[Offence]]]:
        """Offences of an answer, by the rule, with its shares."""
        traced = {rule: self.mixing(rule, answer.x) for rule in self.kept_back}
        each = {rule: (mixing, self.offences(mixing)) for rule, mixing in traced.items()}
        return {rule: both for rule, both in each.items() if both[1]}

    def keeps(self, answer: Answer) -> bool:
        """Whether all that an answer declares clean keeps its rules."""
        return answer.certified and not self.found(answer)

    def looked_over(self, answer: Answer) -> Answer:
        """An answer that says whether it keeps its rules."""
        return replace(answer, over=answer.certified and not self.keeps(answer))

    def rounds(self) -> Rounds:
        """Ask for what is to be solved, be sent each answer, and give the one that is left.

        Yields
        ------
        Variant
            To be solved.

        Returns
        -------
        Answer
            With its content shares, and the best plan without tightening where that costs less.
        """
        first = yield self.variant
        if not self.kept_back:
            return self._told(first, self.given)
        shares, loose = self.given, None
        if not first.certified and (self.given < self.untouched).any():
            shares = self.untouched
            first = yield self.at(shares, first)
        if not first.certified:
            return first
        first = replace(first, shares=shares)
        if np.array_equal(shares, self.untouched):
            loose = first
        answer = first if self.keeps(first) else (yield from self._kept(first))
        last = first if answer is None else answer
        if loose is None:
            loose = self._no_dearer(last) or (yield self.at(self.untouched, last))
        loose = self._told(loose, self.untouched)
        if answer is None:
            return replace(loose if loose.certified else self._told(first, shares), over=True)
        differs = loose.certified and loose.cost < answer.cost
        return replace(self._told(answer, answer.shares), loose=loose if differs else None)

    @staticmethod
    def _told(answer: Answer, shares: Floats) -> Answer:
        """An answer with its content shares; none where nothing was tightened."""
        return replace(answer, shares=shares if (shares < 1).any() else np.zeros(0))

    def _kept(self, first: Answer) -> Generator[Variant, Answer, Answer | None]:
        """The cheapest answer found that keeps the rules, at last one that dilutes nothing; None if there is none."""
        best: Answer | None = None
        spent = 0
        for order, most in ORDERS.items():
            answer = first
            while spent < most and answer.certified and (found := self.found(answer)):
                shares = self.tightened(answer, found, order)
                if np.array_equal(shares, answer.shares):
                    break
                spent += 1
                answer = replace((yield self.at(shares, answer)), shares=shares)
            if self.keeps(answer) and (best is None or answer.cost < best.cost):
                best = answer
            if best is not None and best.cost - first.cost <= WORTH * abs(first.cost):
                break
        if best is None:
            shares = self._undiluted(first.shares)
            answer = replace((yield self.at(shares, first)), shares=shares)
            best = answer if self.keeps(answer) else None
        return best

    def _undiluted(self, shares: Floats) -> Floats:
        """Content shares by which nothing is diluted under the rules that is still to be decided."""
        found = shares.reshape(-1, len(self.world.periods)).copy()
        for rule in self.kept_back:
            rows = [number for number, _ in self.frame.pattern.clean_lots(rule)]
            found[rows, self.variant.opens :] = 0.0
        return found.ravel()

    def _no_dearer(self, answer: Answer) -> Answer | None:
        """An answer as that of the plan without tightening, where its own prices prove that nothing is better there."""
        program = self.frame.program
        parameters = with_tangents_of(program, self.variant.parameters, answer.tangents)
        variant = replace(self.variant, parameters=parameters, shares=self.untouched)
        # What is decided is held at where it is.
        made = certify(variant.arrays(program, answer.x), answer.x, answer.y)
        return answer if made.holds else None

    def tightened(self, answer: Answer, found: dict[str, tuple[Mixing, list[Offence]]], order: Order) -> Floats:
        """Content shares by which lots hold what those further down leave them.

        Parameters
        ----------
        answer : Answer
        found : dict
            Its offences.
        order : str
            Which lots are held back first; the others with what is left.
        """
        shares = answer.shares.reshape(-1, len(self.world.periods)).copy()
        for mixing, offences in found.values():
            lots = _Lots(self, mixing)
            for offence in offences:
                lots.hold_back(offence, order, shares)
        return shares.ravel()


class _Lots:
    """The lots of a rule that can be held back, and what each holds of what was diluted into it, by lot and period."""

    def __init__(self, tightening: Tightening, mixing: Mixing) -> None:
        pattern, periods = mixing.pattern, len(tightening.world.periods)
        self.mixing, self.opens = mixing, tightening.variant.opens
        keys = pattern.clean_lots(mixing.rule)
        self.rows = np.array([number for number, _ in keys], np.int64)
        self.makes = [
            {material for material, tonnes in pattern.structure.by.recipes[key.recipe].items() if tonnes > 0}
            for _, key in keys
        ]
        firsts = np.array([pattern.lot(key.site, key.recipe, key.lot, 0) for _, key in keys], np.int64)
        self.nodes = firsts[:, None] + np.arange(periods)
        counted, beyond = mixing.diluted()
        main = np.array([pattern.links.output_value[key.recipe] for _, key in keys])[:, None]
        outputs = pattern.worth[self.nodes - pattern.pools]
        least = np.array([_only_exposed(pattern, key) for _, key in keys])[:, None]
        self.least = least / main
        """What a lot cannot do without, as its inputs are not to be had otherwise: a share of what its main output is
        worth, as the rule counts."""
        self.counted = np.maximum(0.0, counted[self.nodes] * outputs / main - self.least)
        """What is diluted into it beyond that, so counted."""
        self.beyond = np.maximum(0.0, beyond[self.nodes] - least / np.maximum(outputs, 1e-300))
        """The same as a share of all its outputs, and beyond what it takes the place of."""
        self.allowed = tightening.world.value("content_share")[self.rows]

    def hold_back(self, offence: Offence, order: Order, shares: Floats) -> None:
        """Hold lots to what offending goods leave them, several in proportion."""
        felt = self.mixing.reaching(offence.node)[self.nodes]
        felt[:, : self.opens] = 0.0
        brought = felt * self.beyond
        _, material, _ = self.mixing.pattern.name(offence.node)
        own = np.array([material in made for made in self.makes])[:, None] & np.ones_like(self.nodes, bool)
        excess = offence.excess
        parts = {"before": (~own, own), "together": (np.ones_like(own),), "itself": (own, ~own)}
        for some in parts[order]:
            all_of_it = float(brought[some].sum())
            if all_of_it > 0 and excess > 0:
                part = max(0.0, 1 - excess / all_of_it)
                self._hold(felt * some * (self.counted > 0), part, shares)
                excess -= (1 - part) * all_of_it

    def _hold(self, felt: Floats, part: float, shares: Floats) -> None:
        """Hold each lot to a part of what it brings to where it is felt, in every period that is still open."""
        weight = felt.sum(axis=1)
        mean = (felt * self.counted).sum(axis=1) / np.where(weight > 0, weight, 1.0)
        most = (self.least + part * mean[:, None]) / np.where(self.allowed > 0, self.allowed, 1.0)
        most[most < SMALLEST] = 0.0
        rows = self.rows[weight > 0]
        shares[rows, self.opens :] = np.minimum(shares[rows], most[weight > 0])[:, self.opens :]


def _only_exposed(pattern: Pattern, key: CleanLot) -> float:
    """Value of the inputs that a clean lot can have in exposed classes only, 1000 USD per tonne of activity."""
    s, supplied = pattern.structure, pattern.supplied
    return sum(
        -tonnes * pattern.value[material]
        for material, tonnes in s.by.recipes[key.recipe].items()
        if tonnes < 0
        and (s.place[key.site, material], material, s.draws[key.site, key.recipe, key.lot, material]) not in supplied
    )


def spans_stages(frame: Frame, rule: str) -> bool:
    """Whether goods that hold some of a rule's content and are clean of it go on into another lot that is.

    Parameters
    ----------
    frame : Frame
    rule : str
        Content rule.
    """
    s = frame.structure
    holding = {
        material
        for key in s.index["clean_lots"]
        if key.control == rule
        for material, tonnes in s.by.recipes[key.recipe].items()
        if tonnes > 0
    }
    for offer, exposure in s.offer_class.items():
        if rule not in exposure.split("+") and declared(s, offer, rule) > 0:
            holding.add(s.by.offers[offer].material)
    return any(
        rule not in run.exposure.split("+") and material in holding
        for run in s.index["runs"]
        for material, tonnes in s.by.recipes[run.recipe].items()
        if tonnes < 0
    )


def content_kept(frame: Frame, answer: Answer) -> str:
    """How an answer keeps content across stages: `tightened`, `undiluted`, or not (`over`); empty: as it is.

    Parameters
    ----------
    frame : Frame
    answer : Answer
    """
    if answer.over:
        return "over"
    if answer.loose is None:
        return ""
    last = answer.shares.reshape(-1, len(frame.structure.periods))[:, -1]
    lots: dict[str, list[float]] = defaultdict(list)
    for key, share in zip(frame.structure.index["clean_lots"], last.tolist(), strict=True):
        lots[key.control].append(share)
    return "undiluted" if any(not any(some) for some in lots.values()) else "tightened"
