"""Each guard with the attack that it keeps off: the attack fails, and succeeds once the guard is taken away.

Without the second half an attack that could never succeed would look like safety.
"""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest

from browsing import MY, Browser
from conftest import Clock
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.auth import api_keys, authenticator, guesses, permissions, rate_limit, registry, tokens
from octavo.auth.api_keys import Scope
from octavo.auth.caller import EVERYTHING, Caller
from octavo.http import bodies, dispatch, intake
from octavo.page.shared import forms
from octavo.rules import destinations
from octavo.services import cancel_hold, renew
from octavo.store import credentials
from octavo.store.api_keys import ApiKey
from octavo.store.tx import Tx
from octavo.web import login
from safety.town import Town
from sides import OTHER_TENANT, TENANT, Sides

PASSWORD = "a password of a test"


@dataclass
class Scene:
    """What an attacker finds: a town, a server with limits that are soon reached, and a user without rights."""

    town: Town
    admin: httpx.AsyncClient
    octavo: wiring.Octavo
    sides: Sides
    tx: Tx
    clock: Clock
    clerk: dict[str, Any]

    async def okapi(self, token: str, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": token, **more.pop("headers", {})}
        async with self.sides.okapi(**headers) as client:
            return await client.request(method, path, **more)

    async def tool(self, key: str, method: str, path: str, **more: Any) -> httpx.Response:
        async with self.sides.edge(Authorization=f"apikey {key}") as client:
            return await client.request(method, path, **more)

    async def key(self, *scopes: Scope, expires: Any = None) -> str:
        return (await api_keys.create(self.tx, TENANT, "admin", "tool", scopes or list(Scope), expires))[1]

    async def token(self, username: str = "clerk") -> str:
        return await self.octavo.token_of(TENANT, username)

    async def let(self, *names: str) -> str:
        """Give the clerk permissions and return their token."""
        for name in names:
            answer = await self.admin.post(
                f"/perms/users/{self.clerk['id']}/permissions?indexField=userId", json={"permissionName": name}
            )
            assert answer.status_code == 200, answer.text
        return await self.token()

    async def log_in(self, name: str, password: str, path: str = "/authn/login") -> httpx.Response:
        async with self.sides.okapi(**{"X-Okapi-Tenant": TENANT}) as client:
            return await client.post(path, json={"username": name, "password": password})


Attack = Callable[[Scene], Awaitable[bool]]


async def read_without_permission(scene: Scene) -> bool:
    return (await scene.okapi(await scene.token(), "GET", "/users")).status_code == 200


async def alter_a_token(scene: Scene) -> bool:
    """Write the administrator's id into a token of one's own."""
    admin = (await scene.admin.get("/bl-users/by-username/admin")).json()["user"]
    token = await scene.token()
    claims = jwt.decode(token, options={"verify_signature": False})
    head = jwt.get_unverified_header(token)
    forged = jwt.encode({**claims, "user_id": admin["id"]}, "a guess of thirty-two bytes or so", "HS256", headers=head)
    return (await scene.okapi(forged, "GET", "/users")).status_code == 200


async def use_a_token_elsewhere(scene: Scene) -> bool:
    token = await scene.octavo.token_of(OTHER_TENANT, "admin")
    return (await scene.okapi(token, "GET", "/groups")).status_code == 200


async def use_a_token_for_ever(scene: Scene) -> bool:
    login_answer = await scene.log_in("clerk", PASSWORD, "/authn/login-with-expiry")
    token = login_answer.cookies.get("folioAccessToken") or ""
    assert (await scene.okapi(token, "GET", "/bl-users/_self")).status_code == 200
    scene.clock.advance(minutes=11)
    return (await scene.okapi(token, "GET", "/bl-users/_self")).status_code == 200


async def guess_one_password(scene: Scene) -> bool:
    """Try until the right one is found."""
    for number in range(5):
        assert (await scene.log_in("clerk", f"wrong {number}")).status_code == 422
    return (await scene.log_in("clerk", PASSWORD)).status_code == 201


async def spray_one_password(scene: Scene) -> bool:
    return 429 not in [(await scene.log_in(f"nobody{number}", "spring")).status_code for number in range(9)]


async def guess_keys(scene: Scene) -> bool:
    wrong = [api_keys.encode(api_keys.Parts(f"guess{number}", TENANT, "admin")) for number in range(9)]
    return 429 not in [(await scene.tool(key, "GET", "/patron/account/x")).status_code for key in wrong]


async def make_up_a_key(scene: Scene) -> bool:
    await scene.key()
    made_up = api_keys.encode(api_keys.Parts("anything", TENANT, "admin"))
    return (await scene.tool(made_up, "GET", "/patron/account/x")).status_code == 404


async def exceed_a_scope(scene: Scene) -> bool:
    key, ann = await scene.key(Scope.READ), scene.town.ann
    scene.clock.advance(days=2)  # on the day of the loan a renewal would gain nothing
    answer = await scene.tool(key, "POST", f"/patron/account/{ann.patron['externalSystemId']}/item/{ann.item['id']}/renew")
    return answer.status_code == 201


async def use_a_key_for_ever(scene: Scene) -> bool:
    key = await scene.key(expires=scene.tx.now + timedelta(days=1))
    scene.clock.advance(days=2)
    return (await scene.tool(key, "GET", "/patron/account/x")).status_code == 404


async def ask_without_end(scene: Scene) -> bool:
    key = await scene.key()
    return 429 not in [(await scene.tool(key, "GET", "/patron/account/x")).status_code for _ in range(20)]


async def list_who_is_registered(scene: Scene) -> bool:
    key = await scene.key()
    path = "/patron/registration-status"
    asked = [await scene.tool(key, "GET", path, params={"emailId": f"{number}@example.org"}) for number in range(9)]
    return {answer.status_code for answer in asked} == {404}


async def cancel_another_s_hold(scene: Scene) -> bool:
    ann, ben = scene.town.ann, scene.town.ben
    path = f"/patron/account/{ann.patron['externalSystemId']}/item/{ben.held['id']}/hold/{ben.hold['id']}"
    return (await scene.tool(await scene.key(), "DELETE", path)).status_code == 204


async def renew_another_s_loan(scene: Scene) -> bool:
    ann, ben = scene.town.ann, scene.town.ben
    path = f"/patron/account/{ann.patron['externalSystemId']}/item/{ben.item['id']}/renew"
    scene.clock.advance(days=2)
    return (await scene.tool(await scene.key(), "POST", path)).status_code == 201


async def grant_oneself_everything(scene: Scene) -> bool:
    token = await scene.let("perms.users.item.post")
    path = f"/perms/users/{scene.clerk['id']}/permissions?indexField=userId"
    return (await scene.okapi(token, "POST", path, json={"permissionName": EVERYTHING})).status_code == 200


async def lock_out_the_administrator(scene: Scene) -> bool:
    token = await scene.let("login.item.delete")
    admin = (await scene.admin.get("/bl-users/by-username/admin")).json()["user"]
    return (await scene.okapi(token, "DELETE", f"/authn/credentials?userId={admin['id']}")).status_code == 204


async def send_a_deep_body(scene: Scene) -> bool:
    """Make the server fail with a body that its readers are not made for."""
    answer = await scene.admin.post("/groups", content=b'{"group":' + b"[" * 900 + b"null" + b"]" * 900 + b"}")
    return answer.status_code == 500


async def send_a_large_body(scene: Scene) -> bool:
    return (await scene.admin.post("/groups", content=b" " * (17 * 1024 * 1024))).status_code != 413


async def write_into_answers_and_log(scene: Scene) -> bool:
    answer = await scene.admin.get("/_/version", headers={"X-Okapi-Request-Id": 'x" forged: yes'})
    return "forged" in answer.headers["x-okapi-request-id"]


async def send_a_form_from_elsewhere(scene: Scene) -> bool:
    """Make somebody's browser send a form that they have not seen."""
    async with scene.sides.pages() as client:
        browser = Browser(client)
        await browser.sign_in("clerk", PASSWORD)
        assert (await client.get(MY)).status_code == 200
        return (await client.post(f"{MY}/sign-out", data={"token": "made up"})).status_code != 403


async def send_the_server_to_itself(scene: Scene) -> bool:
    return (await scene.admin.post("/webhooks", json={"url": "https://127.0.0.1:5432/", "topics": []})).status_code == 201


Patch = pytest.MonkeyPatch


def unsigned(patch: Patch) -> None:
    decode = jwt.decode
    patch.setattr(tokens.jwt, "decode", lambda token, *_, **__: decode(token, options={"verify_signature": False}))


def unexpired(patch: Patch) -> None:
    patch.setattr(registry, "verify", lambda token, keys, now: tokens.verify(token, keys, now - timedelta(hours=1)))


async def nothing(*_: Any) -> None:
    """Stand where a guard stood."""


#: What is guarded, how the guard is taken away, and the attack that then succeeds.
GUARDS: dict[str, tuple[Callable[[Patch], None], Attack]] = {
    "permissions": (lambda patch: patch.setattr(Caller, "may", lambda *_: True), read_without_permission),
    "signatures of tokens": (unsigned, alter_a_token),
    "tenants of tokens": (lambda patch: patch.setattr(authenticator, "TENANT", "x-no-such-header"), use_a_token_elsewhere),
    "ends of tokens": (unexpired, use_a_token_for_ever),
    "lock-out of a user": (lambda patch: patch.setattr(credentials, "MOST_FAILURES", 1000), guess_one_password),
    "slow-down of an address, passwords": (lambda patch: patch.setattr(guesses.Guesses, "attempt", lambda *_: nullcontext()), spray_one_password),
    "slow-down of an address, keys": (lambda patch: patch.setattr(guesses.Guesses, "attempt", lambda *_: nullcontext()), guess_keys),
    "secrets of keys": (lambda patch: patch.setattr(api_keys, "_digest", lambda _: bytes(32)), make_up_a_key),
    "scopes of keys": (lambda patch: patch.setattr(api_keys, "permissions_of", lambda _: frozenset(Scope)), exceed_a_scope),
    "ends of keys": (lambda patch: patch.setattr(ApiKey, "works", lambda *_: True), use_a_key_for_ever),
    "rate of keys": (lambda patch: patch.setattr(rate_limit.RateLimit, "take", lambda *_: None), ask_without_end),
    "rate of registrations": (lambda patch: patch.setattr(rate_limit.RateLimit, "take", lambda *_: None), list_who_is_registered),
    "owners of holds": (lambda patch: patch.setattr(cancel_hold.Standing, "is_of", lambda *_: True), cancel_another_s_hold),
    "borrowers": (lambda patch: patch.setattr(renew, "is_borrower", lambda *_: True), renew_another_s_loan),
    "what may be granted": (lambda patch: patch.setattr(permissions, "check_grant", nothing), grant_oneself_everything),
    "administrators' passwords": (lambda patch: patch.setattr(login, "_protect_administrators", nothing), lock_out_the_administrator),
    "depth of bodies": (lambda patch: patch.setattr(bodies, "_deeper_than", lambda *_: False), send_a_deep_body),
    "size of bodies": (lambda patch: patch.setattr(intake.Intake, "_check", lambda *_: None), send_a_large_body),
    "forms of pages": (lambda patch: patch.setattr(forms, "check_form_token", lambda *_: None), send_a_form_from_elsewhere),
    "destinations of webhooks": (lambda patch: patch.setattr(destinations.Destinations, "refusal_of", lambda *_: None), send_the_server_to_itself),
    "ids of requests": (lambda patch: patch.setattr(dispatch, "_request_id", lambda headers: headers["x-okapi-request-id"]), write_into_answers_and_log),
}  # fmt: skip


@pytest.fixture
async def scene(
    town: Town, client: httpx.AsyncClient, octavo: wiring.Octavo, sides: Sides, tx: Tx, clock: Clock, statements: list[str]
) -> Scene:
    strict = Settings(guess_rate=0.001, guess_burst=7, register_rate=0.001, register_burst=5, key_rate=0.001, key_burst=15)
    soon = wiring.assemble(octavo.registry.store, strict, clock)
    soon.registry.listening(True)
    user = {"username": "clerk", "active": True, "personal": {"lastName": "Clerk"}}
    clerk = (await client.post("/users", json=user)).json()
    for path, body in (("/perms/users", {"userId": clerk["id"], "permissions": []}),
                       ("/authn/credentials", {"userId": clerk["id"], "password": PASSWORD})):  # fmt: skip
        assert (await client.post(path, json=body)).status_code == 201
    return Scene(town, client, soon, Sides(soon, statements, sides.audit), tx, clock, clerk)


@pytest.mark.parametrize("guard", GUARDS)
async def test_the_guard_keeps_the_attack_off(scene: Scene, guard: str) -> None:
    _, attack = GUARDS[guard]
    assert not await attack(scene)


@pytest.mark.parametrize("guard", GUARDS)
async def test_without_the_guard_the_attack_succeeds(scene: Scene, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    remove, attack = GUARDS[guard]
    remove(monkeypatch)
    assert await attack(scene), f"the attack on {guard} proves nothing"
