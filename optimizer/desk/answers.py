"""The answer of a run, and what it says when it is asked why."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pandas as pd
from fastapi import APIRouter, Request, Response

from optimizer.desk.home import run_of
from optimizer.desk.pages import PageRoute, page, see
from optimizer.desk.visit import Form, Here, Planner, Reader, one
from optimizer.plans.amounts import money, price
from optimizer.plans.ledger import ledger_section
from optimizer.plans.plan import BASE
from optimizer.plans.sections import Field, Section, section_from
from optimizer.report.said import Figure, prose_record
from optimizer.service.http.jobs import JobId
from optimizer.service.http.results import CERTIFICATE, SAID, VERDICT, ended, get_plan, get_report, part_of
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.http.submission import submit
from optimizer.service.jobs.request import read_request
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import Job

router = APIRouter(prefix="/runs/{id}", include_in_schema=False, route_class=PageRoute)
FIRST = ("decisions", "first")
"""Sections of a summary that the page says in other words, at its head."""
ANEW = (
    "Planned anew for this question, on the days of the case and of the scenario asked about. Where other scenarios "
    "cut days into the calendar of the plan, its figures differ a little."
)
"""What there is to say of questions that are put to a plan of their own."""
LISTED = 12
"""Parts of a price that are listed; the others are one line."""
DEMAND = ("site", "product", "period", "end_use")
"""What names a demand that is asked about."""


def document(stores: Stores, tenant: str, id: str, name: str) -> tuple[Job, Any]:
    """A run that has ended, and a JSON document among its results.

    Parameters
    ----------
    stores : Stores
    tenant, id : str
    name : str
        Of the result.
    """
    job, parts = ended(stores, tenant, id)
    return job, json.loads(stores.parts.open(tenant, id, part_of(job, parts, name).name))


@router.get("/answer")
def answer(request: Request, here: Here, id: JobId, reader: Reader, stores: Kept) -> Response:
    """The answer of a plan: a sentence, four cells, what to do, and scenarios, worst first."""
    job, said = document(stores, reader.tenant.id, id, VERDICT)
    sections = [section_from(some) for some in said["sections"] if some["name"] not in FIRST]
    run = run_of(job)
    return page(
        request, here, "answer", run=run, said=said, sections=sections, of_case=bool(run["case_name"]), at="answer"
    )


@router.get("/report")
def report(request: Request, id: JobId, reader: Reader, stores: Kept) -> Response:
    """The report, one page that holds all it needs."""
    return get_report(request, id, reader, stores, "")


@router.get("/plan.zip")
def plan_zip(request: Request, id: JobId, reader: Reader, stores: Kept) -> Response:
    """The folder of the plan, which `lodestar verify` proves."""
    return get_plan(request, id, reader, stores, "")


@router.post("/ask")
def ask(request: Request, id: JobId, planner: Planner, stores: Kept, fields: Form) -> Response:
    """Ask a plan why: of a demand what a tonne of it costs, or what every rule costs."""
    job = stores.queue.get(planner.tenant.id, id)
    given = stores.queue.request(planner.tenant.id, id)
    case = job.case
    if "digest" in case:
        raise ProblemError("conflict", "the case of this run came with its request; ask at the address of the service")
    named = {"ref": case.get("ref") or case["bundled"], "revision": case["revision"]}
    kind = one(fields, "kind") or "why"
    options: dict[str, Any] = {"packs": given.get("options", {}).get("packs") or []}
    if kind == "why":
        options |= {name: value for name in DEMAND if (value := one(fields, name)) is not None}
    scenario = one(fields, "scenario")
    scenarios = [] if scenario in (None, BASE[0]) else [scenario]
    if kind == "decisions":
        planned = document(stores, planner.tenant.id, id, VERDICT)[1]["scenarios"]
        scenarios = given["scenarios"] if given.get("scenarios") is not None else [some["name"] for some in planned]
    asked = read_request(
        {
            "kind": kind,
            "case": named,
            "change": given.get("change") or [],
            "scenarios": scenarios,
            "options": options,
        }
    )
    submitted = submit(stores, planner.tenant, asked, None, request.app.state.settings.limits)
    return see(f"/runs/{submitted.job.id}")


@router.get("/said")
def said(request: Request, here: Here, id: JobId, reader: Reader, stores: Kept) -> Response:
    """What a plan says that was asked why."""
    job, found = document(stores, reader.tenant.id, id, SAID)
    if job.kind == "decisions":
        found = document(stores, reader.tenant.id, id, VERDICT)[1]
    proof = document(stores, reader.tenant.id, id, CERTIFICATE)[1]
    asked = stores.queue.request(reader.tenant.id, id)
    told = {"why": _why, "ledger": _ledger, "decisions": _decisions}.get(job.kind)
    if told is None:
        raise ProblemError("not-found", f"a job of kind {job.kind} has no page yet; its results are at the service")
    command = _command(job, asked)
    return page(request, here, "said", run=run_of(job), command=command, **told(found, asked, proof), at="answer")


def _command(job: Job, asked: dict[str, Any]) -> str | None:
    """The command that says the same; none where the case is not at hand on the command's side."""
    case, options = job.case.get("bundled"), asked.get("options", {})
    if case is None or asked.get("change"):
        return None
    words = ["lodestar", job.kind, case]
    if job.kind == "why":
        words += [options["site"], options["product"], options["period"]]
        words += ["--end-use", options["end_use"]] if options.get("end_use") else []
    for scenario in (asked.get("scenarios") or ()) if job.kind != "decisions" else ():
        if not isinstance(scenario, str):
            return None
        words += ["--scenario", scenario]
    for pack in options.get("packs") or ():
        words += ["--pack", pack]
    return shlex.join(words)


def _why(found: dict[str, Any], asked: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    """What a tonne costs, and why."""
    parts = sorted(found["parts"], key=lambda part: -abs(part["usd_per_t"] or 0.0))
    worth = price(found["price"], *(step["worth"] for step in found["steps"]))
    listed = sorted(parts[:LISTED], key=lambda part: -(part["usd_per_t"] or 0.0))
    rows = [(part["what"], part["kind"], worth.cell(part["usd_per_t"])) for part in listed]
    if rest := parts[LISTED:]:
        rows.append((f"{len(rest)} smaller parts", "", worth.cell(sum(part["usd_per_t"] or 0.0 for part in rest))))
    way = tuple(
        ("\u2003" * step["depth"] + step["way"], f"{step['tonnes']:,.1f}", worth.cell(step["worth"]))
        for step in found["steps"]
    )
    short = found["short"] > 1e-6
    scenario = next(iter(asked.get("scenarios") or ()), BASE[0])
    scenario = scenario if isinstance(scenario, str) else scenario["name"]
    lead = prose_record(("One tonne more would cost ", Figure(found["price"], worth), "."))
    return {
        "title": f"Why {found['demand']} in {found['period']} {'is short' if short else 'is as dear as it is'}",
        "under": f"{'base plan' if scenario == BASE[0] else scenario + ' (react)'}",
        "lead": [found["unreached"]] if found["unreached"] else lead,
        "sections": [
            Section(
                "parts",
                "What the price is made of",
                (Field("what"), Field("kind"), Field("USD/t", unit="USD/t")),
                tuple(rows),
            ),
            Section(
                "way", "The way it comes", (Field("step"), Field("t now", unit="t"), Field("USD/t", unit="USD/t")), way
            ),
        ],
        "notes": [
            *(
                f"Better by {money(usd).told(usd)} per tonne, and at its most: {what}."
                for what, usd in found["blocked"][:4]
            ),
            ANEW,
            "A rent is what something scarce is worth here; a credit is for what comes beside. The parts add up to the "
            "price. Prices hold for a small change.",
        ],
    }


def _ledger(found: dict[str, Any], asked: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    """What every rule costs."""
    table = pd.DataFrame(found["rows"])
    name = found["scenario"]
    key = (name, "base" if name == BASE[0] else "react")
    costs = {(one["scenario"], one["answer"]): one["cost"]["cost_usd"] for one in proof["certificates"]}
    made = ledger_section(table, costs[key])
    return {
        "title": "What every rule costs",
        "under": "base plan" if name == BASE[0] else f"{name} (react)",
        "lead": [made.says],
        "sections": [made],
        "notes": [ANEW, *made.notes],
    }


def _decisions(found: dict[str, Any], asked: dict[str, Any], proof: dict[str, Any]) -> dict[str, Any]:
    """What each thing costs if it is not done."""
    (made,) = map(section_from, found["sections"])
    return {
        "title": "What each decision costs if it is not done",
        "under": "base plan",
        "lead": [],
        "sections": [made],
        "notes": [made.says, *made.notes],
    }
