"""Do one job in a folder: its task is read there; answers, a compiled case, results and the ending are left there."""

from __future__ import annotations

import gc
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from optimizer.case.case import Case
from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.pool import Pool
from optimizer.errors import LodestarError, OutOfTime, Stopped
from optimizer.plans.asked import ANSWERS, Progress
from optimizer.plans.choose import resolve
from optimizer.plans.cutting import on_one_calendar
from optimizer.plans.kept import KeptFiles
from optimizer.plans.plan import Plans, plan
from optimizer.plans.schema import records
from optimizer.questions.difference import Side, difference
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.questions.undone import decision_section, undone
from optimizer.questions.why import why
from optimizer.service.jobs.inputs import case_of, scenarios_of
from optimizer.service.jobs.parts import VERDICT, Parts
from optimizer.service.jobs.request import study_of
from optimizer.service.jobs.study import StudyWork
from optimizer.service.problems import Problem, of_error
from optimizer.studies.run import Status, status
from optimizer.studies.start import ready_for
from optimizer.world.scenario import Scenario

log = logging.getLogger(__name__)
Tell = Callable[[dict[str, Any]], None]
SOLVE = 300.0
"""Seconds that one solve may take, unless the task says otherwise."""
SHARE = 0.9
"""Part of its seconds that a job may solve; the rest is kept for its results."""
SCENARIOS = "scenarios"
"""Folder of the case with the days that scenarios cut in and the rows that they add, beside the case itself."""
MEGABYTE = 1_000_000
AT_ONCE = 100_000
"""Objects made until some are looked through for what can go: most of what a job makes, such as a programme, stays."""


def prepare() -> Callable[[Path, Tell], None]:
    """Make ready what any job needs before there is one: a process that solves is started. Gives what does a job."""
    pool = Pool()
    pool.warm_up()
    gc.freeze()  # what was imported stays: it need not be looked through again for what can go
    gc.set_threshold(AT_ONCE, *gc.get_threshold()[1:])
    return partial(run, pool=pool)


def run(folder: Path, tell: Tell, pool: Pool | None = None) -> None:
    """Do the job whose task lies in a folder.

    Parameters
    ----------
    folder : Path
        With `task.json`, and in `compiled` and `answers` what was kept of the case. It gets `answers/NAME.npz` as they
        are found, `compiled/`, `parts/` with the results, and at last `ending.json`.
    tell : callable
        Given how far it is whenever there is something new: the fields of `Progress`.
    pool : Pool, optional
        Processes that solve, where some were started before; none of them is left at the end.

    Raises
    ------
    MemoryError
        If there is too little; there is no ending then.
    """
    try:
        ending = Task(folder, json.loads((folder / "task.json").read_text(encoding="utf-8")), tell, pool).do()
    except MemoryError:
        raise
    except (LodestarError, Stopped, KeyboardInterrupt) as error:
        stopped = OutOfTime("the time was up") if isinstance(error, KeyboardInterrupt) else error
        ending = {"state": "failed", "problem": of_error(stopped).document()}
    except Exception:
        number = secrets.token_hex(8)
        log.exception("job failed: %s", number)
        problem = Problem("internal", f"a fault of the service; its log has it as {number}", more={"id": number})
        ending = {"state": "failed", "problem": problem.document()}
    part = folder / "ending.part"
    part.write_text(json.dumps(ending), encoding="utf-8")
    part.replace(folder / "ending.json")


class Task:
    """What a job has to do, and where.

    Parameters
    ----------
    folder : Path
    content : mapping
        The task.
    tell : callable
    pool : Pool, optional
    """

    def __init__(self, folder: Path, content: Mapping[str, Any], tell: Tell, pool: Pool | None = None) -> None:
        self.pool = Pool() if pool is None else pool
        self.folder, self.content, self.tell = folder, content, tell
        self.limits: Mapping[str, Any] = content.get("limits") or {}
        self.options: Mapping[str, Any] = content.get("options") or {}
        self.known: Mapping[str, Any] = content.get("known") or {}
        self.parts = Parts(folder / "parts")

    def do(self) -> dict[str, Any]:
        """Do it, and say how it ended."""
        self.tell(asdict(Progress("reading", 0, 0)))
        asked = {"why": self._why, "ledger": self._ledger, "decisions": self._decisions, "compare": self._compare}
        kinds = {"plan": self._plan, **asked}
        if self.content["kind"] == "study":
            return self._study()
        plans = kinds[self.content["kind"]]()
        return {"state": "succeeded", "not_certified": len(plans.failed), "interrupted": plans.interrupted}

    @property
    def _case(self) -> Case:
        """The case, changed."""
        return self._case_of(self.content["case"], self.content.get("change"))

    def _case_of(self, given: Mapping[str, Any], changes: Any) -> Case:
        return case_of(given, changes or (), self.options.get("packs") or ())

    def _pool(self) -> Pool:
        """Processes that solve, within the limits."""
        seconds, megabytes = self.limits.get("seconds"), self.limits.get("memory_mb")
        deadline = NEVER if seconds is None else Deadline(SHARE * seconds)
        memory = megabytes and megabytes * MEGABYTE
        self.pool.take(self.limits.get("workers"), self.limits.get("solve_seconds") or SOLVE, deadline, memory)
        self.pool.warm_up()  # while the case is read
        return self.pool

    def _kept(self, case: Case, compiled: str = "compiled") -> Callable[[Case], KeptFiles]:
        """Gives what is kept of a case as it is planned: apart, where scenarios lay it out otherwise."""

        def of(planned: Case) -> KeptFiles:
            as_it_is = planned.file == case.file and not planned.added and not planned.closable
            place = self.folder / compiled
            return KeptFiles(planned, place if as_it_is else place / SCENARIOS, self.folder / "answers")

        return of

    def _follow(self, progress: Progress) -> None:
        self.tell(asdict(progress))

    def _plan(self) -> Plans:
        """Plan a case in its scenarios."""
        given, answers = self.content.get("scenarios"), tuple(self.content.get("answers") or ANSWERS)
        with self._pool() as pool:
            scenarios = None if given is None else scenarios_of(given, self.known)
            case = self._case
            plans = plan(case, scenarios, answers=answers, pool=pool, progress=self._follow, kept=self._kept(case))
        self._results(plans)
        self.parts.plans(plans, self.folder / "plan", report=bool(self.options.get("report", True)))
        return plans

    def _study(self) -> dict[str, Any]:
        """Plan a case in every row of a design."""
        with self._pool() as pool:
            case, asked = self._case, self.content.get("answers") or ANSWERS
            scenarios = resolve(scenarios_of(self.content.get("scenarios") or (), self.known))
            study = study_of(self.options, asked, case.name, [some.name for some in scenarios])
            work = StudyWork(ready_for(study, case, scenarios), self.folder, self._follow_rows)
            interrupted = work.do(pool, pool.most)
        at = status(work.home)
        self.tell(asdict(Progress("results", at.rows_done, at.rows)))
        missing = work.results(self.parts)
        return {"state": "succeeded", "not_certified": missing, "interrupted": interrupted}

    def _follow_rows(self, at: Status) -> None:
        self._follow(Progress("rows", at.rows_done, at.rows, not_certified=at.uncertified))

    def _results(self, plans: Plans) -> None:
        """Say that what is left are the results."""
        total = len(plans.scenarios) * len(plans.answers)
        self.tell(asdict(Progress("results", total, total, not_certified=len(plans.failed))))

    def _asked(
        self, case: Case, given: Any, pool: Pool, compiled: str = "compiled", beside: Any = None
    ) -> tuple[Plans, str]:
        """The plan that a question is put to, proved, and its scenario; on one calendar with scenarios `beside` it."""
        scenarios = scenarios_of([] if given is None else given, self.known)
        others = resolve(scenarios_of([] if beside is None else beside, self.known))
        kept = self._kept(case, compiled)
        (on,) = on_one_calendar([case], [*resolve(scenarios), *others])
        plans = plan(on, scenarios, answers=["react"], pool=pool, progress=self._follow, kept=kept)
        if plans.stopped is not None:
            raise plans.stopped
        name = plans.scenarios[0].name if plans.scenarios else "base"
        plans.outcome(name)
        return plans, name

    def _why(self) -> Plans:
        """Explain why a demand is short or dear."""
        with self._pool() as pool, pool.deadline.alarm():
            plans, name = self._asked(self._case, self.content.get("scenarios"), pool)
            site, product, period = (str(self.options[field]) for field in ("site", "product", "period"))
            found = why(Probe(plans, name, pool=pool), site, product, period, self.options.get("end_use"))
        self._results(plans)
        self.parts.document("summary", found.record())
        self.parts.certificate(plans)
        return plans

    def _ledger(self) -> Plans:
        """Say what every rule costs."""
        with self._pool() as pool, pool.deadline.alarm():
            plans, name = self._asked(self._case, self.content.get("scenarios"), pool)
            table = ledger(Probe(plans, name, pool=pool))
        self._results(plans)
        self.parts.table(table, "tables/ledger")
        self.parts.document("summary", {"scenario": name, "rows": records(table)})
        self.parts.certificate(plans)
        return plans

    def _decisions(self) -> Plans:
        """Say what the base plan asks one to do, and what each thing costs if it is not done."""
        wait = bool(self.options.get("wait"))
        with self._pool() as pool, pool.deadline.alarm():
            plans, name = self._asked(self._case, [], pool, beside=self.content.get("scenarios"))
            table = undone(Probe(plans, name, pool=pool), wait=wait)
        self._results(plans)
        self.parts.table(table, "tables/decisions")
        self.parts.document("summary", {"rows": records(table)})
        self.parts.document(VERDICT, {"sections": [decision_section(table, wait=wait).drawn()]})
        self.parts.certificate(plans)
        return plans

    def _compare(self) -> Plans:
        """Say what differs between two plans."""
        against: Mapping[str, Any] = self.options.get("against") or {}
        case = self._case
        before = self._case_of(against.get("case") or self.content["case"], against.get("change"))
        other = None if against.get("scenario") is None else [against["scenario"]]
        given = self.content.get("scenarios")
        with self._pool() as pool, pool.deadline.alarm():
            old, _ = self._asked(before, other, pool, "against", beside=given)
            new, _ = self._asked(case, given, pool, beside=other)
            sides = [Side(one.planner.case.name, one.planner.case, _first(one), one) for one in (old, new)]
            found = difference(*sides)
        self._results(new)
        self.parts.document("summary", found.record())
        self.parts.certificate(new)
        return new


def _first(plans: Plans) -> Scenario | None:
    """The scenario asked about, if it is not the base plan."""
    return plans.scenarios[0] if plans.scenarios else None
