"""What an answer costs: the terms, what of them is paid, and how far the sum is proved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from optimizer.formulation.rules import COST_TERMS
from optimizer.plans.schema import COST, Columns, number, word
from optimizer.program.answer import Answer
from optimizer.program.certificate import Certificate

PENALTIES = {term.variable: name for name, term in COST_TERMS.items() if term.penalty}
"""Variables that miss what was asked for, and the cost terms of their penalties; every other term is cash."""


class Costs(Columns):
    """Columns of `costs`."""

    term = word("cost term")
    cost_usd = COST


class Amounts(Columns):
    """Columns that say a cost, wherever one is told: summary, tables of questions, JSON."""

    cost_usd = number(COST.unit, "cost over the horizon, penalties included")
    cash_usd = number(
        COST.unit, "what of it is paid: goods, work, freight, duties, stock, projects", empty=True, listed=False
    )
    penalties_usd = number(
        COST.unit,
        "what of it are penalties, which nobody is paid: of shortage, missing stock and broken limits",
        empty=True,
        listed=False,
    )


@dataclass(frozen=True)
class Bounds:
    """A proof by bounds: no answer costs less than the lower one, and one is known that costs the upper one."""

    lower: float
    upper: float


Proof = Certificate | Bounds | None
"""How far a cost is proved: by the certificate of a linear programme, by bounds, or not at all."""


def proof_of(answer: Answer) -> Proof:
    """How far the cost of an answer is proved.

    Parameters
    ----------
    answer : Answer
        Where content across stages had to be tightened, the best plan without that bounds its cost from below; where
        no plan was found that keeps the rules, nothing bounds it from above.
    """
    proof = answer.certificate
    if proof is None or not proof.holds or (answer.loose is None and not answer.over):
        return proof
    below = proof if answer.loose is None else answer.loose.proof("the plan without tightening")
    return Bounds(below.dual_objective, math.nan if answer.over else proof.objective)


@dataclass(frozen=True)
class Cost:
    """A cost in USD, discounted to the start.

    Parameters
    ----------
    value : float
        The sum of all terms.
    cash : float
        What of it is paid: goods, work, freight, duties, stock, projects.
    penalty : float
        What of it are penalties: of shortage, missing stock and broken limits. Nobody is paid them.
    proof : Certificate, Bounds or None
    """

    value: float
    cash: float
    penalty: float
    proof: Proof = None

    @property
    def lower(self) -> float:
        """What the least cost is proved not to be below; not a number without a proof."""
        if isinstance(self.proof, Bounds):
            return self.proof.lower
        return self.proof.dual_objective if self.proof is not None and self.proof.holds else float("nan")

    @property
    def upper(self) -> float:
        """What the least cost is proved not to be above; not a number without a proof."""
        if isinstance(self.proof, Bounds):
            return self.proof.upper
        return self.proof.objective if self.proof is not None and self.proof.holds else float("nan")

    @property
    def cells(self) -> dict[str, float]:
        """It in the columns of `Amounts`."""
        amounts = (self.value, self.cash, self.penalty)
        return dict(zip(map(str, Amounts.columns()), amounts, strict=True))

    def record(self) -> dict[str, float | None]:
        """The whole of it for JSON: the columns of `Amounts` and `lower_usd`, `upper_usd`; None where there is none."""
        told = {**self.cells, "lower_usd": self.lower, "upper_usd": self.upper}
        return {name: None if math.isnan(amount) else amount for name, amount in told.items()}


def cost_of(terms: pd.DataFrame, proof: Proof = None) -> Cost:
    """The cost that terms add up to.

    Parameters
    ----------
    terms : DataFrame
        Columns of `Costs`, of one answer.
    proof : Certificate, Bounds or None
        Of their sum.

    Returns
    -------
    Cost
    """
    fined, usd = terms[Costs.term].isin(PENALTIES.values()), terms[Costs.cost_usd]
    return Cost(float(usd.sum()), float(usd[~fined].sum()), float(usd[fined].sum()), proof)
