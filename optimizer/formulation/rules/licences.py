"""Rules of licences: by control, place, goods and applicant."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, rule
from optimizer.formulation.rules.goods import Goods


class Licences(Goods):
    """What is licensed."""

    export_licensed: Indexed
    content_licensed: Indexed
    quota_each: Indexed
    quota_together: Indexed
    counted: Indexed
    export_licensed_to: Indexed
    content_licensed_to: Indexed
    end_use_licensed: Indexed


@rule(over="export_licences", words="the licence under {control} for {group} from {place}")
def export_licence(m: Licences, control: str, place: str, group: str, period: int) -> Any:
    r"""The licensed share of what a place could export leaves it; a control that approves all restricts nothing.

    What goes to applicants with a higher approval takes less of it, nothing if the control approves nothing else.

    .. math:: \sum_{l \in (r, j, g)} counted_{rlt} \sum_q ship_{lqt} \le approval_{rt} \cdot exportable_{jgt}
    """
    return _counted(m, "export", control, place, group, period) <= m.export_licensed[control, place, group, period]


@rule(over="content_licences", words="the licence under {control} for exposed {group} from {place}")
def content_licence(m: Licences, control: str, place: str, group: str, period: int) -> Any:
    r"""The same for goods under a content rule that cross a border between third countries.

    .. math:: \sum_{l \in (r, j, g)} counted_{rlt} \sum_{q \ni r} ship_{lqt} \le approval_{rt} \cdot exportable_{jgt}
    """
    return _counted(m, "content", control, place, group, period) <= m.content_licensed[control, place, group, period]


@rule(over="quotas", words="the quota of {control} for {group} from {place}")
def quota_of_exporter(m: Licences, control: str, place: str, group: str, period: int) -> Any:
    r"""All that a place sends under a control is within its quota, whoever licensed it.

    .. math:: \sum_{l \in (r, j, g)} \sum_q ship_{lqt} \le quota_{rt} + free_{rt} \cdot exportable_{jgt}
    """
    lanes = m.structure.under_quota(control, place, group)
    return sum(m.ship[(*lane, period)] for lane in lanes) <= m.quota_each[control, place, group, period]


@rule(over="country_quotas", words="the quota of {control} for all that leaves {country}")
def quota_of_country(m: Licences, control: str, country: str, period: int) -> Any:
    r"""All that a country sends under a control is within a quota that is for its exporters together.

    .. math:: \sum_{l \in (r, c)} \sum_q ship_{lqt} \le quota_{rt} + free_{rt} \sum_{j \in c} \sum_g exportable_{jgt}
    """
    lanes = m.structure.under_quota(control, country)
    return sum(m.ship[(*lane, period)] for lane in lanes) <= m.quota_together[control, country, period]


def _counted(m: Licences, kind: str, control: str, place: str, group: str, period: int) -> Any:
    """What is shipped under a licence, as it counts."""
    of = m.structure.applicants.of
    return sum(
        m.ship[(*lane, period)] * (m.counted[control, of[control, lane], period] if (control, lane) in of else 1.0)
        for lane in m.structure.governs[kind][control, place, group]
    )


@rule(over="export_applicants", words="the licence under {control} for {group} from {place} to {applicants}")
def export_licence_of_applicants(
    m: Licences, control: str, place: str, group: str, applicants: str, period: int
) -> Any:
    r"""Applicants whom a control treats otherwise than others get what is licensed to them; listed entities nothing.

    .. math:: \sum_{l \in (r, j, g, a)} \sum_q ship_{lqt} \le approval_{rat} \cdot exportable_{jgt}
    """
    lanes = m.structure.applicants.lanes["export"][control, place, group, applicants]
    shipped = sum(m.ship[(*lane, period)] for lane in lanes)
    return shipped <= m.export_licensed_to[control, place, group, applicants, period]


@rule(over="content_applicants", words="the licence under {control} for exposed {group} from {place} to {applicants}")
def content_licence_of_applicants(
    m: Licences, control: str, place: str, group: str, applicants: str, period: int
) -> Any:
    r"""The same for goods under a content rule that cross a border between third countries.

    .. math:: \sum_{l \in (r, j, g, a)} \sum_{q \ni r} ship_{lqt} \le approval_{rat} \cdot exportable_{jgt}
    """
    lanes = m.structure.applicants.lanes["content"][control, place, group, applicants]
    shipped = sum(m.ship[(*lane, period)] for lane in lanes)
    return shipped <= m.content_licensed_to[control, place, group, applicants, period]


@rule(over="end_use_licences", words="the licence under {control} for {product} at {site}, {end_use}")
def end_use_licence(m: Licences, control: str, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Exposed goods reach an end use only as far as they are licensed for it.

    .. math:: \sum_{i,\, q \ni r} serve_{diqt} \le approval_{rt} \cdot quantity_{dt}
    """
    served = m.structure.serves_under[control, site, product, end_use]
    return sum(m.serve[(*key, period)] for key in served) <= m.end_use_licensed[control, site, product, end_use, period]
