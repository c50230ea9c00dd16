"""Studies: the file of a study and its figures, from the records that read and write them."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from pydantic import BaseModel

from docs.generator.formats import fields, meaning
from docs.generator.markdown import head, joined, table
from optimizer.case.case import Case
from optimizer.case.settings import PeriodGroup
from optimizer.plans.plan import Planner
from optimizer.studies.designs import Correlation, Design
from optimizer.studies.distributions import Distribution
from optimizer.studies.factors import Factor
from optimizer.studies.figures import Figures
from optimizer.studies.file import StudyFile
from optimizer.world.load import load_case


def page() -> str:
    """The page on studies."""
    designs, distributions = (get_args(get_args(union)[0]) for union in (Design, Distribution))
    figures = Figures(Planner(_by_years(load_case("ev-motors"))).frame).columns
    return joined(
        [
            head("studies"),
            "## Fields of a study",
            fields(StudyFile),
            "## Fields of a factor",
            fields(Factor),
            "## Designs",
            *(part for record in designs for part in (f"### {_kind(record)}", f"{meaning(record)}.", fields(record))),
            "An item of `correlations`:",
            fields(Correlation),
            "## Distributions",
            *(
                part
                for record in distributions
                for part in (f"### {_kind(record)}", f"{meaning(record)}.", fields(record))
            ),
            "## Figures",
            "Columns of `rows`: the number of the row, each factor as `factor.NAME`, scenario, answer, status, "
            "`certified` and `inherited`, then these (here of the default case; products and sites are those of the "
            "case):",
            table(
                ["column", "unit", "meaning", "moved by ties"],
                [(f"`{some.name}`", some.unit, some.meaning, "yes" if some.tied else "no") for some in figures],
            ),
        ]
    )


def _by_years(case: Case) -> Case:
    """A case on a calendar of years, whose programme is soon written; it has the same figures."""
    months = sum(group.count * group.months for group in case.file.periods)
    periods = (PeriodGroup(count=months // 12, months=12),)
    return replace(case, file=case.file.model_copy(update={"periods": periods, "cuts": ()}))


def _kind(record: type[BaseModel]) -> str:
    """What a design or a distribution is called in the file."""
    return str(get_args(record.model_fields["kind"].annotation)[0])
