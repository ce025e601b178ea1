"""A piece of work: statements put together once, transactions that tell when they are over."""

import asyncio
from contextlib import suppress

import pytest

from octavo.errors import BadRequest, Unavailable
from octavo.store.pool import Pool
from octavo.store.tx import Store, Tx, made_once


def test_a_text_is_made_once_for_each_schema_and_argument(clock):
    made = []

    @made_once
    def text(tx: Tx, name: str, *, whole: bool = False) -> str:
        made.append((tx.schema, name, whole))
        return f"{tx.table(name)} {whole}"

    one, other = Tx(None, "t_one", clock.now, "somebody"), Tx(None, "t_other", clock.now)
    assert text(one, "loan") == text(one, "loan") == '"t_one"."loan" False'
    assert text(other, "loan", whole=True) == '"t_other"."loan" True'
    assert made == [("t_one", "loan", False), ("t_other", "loan", True)]


def test_a_text_cannot_hold_anything_of_the_request_that_was_first(clock):
    @made_once
    def text(tx: Tx) -> str:
        return f"{tx.actor} {tx.connection} {tx.now.year}"

    assert text(Tx(object(), "t_first", clock.now, "somebody")) == "None None 1"


class _Changed(list[str]):
    def __call__(self, tenant: str) -> None:
        self.append(tenant)


@pytest.fixture
async def store(database_url):
    pool = Pool(database_url, 1)
    yield Store(pool, _Changed())
    await pool.close()


async def test_what_is_raised_undoes_everything_and_tells_of_nothing(store, clock):
    with suppress(KeyError):
        async with store.transaction("nowhere", clock.now) as tx:
            await tx.connection.execute("CREATE TABLE public.left_behind ()")
            raise KeyError
    async with store.transaction("nowhere", clock.now) as tx:
        assert await tx.connection.fetchval("SELECT to_regclass('public.left_behind')") is None
        assert store.changed == []
    assert store.changed == ["nowhere"]


async def test_an_odd_tenant_takes_no_connection(store, clock):
    with pytest.raises(BadRequest):
        async with store.transaction('x"; --', clock.now):
            pytest.fail("no work for such a tenant")  # pragma: no cover
    assert store.connections.counts["lent"] == 0


async def test_a_connection_that_is_lost_before_the_commit_is_a_failure_that_tells_of_nothing(store, clock):
    with pytest.raises(Unavailable):
        async with store.transaction("nowhere", clock.now) as tx:
            tx.connection.terminate()
    assert store.changed == []
    assert store.connections.counts == {"lent": 0, "idle": 0, "waited for": 0}


async def test_who_is_cancelled_leaves_nothing_behind(store, clock):
    begun = asyncio.Event()

    async def work() -> None:
        async with store.transaction("nowhere", clock.now) as tx:
            await tx.connection.execute("CREATE TABLE public.left_behind ()")
            begun.set()
            await tx.connection.execute("SELECT pg_sleep(30)")

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.changed == []
    async with store.transaction("nowhere", clock.now) as tx:
        assert await tx.connection.fetchval("SELECT to_regclass('public.left_behind')") is None
