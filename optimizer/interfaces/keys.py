"""Commands that say who may call the service: tenants, what each may have, and their keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.interfaces.common import AsJson
from optimizer.interfaces.store import DatabaseAddress, DataFolder, address_of, needing

if TYPE_CHECKING:
    from optimizer.service.store.database import Database
    from optimizer.service.store.records import Key, Tenant

MAIN = "main"
"""The tenant that need not be made: `MAIN` of the records, which stand behind the extra."""
app = typer.Typer(help="Say who may call the service: keys, tenants and their caps.", no_args_is_help=True)
Whose = Annotated[str, typer.Option("--tenant", help="Whose key it is.")]
Queued = Annotated[int | None, typer.Option(min=0, help="Jobs that may wait.")]
Running = Annotated[int | None, typer.Option(min=0, help="Jobs that may run at once.")]
CoreSeconds = Annotated[float | None, typer.Option(min=0, help="Core-seconds of its jobs in one day (UTC).")]
BytesKept = Annotated[int | None, typer.Option(min=0, help="Bytes of cases, scenarios, answers and results.")]


@contextmanager
def _opened(database: str | None, data: Any) -> Iterator[Database]:
    """The database, with its tables."""
    with needing("keys"):
        from optimizer.service.store.database import Database

        opened = Database(address_of(database, data))
        try:
            opened.migrate()
            yield opened
        finally:
            opened.close()


def _tenant(database: Database, name: str) -> Tenant:
    """A tenant that there is; else the nearest."""
    from optimizer.service.store.keys import Tenants

    known = {tenant.name: tenant for tenant in Tenants(database).list()}
    if name not in known:
        raise InputError([Fault.unknown("keys", "tenant", "tenant", name, known)])
    return known[name]


@app.command("list")
def list_keys(
    tenant: Annotated[str | None, typer.Option(help="Only the keys of this tenant.")] = None,
    database: DatabaseAddress = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """List the keys, without their secrets."""
    from optimizer.interfaces.render import answers

    with _opened(database, data) as opened:
        from optimizer.service.store.keys import Keys, Tenants

        tenants = [_tenant(opened, tenant)] if tenant is not None else Tenants(opened).list()
        found = [_said(key, one) for one in tenants for key in Keys(opened).list(one.id)]
    if as_json:
        print(json.dumps({"keys": found}, indent=1))
        return
    _print(answers(), ("id", "tenant", "scopes", "label", "created", "revoked"), found, "No keys.")


@app.command()
def make(
    tenant: Whose = MAIN,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, plan (also writes cases and makes jobs) or admin (also webhooks); plan by default."),
    ] = None,
    label: Annotated[str, typer.Option(help="What people know it by.")] = "",
    database: DatabaseAddress = None,
    data: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Make a key, and print it once: only its digest is kept."""
    from optimizer.service.store.records import SCOPES

    scopes = scope or ["plan"]
    faults = [
        Fault.near("keys", "scope", f"no such scope {some!r}", some, SCOPES) for some in scopes if some not in SCOPES
    ]
    if faults:
        raise InputError(faults)
    with _opened(database, data) as opened:
        from optimizer.service.start import first_tenant
        from optimizer.service.store.keys import Keys

        owner = first_tenant(opened) if tenant == MAIN else _tenant(opened, tenant)
        key, secret = Keys(opened).make(owner.id, scopes, label)
    if as_json:
        print(json.dumps({**_said(key, owner), "key": secret}, indent=1))
    else:
        print(f"Key, shown only now: {secret}")
        print(f"Id, to revoke it: {key.id}")


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="Id of a key, as `lodestar keys list` says it.", show_default=False)],
    database: DatabaseAddress = None,
    data: DataFolder = None,
) -> None:
    """Make a key good for nothing, within seconds."""
    with _opened(database, data) as opened:
        from optimizer.service.store.keys import Keys

        print(f"Revoked: {Keys(opened).revoke(id).id}")


@app.command()
def tenants(database: DatabaseAddress = None, data: DataFolder = None, as_json: AsJson = False) -> None:
    """List the tenants and their caps."""
    from optimizer.interfaces.render import answers

    with _opened(database, data) as opened:
        from optimizer.service.store.keys import Tenants

        found = [{"name": one.name, **vars(one.caps)} for one in Tenants(opened).list()]
    if as_json:
        print(json.dumps({"tenants": found}, indent=1))
        return
    _print(answers(), ("name", "queued", "running", "core_seconds_per_day", "bytes_kept"), found, "No tenants.")


@app.command()
def tenant(
    name: Annotated[str, typer.Argument(help="Its name; one that there is not is made.", show_default=False)],
    queued: Queued = None,
    running: Running = None,
    core_seconds_per_day: CoreSeconds = None,
    bytes_kept: BytesKept = None,
    database: DatabaseAddress = None,
    data: DataFolder = None,
) -> None:
    """Make a tenant, or change the caps of one; what is not named stays."""
    given: dict[str, Any] = {
        "queued": queued,
        "running": running,
        "core_seconds_per_day": core_seconds_per_day,
        "bytes_kept": bytes_kept,
    }
    with _opened(database, data) as opened:
        from optimizer.service.store.keys import Tenants

        found = {one.name: one for one in Tenants(opened).list()}.get(name)
        one = Tenants(opened).make(name) if found is None else found
        caps = replace(one.caps, **{cap: most for cap, most in given.items() if most is not None})
        Tenants(opened).allow(name, caps)
    said = ", ".join(f"{cap} {most:,.0f}" for cap, most in vars(caps).items())
    print(f"{'Changed' if found else 'Made'}: {name} ({said})")


def _said(key: Key, owner: Tenant) -> dict[str, Any]:
    """A key as it is told of."""
    from optimizer.service.store.records import said

    revoked = None if key.revoked is None else said(key.revoked)
    told = {"id": key.id, "tenant": owner.name, "scopes": list(key.scopes), "label": key.label}
    return {**told, "created": said(key.created), "revoked": revoked}


def _print(console: Any, columns: tuple[str, ...], rows: list[dict[str, Any]], none: str) -> None:
    """Print records as a table."""
    from rich.table import Table

    if not rows:
        print(none)
        return
    table = Table(*(column.replace("_", " ") for column in columns), box=None)
    for row in rows:
        cells = (row[column] for column in columns)
        table.add_row(*(_cell(cell) for cell in cells))
    console.print(table)


def _cell(value: Any) -> str:
    """A cell as it is printed."""
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else f"{value:,.0f}" if isinstance(value, int | float) else str(value)
