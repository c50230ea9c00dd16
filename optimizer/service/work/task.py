"""What a child is told of a job: its request, with the stored cases that it names in their place, within limits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from optimizer.service.store.cases import Cases
from optimizer.service.store.records import Claim, revision


def memory_of_machine() -> int:
    """Memory of this machine, MB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000


@dataclass(frozen=True)
class Allowance:
    """What one job of a worker may take, whatever it asks for."""

    seconds: float = 4 * 3_600.0
    """Of solving; a job that does not keep to it is ended a little later."""
    memory_mb: int = 0
    """Memory of each of its processes, MB; that of the machine if 0."""
    workers: int = 0
    """Processes that solve; one per core if 0."""

    def limits(self, asked: dict[str, Any] | None) -> dict[str, Any]:
        """The limits of a job that asked for some."""
        asked = asked or {}
        most = {"seconds": self.seconds, "memory_mb": self.memory_mb or memory_of_machine(), "workers": self.cores}
        held = {name: min(asked.get(name) or limit, limit) for name, limit in most.items()}
        return {**asked, **held}

    @property
    def cores(self) -> int:
        """Processes that solve."""
        return self.workers or os.cpu_count() or 1


def task_of(cases: Cases, claim: Claim, allowance: Allowance) -> dict[str, Any]:
    """The task of a job.

    Parameters
    ----------
    cases : Cases
        Those of the store.
    claim : Claim
    allowance : Allowance
        What a job may use here.

    Raises
    ------
    UnknownError
        If a case that it names has been deleted.
    """
    request = dict(claim.request)
    tenant = claim.job.tenant
    request["case"] = _whole(cases, tenant, request.get("case"))
    options = dict(request.get("options") or {})
    if isinstance(against := options.get("against"), dict) and against.get("case"):
        options["against"] = {**against, "case": _whole(cases, tenant, against["case"])}
    return {**request, "options": options, "limits": allowance.limits(request.get("limits"))}


def _whole(cases: Cases, tenant: str, case: Any) -> Any:
    """A case as data, where it is one of the tenant's by its name."""
    if isinstance(case, dict) and "ref" in case:
        return cases.get(tenant, case["ref"], case.get("revision")).body
    return case


def compiled_as(task: dict[str, Any]) -> str:
    """What the compiled case of a task is kept under: all that its programme depends on."""
    packs = (task.get("options") or {}).get("packs") or []
    return revision({"case": task.get("case"), "change": task.get("change") or [], "packs": list(packs)})
