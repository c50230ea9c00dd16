"""Rules of content: what a lot may hold of what is controlled."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, rule
from optimizer.formulation.rules.goods import Goods


class Content(Goods):
    """What lots hold."""

    content_share: Indexed


@rule(over="bounded_dilutions", words="the need of recipe {recipe} at {site} for {material}")
def dilution_within_recipe(m: Content, site: str, recipe: str, material: str, lot: str, period: int) -> Any:
    r"""A lot holds no more diluted input than its recipe needs (written where the value rule does not imply it).

    .. math:: \sum_{q'} dilute_{skiq'qt} \le need_{ki}\, run_{skqt}
    """
    need = -m.structure.by.recipes[recipe][material]
    return (
        sum(m.dilute[(*key, period)] for key in m.links.dilutions[site, recipe, material, lot])
        <= need * m.run[site, recipe, lot, period]
    )


@rule(over="clean_lots", words="the threshold of {control} for clean lots of {recipe} at {site}", unit="1000 USD")
def de_minimis(m: Content, control: str, site: str, recipe: str, lot: str, period: int) -> Any:
    r"""A lot clean of a content rule holds less than the rule's threshold of exposed value.

    The rule bites at the threshold, so a lot stays a margin below it. The share holds on average over a site, a class
    and a period. What clean inputs hold counts as nothing here: :math:`\tau` is 1 until the trace of a plan shows that
    a lot further down holds too much, and is then what that lot leaves to this one.

    .. math:: \sum_{i,\, q' \ni r} v_i\, dilute_{skiq'qt} \le \tau_{rskqt} \max(0, \theta_r - margin)\, v_k\, run_{skqt}
    """
    values = m.structure.by.materials
    exposed = sum(
        values[key.material].unit_value * m.dilute[(*key, period)]
        for key in m.links.exposed_dilutions[control, site, recipe, lot]
    )
    return (
        exposed
        <= m.content_share[control, site, recipe, lot, period]
        * m.links.output_value[recipe]
        * m.run[site, recipe, lot, period]
    )
