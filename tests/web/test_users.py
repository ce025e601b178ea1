"""Users over HTTP: what FOLIO's mod-users answers, in its order and its words."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from conftest import TENANT, Clock
from library import Library
from octavo.app.wiring import Octavo

UNKNOWN = "11111111-1111-4111-8111-111111111111"


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


def error(answer: httpx.Response) -> tuple[int, str, str]:
    assert answer.status_code == 422, answer.text
    [found] = answer.json()["errors"]
    return answer.status_code, found["message"], found["parameters"][0]["key"]


@pytest.fixture
async def address_type(library: Library) -> str:
    return (await library.post("/addresstypes", addressType="Home"))["id"]


def addresses(*types: str) -> dict[str, Any]:
    return {"lastName": "Reader", "addresses": [{"addressTypeId": one} for one in types]}


async def test_an_empty_user_is_a_user(client: httpx.AsyncClient):
    answer = await client.post("/users", json={})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/users/{answer.json()['id']}"
    assert set(answer.json()) == {
        "id", "metadata", "createdDate", "updatedDate", "departments", "proxyFor", "preferredEmailCommunication",
    }


async def test_creation_date_stays_and_update_date_moves(library: Library, client: httpx.AsyncClient, clock: Clock):
    patron = await library.patron(createdDate="1999-01-01")
    assert patron["createdDate"] == patron["updatedDate"] == patron["metadata"]["createdDate"]
    clock.advance(hours=1)
    await library.put(f"/users/{patron['id']}", {**patron, "createdDate": "2001-01-01"})
    now = await library.get(f"/users/{patron['id']}")
    assert now["createdDate"] == patron["createdDate"]
    assert now["updatedDate"] == now["metadata"]["updatedDate"] > patron["updatedDate"]


async def test_user_names_are_trimmed(library: Library):
    assert (await library.patron(username="  ada "))["username"] == "ada"


async def test_duplicates_are_422_on_post(library: Library, client: httpx.AsyncClient):
    one = await library.patron(username="David", barcode="42", externalSystemId="Ext")
    assert error(await client.post("/users", json={"id": one["id"], "username": "david"})) == (
        422, "User with this id already exists", "id",
    )
    assert error(await client.post("/users", json={"username": "DÁVID"})) == (
        422, "User with this username already exists", "username",
    )
    assert error(await client.post("/users", json={"barcode": 42})) == (
        422, "This barcode has already been taken", "barcode",
    )
    answer = await client.post("/users", json={"externalSystemId": "EXT"})
    assert "violates unique constraint: ext" in answer.json()["errors"][0]["message"]


async def test_duplicates_are_400_on_put(library: Library, client: httpx.AsyncClient):
    await library.patron(username="one", barcode="1", externalSystemId="e1")
    two = await library.patron(username="two")
    path = f"/users/{two['id']}"
    assert said(await client.put(path, json={**two, "username": "one"})) == (
        400, "User with this username already exists",
    )
    assert said(await client.put(path, json={**two, "barcode": "1"})) == (400, "This barcode has already been taken")
    assert said(await client.put(path, json={**two, "externalSystemId": "E1"})) == (
        400, "Key (lower(f_unaccent(jsonb ->> 'externalSystemId'::text)))=(e1) already exists.",
    )


async def test_put_checks_the_id(library: Library, client: httpx.AsyncClient):
    patron = await library.patron()
    text = "You cannot change the value of the id field"
    assert said(await client.put(f"/users/{patron['id']}", json={**patron, "id": str(uuid4())})) == (400, text)
    assert said(await client.put(f"/users/{patron['id']}", json={})) == (400, text)
    assert said(await client.put(f"/users/{UNKNOWN}", json={"id": UNKNOWN})) == (404, UNKNOWN)


async def test_unknown_references(library: Library, client: httpx.AsyncClient, address_type: str):
    patron = await library.patron()
    path = f"/users/{patron['id']}"
    unknown = addresses(address_type, UNKNOWN)
    assert said(await client.post("/users", json={"personal": unknown})) == (
        400, "You cannot add addresses with non-existent address types",
    )
    assert said(await client.put(path, json={**patron, "personal": unknown})) == (
        400, "All addresses types defined for users must be existing",
    )
    assert said(await client.post("/users", json={"patronGroup": UNKNOWN, "username": patron["username"]})) == (
        400, f"Cannot add {UNKNOWN}. Patron group not found",
    )
    assert said(await client.put(path, json={**patron, "departments": [UNKNOWN]})) == (
        400, f'Key (departments)=({UNKNOWN}) is not present in table "departments".',
    )
    assert said(await client.post("/users", json={"personal": addresses(address_type, address_type)})) == (
        400, "Users are limited to one address per addresstype",
    )


async def test_a_deleted_user_takes_their_manual_blocks_along(library: Library, client: httpx.AsyncClient):
    patron, other = await library.patron(), await library.patron()
    for user in (patron, other):
        await library.post("/manualblocks", desc="owes a book", userId=user["id"])
    assert (await client.delete(f"/users/{patron['id']}")).status_code == 204
    left = await library.get("/manualblocks")
    assert [block["userId"] for block in left["manualblocks"]] == [other["id"]]
    assert said(await client.delete(f"/users/{patron['id']}")) == (404, patron["id"])


async def test_users_are_deleted_by_query_only(library: Library, client: httpx.AsyncClient):
    patron, other = await library.patron(), await library.patron()
    for answer in (await client.delete("/users"), await client.delete("/users", params={"query": " "})):
        assert said(answer) == (400, "Expected CQL but query parameter is empty")
    for _ in range(2):
        answer = await client.delete("/users", params={"query": f"(id={patron['id']})"})
        assert answer.status_code == 204
    found = await library.get(f"/users?query=id==({patron['id']} or {other['id']})")
    assert [user["id"] for user in found["users"]] == [other["id"]]
    assert found["resultInfo"] == {"totalRecords": 1, "facets": [], "diagnostics": []}
    assert (await client.delete("/users", params={"query": "("})).status_code == 400


async def test_groups(library: Library, client: httpx.AsyncClient):
    await library.patron()
    students, staff = library.ids["students"], library.ids["staff"]
    assert said(await client.put(f"/groups/{staff}", json={"group": "Students"})) == (
        400, "lower(f_unaccent(jsonb ->> 'group'::text)) value already exists in table groups: students",
    )
    assert error(await client.post("/groups", json={"group": "Students"}))[1] == (
        "lower(f_unaccent(jsonb ->> 'group'::text)) value already exists in table groups: students"
    )
    assert said(await client.delete(f"/groups/{students}")) == (
        400, f"Cannot delete groups.id = {students} because id is still referenced from table users.",
    )
    odd = await library.post("/groups", group="odd", expirationOffsetInDays="60", patronGroupId="kept")
    assert (odd["expirationOffsetInDays"], odd["patronGroupId"]) == (60, "kept")


async def test_an_address_type_in_use_stays(library: Library, client: httpx.AsyncClient, address_type: str):
    patron = await library.patron(personal=addresses(address_type))
    path = f"/addresstypes/{address_type}"
    text = f"Cannot remove address type '{address_type}' as it is being used"
    assert said(await client.delete(path)) == (400, text)
    await client.delete(f"/users/{patron['id']}")
    assert (await client.delete(path)).status_code == 204


async def test_departments(library: Library, client: httpx.AsyncClient):
    history = await library.post("/departments", name="History", code="HIS")
    physics = await library.post("/departments", name="Physics", code="PHY", usageNumber=7)
    for field, value in (("name", "history"), ("code", "his"), ("id", history["id"])):
        record = {"name": "Other", "code": "OTH", field: value}
        assert error(await client.post("/departments", json=record)) == (
            422, f"Department with this {field} already exists", field,
        )
    assert error(await client.put(f"/departments/{physics['id']}", json={"name": "History", "code": "PHY"}))[1] == (
        "Department with this name already exists"
    )
    await library.patron(departments=[history["id"], history["id"]])
    assert said(await client.delete(f"/departments/{history['id']}")) == (
        400, f"Cannot delete departments.id = {history['id']} because id is still referenced from table users.",
    )
    assert (await client.delete(f"/departments/{physics['id']}")).status_code == 204


async def test_proxies_are_unique_pairs(library: Library, client: httpx.AsyncClient):
    pair = {"userId": UNKNOWN, "proxyUserId": str(uuid4()), "status": "Active"}
    await library.post("/proxiesfor", **pair)
    assert error(await client.post("/proxiesfor", json=pair)) == (422, "Proxy relationship already exists", "proxyFor")


async def test_a_user_made_inactive_is_announced(library: Library, client: httpx.AsyncClient, statements: list[str]):
    patron = await library.patron()
    statements.clear()
    await library.put(f"/users/{patron['id']}", {**patron, "active": False})
    assert any("pg_notify" in statement for statement in statements)
    statements.clear()
    await library.put(f"/users/{patron['id']}", {**patron, "active": False, "barcode": "changed"})
    assert not any("pg_notify" in statement for statement in statements)


async def test_a_user_who_is_not_active_any_more_may_do_nothing(
    library: Library, client: httpx.AsyncClient, octavo: Octavo
):
    admin = (await library.get("/users?query=username==admin"))["users"][0]
    await library.put(f"/users/{admin['id']}", {**admin, "active": False})
    octavo.registry.heard(f"{TENANT}/{admin['id']}")
    answer = await client.get("/users")
    assert said(answer) == (401, f"Invalid token: user with id {admin['id']} is not active")
