"""The bundled scenarios, from their files."""

from __future__ import annotations

from docs.generator.markdown import head, joined, plain, table
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario, find_scenarios, load_scenario


def page() -> str:
    """The page on scenarios."""
    found = [load_scenario(name) for name in find_scenarios()]
    rows = [
        (f"[{some.name}](#{some.name})", some.announced, f"{100 * some.probability:g} %", plain(some.title))
        for some in found
    ]
    return joined(
        [
            head("scenarios"),
            table(["scenario", "announced", "probability", "what happens"], rows),
            *(part for some in found for part in _scenario(some)),
        ]
    )


def _scenario(some: Scenario) -> list[str]:
    """One scenario: its notes, events and sources."""
    events = "\n".join(f"{number}. {_event(event)}" for number, event in enumerate(some.events, 1))
    sources = "\n".join(f"- {plain(source)}" for source in " ".join(some.source.split()).split(" ; "))
    return [f"## {some.name}", plain(f"{some.title}. {some.notes}"), events, "Sources:", sources]


def _event(event: Event) -> str:
    """One event in a line."""
    changes = ", ".join(f"{column} {number:g}" for column, number in event.changes.items())
    days = f"{event.from_} to {event.until or 'the end'}"
    back = f", back over {event.recovery.months} months" if event.recovery else ""
    back += f", as far as {event.scarcity} stops goods" if event.scarcity else ""
    return f"{plain(event.what)} (`{event.table}`, {event.operation} {changes}; {days}{back})"
