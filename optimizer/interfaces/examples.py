"""An example of every command, as its help shows it: those of `my-case` are one session that begins with `new`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import typer
from typer.models import CommandInfo

EXAMPLES: Mapping[str, str] = {
    "new": "lodestar new my-case",
    "check": "lodestar check my-case -s full-embargo",
    "plan": "lodestar plan my-case -s full-embargo --out plans",
    "verify": "lodestar verify plans",
    "report": "lodestar report plans --out report.html",
    "decisions": "lodestar decisions my-case --wait",
    "show": "lodestar show full-embargo --case my-case",
    "controls": "lodestar controls my-case --on 2027-01-01",
    "list": "lodestar list",
    "ledger": "lodestar ledger my-case",
    "sources": "lodestar sources my-case",
    "why": "lodestar why my-case our-plant sh-magnets 2027-03",
    "why-not": "lodestar why-not my-case maker-c-takefu",
    "why-infeasible": "lodestar why-infeasible my-case",
    "diff": "lodestar diff my-case my-case@full-embargo",
    "alternatives": "lodestar alternatives my-case --within 2",
    "stay-near": "lodestar stay-near my-case full-embargo --moved 20",
    "calm": "lodestar calm my-case",
    "whole": "lodestar whole my-case",
    "replan": "lodestar replan my-case came.csv --on 2027-04-01",
    "today": "lodestar today my-case -s full-embargo --at-most 100 --suppliers 1",
    "trace": "lodestar trace my-case -s full-embargo",
    "hedge": "lodestar hedge my-case -s full-embargo -s licence-slowdown",
    "workbook": "lodestar workbook my-case my-case.xlsx",
    "study run": "lodestar study run approval.yaml --out approval",
    "study status": "lodestar study status approval",
    "study resume": "lodestar study resume approval",
    "study extend": "lodestar study extend approval --draws 1000",
    "study report": "lodestar study report approval",
    "study row": "lodestar study row approval 17 --out row-17",
    "study export": "lodestar study export approval figures.csv",
    "study sql": 'lodestar study sql approval "SELECT answer, max(change_usd) FROM rows GROUP BY answer"',
    "serve": "lodestar serve --port 8000",
    "worker": "lodestar worker --workers 2",
    "keys make": "lodestar keys make --tenant purchasing --label sourcing-tool",
    "keys list": "lodestar keys list",
    "keys revoke": "lodestar keys revoke k3f9",
    "keys tenant": "lodestar keys tenant purchasing --queued 20 --running 2",
    "keys tenants": "lodestar keys tenants",
    "back-test": "lodestar back-test --edition 2",
    "back-test forward": "lodestar back-test forward --out forecast",
    "back-test score": "lodestar back-test score customs.csv",
}
"""By command."""


def commands(app: typer.Typer, group: str = "") -> Iterator[tuple[str, CommandInfo]]:
    """Every command of an application with its name, those of groups behind the group's.

    Parameters
    ----------
    app : typer.Typer
    group : str, optional
        Name of the group it is.
    """
    for one in app.registered_commands:
        own = one.name or str(getattr(one.callback, "__name__", "")).replace("_", "-")
        yield f"{group} {own}".strip(), one
    for some in app.registered_groups:
        if some.typer_instance is not None and isinstance(some.name, str):
            yield from commands(some.typer_instance, some.name)


def show_examples(app: typer.Typer) -> None:
    """Let the help of every command end with its example.

    Parameters
    ----------
    app : typer.Typer
        With all its commands.
    """
    for name, command in commands(app):
        command.epilog = f"Example: {EXAMPLES[name]}"
    for some in app.registered_groups:
        if some.name in EXAMPLES:
            some.epilog = f"Example: {EXAMPLES[str(some.name)]}"
