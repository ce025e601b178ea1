"""Octavo starts only where it can work, and otherwise says in one line what to do."""

import asyncio
import socket

import asyncpg
import pytest

from octavo.store import tenants
from process.world import TENANT, octavo, prepare

pytestmark = pytest.mark.slow

FREE_PORTS = ("--port", "0", "--edge-port", "0")


async def refusal(*arguments: str) -> str:
    """Run a command that must fail and return the line that it says."""
    done = await asyncio.to_thread(octavo, *arguments)
    assert done.returncode == 1, done
    assert not done.stdout
    (line,) = done.stderr.splitlines()
    return line


async def serve_refusal(url: str) -> str:
    return await refusal("serve", "--database-url", url, *FREE_PORTS)


async def set_version(url: str, version: int) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE octavo.tenant SET version = $1", version)
    await connection.close()


async def test_a_database_of_another_version_is_refused(empty_database: str) -> None:
    await prepare(empty_database, TENANT)
    newest = tenants.newest()
    await set_version(empty_database, newest + 1)
    too_new = f"tenant {TENANT} has schema version {newest + 1}, this Octavo knows only {newest}: install a newer Octavo"
    assert await serve_refusal(empty_database) == f"octavo: {too_new}"
    assert await refusal("migrate", "--database-url", empty_database) == f"octavo: {too_new}"
    await set_version(empty_database, newest - 1)
    too_old = f"tenant {TENANT} has schema version {newest - 1}, this Octavo needs {newest}: run `octavo migrate`"
    assert await serve_refusal(empty_database) == f"octavo: {too_old}"


async def test_a_database_without_schema_is_refused_with_advice_that_helps(empty_database: str) -> None:
    assert await serve_refusal(empty_database) == "octavo: the database has no Octavo schema yet: run `octavo migrate`"
    migrated = await asyncio.to_thread(octavo, "migrate", "--database-url", empty_database)
    assert migrated.returncode == 0, migrated
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    try:
        # The schema is no obstacle any more: only the port that somebody else has is left to complain about.
        told = await refusal("serve", "--database-url", empty_database, "--port", str(port), "--edge-port", "0")
        assert told == f"cannot listen on 127.0.0.1:{port}: Address already in use"
    finally:
        taken.close()


async def test_a_database_that_cannot_be_reached_is_told_without_the_password() -> None:
    url = "postgresql://octavo:hush-hush@127.0.0.1:1/octavo"
    for command in (("serve", *FREE_PORTS), ("migrate",), ("tenant", "list")):
        told = await refusal(*command, "--database-url", url)
        assert told.startswith("octavo: cannot connect to the database: ")
        assert "hush-hush" not in told


async def test_migrating_again_changes_nothing(empty_database: str) -> None:
    await prepare(empty_database, TENANT)
    for _ in range(2):
        done = await asyncio.to_thread(octavo, "migrate", "--database-url", empty_database)
        assert (done.returncode, done.stdout) == (0, f"every tenant has version {tenants.newest()}\n"), done


async def test_two_migrations_at_once_wait_for_each_other(empty_database: str) -> None:
    """While somebody administers the database, another migration waits, and then succeeds."""
    async with tenants.administration(empty_database):
        both = [asyncio.create_task(asyncio.to_thread(octavo, "migrate", "--database-url", empty_database)) for _ in "ab"]
        done, _ = await asyncio.wait(both, timeout=2.5)
        assert not done
    for migrated in await asyncio.gather(*both):
        assert migrated.returncode == 0, migrated

