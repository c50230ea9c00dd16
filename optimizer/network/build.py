"""A case worked out: its index sets and maps, pruned to what supply can reach and demand can use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from optimizer.case.case import Case
from optimizer.errors import CaseError, ScenarioError
from optimizer.faults import Fault
from optimizer.network import numbers as numbers  # parameters register themselves
from optimizer.network.accounts import accounts_of, scopes_of
from optimizer.network.awaited import Waiting
from optimizer.network.exposure import Exposures, label
from optimizer.network.idle_rows import row_faults
from optimizer.network.indices import (
    base_index,
    clean_lots,
    opening_stock,
    project_index,
    qualified_lanes,
    route_index,
)
from optimizer.network.layout import lay_out
from optimizer.network.licences import (
    could_export,
    governed_lanes,
    governed_serves,
    licence_groups,
    quota_index,
    under_quotas,
)
from optimizer.network.licensing import find_licensing
from optimizer.network.limit_keys import Tangent
from optimizer.network.network import Network
from optimizer.network.reach import Layout, Reach, reach
from optimizer.network.sets import ContentRule, EndUseLicence
from optimizer.network.size import check_days
from optimizer.network.structure import Structure
from optimizer.network.today import order_index
from optimizer.network.windows import SLOTS, limit_windows
from optimizer.world.added import added_places, widened
from optimizer.world.door import checked
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines


def network_of(case: Case) -> Network:
    """The network of a case as the rules in force stand.

    Parameters
    ----------
    case : Case
        One that was made in code is checked like one that was loaded.

    Returns
    -------
    Network

    Raises
    ------
    CaseError
        If it has faults, or does not fit into memory.
    """
    check_days(checked(case))
    network = _network(case)
    if faults := row_faults(network.structure):
        raise CaseError(faults)
    return network


def network_with(network: Network, scenarios: Iterable[Scenario]) -> Network:
    """The network laid out for rows that scenarios add and limits that they move; as it is where there are none.

    Parameters
    ----------
    network : Network
    scenarios : iterable of Scenario

    Raises
    ------
    ScenarioError
        With every fault of these rows; and if one would take from the base plan what could be decided in it.
    """
    some = list(scenarios)
    case = widened(network.case, some)
    moved = _limits_moved(network.case, some)
    if case is network.case:
        wide = _network(case, moved) if moved else network
        return wide if wide.structure.accounts.keys() != network.structure.accounts.keys() else network
    wide = _network(case, moved)
    faults = row_faults(wide.structure) or list(_moved(network.structure, wide.structure))
    if faults:
        raise ScenarioError(faults)
    return wide


def _limits_moved(case: Case, scenarios: Iterable[Scenario]) -> set[str]:
    """Limits whose bound some scenario moves."""
    wheres = [e.where for some in scenarios for e in some.events if e.table == "limits" and "value" in e.changes]
    selector = Selector(case)
    return {case.tables.limits[row].limit for where in wheres for row in selector.rows("limits", where)[0]}


def _network(case: Case, moved: Set[str] = frozenset()) -> Network:
    """The network of a case; which accounts its limits need rests on its own numbers, and on which limits are moved."""
    network = Network(_laid_out(case), Timelines(case))
    network.structure.scopes.update(scopes_of(network.structure))
    network.structure.accounts.update(accounts_of(network, moved))
    return network


def _moved(before: Structure, after: Structure) -> Iterator[Fault]:
    """Lanes that there are no longer since rows were added: goods that went on from stock whatever their origin."""
    lost = {lane[:3] for lane in before.index["lanes"]} - {lane[:3] for lane in after.index["lanes"]}
    for origin, destination, material in sorted(lost)[:1]:
        what = (
            f"add_row: expected a row that leaves open what other plans may do, found one by which {material} in stock "
            f"at {origin} could not go on to {destination} in any, as it tells origins apart; write it into the case"
        )
        where = " and ".join(added_places(after.case))
        yield Fault(where, what, code="inconsistent", column="add_row")


def build_structure(case: Case) -> Structure:
    """Work out what there is to decide in a case.

    Parameters
    ----------
    case : Case
        A validated case.

    Returns
    -------
    Structure
        Index sets and maps, pruned to what supply can reach and demand can use.
    """
    return _network(case).structure


def _laid_out(case: Case) -> Structure:
    """The same, without the accounts of limits."""
    exposures = Exposures.of(case)
    offer_class = {offer.offer: exposures.bought(offer, case.by) for offer in case.tables.offers}
    layout = lay_out(case, exposures, offer_class)
    kept = reach(layout)
    country = layout.country
    index = base_index(case, layout, kept)
    group_of = licence_groups(layout)
    governs = governed_lanes(case, index, country, exposures)
    licensing = find_licensing(case, governs, country)
    quota_lanes = under_quotas(case, governs, group_of)
    serves_under = governed_serves(case, index, exposures)
    windows = limit_windows(case, index)
    index |= {
        **licensing.index(case),
        "end_use_licences": [EndUseLicence(*key) for key in serves_under],
        "limit_windows": [window.key for window in windows],
        "tangents": [Tangent(*window.key, slot) for window in windows if window.is_square for slot in range(SLOTS)],
        "rules": [ContentRule(name) for name in exposures.rules],
        "clean_lots": clean_lots(index, exposures),
        **quota_index(case, quota_lanes, country),
        **route_index(case, index, country),
        **project_index(case, index),
        **order_index(case, layout.place, index),
    }
    qualifies = qualified_lanes(case, index)
    waiting = Waiting(case, index, layout.place, country, group_of)
    index |= waiting.index_sets()
    return Structure(
        case=case,
        calendar=case.calendar,
        place=layout.place,
        country=country,
        exposures=exposures,
        index=index,
        draws={(s, r, label(q), i): label(c) for ((s, r, q), i), c in kept.draws.items()},
        produces=_produces(layout, kept),
        offer_class={name: label(cls) for name, cls in offer_class.items()},
        opening=opening_stock(case, layout),
        governs=governs,
        licensing=licensing,
        quota_lanes=quota_lanes,
        serves_under=serves_under,
        exportable=could_export(case, index, quota_lanes, layout, group_of),
        group_of=group_of,
        qualifies=qualifies,
        windows=windows,
        awaited=waiting.awaited,
        sources=waiting.sources,
    )


def _produces(layout: Layout, kept: Reach) -> dict[tuple[str, str, str, str], str]:
    """Class of the output of each lot: that of its inputs, and what making it there adds."""
    return {
        (site, recipe, label(exposure), material): label(exposure | layout.made[site, material])
        for site, recipe, exposure in kept.lots
        for material, tonnes in layout.by.recipes[recipe].items()
        if tonnes > 0
    }
