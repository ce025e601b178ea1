"""Giving and taking permissions over HTTP, in FOLIO's words."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

PASSWORD = "correct horse battery"
Login = Callable[..., Awaitable[tuple[str, dict[str, str]]]]


@pytest.fixture
def somebody(client: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> Login:
    """Make a user with permissions and a password; return the user's id and the header to ask with."""

    async def made(*permissions: str) -> tuple[str, dict[str, str]]:
        user_id = str(uuid4())
        name = f"user-{user_id}"
        for path, record in (
            ("/users", {"id": user_id, "username": name, "active": True}),
            ("/authn/credentials", {"userId": user_id, "password": PASSWORD}),
            ("/perms/users", {"userId": user_id, "permissions": list(permissions)}),
        ):
            answer = await client.post(path, json=record)
            assert answer.status_code == 201, answer.text
        answer = await anonymous.post("/authn/login", json={"username": name, "password": PASSWORD})
        return user_id, {"X-Okapi-Token": answer.json()["okapiToken"]}

    return made


async def _held(client: httpx.AsyncClient, user_id: str, **query: str) -> list[Any]:
    answer = await client.get(f"/perms/users/{user_id}/permissions", params={"indexField": "userId", **query})
    assert answer.status_code == 200, answer.text
    listed: list[Any] = answer.json()["permissionNames"]
    assert answer.json()["totalRecords"] == len(listed)
    return listed


async def _set(client: httpx.AsyncClient, name: str, *members: str) -> dict[str, Any]:
    answer = await client.post("/perms/permissions", json={"permissionName": name, "subPermissions": list(members)})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_permission_counts_from_the_moment_it_is_given_until_it_is_taken(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, somebody: Login
) -> None:
    user_id, token = await somebody()
    path = f"/perms/users/{user_id}/permissions"
    assert (await anonymous.get("/users", headers=token)).status_code == 403
    given = await client.post(f"{path}?indexField=userId", json={"permissionName": "users.collection.get"})
    assert (given.status_code, given.json()) == (200, {"permissionName": "users.collection.get"})
    assert (await anonymous.get("/users", headers=token)).status_code == 200
    assert (await client.delete(f"{path}/users.collection.get?indexField=userId")).status_code == 204
    assert (await anonymous.get("/users", headers=token)).status_code == 403


async def test_a_set_gives_what_it_holds_and_sets_within_it(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, somebody: Login
) -> None:
    await _set(client, "desk", "users.collection.get", "more")
    outer = await _set(client, "everybody", "desk", "everybody")
    user_id, token = await somebody("everybody")
    assert (await anonymous.get("/users", headers=token)).status_code == 200
    assert await _held(client, user_id) == ["everybody"]
    assert await _held(client, user_id, expanded="true") == ["desk", "everybody", "more", "users.collection.get"]
    full = await _held(client, user_id, full="true")
    assert [permission["id"] for permission in full] == [outer["id"]]
    changed = {**outer, "subPermissions": []}
    assert (await client.put(f"/perms/permissions/{outer['id']}", json=changed)).status_code == 200
    assert (await anonymous.get("/users", headers=token)).status_code == 403


async def test_a_deleted_set_is_gone_from_sets_and_users(client: httpx.AsyncClient, somebody: Login) -> None:
    inner, outer = await _set(client, "inner", "users.item.get"), await _set(client, "outer", "inner")
    user_id, _ = await somebody("inner", "outer")
    assert (await client.delete(f"/perms/permissions/{inner['id']}")).status_code == 204
    assert await _held(client, user_id) == ["outer"]
    assert (await client.get(f"/perms/permissions/{outer['id']}")).json()["subPermissions"] == []
    assert (await client.get(f"/perms/permissions/{inner['id']}")).status_code == 404


async def test_every_permission_that_a_route_asks_for_is_listed(client: httpx.AsyncClient) -> None:
    query = {"query": 'permissionName=="users.collection.get"'}
    found = (await client.get("/perms/permissions", params=query)).json()
    assert found["totalRecords"] == 1
    assert found["permissions"][0]["mutable"] is False
    assert found["permissions"][0]["childOf"] == []
    first = (await client.get("/perms/permissions?length=3&start=1")).json()["permissions"]
    second = (await client.get("/perms/permissions?length=3&start=2")).json()["permissions"]
    assert len(first) == 3
    assert first[1:] == second[:2]


async def test_a_permission_knows_the_sets_that_hold_it(client: httpx.AsyncClient) -> None:
    outer = await _set(client, "outer", "users.item.get")
    query = {"query": 'permissionName=="users.item.get"'}

    async def child_of() -> Any:
        return (await client.get("/perms/permissions", params=query)).json()["permissions"][0]["childOf"]

    assert await child_of() == ["outer"]
    await client.delete(f"/perms/permissions/{outer['id']}")
    assert await child_of() == []


async def test_the_servers_own_permissions_do_not_change(client: httpx.AsyncClient) -> None:
    query = {"query": 'permissionName=="users.item.get"'}
    own = (await client.get("/perms/permissions", params=query)).json()["permissions"][0]
    path = f"/perms/permissions/{own['id']}"
    changed = await client.put(path, json={**own, "subPermissions": ["octavo.all"]})
    assert (changed.status_code, changed.text) == (400, "cannot change an immutable permission")
    deleted = await client.delete(path)
    assert (deleted.status_code, deleted.text) == (400, "cannot delete an immutable permission")


async def test_a_set_keeps_its_id_and_name(client: httpx.AsyncClient) -> None:
    made = await _set(client, "desk")
    path = f"/perms/permissions/{made['id']}"
    renamed = await client.put(path, json={**made, "permissionName": "table"})
    assert (renamed.status_code, renamed.text) == (400, "permission name property cannot change")
    moved = await client.put(path, json={**made, "id": str(uuid4())})
    assert (moved.status_code, moved.text) == (400, "Invalid id value")
    unknown = str(uuid4())
    missing = await client.put(f"/perms/permissions/{unknown}", json={**made, "id": unknown})
    assert (missing.status_code, missing.text) == (404, f"No permission found to match id {unknown}")
    again = await client.post("/perms/permissions", json={"permissionName": "desk"})
    assert "Permission with name desk already exists" in again.text


async def test_what_does_not_exist_cannot_be_given(client: httpx.AsyncClient, somebody: Login) -> None:
    user_id, _ = await somebody("users.item.get")
    path = f"/perms/users/{user_id}/permissions?indexField=userId"
    missing = await client.post(path, json={"permissionName": "fly"})
    assert (missing.status_code, missing.text) == (400, "Permission by name 'fly' does not exist")
    twice = await client.post(path, json={"permissionName": "users.item.get"})
    assert twice.status_code == 422
    assert twice.json()["errors"][0]["message"] == f"User with userId {user_id} already has permission users.item.get"
    unnamed = await client.post(path, json={})
    assert unnamed.status_code == 400
    record = {"id": str(uuid4()), "userId": str(uuid4()), "permissions": ["fly", "users.item.get", "swim"]}
    several = await client.post("/perms/users", json=record)
    assert several.json()["errors"][0]["message"] == (
        f"Attempting to add non-existent permissions fly,swim to permission user with id {record['id']}"
    )


async def test_a_permission_user_is_found_by_id_or_user_id(client: httpx.AsyncClient, somebody: Login) -> None:
    user_id, _ = await somebody("users.item.get")
    by_user = (await client.get(f"/perms/users/{user_id}?indexField=userId")).json()
    assert (await client.get(f"/perms/users/{by_user['id']}")).json() == by_user
    listed = (await client.get("/perms/users", params={"query": f"userId=={user_id}"})).json()
    assert (listed["permissionUsers"], listed["totalRecords"]) == ([by_user], 1)
    for kind in ("id", "userId"):
        unknown = str(uuid4())
        missing = await client.get(f"/perms/users/{unknown}?indexField={kind}")
        assert (missing.status_code, missing.text) == (404, f"No user with {kind} {unknown}")
    assert (await client.get("/perms/users/x")).status_code == 404
    assert (await client.get(f"/perms/users/{user_id}?indexField=shoe")).status_code == 400


async def test_texts_for_permission_users_that_do_not_exist(client: httpx.AsyncClient, somebody: Login) -> None:
    unknown = str(uuid4())
    path = f"/perms/users/{unknown}"
    texts = {
        "get": f"No user found by id {unknown}",
        "post": f"User with id {unknown} does not exist",
    }
    assert (await client.get(f"{path}/permissions")).text == texts["get"]
    assert (await client.post(f"{path}/permissions", json={"permissionName": "users.item.get"})).text == texts["post"]
    assert (await client.delete(f"{path}/permissions/users.item.get")).text == texts["post"]
    assert (await client.delete(path)).text == f"No permissions user found with id {unknown}"
    user_id, _ = await somebody()
    not_held = await client.delete(f"/perms/users/{user_id}/permissions/users.item.get?indexField=userId")
    assert (not_held.status_code, not_held.text) == (400, f"User with userId {user_id} does not contain users.item.get")


async def test_a_permission_user_is_replaced_and_deleted(client: httpx.AsyncClient, somebody: Login) -> None:
    user_id, _ = await somebody("users.item.get")
    path = f"/perms/users/{user_id}?indexField=userId"
    record = (await client.get(path)).json()
    answer = await client.put(f"/perms/users/{record['id']}", json={**record, "permissions": ["users.item.put"]})
    assert (answer.status_code, answer.json()["permissions"]) == (200, ["users.item.put"])
    assert await _held(client, user_id) == ["users.item.put"]
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404


async def test_nobody_hands_out_what_they_do_not_hold(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, somebody: Login
) -> None:
    mine, token = await somebody("perms.users.item.post", "perms.permissions.item.post", "users.item.get")
    path = f"/perms/users/{mine}/permissions?indexField=userId"

    async def asked(name: str) -> tuple[int, str]:
        answer = await anonymous.post(path, json={"permissionName": name}, headers=token)
        return answer.status_code, answer.text

    assert await asked("users.item.put") == (
        403, f"Cannot add immutable permission users.item.put not owned by operating user {mine}",
    )
    assert (await asked("octavo.all"))[0] == 403
    await _set(client, "harmless", "users.item.get")
    assert await asked("harmless") == (
        403, f"Cannot add mutable permission harmless not owned by operating user {mine}",
    )
    record = {"userId": str(uuid4()), "permissions": ["octavo.all"]}
    assert (await anonymous.post("/perms/users", json=record, headers=token)).status_code == 403
    wrapped = {"permissionName": "wrapped", "subPermissions": ["octavo.all"]}
    assert (await anonymous.post("/perms/permissions", json=wrapped, headers=token)).status_code == 403
    other, _ = await somebody()
    fine = await anonymous.post(
        f"/perms/users/{other}/permissions?indexField=userId", json={"permissionName": "users.item.get"}, headers=token
    )
    assert fine.status_code == 200


async def test_those_who_may_assign_a_kind_hand_out_that_kind(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, somebody: Login
) -> None:
    await _set(client, "desk", "users.item.put")
    await _set(client, "masked", "octavo.all")
    await _set(client, "okapi.readonly")
    _, token = await somebody(
        "perms.users.item.post", "perms.users.assign.immutable", "perms.users.assign.mutable", "users.item.get"
    )
    other, _ = await somebody()
    path = f"/perms/users/{other}/permissions?indexField=userId"
    for name, status in (
        ("users.item.delete", 200), ("desk", 200), ("octavo.all", 403), ("masked", 403), ("okapi.readonly", 403),
    ):
        answer = await anonymous.post(path, json={"permissionName": name}, headers=token)
        assert answer.status_code == status, (name, answer.text)


async def test_only_administrators_decide_how_administrators_get_in(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, somebody: Login
) -> None:
    _, token = await somebody("login.item.post", "login.item.delete")
    administrator, _ = await somebody("octavo.all")
    path = f"/authn/credentials?userId={administrator}"
    assert (await anonymous.delete(path, headers=token)).status_code == 403
    assert (await client.delete(path)).status_code == 204
    stolen = {"userId": administrator, "password": "mine now"}
    assert (await anonymous.post("/authn/credentials", json=stolen, headers=token)).status_code == 403


async def test_permissions_to_see_users_do_not_show_their_permissions(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, somebody: Login
) -> None:
    user_id, token = await somebody("users-bl.item.get")
    answer = await anonymous.get(f"/bl-users/by-id/{user_id}", headers=token)
    assert answer.status_code == 200
    assert "permissions" not in answer.json()
    assert "permissions" in (await client.get(f"/bl-users/by-id/{user_id}")).json()
