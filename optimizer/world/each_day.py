"""A scenario whose day nobody knows, as one of many: the same on each day that its news may come."""

from __future__ import annotations

from optimizer.case.calendar import add_months
from optimizer.world.scenario import Scenario


def on_its_dates(scenario: Scenario) -> list[Scenario]:
    """A scenario as one for each day that its news may come; alone where that is known.

    Its events move along, its probability is split evenly, and at most one of them comes.

    Parameters
    ----------
    scenario : Scenario
    """
    if scenario.dates is None:
        return [scenario]
    found, months = [], scenario.dates.months
    for later in months:
        day = add_months(scenario.announced, later)
        events = tuple(
            event.model_copy(
                update={
                    "from_": add_months(event.from_, later),
                    "until": None if event.until is None else add_months(event.until, later),
                }
            )
            for event in scenario.events
        )
        found.append(
            scenario.model_copy(
                update={
                    "name": f"{scenario.name}-{day}",
                    "title": f"{scenario.title}, news on {day}",
                    "probability": scenario.probability / len(months),
                    "exclusive": scenario.exclusive or scenario.name,
                    "announced": day,
                    "dates": None,
                    "date_of": scenario.name,
                    "events": events,
                }
            )
        )
    return found
