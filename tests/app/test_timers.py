"""Timers: each tenant's run when they are due, once, and one that fails stops no other."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from conftest import Clock, migrate, new_database
from octavo.app.wiring import okapi_routes
from octavo.catalogue.scheduler import TIMER_DESCRIPTOR
from octavo.store import records
from octavo.store.pool import Pool
from octavo.store.tx import Store
from octavo.worker.timers import TIMERS, Ran, Timer, descriptors, every_timer, run_due
from octavo_models.scheduler import TimerEntry
from sides import OTHER_TENANT, TENANT

BOTH = (TENANT, OTHER_TENANT)


@pytest.fixture(scope="module")
async def url(server_url: str) -> AsyncIterator[str]:
    """A database with two tenants, for timers alone."""
    async with new_database(server_url, "timers") as made:
        await migrate(made)
        yield made


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    pool = Pool(url, size=4)
    yield Store(pool)
    await pool.close()


async def run(url: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "octavo", "run-timers", "--database-url", url, *more]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=os.environ, check=False)


async def test_the_command_runs_every_timer_of_every_tenant_and_then_waits(url: str):
    first = await run(url, "--json")
    assert first.returncode == 0, first.stderr
    told = json.loads(first.stdout)
    assert {(one["tenant"], one["timer"]) for one in told} == {(tenant, timer.name) for tenant in BOTH for timer in every_timer(timedelta(days=7))}
    assert {one["changed"] for one in told} == {0}
    again = await run(url)
    assert (again.returncode, again.stdout) == (0, ""), "nothing is due yet"


async def test_the_command_tells_by_its_exit_code_that_a_timer_has_failed(server_url: str):
    async with new_database(server_url, "broken") as broken:
        await migrate(broken)
        pool = Pool(broken, size=1)
        async with pool.acquire() as connection:
            await connection.execute('ALTER TABLE "t_diku"."users" RENAME TO people')
        await pool.close()
        ended = await run(broken)
    assert ended.returncode == 3
    assert "diku\t/users/expire/timer\tfailed" in ended.stdout
    assert "other\t/users/expire/timer\t0 changed" in ended.stdout


async def test_a_timer_runs_again_when_its_period_is_over_and_for_one_who_asks(store: Store):
    clock, seen = Clock(datetime(2030, 1, 1, tzinfo=UTC)), []

    async def work(begin):
        async with begin() as tx:
            seen.append(tx.schema)
        return 7

    timer = Timer("hourly", timedelta(hours=1), work)

    async def ran(tenants=(TENANT,)):
        return [one async for one in run_due(store, tenants, clock, [timer])]

    several = await asyncio.gather(*(ran() for _ in range(4)))
    assert sorted(several, key=len) == [[], [], [], [Ran(TENANT, "hourly", 7)]]
    clock.advance(minutes=59)
    assert await ran() == []
    assert await ran(BOTH) == [Ran(OTHER_TENANT, "hourly", 7)]
    clock.advance(minutes=1)
    assert await ran(BOTH) == [Ran(TENANT, "hourly", 7)]
    assert seen == [f"t_{TENANT}", f"t_{OTHER_TENANT}", f"t_{TENANT}"]


async def test_a_library_says_how_often_its_timers_run(store: Store):
    async def work(begin):
        return 1

    path = "/scheduled-request-expiration"
    clock = Clock(datetime(2031, 1, 1, tzinfo=UTC))
    entry = TimerEntry(methods=["POST"], path_pattern=path, unit="second", delay="1")
    timer = next(one for one in descriptors() if one.routing_entry.path_pattern == path)

    async def change(**changes):
        async with store.transaction(TENANT, clock.now) as tx:
            await records.replace(tx, TIMER_DESCRIPTOR, timer.id or "", timer.model_copy(update=changes))

    async def ran():
        return [one.tenant async for one in run_due(store, BOTH, clock, [Timer(path, timedelta(hours=1), work)])]

    assert await ran() == list(BOTH)
    clock.advance(seconds=1)
    assert await ran() == []
    await change(routing_entry=entry)
    assert await ran() == [TENANT]
    await change(routing_entry=entry, enabled=False)
    clock.advance(hours=1)
    assert await ran() == [OTHER_TENANT]


async def test_a_timer_that_fails_changes_nothing_and_stops_no_other(store: Store, caplog: pytest.LogCaptureFixture):
    async def fail(begin):
        async with begin() as tx:
            await tx.connection.execute(f"DELETE FROM {tx.table('users')}")
            raise RuntimeError("for a test")

    async def work(begin):
        async with begin() as tx:
            return await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('users')}")

    timers = [Timer("failing", timedelta(hours=1), fail), Timer("working", timedelta(hours=1), work)]
    clock = Clock(datetime(2030, 1, 1, tzinfo=UTC))
    ran = [one async for one in run_due(store, [TENANT], clock, timers)]
    assert ran == [Ran(TENANT, "failing", None), Ran(TENANT, "working", 1)]
    assert "timer failing failed for tenant diku" in caplog.text


def test_timers_with_the_name_of_a_path_are_named_like_the_routes_that_do_the_same():
    assert {timer.name for timer in TIMERS if timer.name.startswith("/")} <= {route.path for route in okapi_routes() if route.method == "POST"}


async def test_a_round_in_which_nothing_is_due_takes_one_statement_and_one_for_each_tenant(url: str):
    async def work(begin):
        return 0

    timers = [Timer(f"timer {number}", timedelta(hours=1), work) for number in range(20)]
    clock, seen = Clock(datetime(2032, 1, 1, tzinfo=UTC)), []
    pool = Pool(url, size=1)
    assert len([one async for one in run_due(Store(pool), BOTH, clock, timers)]) == 40
    async with pool.acquire() as connection:
        connection.add_query_logger(lambda record: seen.append(record.query))
    assert [one async for one in run_due(Store(pool), BOTH, clock, timers)] == []
    await pool.close()
    assert [one.partition(" FROM ")[2] for one in seen] == ["octavo.timer", *(f'"t_{one}"."scheduler_timer" ORDER BY id' for one in BOTH)]
