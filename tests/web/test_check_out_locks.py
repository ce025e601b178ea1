"""Locks of check-outs: one for each patron, until it is given back or too old."""

from uuid import uuid4

import httpx

from conftest import Clock

PATH = "/check-out-lock-storage"


async def test_a_patron_has_one_lock_until_it_is_given_back(client: httpx.AsyncClient):
    wanted = {"userId": str(uuid4()), "ttlMs": 60_000}
    taken = await client.post(PATH, json=wanted)
    assert taken.status_code == 201
    lock = taken.json()
    assert lock["userId"] == wanted["userId"]
    assert set(lock) == {"id", "userId", "creationDate"}
    assert (await client.get(f"{PATH}/{lock['id']}")).json() == lock

    again = await client.post(PATH, json=wanted)
    assert (again.status_code, again.text) == (503, "Unable to acquire lock")
    assert (await client.post(PATH, json={**wanted, "userId": str(uuid4())})).status_code == 201

    assert (await client.delete(f"{PATH}/{lock['id']}")).status_code == 204
    assert (await client.post(PATH, json=wanted)).status_code == 201


async def test_an_old_lock_is_taken_over(client: httpx.AsyncClient, clock: Clock):
    wanted = {"userId": str(uuid4()), "ttlMs": 1000}
    first = (await client.post(PATH, json=wanted)).json()
    clock.advance(seconds=2)
    second = (await client.post(PATH, json=wanted)).json()
    assert second["id"] != first["id"]
    assert (await client.get(f"{PATH}/{first['id']}")).content == b""


async def test_locks_are_listed_when_a_limit_is_given(client: httpx.AsyncClient):
    user_id = str(uuid4())
    await client.post(PATH, json={"userId": user_id, "ttlMs": 1})
    await client.post(PATH, json={"userId": str(uuid4()), "ttlMs": 1})
    listed = (await client.get(PATH, params={"userId": user_id, "limit": 10})).json()
    assert listed["totalRecords"] == 1
    assert [lock["userId"] for lock in listed["checkoutLocks"]] == [user_id]
    assert len((await client.get(PATH, params={"limit": 10})).json()["checkoutLocks"]) == 2
    for none in (await client.get(PATH), await client.get(PATH, params={"userId": str(uuid4()), "limit": 5})):
        assert (none.status_code, none.content) == (200, b"")


async def test_what_is_no_id_is_refused_and_what_is_unknown_is_not_missed(client: httpx.AsyncClient):
    bad = await client.get(PATH, params={"userId": "x"})
    assert (bad.status_code, bad.text, bad.headers["content-type"].split(";")[0]) == (422, "Invalid Parameters", "text/plain")
    for method in ("GET", "DELETE"):
        malformed = await client.request(method, f"{PATH}/x")
        assert (malformed.status_code, malformed.text) == (400, "Invalid lock id")
    assert (await client.get(f"{PATH}/{uuid4()}")).status_code == 200
    assert (await client.delete(f"{PATH}/{uuid4()}")).status_code == 204
