"""Rules of licences: by control, place, goods and applicant."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods
from optimizer.network.sets import ApplicantLicence, Lane, Licence


class Licences(Goods):
    """What is licensed."""

    unused: Indexed = variable(
        over="licences",
        meaning="licensed and not yet shipped at the end of a period",
        words="unused licences under {control} for {group} from {origin} to {destination}",
    )
    approved: Indexed = variable(
        over="applicant_licences",
        meaning="shipped under an approval, beside what is licensed to all",
        words="shipped under {applicants} for {group} from {origin} to {destination}",
    )
    unused_of: Indexed = variable(
        over="applicant_licences",
        meaning="licensed by an approval and not yet shipped at the end of a period",
        words="unused licences under {applicants} for {group} from {origin} to {destination}",
    )
    licensed: Indexed
    licensed_lately: Indexed
    licensed_to: Indexed
    licensed_lately_to: Indexed
    left_to: Indexed
    licensed_at_most: Indexed
    quota_each: Indexed
    quota_together: Indexed
    end_use_licensed: Indexed
    application_price: Indexed
    application_price_to: Indexed


@rule(over="licences", words="the licences under {control} for {group} from {origin} to {destination}")
def border_licence(m: Licences, control: str, origin: str, destination: str, group: str, period: int) -> Any:
    r"""What goes to a destination or a customer is licensed: of the reference the approved share, day by day.

    All exporters and all goods of a stage count together; of a content rule, exposed goods that leave a third country.
    What approvals license to some applicants counts there. What is not used is carried. A control that is not in force,
    or is hypothetical and approves all, restricts nothing; on a day on which it does not, the reference passes, or what
    the base plan ships on it if that is more and nothing restricts it there. Where licences are granted by steps, the
    approved share is that of what is granted by that day: of the share :math:`granted(d - f)` that is reached so long
    after :math:`f`, the first day in force. Where what is not granted yet waits at the exporter, it is the approved
    share of what is decided, :math:`D_{kd}`: in order of time, of what is normally shipped and what waits, and at most
    its multiple on a day.

    .. math::

        \sum_{l \in k} \sum_q ship_{lqt} - \sum_a approved_{kat} + unused_{kt}
        \le unused_{k,t-1} + \sum_{d \in t} approval_{rd} \Bigl(R_{kd} - \sum_a covers_{ad} R_{kad}\Bigr)

    .. math::

        D_{kd} = \min\Bigl(multiple_{rd}\, granted_{rd}\, r_{kd},\
        \sum_{f \le s \le d} r_{ks} - \sum_{f \le s < d} D_{ks}\Bigr),
        \qquad r_{kd} = R_{kd} - \sum_a covers_{ad} R_{kad}
    """
    licensing, key = m.structure.licensing, (control, origin, destination, group)
    goes = sum(m.ship[(*lane, period)] for lane in licensing.lanes[Licence(*key)])
    goes -= sum(m.approved[(*some, period)] for some in m.links.applicants[Licence(*key)])
    return goes + _kept(m.unused, key, period) <= m.licensed[(*key, period)]


@rule(over="licences", words="the validity of licences under {control} for {group} from {origin} to {destination}")
def licence_validity(m: Licences, control: str, origin: str, destination: str, group: str, period: int) -> Any:
    r"""Only licences of the days for which one is valid are unused.

    .. math:: unused_{kt} \le \sum_{d \in (t - V, t]} approval_{rd} \Bigl(R_{kd} - \sum_a covers_{ad} R_{kad}\Bigr)
    """
    key = control, origin, destination, group, period
    return m.unused[key] <= m.licensed_lately[key]


@rule(over="applicant_licences", words="what {applicants} licenses of {group} from {origin} to {destination}")
def approval_licence(
    m: Licences, control: str, origin: str, destination: str, group: str, applicants: str, period: int
) -> Any:
    r"""What goes under an approval is licensed by it: of the part of the reference that it covers, its share.

    .. math:: approved_{kat} + unused_{kat} \le unused_{ka,t-1} + \sum_{d \in t} share_{ad}\, covers_{ad} R_{kad}
    """
    key = control, origin, destination, group, applicants
    return m.approved[(*key, period)] + _kept(m.unused_of, key, period) <= m.licensed_to[(*key, period)]


@rule(over="applicant_licences", words="the validity of what {applicants} licenses from {origin} to {destination}")
def approval_validity(
    m: Licences, control: str, origin: str, destination: str, group: str, applicants: str, period: int
) -> Any:
    r"""Only its licences of the days for which one is valid are unused.

    .. math:: unused_{kat} \le \sum_{d \in (t - V, t]} share_{ad}\, covers_{ad} R_{kad}
    """
    key = control, origin, destination, group, applicants, period
    return m.unused_of[key] <= m.licensed_lately_to[key]


@rule(over="approval_quantities", words="the quantity of {approval}")
def approval_quantity(m: Licences, approval: str, period: int) -> Any:
    r"""No more goes under an approval than its quantity, wherever it goes.

    .. math:: \sum_{k,\, a \ni n} approved_{kat} \le years_t\, quantity_n
    """
    under = m.structure.licensing.under(approval)
    return sum(m.approved[(*key, period)] for key in under) <= m.licensed_at_most[approval, period]


@rule(
    over="applicant_licences", words="what {applicants} reaches of {group} from {origin} to {destination}", plain=True
)
def approved_shipped(
    m: Licences, control: str, origin: str, destination: str, group: str, applicants: str, period: int
) -> Any:
    r"""Only what is shipped to those whom an approval reaches goes under it.

    .. math:: approved_{kat} \le \sum_{l \in (k, a)} \sum_q ship_{lqt}
    """
    key = control, origin, destination, group, applicants
    return m.approved[(*key, period)] <= _shipped(m, key, period)


@rule(over="applicant_licences", words="what {applicants} leaves of {group} from {origin} to {destination}")
def listed_licence(
    m: Licences, control: str, origin: str, destination: str, group: str, applicants: str, period: int
) -> Any:
    r"""Whom an approval licenses less than all others are takes of what is licensed to all only what it does not cover.

    .. math::

        \sum_{l \in (k, a)} \sum_q ship_{lqt} - approved_{kat}
        \le \sum_{d \in t} (1 - covers_{ad})\, approval_{rd}\, R_{kad}
    """
    key = control, origin, destination, group, applicants
    return _shipped(m, key, period) - m.approved[(*key, period)] <= m.left_to[(*key, period)]


def _kept(unused: Indexed, key: tuple[str, ...], period: int) -> Any:
    """By how much unused licences grow in a period."""
    return unused[(*key, period)] - (unused[(*key, period - 1)] if period else 0.0)


def _shipped(m: Licences, key: tuple[str, ...], period: int) -> Any:
    """What is shipped to those whom an approval reaches."""
    return sum(m.ship[(*lane, period)] for lane in m.structure.licensing.applicants[ApplicantLicence(*key)])


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


@rule(over="end_use_licences", words="the licence under {control} for {product} at {site}, {end_use}")
def end_use_licence(m: Licences, control: str, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Exposed goods reach an end use only as far as they are licensed for it.

    .. math:: \sum_{i,\, q \ni r} serve_{diqt} \le approval_{rt} \cdot quantity_{dt}
    """
    served = m.structure.serves_under[control, site, product, end_use]
    return sum(m.serve[(*key, period)] for key in served) <= m.end_use_licensed[control, site, product, end_use, period]


@cost_term("ship", words="licence applications")
def application(m: Licences, origin: str, destination: str, material: str, cls: str, mode: str, period: int) -> Any:
    r"""What applying for licences costs, of every control that a tonne leaves under.

    Abroad what is not detected is not applied for, save by whom approvals name. On days out of force it is free.

    .. math:: \sum_k \sum_{l \in k} \sum_q \delta_t\, application_{kt}\, ship_{lqt}
    """
    needed = m.structure.licensing.of_lanes.get(Lane(origin, destination, material, cls, mode))
    if needed is None:
        return None
    prices = (
        (m.application_price_to if isinstance(key, ApplicantLicence) else m.application_price)[(*key, period)]
        for key in needed
    )
    return m.discount[period] * sum(prices)
