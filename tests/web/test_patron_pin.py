"""PINs of patrons (FOLIO mod-users)."""

from uuid import uuid4

import pytest


async def verify(client, patron, pin):
    return (await client.post("/patron-pin/verify", json={"id": patron["id"], "pin": pin})).status_code


@pytest.fixture
async def patron(client, library):
    patron = await library.patron()
    assert (await client.post("/patron-pin", json={"id": patron["id"], "pin": "4711"})).status_code == 201
    return patron


async def test_a_pin_is_set_verified_replaced_and_removed(client, patron):
    assert await verify(client, patron, "4711") == 200
    assert await verify(client, patron, "4712") == 422
    await client.post("/patron-pin", json={"id": patron["id"], "pin": "1234"})
    assert await verify(client, patron, "4711") == 422
    assert await verify(client, patron, "1234") == 200
    assert (await client.request("DELETE", "/patron-pin", json={"id": patron["id"]})).status_code == 200
    assert await verify(client, patron, "1234") == 422


async def test_after_five_wrong_pins_the_right_one_is_refused_for_ten_minutes(client, patron, clock):
    for _ in range(5):
        assert await verify(client, patron, "0000") == 422
    assert await verify(client, patron, "4711") == 422
    clock.advance(minutes=11)
    assert await verify(client, patron, "4711") == 200


async def test_wrong_pins_do_not_block_the_log_in(client, anonymous, patron):
    password = {"username": patron["username"], "password": "a long one"}
    assert (await client.post("/authn/credentials", json={**password, "userId": patron["id"]})).status_code == 201
    for _ in range(5):
        await verify(client, patron, "0000")
    assert (await anonymous.post("/authn/login", json=password)).status_code == 201


async def test_a_pin_belongs_to_a_user_and_is_never_empty(client, library, patron):
    for body in ({"id": str(uuid4()), "pin": "1"}, {"id": patron["id"]}, {"id": patron["id"], "pin": ""}, {"pin": "1"}):
        assert (await client.post("/patron-pin", json=body)).status_code == 422, body
    assert await verify(client, {"id": str(uuid4())}, "1") == 422
    assert await verify(client, await library.patron(), "1") == 422


async def test_no_pin_is_stored_in_clear(client, patron, tx):
    stored = await tx.connection.fetchval(f"SELECT pin_hash FROM {tx.table('credential')} WHERE user_id = $1", patron["id"])
    assert stored.startswith("$argon2id$")
    assert "4711" not in stored
