"""The migrations of the store, in the order of their revisions; each has been in a release and is never changed."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from optimizer.service.store.refusals import RefusalError


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring a database up to a revision, in the transaction that the connection is in.

    Parameters
    ----------
    connection : Connection
    revision : str, optional
        By default the newest.

    Raises
    ------
    RefusalError
        If it is at a revision that is not known here.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise RefusalError(f"the database was written by a newer version of lodestar-optimizer ({error})") from None
