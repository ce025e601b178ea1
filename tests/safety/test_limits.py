"""Nobody uses up the server: how large, how deep, how many, how often, and what is answered beyond that."""

from typing import Any

import httpx
import orjson
import pytest

from conftest import Clock
from library import Library
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.auth import api_keys
from octavo.http.bodies import DEEPEST
from octavo.store.tx import Tx
from safety.town import differences, dump
from sides import OTHER_TENANT, TENANT, Sides

LOG_INS = ("/authn/login", "/authn/login-with-expiry", "/bl-users/login", "/bl-users/login-with-expiry", "/authn/update")
WRONG = {"username": "nobody", "password": "wrong", "newPassword": "new"}


@pytest.fixture
def strict(octavo: wiring.Octavo, sides: Sides, clock: Clock, statements: list[str]) -> Sides:
    """The server with limits that are soon reached."""
    settings = Settings(guess_rate=0.5, guess_burst=3, register_rate=0.5, register_burst=3)
    return Sides(wiring.assemble(octavo.registry.store, settings, clock), statements, sides.audit)


@pytest.mark.parametrize("path", LOG_INS)
async def test_whoever_tries_one_password_on_many_users_has_to_wait(strict: Sides, clock: Clock, path: str) -> None:
    """The lock-out of each user does not see it; that of the address does."""
    async with strict.okapi(**{"X-Okapi-Tenant": TENANT}) as client:
        for number in range(3):
            answer = await client.post(path, json={**WRONG, "username": f"nobody{number}"})
            assert answer.status_code == 422
        for tenant in (TENANT, OTHER_TENANT):
            right = {"username": "admin", "password": "admin-password", "newPassword": "x"}
            refused = await client.post(path, json=right, headers={"X-Okapi-Tenant": tenant})
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        clock.advance(seconds=2)
        assert (await client.post("/authn/login", json=right)).status_code == 201


async def test_the_right_password_is_never_too_often(strict: Sides) -> None:
    async with strict.okapi(**{"X-Okapi-Tenant": TENANT}) as client:
        for _ in range(8):
            answer = await client.post("/authn/login", json={"username": "admin", "password": "admin-password"})
            assert answer.status_code == 201


async def test_whoever_guesses_keys_has_to_wait(strict: Sides, tx: Tx, clock: Clock) -> None:
    _, good = await api_keys.create(tx, TENANT, "admin", "tool", list(api_keys.Scope))
    wrong = api_keys.encode(api_keys.Parts("guess", TENANT, "admin"))
    async with strict.edge() as client:
        for status in (401, 401, 401, 429):
            answer = await client.get("/patron/account/x", headers={"Authorization": f"apikey {wrong}"})
            assert answer.status_code == status
        assert (await client.get("/patron/account/x")).status_code == 401, "nothing was guessed"
        clock.advance(seconds=2)
        answer = await client.get("/patron/account/x", headers={"Authorization": f"apikey {good}"})
        assert answer.status_code == 404


async def test_nobody_finds_out_the_addresses_of_many(strict: Sides, tx: Tx, clock: Clock) -> None:
    """FOLIO's contract tells whether an address is registered; how often one may ask is ours to say."""
    _, key = await api_keys.create(tx, TENANT, "admin", "tool", list(api_keys.Scope))
    async with strict.edge(Authorization=f"apikey {key}") as client:
        for number in range(3):
            answer = await client.get("/patron/registration-status", params={"emailId": f"a{number}@example.org"})
            assert answer.status_code == 404
        for method, path in (("GET", "/patron/registration-status?emailId=a@example.org"), ("POST", "/patron"),
                             ("GET", "/patron/account/x/by-email/a@example.org"), ("PUT", "/patron/x")):  # fmt: skip
            answer = await client.request(method, path, json={"personal": {}} if method in ("POST", "PUT") else None)
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "2"), path
        assert (await client.get("/patron/account/x")).status_code == 404, "accounts are read as before"
        clock.advance(seconds=2)
        assert (await client.get("/patron/registration-status?emailId=a@example.org")).status_code == 404


def nested(depth: int) -> bytes:
    return b'{"customFields":' + b'{"a":' * (depth - 1) + b"1" + b"}" * depth


@pytest.mark.parametrize("depth", [DEEPEST + 1, 200, 260, 500, 900, 1020])
async def test_no_body_is_too_deep_to_be_refused(library: Library, client: httpx.AsyncClient, tx: Tx, depth: int) -> None:
    before = await dump(tx.connection, tx.schema)
    for path in ("/users", "/groups", "/loan-storage/loans", "/settings/entries", "/authn/credentials"):
        answer = await client.post(path, content=nested(depth))
        assert (answer.status_code, answer.text) == (400, f"malformed JSON: nested more than {DEEPEST} deep"), path
    assert differences(before, await dump(tx.connection, tx.schema)) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": "2147483647"}, 200),
        ({"limit": "2147483648"}, 400),
        ({"offset": "2147483647"}, 200),
        ({"offset": "999999999999999999999999"}, 400),
        ({"query": "username==" + " or username==".join("abcdefghij" * 30)}, 200),
        ({"query": "username==" + " or username==".join("a" * 3_000)}, 200),
        ({"query": "(" * 500 + "username==a" + ")" * 500}, 400),
        ({"query": 'username=="' + "*a" * 200 + '"'}, 200),
        ({"query": 'personal.email=="' + "%_\\\\" * 1000 + '"'}, 200),
    ],
)
async def test_a_question_costs_no_more_than_its_bounds(
    client: httpx.AsyncClient, query: dict[str, str], status: int
) -> None:
    answer = await client.get("/users", params=query)
    assert answer.status_code == status, answer.text[:200]


async def test_a_hundred_parameters_are_enough(client: httpx.AsyncClient, edge: httpx.AsyncClient) -> None:
    for sender, path in ((client, "/users"), (edge, "/patron/account/x")):
        answer = await sender.get(path, params=[("a", "b")] * 101)
        assert answer.status_code == 400
        assert "more than 100 query parameters" in answer.text


async def test_a_body_that_is_too_large_is_refused_in_the_form_of_the_side(
    client: httpx.AsyncClient, edge: httpx.AsyncClient
) -> None:
    body = b" " * (17 * 1024 * 1024)
    told = await client.post("/groups", content=body)
    assert (told.status_code, told.text) == (413, "the body is larger than 16 MiB")
    told = await edge.post("/patron", content=body)
    assert (told.status_code, told.json()) == (413, {"code": 413, "errorMessage": "the body is larger than 16 MiB"})


def large(members: int) -> Any:
    return orjson.dumps({"group": "x", "desc": "y" * members})


async def test_what_is_large_but_allowed_is_served(client: httpx.AsyncClient) -> None:
    assert (await client.post("/groups", content=large(1_000_000))).status_code == 201
