"""Tenants, keys, cases, scenarios and webhooks: kept by tenant, under revisions that can be held against."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.cases import Cases
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Keys, Tenants
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Caps, Ending, Tenant, revision
from optimizer.service.store.refusals import CapReachedError, RefusalError, RevisionError, StateError, UnknownError
from optimizer.service.store.scenarios import Scenarios
from optimizer.service.store.webhooks import Webhooks

BODY = {"settings": {"name": "magnets"}, "rows": {"offers": [{"name": "ä", "price": 1.5}]}}


def test_every_revision_of_a_case_is_kept(database: Database, tenant: Tenant) -> None:
    cases = Cases(database)
    first = cases.put(tenant.id, "magnets", BODY)
    assert (first.number, first.revision, first.body) == (1, revision(BODY), BODY)
    assert cases.put(tenant.id, "magnets", BODY) == first
    second = cases.put(tenant.id, "magnets", {"settings": {}}, if_match=first.revision)
    assert second.number == 2
    assert cases.get(tenant.id, "magnets") == second
    assert cases.get(tenant.id, "magnets", first.revision) == first
    back = cases.put(tenant.id, "magnets", BODY, if_match="*")
    assert (back.number, back.revision) == (3, first.revision)
    assert [case.number for case in cases.revisions(tenant.id, "magnets")] == [3, 2, 1]


def test_a_revision_is_the_same_for_the_same_content() -> None:
    assert revision({"a": 1, "b": "ä"}) == revision({"b": "ä", "a": 1}) != revision({"a": 1.5, "b": "ä"})
    revision({"lone": "\ud800"})
    with pytest.raises(ValueError, match="JSON"):
        revision({"a": float("nan")})


@pytest.mark.parametrize("kind", [Cases, Scenarios])
def test_a_lost_update_is_refused(database: Database, tenant: Tenant, kind: type[Cases] | type[Scenarios]) -> None:
    store = kind(database)
    with pytest.raises(RevisionError):
        store.put(tenant.id, "x", BODY, if_match="*")
    first = store.put(tenant.id, "x", BODY, if_match="")
    with pytest.raises(RevisionError, match="there is a"):
        store.put(tenant.id, "x", BODY, if_match="")
    store.put(tenant.id, "x", {"n": 2}, if_match=first.revision)
    with pytest.raises(RevisionError):
        store.put(tenant.id, "x", {"n": 3}, if_match=first.revision)
    with pytest.raises(RevisionError):
        store.delete(tenant.id, "x", if_match=first.revision)
    assert store.get(tenant.id, "x").body == {"n": 2}
    store.delete(tenant.id, "x")
    for gone in (store.get, store.delete):
        with pytest.raises(UnknownError):
            gone(tenant.id, "x")


@pytest.mark.parametrize("kind", [Cases, Scenarios])
def test_pages_go_by_name(database: Database, tenant: Tenant, kind: type[Cases] | type[Scenarios]) -> None:
    store, other = kind(database), Tenants(database).make("other").id
    for name in ("b", "a", "c", "a"):
        store.put(tenant.id, name, {"n": name})
    store.put(other, "theirs", {"n": 1})
    assert [one.name for one in store.page(tenant.id, limit=2)] == ["a", "b"]
    assert [one.name for one in store.page(tenant.id, after="b")] == ["c"]
    assert [one.name for one in store.page(other)] == ["theirs"]
    with pytest.raises(UnknownError):
        store.get(other, "a")


def test_scenarios_are_known_to_those_that_include_them(database: Database, tenant: Tenant) -> None:
    Scenarios(database).put(tenant.id, "mine", {"n": 1})
    Scenarios(database).put(Tenants(database).make("other").id, "theirs", {"n": 1})
    assert Scenarios(database).all(tenant.id) == {"mine": {"n": 1}}


def test_bytes_kept_are_capped_over_everything(database: Database, tenant: Tenant) -> None:
    Cases(database).put(tenant.id, "a", {"text": "x" * 100})
    Scenarios(database).put(tenant.id, "a", {"text": "x" * 100})
    kept = Queue(database).bytes_kept(tenant.id)
    assert 200 < kept < 250
    Tenants(database).allow(tenant.name, replace(Caps(), bytes_kept=kept))
    for store in (Cases(database), Scenarios(database)):
        with pytest.raises(CapReachedError, match="bytes kept"):
            store.put(tenant.id, "b", {"text": "x"})


def test_a_key_is_found_by_its_secret_alone(database: Database, tenant: Tenant) -> None:
    keys = Keys(database)
    key, secret = keys.make(tenant.id, ["read", "plan"], "laptop")
    assert secret.startswith("ls_")
    assert len(secret) > 40
    assert keys.find(secret) == (key, tenant)
    assert keys.list(tenant.id) == [key]
    assert keys.list(Tenants(database).make("other").id) == []
    for wrong in ("", "ls_", secret[:-1], secret.upper(), "\udcff", "x\x00"):
        assert keys.find(wrong) is None
    assert keys.revoke(key.id).revoked is not None
    assert keys.revoke(key.id) == keys.list(tenant.id)[0]
    assert keys.find(secret) is None
    for unknown in (lambda: keys.revoke("none"), lambda: keys.make("none", [], "")):
        with pytest.raises(UnknownError):
            unknown()


def test_no_secret_of_a_key_is_in_the_database(on_sqlite: Database) -> None:
    tenant = Tenants(on_sqlite).make("buyer")
    _, secret = Keys(on_sqlite).make(tenant.id, ["admin"], "first")
    on_sqlite.close()
    written = b"".join(path.read_bytes() for path in Path(str(on_sqlite.url.database)).parent.glob("lodestar.db*"))
    assert b"buyer" in written
    assert secret.encode() not in written
    assert secret[3:].encode() not in written


def test_two_tenants_have_two_names(database: Database, tenant: Tenant) -> None:
    with pytest.raises(StateError):
        Tenants(database).make(tenant.name)
    assert Tenants(database).get(tenant.name) == tenant
    assert Tenants(database).allow(tenant.name, Caps(running=1)).caps.running == 1
    with pytest.raises(UnknownError):
        Tenants(database).allow("none", Caps())


def test_webhooks_are_told_of_what_they_asked_for(database: Database, tenant: Tenant) -> None:
    hooks, queue = Webhooks(database), Queue(database)
    other = Tenants(database).make("other").id
    hooks.put(tenant.id, "all", "https://example.org/a", [])
    hooks.put(tenant.id, "failures", "https://example.org/f", ["job.failed"], secret="s")
    hooks.put(other, "theirs", "https://example.org/t", [])
    job = queue.submit(tenant, "plan", {}, {}).job
    claim = queue.claim("w")
    assert claim is not None
    assert hooks.due() == []
    assert queue.finish(claim, [], Ending("succeeded"))
    (delivery,) = hooks.due()
    assert (delivery.webhook, delivery.kind, delivery.body["job"], delivery.attempts) == (
        "all",
        "job.succeeded",
        job.id,
        1,
    )
    assert hooks.due() == []
    assert hooks.failed(delivery, retry_in=0.0, error="no answer")
    assert not hooks.delivered(delivery)
    (again,) = hooks.due(lease=-1.0)
    assert (again.id, again.attempts) == (delivery.id, 2)
    (third,) = hooks.due()
    assert not hooks.delivered(again)
    assert hooks.delivered(third)
    assert hooks.due() == []
    queue.cancel(tenant.id, queue.submit(tenant, "plan", {}, {}).job.id)
    assert {one.kind for one in hooks.due()} == {"job.cancelled"}


def test_a_webhook_keeps_its_secret_when_it_is_set_again(database: Database, tenant: Tenant) -> None:
    hooks = Webhooks(database)
    first = hooks.put(tenant.id, "a", "https://example.org", [])
    second = hooks.put(tenant.id, "a", "https://example.org/b", ["job.failed"])
    assert first.secret == second.secret
    assert (second.url, second.kinds) == ("https://example.org/b", ("job.failed",))
    assert hooks.put(tenant.id, "a", "https://example.org/b", [], secret="mine").secret == "mine"
    assert [one.name for one in hooks.page(tenant.id)] == ["a"]
    hooks.delete(tenant.id, "a")
    for gone in (hooks.get, hooks.delete):
        with pytest.raises(UnknownError):
            gone(tenant.id, "a")


def test_what_goes_with_a_tenant_goes(database: Database, tenant: Tenant) -> None:
    Webhooks(database).put(tenant.id, "a", "https://example.org", [])
    Cases(database).put(tenant.id, "a", BODY)
    queue = Queue(database)
    queue.cancel(tenant.id, queue.submit(tenant, "plan", {}, {}, idempotency=("k", "d")).job.id)
    with database.write() as connection:
        connection.execute(sa.delete(tables.tenant).where(tables.tenant.c.id == tenant.id))
        left = {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in tables.METADATA.sorted_tables
        }
    assert set(left.values()) == {0}


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_another_database_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(RefusalError, match=r"^database: expected sqlite:///PATH or postgresql://"):
        Database(url)


@pytest.mark.parametrize("name", ["a\ud800", "a\x00b"])
def test_a_name_that_no_text_can_be_is_unknown(database: Database, tenant: Tenant, name: str) -> None:
    asks = [lambda: Cases(database).get(tenant.id, name), lambda: Scenarios(database).get(tenant.id, name)]
    asks += [lambda: Queue(database).get(tenant.id, name), lambda: Webhooks(database).get(tenant.id, name)]
    for ask in asks:
        with pytest.raises(UnknownError):
            ask()
