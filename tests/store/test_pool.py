"""The pool of connections: who is cancelled in the middle of something leaves nothing behind for the next one."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from octavo.store.pool import Pool


@pytest.fixture
async def admin(migrated: str) -> AsyncIterator[Any]:
    """A connection of its own, and a table for these tests."""
    made = await asyncpg.connect(migrated)
    await made.execute("CREATE TABLE public.written (number int)")
    yield made
    await made.execute("DROP TABLE public.written")
    await made.close()


@pytest.mark.parametrize("steps", range(12))
async def test_what_follows_a_cancelled_transaction_on_its_connection_is_committed(migrated: str, admin: Any, steps: int):
    pool = Pool(migrated, size=1)
    async with pool.acquire() as connection:
        await connection.fetchval("SELECT 1")

    async def write(number: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("INSERT INTO public.written VALUES ($1)", number)

    cancelled = asyncio.create_task(write(1))
    for _ in range(steps):
        await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.gather(cancelled, return_exceptions=True)
    await write(2)
    assert 2 in [row["number"] for row in await admin.fetch("SELECT number FROM public.written")]
    await pool.close()
