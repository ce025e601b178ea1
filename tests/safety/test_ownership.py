"""Nobody sees or changes what is not theirs: neither another patron's, nor another tenant's. From the route tables."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from octavo.app.wiring import Octavo, okapi_routes
from octavo.edge import side
from octavo.http.routes import Route
from octavo.store.tx import Tx, schema_of
from safety.town import CANARY, EDGE_PLACES, PLACES, Town, body_for, differences, dump, filled, send, texts_of
from sides import OTHER_TENANT, TENANT, Sides

OKAPI = okapi_routes()
PROTECTED = [route for route in OKAPI if route.permission]
EDGE = [route for route in side.ROUTES if route.permission]


def test_every_route_is_known() -> None:
    """A new route must say in PLACES what its parameters stand for, or it would not be tested here."""
    for routes, places in ((PROTECTED, PLACES), (EDGE, EDGE_PLACES)):
        assert {route.path for route in routes if "{" in route.path} <= set(places)
    for place in PLACES:
        for name in PLACES[place]:
            assert f"{{{name}}}" in place


def veiled(text: str, names: Mapping[str, str]) -> str:
    """Return a text with every name that was asked for replaced by what it stands for."""
    for what, value in sorted(names.items(), key=lambda name: -len(name[1])):
        text = text.replace(value, f"<{what}>").replace(value.lower(), f"<{what}>")
    return text


async def seen(
    client: httpx.AsyncClient, route: Route, places: Mapping[str, Mapping[str, str]], town: Town, names: Mapping[str, str]
) -> tuple[int, str]:
    """Return what somebody gets for a route, and check that nothing of the town's is in it."""
    answer = await send(client, route, filled(route, places, names), body_for(route, town, names))
    for text in texts_of(answer):
        assert CANARY not in text, f"{route.name} tells a name: {text[:300]}"
    return answer.status_code, veiled(answer.text, names)


@pytest.mark.parametrize("routes", [PROTECTED, EDGE], ids=["okapi", "edge"])
async def test_to_another_tenant_what_is_there_looks_like_what_is_not(
    town: Town, neighbour: httpx.AsyncClient, neighbouring_tool: httpx.AsyncClient, tx: Tx, routes: list[Route]
) -> None:
    """Asked for by somebody of another tenant, a record answers as one that does not exist, and stays as it is."""
    client, places = (neighbour, PLACES) if routes is PROTECTED else (neighbouring_tool, EDGE_PLACES)
    before = await dump(tx.connection, tx.schema)
    strangers = town.stranger_names()
    for route in routes:
        if "{" in route.path:
            there = await seen(client, route, places, town, town.names)
            nowhere = await seen(client, route, places, town, strangers)
            assert there == nowhere, route.name
            assert there[0] < 500 or there[0] == 501, (route.name, there)
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_reading_a_record_of_another_tenant_finds_nothing(town: Town, neighbour: httpx.AsyncClient) -> None:
    for route in PROTECTED:
        if route.path in PLACES and route.path.endswith("/{id}") and route.method in ("GET", "DELETE"):
            answer = await send(neighbour, route, filled(route, PLACES, town.names), None)
            if route.path in ("/automated-patron-blocks/{id}", "/circulation/requests/queue/item/{id}",
                              "/circulation/requests/queue/instance/{id}"):  # fmt: skip
                assert answer.status_code == 200
                assert [] in answer.json().values(), route.name
            else:
                assert answer.status_code == 404, (route.name, answer.text)


async def test_lists_and_acts_of_another_tenant_stay_in_it(town: Town, neighbour: httpx.AsyncClient, tx: Tx) -> None:
    """Not even `delete everything` reaches over."""
    before = await dump(tx.connection, tx.schema)
    own = {town.ann.loan["id"], town.ann.hold["id"], town.ann.item["id"], town.ann.patron["id"], town.names["instance"]}
    for route in sorted(PROTECTED, key=lambda route: route.method != "GET"):
        if "{" not in route.path:
            answer = await send(neighbour, route, route.path, body_for(route, town, town.names))
            assert answer.status_code < 500, (route.name, answer.text)
            if route.method == "GET":
                assert not any(mark in answer.text for mark in own | {CANARY}), route.name
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_a_token_is_good_for_its_own_tenant_only(town: Town, octavo: Octavo, sides: Sides, tx: Tx) -> None:
    token = await octavo.token_of(OTHER_TENANT, "admin")
    before = await dump(tx.connection, tx.schema)
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token}) as client:
        for route in PROTECTED:
            answer = await send(client, route, filled(route, PLACES, town.names), body_for(route, town, town.names))
            assert (answer.status_code, answer.text) == (403, "Invalid token"), route.name
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_what_somebody_says_of_themselves_changes_nothing(
    town: Town, client: httpx.AsyncClient, octavo: Octavo, sides: Sides, tx: Tx
) -> None:
    """Headers that a gateway would set are not believed when a client sends them."""
    nobody = {"username": "nobody", "active": True, "personal": {"lastName": "Nobody"}}
    user = (await client.post("/users", json=nobody)).json()
    admin = (await client.get("/bl-users/by-username/admin")).json()["user"]
    forged = {
        "X-Okapi-Permissions": '["octavo.all","users.item.get","users.collection.get"]',
        "X-Okapi-Permissions-Required": "users.item.get",
        "X-Okapi-Permissions-Desired": '["octavo.all"]',
        "X-Okapi-Module-Permissions": '{"octavo":["octavo.all"]}',
    }
    token = await octavo.token_of(TENANT, "nobody")
    before = await dump(tx.connection, tx.schema)
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token}) as plain:
        for path in ("/users", f"/users/{admin['id']}", f"/patron/account/{town.ann.patron['id']}"):
            assert (await plain.get(path, headers=forged)).status_code == 403
            as_admin = await plain.get(path, headers={**forged, "X-Okapi-User-Id": admin["id"]})
            assert (as_admin.status_code, as_admin.text) == (403, "Invalid token")
    async with sides.okapi(**{"X-Okapi-Tenant": TENANT, "X-Okapi-User-Id": admin["id"], **forged}) as tokenless:
        assert (await tokenless.get("/users")).status_code == 401
    assert differences(before, await dump(tx.connection, tx.schema)) == []
    made = await client.post("/groups", json={"group": "forged"}, headers={**forged, "X-Okapi-User-Id": admin["id"]})
    assert made.json()["metadata"]["createdByUserId"] == admin["id"]
    refused = await client.post("/groups", json={"group": "forged too"}, headers={"X-Okapi-User-Id": user["id"]})
    assert refused.status_code == 403


_ACCOUNT = "/patron/account/{id}"
_NOT_BORROWER = "Cannot renew item checked out to different user"

#: What a patron gets who asks for what is another's: status and text; None where anybody may ask.
FOREIGN: dict[str, tuple[int, str] | None] = {
    f"GET {_ACCOUNT}": None,
    f"POST {_ACCOUNT}/item/{{itemId}}/renew": (422, _NOT_BORROWER),
    f"POST {_ACCOUNT}/item/{{itemId}}/hold": None,
    f"PUT {_ACCOUNT}/item/{{itemId}}/hold/{{holdId}}": (501, ""),
    f"DELETE {_ACCOUNT}/item/{{itemId}}/hold/{{holdId}}": (404, "hold not found"),
    f"POST {_ACCOUNT}/instance/{{instanceId}}/hold": None,
    f"POST {_ACCOUNT}/hold/{{holdId}}/cancel": (404, "hold not found"),
    f"GET {_ACCOUNT}/item/{{itemId}}/allowed-service-points": None,
    f"GET {_ACCOUNT}/instance/{{instanceId}}/allowed-service-points": None,
    f"POST {_ACCOUNT}/instance/{{instanceId}}/allowed-service-points-multi-item": None,
}


def account_routes() -> list[Any]:
    """Return every route below a patron's account, of both sides."""
    okapi = [pytest.param(route, "okapi", id=route.name) for route in OKAPI if route.path.startswith("/patron/account/")]
    edge = [
        pytest.param(route, "edge", id=f"edge {route.name}")
        for route in side.ROUTES
        if route.path.startswith("/patron/account/") and route.permission != "register"
    ]
    return okapi + edge


@pytest.mark.parametrize(("route", "where"), account_routes())
async def test_a_patron_neither_sees_nor_changes_what_is_another_patrons(
    town: Town, client: httpx.AsyncClient, edge: httpx.AsyncClient, tx: Tx, route: Route, where: str
) -> None:
    """Ann's path with Ben's loan, hold and item."""
    name = route.name.replace("{patronId}", "{id}")
    assert name in FOREIGN, f"{name} is new: say in FOREIGN what another patron's record answers"
    ben = {"item": town.ben.item["id"], "request": town.ben.hold["id"], "instance": town.ben.wanted["id"]}
    names = {**town.names, **ben}
    if route.path.endswith(("/hold", "/allowed-service-points-multi-item")):
        names["item"] = town.ben.held["id"]
    places, sender = (PLACES, client) if where == "okapi" else (EDGE_PLACES, edge)
    before = await dump(tx.connection, tx.schema)
    query = dict.fromkeys(("includeLoans", "includeHolds", "includeCharges"), "true") if route.method == "GET" else None
    answer = await sender.request(
        route.method, filled(route, places, names), params=query, json=body_for(route, town, names)
    )
    expected = FOREIGN[name]
    if expected is None:
        asked_for = {town.ben.item["barcode"], town.ben.held["barcode"]}
        assert answer.status_code in (200, 201), answer.text
        assert not [mark for mark in town.ben.marks - asked_for if mark in answer.text]
        return
    assert answer.status_code == expected[0], answer.text
    assert expected[1] in answer.text
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_a_desk_renews_for_the_borrower_only(town: Town, client: httpx.AsyncClient, tx: Tx) -> None:
    before = await dump(tx.connection, tx.schema)
    by_id = {"itemId": town.ben.item["id"], "userId": town.ann.patron["id"]}
    by_barcode = {"itemBarcode": town.ben.item["barcode"], "userBarcode": town.ann.patron["barcode"]}
    for path, body in (("renew-by-id", by_id), ("renew-by-barcode", by_barcode)):
        answer = await client.post(f"/circulation/{path}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, _NOT_BORROWER)
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_a_key_acts_for_its_own_tenant_whatever_tenant_is_named(
    town: Town, neighbouring_tool: httpx.AsyncClient, tx: Tx
) -> None:
    before = await dump(tx.connection, tx.schema)
    account = f"/patron/account/{town.ann.patron['externalSystemId']}"
    for path in (account, f"{account}?alternateTenantId={TENANT}", f"{account}?tenantId={TENANT}"):
        answer = await neighbouring_tool.get(path, headers={"X-Okapi-Tenant": TENANT})
        assert answer.status_code == 404
        assert CANARY not in answer.text
    assert differences(before, await dump(tx.connection, tx.schema)) == []


def test_the_tenants_of_these_tests_are_two() -> None:
    assert schema_of(TENANT) != schema_of(OTHER_TENANT)
