"""The commands of an operator, run as one would run them."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest

from conftest import migrate, new_database
from octavo.app.settings import Settings, from_environment
from servers import running


@pytest.fixture(scope="module")
async def empty(server_url: str) -> AsyncIterator[str]:
    """A database that has never seen Octavo."""
    async with new_database(server_url, "commands") as url:
        yield url


async def octavo(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "octavo", *arguments]
    known = {**os.environ, "OCTAVO_DATABASE_URL": url, **environment}
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, env=known, check=False)


async def test_from_an_empty_database_to_a_revoked_key(empty: str):
    assert (await octavo(empty, "migrate")).returncode == 0
    made = await octavo(empty, "tenant", "create", "city", "--admin", "librarian", OCTAVO_ADMIN_PASSWORD="a good one")
    assert made.returncode == 0, made.stderr
    assert json.loads((await octavo(empty, "tenant", "list", "--json")).stdout) == [{"id": "city", "version": 1}]

    again = await octavo(empty, "tenant", "create", "city", OCTAVO_ADMIN_PASSWORD="x")
    assert (again.returncode, again.stderr) == (1, "octavo: Duplicate tenant id city\n")

    key = await octavo(empty, "apikey", "create", "catalogue", "--tenant", "city", "--user", "librarian", "--days", "7")
    assert key.returncode == 0, key.stderr
    listed = await octavo(empty, "apikey", "list", "--tenant", "city", "--json")
    (one,) = json.loads(listed.stdout)
    assert (one["name"], one["user"], one["revoked"]) == ("catalogue", "librarian", None)
    assert one["scopes"] == ["account:read", "account:act", "register"]
    assert key.stdout.strip() not in listed.stdout, "nobody can read a key again"

    assert (await octavo(empty, "apikey", "revoke", one["id"], "--tenant", "city")).returncode == 0
    (one,) = json.loads((await octavo(empty, "apikey", "list", "--tenant", "city", "--json")).stdout)
    assert one["revoked"] is not None
    told = (await octavo(empty, "apikey", "list", "--tenant", "city")).stdout
    assert [one["id"] in line for line in told.splitlines()].count(True) == 1, "one line for a key, however wide"

    assert (await octavo(empty, "tenant", "delete", "city", "--yes")).returncode == 0
    assert json.loads((await octavo(empty, "tenant", "list", "--json")).stdout) == []


async def test_a_new_key_ends_the_tokens_of_the_old_one_in_a_running_server(server_url: str):
    async with new_database(server_url, "rotated") as url:
        await migrate(url)
        async with served_from(url) as (okapi, token):
            headers = {"X-Okapi-Tenant": "diku", "X-Okapi-Token": token}
            async with httpx.AsyncClient(base_url=okapi, headers=headers) as client:
                assert (await client.get("/groups")).status_code == 200
                assert (await octavo(url, "tenant", "rotate-key", "diku")).returncode == 0
                assert (await client.get("/groups")).status_code == 200, "the old key is good for a week"
                assert (await octavo(url, "tenant", "rotate-key", "diku", "--overlap", "0")).returncode == 0
                await until_refused(client)
        unknown = await octavo(url, "tenant", "rotate-key", "nowhere")
        assert (unknown.returncode, unknown.stderr) == (1, "octavo: Tenant nowhere not found\n")


@asynccontextmanager
async def served_from(url: str) -> AsyncIterator[tuple[str, str]]:
    """A running server over a database: its address, and a token of its administrator."""
    with running("--database-url", url) as server, closing(server.login()) as client:
        yield server.okapi, client.headers["X-Okapi-Token"]


async def until_refused(client: httpx.AsyncClient) -> None:
    """Wait, a second at most, until the server has heard that the token is void."""
    for _ in range(20):
        if (await client.get("/groups")).status_code == 401:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the token of a key that has ended is still good")


@pytest.mark.parametrize("name", ["City", "a-b", "1city", 'x"; DROP SCHEMA public; --', "a" * 32, "pg catalog", "ü"])
async def test_a_tenant_s_name_is_checked_before_it_comes_near_sql(empty: str, name: str):
    refused = await octavo(empty, "tenant", "create", name, OCTAVO_ADMIN_PASSWORD="x")
    assert refused.returncode == 1
    assert refused.stderr.startswith("octavo: Invalid tenant id, may only contain a-z and 0-9")


def test_a_flag_wins_over_the_environment_and_that_over_the_default():
    environment = {"OCTAVO_PORT": "9999", "OCTAVO_INSECURE_COOKIES": "yes", "OCTAVO_DATA_DIR": "/srv/octavo"}
    settings = from_environment(environment, port=8888)
    assert settings == Settings(port=8888, insecure_cookies=True, data_dir=Path("/srv/octavo"))


def test_a_setting_that_cannot_be_read_is_named():
    with pytest.raises(SystemExit, match="OCTAVO_PORT: 'many' is not a valid int"):
        from_environment({"OCTAVO_PORT": "many"})
