"""Names in a request, looked up: the tenant's own things first, then what comes with the programme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.service.http.bundled import bundled_cases, bundled_scenarios
from optimizer.service.http.stores import Stores
from optimizer.service.jobs.request import CaseGiven
from optimizer.service.store.records import revision
from optimizer.service.store.refusals import UnknownError

MOST_INCLUDED = 500
"""Scenarios that those of one request may include, one after the other."""


@dataclass(frozen=True)
class FoundCase:
    """A case that a request names or brings.

    Parameters
    ----------
    name : str or None
        None for one that is brought.
    revision : str
    bundled : bool
    body : dict
        `settings` and `rows`.
    """

    name: str | None
    revision: str
    bundled: bool
    body: dict[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        """The case as a task of the checkers takes it."""
        return {"bundled": self.name} if self.bundled else self.body


def find_case(stores: Stores, tenant: str, given: CaseGiven, shown: str = "case") -> FoundCase:
    """The case that a request means.

    Parameters
    ----------
    stores : Stores
    tenant : str
    given : CaseGiven
    shown : str, optional
        Where it stands in the request.

    Raises
    ------
    InputError
        If there is no such case, or no such revision of it.
    """
    if given.ref is None:
        body = {"settings": given.settings or {}, "rows": given.rows or {}}
        return FoundCase(None, revision(body), False, body)
    try:
        stored = stores.cases.get(tenant, given.ref, given.revision)
        return FoundCase(stored.name, stored.revision, False, stored.body)
    except UnknownError:
        pass
    known = bundled_cases()
    if (found := known.get(given.ref)) and given.revision in (None, found.revision):
        return FoundCase(found.name, found.revision, True, found.body)
    own = [case.name for case in stores.cases.page(tenant, limit=500)]
    if given.ref in own or given.ref in known:
        what = f"{shown}.revision: expected a revision of {given.ref}, found {given.revision}"
        raise InputError([Fault(shown, what, code="unknown-name", column=f"{shown}.revision", found=given.revision)])
    raise InputError([Fault.unknown(shown, f"{shown}.ref", "case", given.ref, {*own, *known})])


def find_scenarios(
    stores: Stores, tenant: str, given: Iterable[str | Mapping[str, Any]], shown: str = "scenarios"
) -> tuple[list[str | dict[str, Any]], dict[str, dict[str, Any]]]:
    """The scenarios that a request means, and those of the tenant that they include.

    Parameters
    ----------
    stores : Stores
    tenant : str
    given : iterable of str or mapping
        Names, or whole scenarios.
    shown : str, optional
        Where they stand in the request.

    Returns
    -------
    tuple
        Each as the name of a bundled one or as a whole document; and the tenant's own ones that they include, by name.

    Raises
    ------
    InputError
        For every name that there is not.
    """
    found: list[str | dict[str, Any]] = []
    faults: list[Fault] = []
    for number, some in enumerate(given):
        if not isinstance(some, str):
            found.append(dict(some))
        elif (own := _own_scenario(stores, tenant, some)) is not None:
            found.append(own)
        elif some in bundled_scenarios() or some == "base":
            found.append(some)
        else:
            known = {*bundled_scenarios(), *(one.name for one in stores.scenarios.page(tenant, limit=500))}
            faults.append(Fault.unknown(shown, f"{shown}.{number + 1}", "scenario", some, known))
    if faults:
        raise InputError(faults)
    return found, included(stores, tenant, [some for some in found if isinstance(some, dict)])


def included(stores: Stores, tenant: str, documents: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The tenant's own scenarios that documents include, and those that these include, by name.

    Parameters
    ----------
    stores : Stores
    tenant : str
    documents : iterable of mapping
    """
    found: dict[str, dict[str, Any]] = {}
    looked: set[str] = set()
    left = [name for document in documents for name in _includes(document)]
    while left and len(looked) < MOST_INCLUDED:
        name = left.pop()
        if name in looked:
            continue
        looked.add(name)
        if (own := _own_scenario(stores, tenant, name)) is not None:
            found[name] = own
            left += _includes(own)
    return found


def _includes(document: Mapping[str, Any]) -> list[str]:
    """Names that a document includes, whatever else is wrong with it."""
    names = document.get("includes")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _own_scenario(stores: Stores, tenant: str, name: str) -> dict[str, Any] | None:
    """A scenario of the tenant, if it has one of that name."""
    try:
        return stores.scenarios.get(tenant, name).body
    except UnknownError:
        return None
