"""A job as it is taken in: every name in its request looked up and pinned, so that no later change reaches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.case.case import bundled
from optimizer.case.packs import find_packs
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.service.http.bodies import check_rows
from optimizer.service.http.references import FoundCase, find_case, find_scenarios
from optimizer.service.http.settings import Limits
from optimizer.service.http.stores import Stores
from optimizer.service.jobs.request import CaseGiven, CompareJob, JobRequest, StudyJob, study_of
from optimizer.service.store.records import Reservation, Submitted, Tenant, revision

SHOWN = "request"
"""What a request is called in messages."""


@dataclass(frozen=True)
class Pinned:
    """A request whose names are looked up.

    Parameters
    ----------
    request : dict
        What the worker takes: cases of the tenant by revision, scenarios of the tenant whole.
    case : dict
        What names the case, in the status of the job.
    """

    request: dict[str, Any]
    case: dict[str, Any]


def submit(stores: Stores, tenant: Tenant, asked: JobRequest, key: str | None, limits: Limits) -> Submitted:
    """Take in a job, or give the one that was taken in under the same key.

    Parameters
    ----------
    stores : Stores
    tenant : Tenant
    asked : JobRequest
    key : str or None
        The caller's idempotency key.
    limits : Limits
        Of what a request may bring.

    Raises
    ------
    InputError
        For every name that there is not.
    RefusalError
        If the key came with another request, or its twin is being looked at, or a cap is reached.
    """
    if key is None:
        return _queued(stores, tenant, asked, None, limits)
    reserved = stores.queue.reserve(tenant, key, revision(asked.model_dump(mode="json")))
    if isinstance(reserved, Submitted):
        return reserved
    try:
        return _queued(stores, tenant, asked, reserved, limits)
    except BaseException:
        stores.queue.release_key(tenant, reserved)
        raise


def _queued(
    stores: Stores, tenant: Tenant, asked: JobRequest, reserved: Reservation | None, limits: Limits
) -> Submitted:
    """A new job."""
    for _, case in _cases(asked):
        check_rows(case.rows or {}, limits)
    pinned = pin(stores, tenant.id, asked)
    priority = asked.priority
    return stores.queue.submit(tenant, asked.kind, pinned.request, pinned.case, priority=priority, idempotency=reserved)


def pin(stores: Stores, tenant: str, asked: JobRequest) -> Pinned:
    """Look up every name of a request.

    Parameters
    ----------
    stores : Stores
    tenant : str
    asked : JobRequest

    Raises
    ------
    InputError
        For every name that there is not.
    """
    request = asked.model_dump(mode="json", by_alias=True, exclude={"priority"}, exclude_none=False)
    faults = _pack_faults(asked.options.packs)
    names: dict[str, str] = {}
    for place, case in _cases(asked):
        try:
            found = find_case(stores, tenant, case, place)
        except InputError as error:
            faults += error.faults
            continue
        if place == "case":
            request["case"], names = _pinned(found), _named(found)
        else:
            request["options"]["against"]["case"] = _pinned(found)
    given = list(asked.scenarios or ())
    against = (
        [asked.options.against.scenario] if isinstance(asked, CompareJob) and asked.options.against.scenario else []
    )
    try:
        found_scenarios, known = find_scenarios(stores, tenant, [*given, *against])
        request["scenarios"] = None if asked.scenarios is None else found_scenarios[: len(given)]
        request["known"] = known
        if against:
            request["options"]["against"]["scenario"] = found_scenarios[-1]
    except InputError as error:
        faults += error.faults
    if isinstance(asked, StudyJob):
        try:
            study_of(request["options"], asked.answers, "case", ())
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return Pinned(request, names)


def _cases(asked: JobRequest) -> list[tuple[str, CaseGiven]]:
    """Cases of a request, each with its place in it."""
    against = asked.options.against.case if isinstance(asked, CompareJob) else None
    return [("case", asked.case)] + ([("options.against.case", against)] if against else [])


def _pinned(found: FoundCase) -> dict[str, Any]:
    """A case as the worker takes it."""
    return _named(found) if found.name is not None else found.body


def _named(found: FoundCase) -> dict[str, str]:
    """What names a case that was found."""
    if found.name is None:
        return {"digest": found.revision}
    return {"bundled" if found.bundled else "ref": found.name, "revision": found.revision}


def _pack_faults(packs: tuple[str, ...]) -> list[Fault]:
    """Names of policy packs that there are not."""
    known = find_packs(bundled("models"))
    return [Fault.unknown(SHOWN, "options.packs", "policy pack", name, known) for name in packs if name not in known]
