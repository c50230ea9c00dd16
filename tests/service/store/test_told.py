"""What became of deliveries, and the state of many jobs at a look; on both databases."""

from __future__ import annotations

from optimizer.service.store.database import Database
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Tenant
from optimizer.service.store.webhooks import MOST_SAID, Webhooks


def test_a_delivery_says_what_became_of_it(database: Database, tenant: Tenant) -> None:
    queue, webhooks = Queue(database), Webhooks(database)
    webhooks.put(tenant.id, "tool", "https://tool.example", [])
    for _ in range(3):
        queue.cancel(tenant.id, queue.submit(tenant, "plan", {}, {}).job.id)
    first, second, third = webhooks.due(limit=3)
    assert webhooks.delivered(first)
    assert webhooks.failed(second, 10.0, "answered 500")
    assert webhooks.failed(third, None, "x" * 1000)
    found = {told.id: told for told in webhooks.recent(tenant.id, "tool", 10)}
    states = [(found[one.id].state, found[one.id].error) for one in (first, second, third)]
    assert states == [("delivered", None), ("waiting", "answered 500"), ("given up", "x" * MOST_SAID)]
    assert found[second.id].due is not None
    assert [told.id for told in webhooks.recent(tenant.id, "tool", 2)] == sorted(found, reverse=True)[:2]
    assert webhooks.recent("another", "tool", 10) == []


def test_jobs_that_somebody_waits_for_are_looked_at_together(database: Database, tenant: Tenant) -> None:
    queue = Queue(database)
    one, two = (queue.submit(tenant, "plan", {}, {}).job.id for _ in range(2))
    queue.cancel(tenant.id, two)
    assert queue.latest([one, two, "gone"]) == {one: ("queued", 1), two: ("cancelled", 2)}
    assert queue.latest([]) == {}
