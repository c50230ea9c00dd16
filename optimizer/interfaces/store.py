"""What the commands of the service share: what must be installed, the database and where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.interfaces.extras import needs

if TYPE_CHECKING:
    from optimizer.service.store.database import Database

PACKAGES = (
    *("alembic", "duckdb", "fastapi", "httpx", "jinja2", "prometheus_client", "psycopg", "scipy", "sqlalchemy"),
    "uvicorn",
)
"""What the extra brings."""

DatabaseAddress = Annotated[
    str | None,
    typer.Option(
        envvar="LODESTAR_DATABASE",
        show_envvar=True,
        help="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; a file in the data folder by default.",
    ),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        envvar="LODESTAR_DATA", show_envvar=True, help="Folder of the database; one of this user's own by default."
    ),
]


@contextmanager
def needing(what: str) -> Iterator[None]:
    """Say how to install what a command needs, and what the store refuses, in a line.

    Parameters
    ----------
    what : str
        The command.
    """
    needs(what, "server", PACKAGES)
    from optimizer.service.store.refusals import RefusalError, UnavailableError

    try:
        yield
    except UnavailableError:
        raise  # no fault of what was typed
    except RefusalError as error:
        raise InputError([Fault(what, str(error), code="invalid")]) from None


def address_of(database: str | None, data: Path | None) -> str:
    """The address of the database.

    Parameters
    ----------
    database : str or None
        As given.
    data : Path or None
        Folder of the data, as given.
    """
    from optimizer.service.start import address_in, data_folder

    return database or address_in(data or data_folder())


def shown(database: Database) -> str:
    """Where data lie, as a person would find them; no password.

    Parameters
    ----------
    database : Database
    """
    if database.sqlite:
        return str(database.url.database)
    return database.url.set(drivername="postgresql").render_as_string(hide_password=True)
