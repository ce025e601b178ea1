"""What is taken away through one server, or by a command, every other server over the database refuses at once."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from octavo.app import wiring
from octavo.auth.api_keys import decode
from octavo.store import tenants
from process.world import octavo
from servers import Served, running

pytestmark = pytest.mark.slow

TENANT = "workers"
SECONDS = 1.0
READ_LOANS = "circulation-storage.loans.collection.get"

Client = httpx.AsyncClient


@pytest.fixture(scope="module")
async def workers(served: Served) -> AsyncIterator[tuple[Served, Served]]:
    """Two servers over one database, with a tenant of this module."""
    async with tenants.administration(served.database_url) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", datetime.now(UTC))
    with running("--database-url", served.database_url) as other:
        other.database_url = served.database_url
        yield served, other
    async with tenants.administration(served.database_url) as connection:
        await tenants.drop(connection, TENANT)


@asynccontextmanager
async def logged_in(server: Served, username: str, password: str) -> AsyncIterator[Client]:
    async with Client(base_url=server.okapi, headers={"X-Okapi-Tenant": TENANT}, timeout=30) as client:
        answer = await client.post("/authn/login", json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        client.headers["X-Okapi-Token"] = answer.headers["x-okapi-token"]
        yield client


@pytest.fixture
async def admin(workers: tuple[Served, Served]) -> AsyncIterator[Client]:
    """The administrator, at the first server."""
    async with logged_in(workers[0], "admin", "admin-password") as client:
        yield client


async def staff(admin: Client, *permissions: str) -> dict[str, Any]:
    """Make somebody who may log in and do what is named."""
    user = {"id": str(uuid4()), "username": f"staff-{uuid4().hex[:8]}", "active": True, "personal": {"lastName": "Desk"}}
    for path, body in (
        ("/users", user),
        ("/authn/credentials", {"userId": user["id"], "password": "desk-password"}),
        ("/perms/users", {"userId": user["id"], "permissions": list(permissions)}),
    ):
        answer = await admin.post(path, json=body)
        assert answer.status_code == 201, answer.text
    return user


async def soon(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> httpx.Response:
    """Ask until the answer has this status, for a second at most."""
    deadline = time.monotonic() + SECONDS
    while (answer := await ask()).status_code != status:
        assert time.monotonic() < deadline, f"{answer.status_code} {answer.text}"
        await asyncio.sleep(0.01)
    return answer


async def test_a_permission_taken_away_is_refused_and_one_given_is_granted(
    workers: tuple[Served, Served], admin: Client
) -> None:
    user = await staff(admin, READ_LOANS)
    async with logged_in(workers[1], user["username"], "desk-password") as elsewhere:

        def ask() -> Awaitable[httpx.Response]:
            return elsewhere.get("/loan-storage/loans")

        for _ in range(3):
            assert (await ask()).status_code == 200
            gone = await admin.delete(f"/perms/users/{user['id']}/permissions/{READ_LOANS}?indexField=userId")
            assert gone.status_code == 204, gone.text
            refused = await soon(ask, 403)
            assert refused.text == (
                f"Access for user '{user['username']}' ({user['id']}) requires permission: {READ_LOANS}"
            )
            given = await admin.post(
                f"/perms/users/{user['id']}/permissions?indexField=userId", json={"permissionName": READ_LOANS}
            )
            assert given.status_code == 200, given.text
            await soon(ask, 200)


@pytest.mark.parametrize("change", ["made inactive", "deleted", "logged out everywhere", "password changed"])
async def test_a_user_who_is_no_more_is_refused(workers: tuple[Served, Served], admin: Client, change: str) -> None:
    user = await staff(admin, READ_LOANS, "users.item.get")
    async with (
        logged_in(workers[1], user["username"], "desk-password") as elsewhere,
        logged_in(workers[0], user["username"], "desk-password") as here,
    ):

        def ask() -> Awaitable[httpx.Response]:
            return elsewhere.get("/loan-storage/loans")

        assert (await ask()).status_code == 200
        stored = (await admin.get(f"/users/{user['id']}")).json()
        new_password = {"username": user["username"], "password": "desk-password", "newPassword": "new-desk-password"}
        changes: dict[str, Callable[[], Awaitable[httpx.Response]]] = {
            "made inactive": lambda: admin.put(f"/users/{user['id']}", json={**stored, "active": False}),
            "deleted": lambda: admin.delete(f"/users/{user['id']}"),
            "logged out everywhere": lambda: here.post("/authn/logout-all"),
            "password changed": lambda: here.post("/authn/update", json=new_password),
        }
        done = await changes[change]()
        assert done.status_code == 204, done.text
        await soon(ask, 401)


@pytest.mark.parametrize("change", ["key revoked", "user made inactive"])
async def test_a_key_that_was_revoked_or_whose_user_is_no_more_is_refused(
    workers: tuple[Served, Served], admin: Client, change: str
) -> None:
    user = await staff(admin)
    at_tenant = ("--tenant", TENANT, "--database-url", workers[0].database_url)
    made = await asyncio.to_thread(octavo, "apikey", "create", "tool", "--user", user["username"], *at_tenant)
    assert made.returncode == 0, made
    key = made.stdout.strip()
    assert decode(key).username == user["username"]
    async with Client(base_url=workers[1].edge, headers={"Authorization": f"apikey {key}"}) as tool:

        def ask() -> Awaitable[httpx.Response]:
            return tool.get("/patron/account/nobody")

        assert (await ask()).status_code == 404
        if change == "key revoked":
            listed = await asyncio.to_thread(octavo, "apikey", "list", "--json", *at_tenant)
            key_id = next(one["id"] for one in json.loads(listed.stdout) if one["user"] == user["username"])
            done = await asyncio.to_thread(octavo, "apikey", "revoke", key_id, *at_tenant)
            assert done.returncode == 0, done
        else:
            stored = (await admin.get(f"/users/{user['id']}")).json()
            assert (await admin.put(f"/users/{user['id']}", json={**stored, "active": False})).status_code == 204
        await soon(ask, 401)
