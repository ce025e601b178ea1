"""Every route takes the permission that it declares: that one, and no other. From the route tables."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from octavo.app.wiring import Octavo, okapi_routes
from octavo.auth import api_keys
from octavo.auth.api_keys import Scope
from octavo.auth.caller import EVERYTHING
from octavo.edge import side
from octavo.http.routes import Route
from octavo.store.tx import Tx
from safety.town import EDGE_PLACES, PLACES, Town, body_for, differences, dump, filled, send, settle
from sides import TENANT, Sides

OKAPI = okapi_routes()
PROTECTED = [route for route in OKAPI if route.permission]
EDGE = [route for route in side.ROUTES if route.permission]

#: What nobody needs a permission for. A route that is missing here by mistake would be open to everybody.
PUBLIC = {
    "GET /_/version",
    "GET /admin/health",
    "GET /admin/ready",
    "GET /metrics",  # only for this machine, or with a key: tests/app/test_operating.py
    "GET /_/proxy/tenants/{tenant}",
    "GET /_/proxy/tenants/{tenant}/modules",
    "GET /openapi.json",
    "GET /docs",
    "POST /authn/login",
    "POST /authn/login-with-expiry",
    "POST /bl-users/login",
    "POST /bl-users/login-with-expiry",
}
#: What takes a token or a password, but no permission.
ONE_S_OWN = {
    "POST /authn/refresh",
    "POST /authn/logout",
    "POST /authn/logout-all",
    "POST /authn/update",
    "GET /bl-users/_self",
}


def test_nothing_else_is_open_to_everybody() -> None:
    assert {route.name for route in OKAPI if not route.permission} == PUBLIC | ONE_S_OWN
    assert {route.name for route in side.ROUTES if not route.permission} == {"GET /admin/health"}


async def unchanged(tx: Tx, everything: Callable[[], Awaitable[None]]) -> None:
    before = await dump(tx.connection, tx.schema)
    await everything()
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def ask(client: httpx.AsyncClient, town: Town, route: Route, **headers: str) -> httpx.Response:
    places = EDGE_PLACES if route in EDGE else PLACES
    return await send(client, route, filled(route, places, town.names), body_for(route, town, town.names), **headers)


async def test_without_a_token_nothing_is_done(town: Town, anonymous: httpx.AsyncClient, tx: Tx) -> None:
    async def everything() -> None:
        for route in PROTECTED:
            answer = await ask(anonymous, town, route)
            assert (answer.status_code, answer.text) == (
                401, f"Token missing, access requires permission: {route.permission}",
            ), route.name  # fmt: skip
            assert answer.headers["www-authenticate"] == 'Bearer realm="octavo"'
            assert town.ann.patron["personal"]["lastName"] not in answer.text

    await unchanged(tx, everything)


async def test_with_a_bad_token_nothing_is_done(town: Town, sides: Sides, octavo: Octavo, tx: Tx) -> None:
    good = await octavo.token_of(TENANT, "admin")
    head, payload, signature = good.split(".")
    bad = [f"{head}.{payload}.", f"{head}.{payload}.{signature[::-1]}", "x.y.z", "null", f"{payload}.{payload}.{signature}"]

    async def everything() -> None:
        for token in bad:
            async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token}) as client:
                for route in PROTECTED[:: len(bad)]:
                    assert (await ask(client, town, route)).status_code == 401, (route.name, token)

    await unchanged(tx, everything)


async def test_what_is_ones_own_takes_a_token(anonymous: httpx.AsyncClient) -> None:
    for name in ONE_S_OWN:
        method, path = name.split()
        answer = await anonymous.request(method, path)
        nothing_to_do = (204, "") if name == "POST /authn/logout" else None  # whoever is not logged in is logged out
        assert answer.status_code in {400, 401} or (answer.status_code, answer.text) == nothing_to_do, (name, answer.text)


class Clerk:
    """A user whose permissions a test sets directly."""

    def __init__(self, client: httpx.AsyncClient, octavo: Octavo, tx: Tx, record: dict[str, Any]) -> None:
        self.client, self.octavo, self.tx, self.record = client, octavo, tx, record
        self.id, self.username = record["userId"], "clerk"

    async def may(self, *names: str) -> None:
        document = orjson.dumps({**self.record, "permissions": names})
        await self.tx.connection.execute(
            f"UPDATE {self.tx.table('permissions_users')} SET doc = $2 WHERE id = $1", self.record["id"], document
        )
        await settle()
        self.octavo.registry.forget(TENANT, self.id)


@pytest.fixture
async def clerk(client: httpx.AsyncClient, octavo: Octavo, sides: Sides, tx: Tx) -> Any:
    user = (await client.post("/users", json={"username": "clerk", "active": True, "personal": {"lastName": "C"}})).json()
    record = (await client.post("/perms/users", json={"userId": user["id"], "permissions": []})).json()
    token = await octavo.token_of(TENANT, "clerk")
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token}) as own:
        yield Clerk(own, octavo, tx, record)


async def test_all_other_permissions_together_are_not_enough(town: Town, clerk: Clerk, tx: Tx) -> None:
    every = sorted({str(route.permission) for route in PROTECTED})

    async def everything() -> None:
        for permission in every:
            await clerk.may(*(name for name in every if name != permission))
            for route in PROTECTED:
                if route.permission == permission:
                    answer = await ask(clerk.client, town, route)
                    assert (answer.status_code, answer.text) == (
                        403, f"Access for user 'clerk' ({clerk.id}) requires permission: {permission}",
                    ), route.name  # fmt: skip
        await clerk.may()

    await unchanged(tx, everything)


async def test_the_permission_alone_is_enough(town: Town, clerk: Clerk) -> None:
    """Whatever else is wrong with the request, it is not refused for want of a permission or a token."""
    handing_out = {"perms.users.item.post", "perms.users.item.put", "perms.permissions.item.post", "perms.permissions.item.put"}
    for route in PROTECTED:
        await clerk.may(str(route.permission))
        answer = await ask(clerk.client, town, route)
        assert answer.status_code < 500 or answer.status_code == 501, (route.name, answer.text)
        if route.permission not in handing_out:
            assert answer.status_code not in {401, 403}, (route.name, answer.text)
        else:
            assert "requires permission" not in answer.text


async def test_nobody_hands_out_more_than_they_have(town: Town, clerk: Clerk) -> None:
    await clerk.may("perms.users.item.post", "perms.users.item.put", "perms.permissions.item.post", "users.item.get")
    mine = {**clerk.record, "permissions": ["users.item.get", EVERYTHING]}
    wrapped = {"permissionName": "mine", "subPermissions": [EVERYTHING]}
    for method, path, body in (
        ("PUT", f"/perms/users/{clerk.record['id']}", mine),
        ("POST", f"/perms/users/{clerk.record['id']}/permissions", {"permissionName": EVERYTHING}),
        ("POST", f"/perms/users/{clerk.record['id']}/permissions", {"permissionName": "users.item.delete"}),
        ("POST", "/perms/permissions", wrapped),
    ):
        answer = await clerk.client.request(method, path, json=body)
        assert (answer.status_code, "Cannot add" in answer.text) == (403, True), (method, path, answer.text)


async def test_a_patron_tool_without_a_good_key_gets_nothing(town: Town, sides: Sides, edge: httpx.AsyncClient, tx: Tx) -> None:
    good = edge.headers["authorization"].removeprefix("apikey ")
    parts = api_keys.decode(good)
    forged = [
        "", "x", good[:-3], api_keys.encode(api_keys.Parts("guess", parts.tenant, parts.username)),
        api_keys.encode(api_keys.Parts(parts.secret, parts.tenant, "clerk")),
        api_keys.encode(api_keys.Parts(parts.secret, "other", parts.username)),
    ]  # fmt: skip

    async def everything() -> None:
        for key in forged:
            async with sides.edge(Authorization=f"apikey {key}") as client:
                for route in EDGE:
                    answer = await ask(client, town, route)
                    if answer.status_code not in {400, 422}:  # what nobody could serve is refused before the key
                        assert (answer.status_code, answer.json()["errorMessage"]) == (401, "Access Denied"), route.name

    await unchanged(tx, everything)


async def test_a_key_does_what_its_scopes_say_and_no_more(town: Town, sides: Sides, tx: Tx) -> None:
    async def everything() -> None:
        for scope in Scope:
            _, key = await api_keys.create(tx, TENANT, "admin", f"no {scope}", [other for other in Scope if other != scope])
            await settle()
            async with sides.edge(Authorization=f"apikey {key}") as client:
                for route in EDGE:
                    if route.permission == scope:
                        answer = await ask(client, town, route)
                        assert answer.status_code in {400, 403, 422}, (route.name, answer.text)

    before = await dump(tx.connection, tx.schema)
    await everything()
    assert differences(before, await dump(tx.connection, tx.schema)) == ["api_key"]
