"""What the service keeps, opened once, as the routes ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from optimizer.service.http.settings import Settings
from optimizer.service.store.cases import Cases
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Keys
from optimizer.service.store.parts import Parts
from optimizer.service.store.queue import Queue
from optimizer.service.store.scenarios import Scenarios
from optimizer.service.store.webhooks import Webhooks


@dataclass(frozen=True)
class Stores:
    """Every part of the store, on one database."""

    database: Database
    keys: Keys
    cases: Cases
    scenarios: Scenarios
    parts: Parts
    queue: Queue
    webhooks: Webhooks

    @classmethod
    def of(cls, settings: Settings) -> Stores:
        """The parts of the store that settings name; its tables are made by `Database.migrate`."""
        database = Database(settings.database)
        parts = Parts(database, settings.objects)
        return cls(
            database,
            Keys(database),
            Cases(database),
            Scenarios(database),
            parts,
            Queue(database, parts),
            Webhooks(database),
        )


async def stores_of(request: Request) -> Stores:
    """The parts of the store, for a route; async, as anything else would take a thread for it."""
    stores: Stores = request.app.state.stores
    return stores


Kept = Annotated[Stores, Depends(stores_of)]
"""The argument of a route that asks the store."""
