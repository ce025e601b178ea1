"""What one worker changes, every other knows at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from octavo.auth import permissions
from octavo.auth.registry import Registry
from octavo.auth.sessions import lasting_token
from octavo.auth.tokens import InvalidToken
from octavo.catalogue.access import PERMISSION, PERMISSION_USER
from octavo.catalogue.locations import SERVICE_POINT, SERVICE_POINTS_USER
from octavo.catalogue.patrons import GROUP, PROXY, USER
from octavo.errors import BadRequest
from octavo.store import access, records
from octavo.store.access import CHANNEL, Rights
from octavo.store.announcements import listen
from octavo.store.pool import Pool, connect
from octavo.store.tx import Store, Tx, schema_of
from octavo_models.user import User

TENANT = "other"


@pytest.fixture
async def pool(migrated: str) -> AsyncIterator[Pool]:
    made = Pool(migrated, size=2)
    yield made
    await made.close()


@dataclass
class Worker:
    """A worker that listens, and what tells that it was told something, or lost and found the connection."""

    registry: Registry
    told: asyncio.Event = field(default_factory=asyncio.Event)
    deaf: asyncio.Event = field(default_factory=asyncio.Event)
    listening: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, payload: str) -> None:
        self.registry.heard(payload)
        self.told.set()

    def switched(self, listening: bool) -> None:
        self.registry.listening(listening)
        (self.listening if listening else self.deaf).set()


@pytest.fixture
async def worker(migrated: str, pool: Pool) -> AsyncIterator[Worker]:
    made = Worker(Registry(Store(pool)))
    task = asyncio.create_task(listen(migrated, CHANNEL, made.heard, made.switched))
    await _soon(made.listening)
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def other_worker(migrated: str) -> AsyncIterator[Tx]:
    """A connection whose changes are committed; the user it makes is removed again."""
    connection = await connect(migrated)
    yield Tx(connection, schema_of(TENANT), datetime.now(UTC))
    await connection.close()


@pytest.fixture
async def user_id(other_worker: Tx) -> AsyncIterator[str]:
    made = str(uuid4())
    await records.insert(other_worker, USER, User(id=made, username=f"u{made}", active=True))
    yield made
    await records.delete(other_worker, USER, made)
    await other_worker.connection.execute(
        f"DELETE FROM {other_worker.table('permissions_users')} WHERE user_id = $1", made
    )


async def _soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()


async def _rights(registry: Registry, user_id: str) -> Rights:
    rights = await registry.rights(TENANT, user_id, datetime.now(UTC))
    assert rights
    return rights


def test_the_store_knows_the_tables_of_the_catalogue() -> None:
    tables = [kind.table for kind in (USER, PERMISSION, PERMISSION_USER, GROUP, PROXY, SERVICE_POINT, SERVICE_POINTS_USER)]
    assert tables == [
        "users", "permissions", "permissions_users", "groups", "proxyfor", "service_point", "service_point_user",
    ]  # fmt: skip


async def test_rights_are_remembered_until_another_worker_changes_them(
    worker: Worker, other_worker: Tx, user_id: str
) -> None:
    registry = worker.registry
    assert (await _rights(registry, user_id)).permissions == frozenset()
    assert await _rights(registry, user_id) is await _rights(registry, user_id)
    async with other_worker.connection.transaction():
        await permissions.grant(other_worker, TENANT, user_id, ["users.item.get"])
        assert not worker.told.is_set()
    await _soon(worker.told)
    assert (await _rights(registry, user_id)).permissions == {"users.item.get"}


async def test_a_key_rotated_by_another_worker_signs_at_once(
    worker: Worker, other_worker: Tx, user_id: str
) -> None:
    registry = worker.registry
    now = datetime.now(UTC)
    before = await registry.keys(TENANT, now)
    token = await lasting_token(registry, TENANT, user_id, "anne", now)
    await access.rotate_signing_key(other_worker.connection, TENANT, now, timedelta(minutes=1))
    await _soon(worker.told)
    after = await registry.keys(TENANT, now)
    assert after[0].kid not in {key.kid for key in before}
    assert (await registry.claims(token, now)).user_id == user_id
    with pytest.raises(InvalidToken):
        await registry.claims(token, now + timedelta(minutes=1))


async def test_nothing_is_remembered_while_changes_might_be_missed(pool: Pool, user_id: str) -> None:
    registry = Registry(Store(pool))
    assert await _rights(registry, user_id) is not await _rights(registry, user_id)


async def test_a_lost_connection_is_made_anew_and_everything_forgotten(
    worker: Worker, other_worker: Tx, user_id: str
) -> None:
    registry = worker.registry
    worker.listening.clear()
    remembered = await _rights(registry, user_id)
    await other_worker.connection.execute(
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE query LIKE 'LISTEN%' AND datname = current_database()"""
    )
    await _soon(worker.deaf)
    await _soon(worker.listening)
    assert await _rights(registry, user_id) is not remembered


async def test_unknown_tenants_and_users_have_neither_keys_nor_rights(pool: Pool) -> None:
    registry, now = Registry(Store(pool)), datetime.now(UTC)
    for tenant in ("nowhere", "Robert'); DROP", ""):
        with pytest.raises(BadRequest, match="No such Tenant"):
            await registry.keys(tenant, now)
    assert await registry.rights(TENANT, str(uuid4()), now) is None


async def test_sets_within_sets_are_opened_even_in_a_circle(tx: Tx, connection: Any) -> None:
    ids = {name: str(uuid4()) for name in ("a", "b")}
    for name, members in (("a", ["b", "x"]), ("b", ["a", "y"])):
        document = f'{{"id": "{ids[name]}", "permissionName": "{name}", "subPermissions": {members!r}}}'.replace("'", '"')
        await connection.execute(
            f"INSERT INTO {tx.table('permissions')} (id, doc) VALUES ($1, $2)", ids[name], document.encode()
        )
    assert await access.expanded(tx, ["a"]) == ["a", "b", "x", "y"]
    user_id = str(uuid4())
    await records.insert(tx, USER, User(id=user_id, username="circle", active=True))
    await permissions.grant(tx, "diku", user_id, ["b", "z"])
    rights = await access.rights(tx, user_id)
    assert rights == Rights("circle", True, None, frozenset("abxyz"))
