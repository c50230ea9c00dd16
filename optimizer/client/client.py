"""The client: what the Python interface does, done by a service."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from optimizer.client.bodies import case_body, change_body, scenario_body
from optimizer.client.job import Job
from optimizer.client.problems import fault_of, finding_of
from optimizer.client.wire import PATIENCE, Wire
from optimizer.faults import Fault, Finding


@dataclass(frozen=True)
class Check:
    """What a check found.

    Parameters
    ----------
    faults : tuple of Fault
        What must be mended.
    findings : tuple of Finding
        What can hardly be meant.
    said : dict
        All of it, as the service says it: rows of each table, how far the scenarios fit.
    """

    faults: tuple[Fault, ...]
    findings: tuple[Finding, ...]
    said: dict[str, Any]


class Client:
    """Calls a service.

    A case is given by its name at the service, as a folder (a path, or a text with a separator in it), as a loaded
    `Case`, or as its `settings` and `rows`; a scenario by name, as a YAML file, loaded, or as its fields.

    Parameters
    ----------
    url : str
        Where the service answers, such as `http://127.0.0.1:8000`.
    key : str
        As `lodestar keys make` printed it.
    patience : float, optional
        Seconds for which a request is made again where there is no answer, or none yet.
    transport : BaseTransport, optional
        How requests are sent; over the network by default.
    """

    def __init__(
        self, url: str, key: str, *, patience: float = PATIENCE, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._wire = Wire(url, key, patience=patience, transport=transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def about(self) -> dict[str, Any]:
        """The version of the service, its limits, the caps of the tenant and the scopes of the key."""
        return self._said("GET", "/v1")

    def plan(
        self,
        case: Any,
        scenarios: Iterable[Any] | None = None,
        *,
        answers: Sequence[str] = ("react", "foresight"),
        change: Iterable[Any] = (),
        packs: Iterable[str] = (),
        report: bool = True,
        **more: Any,
    ) -> Job:
        """Plan a case in every disruption scenario, or in those named.

        Parameters
        ----------
        case : Case, mapping, str or Path
        scenarios : iterable, optional
            All bundled ones that fit the case by default; empty: the base plan alone.
        answers : sequence of str
            `react`, `foresight`, or both.
        change : iterable of mapping, optional
            Changes of rows of the case.
        packs : iterable of str, optional
            Policy packs to switch on.
        report : bool, optional
            Whether the report is made.
        **more
            `limits` (`seconds`, `solve_seconds`, `memory_mb`, `workers`), `priority`, `idempotency_key`.

        Returns
        -------
        Job
            Submitted, not yet done.

        Raises
        ------
        InputError
            With every fault that the request alone shows; faults of a case that only solving shows come from `wait`.
        """
        asked = None if scenarios is None else [scenario_body(scenario) for scenario in _listed(scenarios)]
        options = {"packs": list(packs), "report": report}
        return self._submit("plan", case, asked, options, change, {"answers": list(answers)}, **more)

    def why(
        self,
        case: Any,
        site: str,
        product: str,
        period: str,
        end_use: str | None = None,
        *,
        scenario: Any = None,
        change: Iterable[Any] = (),
        packs: Iterable[str] = (),
        **more: Any,
    ) -> Job:
        """Explain why a demand is short, or as dear as it is.

        Parameters
        ----------
        case : Case, mapping, str or Path
        site, product, period : str
            The buyer's plant, what it wants and when.
        end_use : str, optional
        scenario : optional
            To whose reaction is asked; the base plan by default.
        change, packs, **more
            As those of `plan`.
        """
        options = {"site": site, "product": product, "period": period, "end_use": end_use, "packs": list(packs)}
        return self._submit("why", case, _one(scenario), options, change, {}, **more)

    def ledger(
        self, case: Any, *, scenario: Any = None, change: Iterable[Any] = (), packs: Iterable[str] = (), **more: Any
    ) -> Job:
        """Say what every limit, control, stock target and demand costs.

        Parameters
        ----------
        case : Case, mapping, str or Path
        scenario : optional
            To whose reaction is asked; the base plan by default.
        change, packs, **more
            As those of `plan`.
        """
        return self._submit("ledger", case, _one(scenario), {"packs": list(packs)}, change, {}, **more)

    def compare(
        self,
        case: Any,
        against: Any = None,
        *,
        scenario: Any = None,
        against_scenario: Any = None,
        change: Iterable[Any] = (),
        against_change: Iterable[Any] = (),
        packs: Iterable[str] = (),
        **more: Any,
    ) -> Job:
        """Say what differs between two plans.

        Parameters
        ----------
        case : Case, mapping, str or Path
        against : Case, mapping, str or Path, optional
            The case to set out from; the same, without its changes, by default.
        scenario, against_scenario : optional
            Whose reactions are meant; the base plans by default.
        change, against_change : iterable of mapping, optional
            Changes of the two cases.
        packs, **more
            As those of `plan`.
        """
        other = {
            "case": None if against is None else case_body(against),
            "change": change_body(against_change),
            "scenario": None if against_scenario is None else scenario_body(against_scenario),
        }
        options = {"packs": list(packs), "against": other}
        return self._submit("compare", case, _one(scenario), options, change, {}, **more)

    def study(
        self,
        study: Mapping[str, Any],
        case: Any = None,
        scenarios: Iterable[Any] | None = None,
        *,
        change: Iterable[Any] = (),
        packs: Iterable[str] = (),
        **more: Any,
    ) -> Job:
        """Plan a case in every row of a design.

        Parameters
        ----------
        study : mapping
            The fields of a study's file; what that reads from other files stands in it (`rows`, `seen`).
        case, scenarios : optional
            By default those that the study names; they, `change`, `packs` and `more` are as those of `plan`.
        """
        options = dict(study)
        named = {name: options.pop(name, None) for name in ("version", "case", "scenarios", "answers")}
        given = named["scenarios"] or () if scenarios is None else scenarios
        asked = [scenario_body(scenario) for scenario in _listed(given)]
        fields = {"answers": named["answers"]} if named["answers"] else {}
        of, options["packs"] = named["case"] if case is None else case, list(packs)
        return self._submit("study", of, asked, options, change, fields, **more)

    def _submit(
        self,
        kind: str,
        case: Any,
        scenarios: list[Any] | None,
        options: Mapping[str, Any],
        change: Iterable[Any],
        fields: Mapping[str, Any],
        *,
        limits: Mapping[str, Any] | None = None,
        priority: int = 0,
        idempotency_key: str | None = None,
    ) -> Job:
        """Submit a job, once, however often the connection is lost meanwhile."""
        body = {"kind": kind, "case": case_body(case), "change": change_body(change), "scenarios": scenarios, **fields}
        body |= {"options": dict(options), "limits": dict(limits or {}), "priority": priority}
        headers = {"Idempotency-Key": idempotency_key or secrets.token_hex(16)}
        return Job(self._wire, self._wire.call("POST", "/v1/jobs", body=body, headers=headers).json())

    def job(self, id: str) -> Job:
        """A job by its id.

        Parameters
        ----------
        id : str
        """
        return Job(self._wire, self._said("GET", f"/v1/jobs/{_part(id)}"))

    def jobs(self, *states: str) -> Iterator[Job]:
        """Jobs of the tenant, the newest first.

        Parameters
        ----------
        *states : str
            Only those in one of these.
        """
        for said in self._pages("/v1/jobs", {"state": list(states)}):
            yield Job(self._wire, said)

    def check(
        self, case: Any, scenarios: Iterable[Any] = (), *, change: Iterable[Any] = (), packs: Iterable[str] = ()
    ) -> Check:
        """Check a case, and scenarios against it, at once; nothing is kept and no job is made.

        Parameters
        ----------
        case : Case, mapping, str or Path
        scenarios : iterable, optional
        change : iterable of mapping, optional
        packs : iterable of str, optional
        """
        body = {
            "case": case_body(case),
            "change": change_body(change),
            "packs": list(packs),
            "scenarios": [scenario_body(scenario) for scenario in _listed(scenarios)],
        }
        said = self._wire.call("POST", "/v1/checks", body=body).json()
        faults, findings = map(fault_of, said["faults"]), map(finding_of, said["findings"])
        return Check(tuple(faults), tuple(findings), said)

    def cases(self) -> list[dict[str, Any]]:
        """The cases of the tenant and the bundled ones: name, revision, when it was written."""
        return list(self._pages("/v1/cases"))

    def case(self, name: str, revision: str | None = None) -> dict[str, Any]:
        """A case of the service: its `settings` and `rows`.

        Parameters
        ----------
        name : str
        revision : str, optional
            As it stood then; by default as it is.
        """
        return self._said("GET", f"/v1/cases/{_part(name)}", query={"revision": revision} if revision else None)

    def put_case(self, name: str, case: Any, *, revision: str | None = None) -> dict[str, Any]:
        """Write a case, whole; one with faults is not kept.

        Parameters
        ----------
        name : str
            What it is called at the service.
        case : Case, mapping, str or Path
            Its own name becomes that of the service.
        revision : str, optional
            Only over this revision; `ServiceError` (412) if it is another by now.

        Returns
        -------
        dict
            Its `revision` and `findings`.
        """
        body = case_body(case)
        body = self.case(body["ref"], body.get("revision")) if "ref" in body else body
        body["settings"] = {**body["settings"], "name": name}
        headers = {"If-Match": f'"{revision}"'} if revision else {}
        return dict(self._wire.call("PUT", f"/v1/cases/{_part(name)}", body=body, headers=headers).json())

    def delete_case(self, name: str) -> None:
        """Delete a case with all its revisions.

        Parameters
        ----------
        name : str
        """
        self._wire.call("DELETE", f"/v1/cases/{_part(name)}")

    def scenarios(self) -> list[dict[str, Any]]:
        """The scenarios of the tenant and the bundled ones: name, revision, when it was written."""
        return list(self._pages("/v1/scenarios"))

    def scenario(self, name: str) -> dict[str, Any]:
        """A scenario of the service, as it was written.

        Parameters
        ----------
        name : str
        """
        return self._said("GET", f"/v1/scenarios/{_part(name)}")

    def put_scenario(self, name: str, scenario: Any) -> dict[str, Any]:
        """Write a scenario.

        Parameters
        ----------
        name : str
            What it is called at the service.
        scenario : Scenario, mapping, str or Path
            Its own name becomes that of the service.
        """
        body = scenario_body(scenario, whole=True)
        body = {**(self.scenario(body) if isinstance(body, str) else body), "name": name}
        return dict(self._wire.call("PUT", f"/v1/scenarios/{_part(name)}", body=body).json())

    def delete_scenario(self, name: str) -> None:
        """Delete a scenario.

        Parameters
        ----------
        name : str
        """
        self._wire.call("DELETE", f"/v1/scenarios/{_part(name)}")

    def _said(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """What the service says."""
        found: dict[str, Any] = self._wire.call(method, path, **more).json()
        return found

    def _pages(self, path: str, query: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page."""
        cursor = None
        while True:
            said = self._said("GET", path, query={**(query or {}), **({"cursor": cursor} if cursor else {})})
            yield from said["items"]
            cursor = said["next"]
            if cursor is None:
                return


def _listed(scenarios: Iterable[Any]) -> list[Any]:
    """Scenarios one by one; a single one is taken for the only one."""
    return [scenarios] if isinstance(scenarios, str | Mapping) else list(scenarios)


def _one(scenario: Any) -> list[Any] | None:
    """The scenario of a question."""
    return None if scenario is None else [scenario_body(scenario)]


def _part(name: str) -> str:
    """A name as part of an address."""
    return quote(name, safe="")
