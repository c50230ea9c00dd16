"""How likely each scenario is to be the one that comes: stated probabilities, made into weights that add up to one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.errors import ScenarioError
from optimizer.faults import Fault
from optimizer.world.scenario import Scenario

ROUNDING = 1e-12
"""By how much probabilities that add up to one may be off by rounding."""


@dataclass(frozen=True)
class Chances:
    """The weights of scenarios of which one at most comes.

    Parameters
    ----------
    weights : mapping of str to float
        Weight of each scenario by its name, 0 to 1.
    nothing : float
        Weight of none of them; with the weights it adds up to 1.
    several : float
        Chance that two or more of them come, which the weights leave out.
    """

    weights: Mapping[str, float]
    nothing: float
    several: float


def chances(scenarios: Sequence[Scenario]) -> Chances:
    r"""The weights of scenarios, given that at most one of them comes.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Their probabilities are chances by themselves: one says nothing of another, but for those of one `exclusive`
        group, of which at most one can come.

    Returns
    -------
    Chances

    Raises
    ------
    ScenarioError
        If those of a group are more than certain together, or two that exclude nothing are certain each.

    Notes
    -----
    With :math:`P_g` the sum of the probabilities of group g (a scenario without one is its own),

    .. math::
        w_0 = \frac{1}{N} \prod_g (1 - P_g), \qquad
        w_s = \frac{p_s}{N} \prod_{h \ne g(s)} (1 - P_h), \qquad
        N = \prod_g (1 - P_g) + \sum_g P_g \prod_{h \ne g} (1 - P_h)

    and the chance of two or more is :math:`1 - N`.
    """
    groups: dict[tuple[str, bool], list[Scenario]] = {}
    for some in scenarios:
        groups.setdefault((some.exclusive or some.name, some.exclusive is not None), []).append(some)
    sums = [math.fsum(some.probability for some in group) for group in groups.values()]
    if faults := [
        _too_likely(group, total) for group, total in zip(groups.values(), sums, strict=True) if total > 1 + ROUNDING
    ]:
        raise ScenarioError(faults)
    certain = [group for group, total in zip(groups.values(), sums, strict=True) if total >= 1]
    if len(certain) > 1:
        raise ScenarioError([_both_certain(certain)])
    none = [max(0.0, 1 - total) for total in sums]
    others = [math.prod(none[:number] + none[number + 1 :]) for number in range(len(sums))]
    nothing = math.prod(none)
    at_most_one = nothing + math.fsum(min(1.0, total) * left for total, left in zip(sums, others, strict=True))
    weights = {
        some.name: some.probability * left / at_most_one
        for group, left in zip(groups.values(), others, strict=True)
        for some in group
    }
    in_order = {some.name: weights[some.name] for some in scenarios}
    return Chances(in_order, nothing / at_most_one, max(0.0, 1 - at_most_one))


def _too_likely(group: Sequence[Scenario], total: float) -> Fault:
    """Variants of one event that are more than certain together."""
    told = ", ".join(f"{some.name} {some.probability:g}" for some in group)
    what = (
        f"exclusive: expected probabilities that add up to at most 1 in {group[0].exclusive}, found {total:g}: {told}"
    )
    return Fault(group[0].name, what, code="out-of-range", column="exclusive", found=total)


def _both_certain(certain: Sequence[Sequence[Scenario]]) -> Fault:
    """Events that are certain each, so that never at most one of them comes."""
    names = [" or ".join(some.name for some in group) for group in certain]
    what = f"probability: expected at most one event that is certain, found {', '.join(names)}"
    return Fault(names[0], what, code="inconsistent", column="probability", found=names)
