"""Logging in and out as clients do it, and what a credential is worth."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from octavo.auth.sessions import Tokens
from octavo.http.call import NO_CONTENT
from octavo.web.cookies import Cookies

WRONG = {
    "message": "Wrong username or wrong password or account blocked",
    "type": "error",
    "code": "wrong.username.or.wrong.password.or.account.blocked",
    "parameters": [],
}
PASSWORD = "correct horse battery"


@pytest.fixture
async def anne(client: httpx.AsyncClient) -> dict[str, Any]:
    """A user with a password and no permissions."""
    user = {"id": str(uuid4()), "username": "Anne", "active": True, "personal": {"lastName": "Reader"}}
    await _made(client, "/users", user)
    await _made(client, "/authn/credentials", {"userId": user["id"], "username": "Anne", "password": PASSWORD})
    return user


async def _made(client: httpx.AsyncClient, path: str, record: dict[str, Any]) -> None:
    answer = await client.post(path, json=record)
    assert answer.status_code == 201, answer.text


async def _log_in(client: httpx.AsyncClient, password: str = PASSWORD, **who: str) -> httpx.Response:
    return await client.post("/authn/login", json={**(who or {"username": "anne"}), "password": password})


def _cookies(answer: httpx.Response) -> dict[str, list[str]]:
    """Return the parts of each cookie by its name; the first part is the value."""
    found = {}
    for header in answer.headers.get_list("set-cookie"):
        first, *attributes = header.split("; ")
        name, _, value = first.partition("=")
        found[name] = [value, *attributes]
    return found


def _cookie_header(answer: httpx.Response, *names: str) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={_cookies(answer)[name][0]}" for name in names)}


def _token(token: str) -> dict[str, str]:
    return {"X-Okapi-Token": token}


async def _self(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.get("/bl-users/_self", headers=headers)


async def test_the_older_log_in_answers_with_a_token_that_does_not_expire(
    anonymous: httpx.AsyncClient, anne: dict[str, Any], clock: Any
) -> None:
    answer = await _log_in(anonymous)
    assert answer.status_code == 201
    token = answer.json()["okapiToken"]
    assert answer.headers["x-okapi-token"] == token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sub"] == "Anne"
    assert claims["user_id"] == anne["id"]
    assert claims["tenant"] == "diku"
    assert claims["type"] == "legacy-access"
    assert "exp" not in claims
    clock.advance(days=400)
    assert (await _self(anonymous, **_token(token))).status_code == 200


@pytest.mark.parametrize(
    "extra", [{"X-Okapi-Token": ""}, {"X-Okapi-Token": "stale"}, {"Cookie": "folioAccessToken=stale"}]
)
async def test_a_stale_or_empty_token_does_not_keep_anybody_from_logging_in(
    anonymous: httpx.AsyncClient, anne: dict[str, Any], extra: dict[str, str]
) -> None:
    body = {"tenant": "diku", "username": "ANNE", "password": PASSWORD}
    assert (await anonymous.post("/authn/login", json=body, headers=extra)).status_code == 201
    by_id = {"userId": anne["id"], "password": PASSWORD}
    assert (await anonymous.post("/authn/login", json=by_id, headers=extra)).status_code == 201


@pytest.mark.usefixtures("anne")
async def test_the_newer_log_in_answers_with_cookies(anonymous: httpx.AsyncClient, clock: Any) -> None:
    answer = await anonymous.post("/authn/login-with-expiry", json={"username": "anne", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json() == {
        "accessTokenExpiration": (clock.now + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "refreshTokenExpiration": (clock.now + timedelta(days=7)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    cookies = _cookies(answer)
    assert set(cookies) == {"folioAccessToken", "folioRefreshToken"}
    assert {"Max-Age=600", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookies["folioAccessToken"])
    assert {"Max-Age=604800", "Path=/authn", "Secure", "HttpOnly", "SameSite=Lax"} <= set(cookies["folioRefreshToken"])
    ends = (clock.now + timedelta(minutes=10)).strftime("Expires=%a, %d %b %Y %H:%M:%S GMT")
    assert ends in cookies["folioAccessToken"]


def test_cookies_can_do_without_https_on_loopback(clock: Any) -> None:
    tokens = Tokens("a", clock.now, "r", clock.now)
    for secure in (True, False):
        sent = Cookies(secure=secure).set_on(NO_CONTENT, tokens).headers["Set-Cookie"].split("\n")
        assert [("; Secure;" in cookie) for cookie in sent] == [secure, secure]


@pytest.mark.usefixtures("anne")
async def test_a_token_is_good_in_header_bearer_and_cookie_until_it_expires(
    anonymous: httpx.AsyncClient, clock: Any
) -> None:
    answer = await anonymous.post("/authn/login-with-expiry", json={"username": "anne", "password": PASSWORD})
    token = _cookies(answer)["folioAccessToken"][0]
    ways = (_token(token), {"Authorization": f"Bearer {token}"}, {"Cookie": f"folioAccessToken={token}"})
    for headers in ways:
        assert (await _self(anonymous, **headers)).status_code == 200
    refused = await _self(anonymous, **ways[0], Authorization="Bearer other")
    assert (refused.status_code, refused.headers["content-type"]) == (400, "text/plain")
    assert refused.text == "Different tokens in Authentication and X-Okapi-Token. Use only one of them"
    clock.advance(minutes=10)
    expired = await _self(anonymous, **ways[0])
    assert (expired.status_code, expired.text) == (401, "Invalid token")


@pytest.mark.parametrize("name", ["nobody", "anne"])
@pytest.mark.usefixtures("anne")
async def test_a_wrong_name_and_a_wrong_password_are_refused_alike(anonymous: httpx.AsyncClient, name: str) -> None:
    answer = await _log_in(anonymous, "wrong", username=name)
    assert (answer.status_code, answer.json()) == (422, {"errors": [WRONG]})


async def test_an_inactive_user_does_not_get_in_and_their_token_is_void(
    anonymous: httpx.AsyncClient, client: httpx.AsyncClient, anne: dict[str, Any]
) -> None:
    token = (await _log_in(anonymous)).json()["okapiToken"]
    answer = await client.put(f"/users/{anne['id']}", json={**anne, "active": False})
    assert answer.status_code == 204
    refused = await _log_in(anonymous)
    assert (refused.status_code, refused.json()) == (422, {"errors": [WRONG]})
    refused = await _self(anonymous, **_token(token))
    assert (refused.status_code, refused.text) == (401, f"Invalid token: user with id {anne['id']} is not active")


@pytest.mark.usefixtures("anne")
async def test_five_wrong_passwords_in_ten_minutes_block_the_log_in(anonymous: httpx.AsyncClient, clock: Any) -> None:
    for _ in range(5):
        await _log_in(anonymous, "wrong")
        clock.advance(minutes=1)
    refused = await _log_in(anonymous)
    assert (refused.status_code, refused.json()) == (422, {"errors": [WRONG]})
    clock.advance(minutes=5)
    assert (await _log_in(anonymous)).status_code == 201


@pytest.mark.usefixtures("anne")
async def test_a_right_password_makes_the_wrong_ones_forgotten(anonymous: httpx.AsyncClient) -> None:
    for _ in range(2):
        for _ in range(4):
            await _log_in(anonymous, "wrong")
        assert (await _log_in(anonymous)).status_code == 201


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"password": "x"}, "You must provide a username or userId"),
        ({"username": "", "password": "x"}, "You must provide a username or userId"),
        ({"username": "anne"}, "You must provide a password"),
        ({"username": "anne", "password": ""}, "You must provide a password"),
        ({"username": 7, "password": "x"}, "username must be text"),
        ([], "a JSON object is expected"),
    ],
)
@pytest.mark.parametrize("path", ["/authn/login", "/authn/login-with-expiry"])
async def test_a_log_in_names_a_user_and_a_password(
    anonymous: httpx.AsyncClient, path: str, body: Any, text: str
) -> None:
    answer = await anonymous.post(path, json=body)
    assert (answer.status_code, answer.text) == (400, text)


@pytest.mark.parametrize(("tenant", "text"), [("nowhere", "No such Tenant nowhere"), ("", "Missing header: X-Okapi-Tenant")])
async def test_a_log_in_names_a_tenant(anonymous: httpx.AsyncClient, tenant: str, text: str) -> None:
    body = {"username": "admin", "password": "admin-password"}
    answer = await anonymous.post("/authn/login", json=body, headers={"X-Okapi-Tenant": tenant})
    assert (answer.status_code, answer.text) == (400, text)


async def _session(client: httpx.AsyncClient) -> httpx.Response:
    answer = await client.post("/authn/login-with-expiry", json={"username": "anne", "password": PASSWORD})
    assert answer.status_code == 201
    client.cookies.clear()
    return answer


async def _refresh(client: httpx.AsyncClient, session: httpx.Response) -> httpx.Response:
    cookies = _cookie_header(session, "folioAccessToken", "folioRefreshToken")
    answer = await client.post("/authn/refresh", headers=cookies)
    client.cookies.clear()
    return answer


@pytest.mark.usefixtures("anne")
async def test_a_session_goes_on_with_refresh_tokens(anonymous: httpx.AsyncClient, clock: Any) -> None:
    session = await _session(anonymous)
    for _ in range(3):
        clock.advance(days=6)
        session = await _refresh(anonymous, session)
        assert session.status_code == 201
        token = _cookies(session)["folioAccessToken"][0]
        assert (await _self(anonymous, **_token(token))).status_code == 200
    clock.advance(days=7)
    assert (await _refresh(anonymous, session)).status_code == 422


@pytest.mark.usefixtures("anne")
async def test_a_refresh_token_used_twice_ends_its_session_and_no_other(anonymous: httpx.AsyncClient) -> None:
    stolen, other = await _session(anonymous), await _session(anonymous)
    following = await _refresh(anonymous, stolen)
    assert following.status_code == 201
    again = await _refresh(anonymous, stolen)
    assert again.status_code == 422
    assert again.json()["errors"][0]["code"] == "token.refresh.unprocessable"
    assert (await _refresh(anonymous, following)).status_code == 422
    assert (await _refresh(anonymous, other)).status_code == 201


@pytest.mark.usefixtures("anne")
async def test_only_a_refresh_token_refreshes_and_it_opens_nothing_else(anonymous: httpx.AsyncClient) -> None:
    session = await _session(anonymous)
    missing = await anonymous.post("/authn/refresh", headers=_cookie_header(session, "folioAccessToken"))
    assert (missing.status_code, missing.json()["errors"][0]["code"]) == (400, "token.parse.failure")
    access, refresh = (_cookies(session)[name][0] for name in ("folioAccessToken", "folioRefreshToken"))
    for wrong in (access, "x"):
        answer = await anonymous.post("/authn/refresh", headers={"Cookie": f"folioRefreshToken={wrong}"})
        assert answer.status_code == 422
    assert (await _self(anonymous, **_token(refresh))).status_code == 401


@pytest.mark.usefixtures("anne")
async def test_logging_out_ends_the_session_and_takes_the_cookies_away(anonymous: httpx.AsyncClient) -> None:
    session = await _session(anonymous)
    cookies = _cookie_header(session, "folioAccessToken", "folioRefreshToken")
    answer = await anonymous.post("/authn/logout", headers=cookies)
    assert (answer.status_code, answer.content) == (204, b"")
    for name, path in (("folioAccessToken", "/"), ("folioRefreshToken", "/authn")):
        assert {"", "Max-Age=0", f"Path={path}"} <= set(_cookies(answer)[name])
    assert (await _refresh(anonymous, session)).status_code == 422
    assert (await anonymous.post("/authn/logout")).status_code == 204
    forged = await anonymous.post("/authn/logout", headers={"Cookie": "folioRefreshToken=x"})
    assert (forged.status_code, forged.json()["errors"][0]["code"]) == (422, "token.logout.unprocessable")


@pytest.mark.usefixtures("anne")
async def test_logging_out_everywhere_voids_every_token(anonymous: httpx.AsyncClient, clock: Any) -> None:
    legacy = (await _log_in(anonymous)).json()["okapiToken"]
    session = await _session(anonymous)
    clock.advance(milliseconds=1)
    assert (await anonymous.post("/authn/logout-all", headers=_token(legacy))).status_code == 204
    anonymous.cookies.clear()
    for token in (legacy, _cookies(session)["folioAccessToken"][0]):
        assert (await _self(anonymous, **_token(token))).status_code == 401
    assert (await _refresh(anonymous, session)).status_code == 422
    new = (await _log_in(anonymous)).json()["okapiToken"]
    assert (await _self(anonymous, **_token(new))).status_code == 200
    assert (await anonymous.post("/authn/logout-all")).status_code == 401


@pytest.mark.usefixtures("anne")
async def test_whoever_knows_the_password_may_change_it(anonymous: httpx.AsyncClient, clock: Any) -> None:
    token = (await _log_in(anonymous)).json()["okapiToken"]
    clock.advance(milliseconds=1)
    body = {"username": "anne", "password": PASSWORD, "newPassword": "better"}
    missing = await anonymous.post("/authn/update", json={**body, "newPassword": ""})
    assert (missing.status_code, missing.text) == (400, "You must provide a new password")
    assert (await anonymous.post("/authn/update", json={**body, "password": "wrong"})).status_code == 422
    assert (await anonymous.post("/authn/update", json=body)).status_code == 204
    assert (await _log_in(anonymous)).status_code == 422
    assert (await _log_in(anonymous, "better")).status_code == 201
    assert (await _self(anonymous, **_token(token))).status_code == 401


async def test_a_user_has_one_password(client: httpx.AsyncClient, anne: dict[str, Any]) -> None:
    again = await client.post("/authn/credentials", json={"username": "anne", "password": "x"})
    assert again.status_code == 422
    assert again.json()["errors"][0]["message"] == f"There already exists credentials for user id '{anne['id']}'"
    empty = await client.post("/authn/credentials", json={"username": "anne", "password": ""})
    assert empty.json()["errors"][0]["message"] == "Password is missing or empty"
    nobody = await client.post("/authn/credentials", json={"userId": str(uuid4()), "password": "x"})
    assert nobody.json()["errors"][0]["message"] == "User does not exist"
    unnamed = await client.post("/authn/credentials", json={"password": "x"})
    assert unnamed.status_code == 400


async def test_a_password_can_be_taken_away_and_given_anew(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, anne: dict[str, Any], clock: Any
) -> None:
    token = (await _log_in(anonymous)).json()["okapiToken"]
    clock.advance(milliseconds=1)
    path = f"/authn/credentials?userId={anne['id']}"
    assert (await client.delete(path)).status_code == 204
    assert (await _log_in(anonymous)).status_code == 422
    assert (await _self(anonymous, **_token(token))).status_code == 401
    gone = await client.delete(path)
    assert (gone.status_code, gone.text) == (404, f"No credentials for userId {anne['id']} found")
    assert (await client.delete("/authn/credentials")).status_code == 400
    await _made(client, "/authn/credentials", {"username": "anne", "password": "new"})
    assert (await _log_in(anonymous, "new")).status_code == 201


@pytest.mark.usefixtures("anne")
async def test_a_permission_is_asked_for_in_folios_words(anonymous: httpx.AsyncClient, anne: dict[str, Any]) -> None:
    missing = await anonymous.get("/users")
    assert (missing.status_code, missing.text) == (
        401, "Token missing, access requires permission: users.collection.get",
    )
    assert missing.headers["www-authenticate"]
    token = (await _log_in(anonymous)).json()["okapiToken"]
    refused = await anonymous.get("/users", headers=_token(token))
    assert (refused.status_code, refused.text) == (
        403, f"Access for user 'Anne' ({anne['id']}) requires permission: users.collection.get",
    )


async def test_a_token_is_good_at_its_own_tenant_and_for_its_own_user(
    anonymous: httpx.AsyncClient, anne: dict[str, Any]
) -> None:
    token = _token((await _log_in(anonymous)).json()["okapiToken"])
    for spoofed in ({"X-Okapi-Tenant": "other"}, {"X-Okapi-User-Id": str(uuid4())}):
        answer = await _self(anonymous, **token, **spoofed)
        assert (answer.status_code, answer.text) == (403, "Invalid token")
    unknown = await _self(anonymous, **token, **{"X-Okapi-Tenant": "nowhere"})
    assert (unknown.status_code, unknown.text) == (400, "No such Tenant nowhere")
    for fine in ({"X-Okapi-Tenant": ""}, {"X-Okapi-User-Id": anne["id"].upper()}):
        assert (await _self(anonymous, **token, **fine)).json()["user"]["id"] == anne["id"]


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJ0ZW5hbnQiOiJkaWt1In0."])
async def test_headers_count_for_nothing_without_a_valid_token(anonymous: httpx.AsyncClient, token: str) -> None:
    spoofed = {"X-Okapi-User-Id": str(uuid4()), "X-Okapi-Permissions": '["users.collection.get"]'}
    answer = await anonymous.get("/users", headers={**spoofed, **_token(token)})
    assert (answer.status_code, answer.text) == (401, "Invalid token")
    assert (await anonymous.get("/users", headers=spoofed)).status_code == 401


async def test_an_unknown_tenant_is_said_before_a_missing_token(anonymous: httpx.AsyncClient) -> None:
    for tenant, text in (("nowhere", "No such Tenant nowhere"), ("", "Missing header: X-Okapi-Tenant")):
        answer = await anonymous.get("/users", headers={"X-Okapi-Tenant": tenant})
        assert (answer.status_code, answer.text) == (400, text)


async def test_a_user_is_shown_with_group_permissions_service_points_and_proxies(
    client: httpx.AsyncClient, anne: dict[str, Any]
) -> None:
    group = (await client.post("/groups", json={"group": "staff", "desc": "Staff"})).json()
    desk = {"name": "Desk", "code": "D", "discoveryDisplayName": "The desk"}
    desk = (await client.post("/service-points", json=desk)).json()
    await client.put(f"/users/{anne['id']}", json={**anne, "patronGroup": group["id"]})
    await _made(client, "/service-points-users", {"userId": anne["id"], "servicePointsIds": [desk["id"]]})
    await _made(client, "/proxiesfor", {"userId": anne["id"], "proxyUserId": str(uuid4())})
    await _made(client, "/perms/permissions", {"permissionName": "desk", "subPermissions": ["users.item.get"]})
    await _made(client, "/perms/users", {"userId": anne["id"], "permissions": ["desk"]})
    for path in (f"/bl-users/by-id/{anne['id']}", "/bl-users/by-username/anne"):
        shown = (await client.get(path)).json()
        assert shown["user"]["username"] == "Anne"
        assert shown["patronGroup"]["group"] == "staff"
        assert shown["permissions"]["permissions"] == ["desk"]
        assert shown["servicePointsUser"]["servicePoints"][0]["name"] == "Desk"
        assert len(shown["proxiesFor"]) == 1
    expanded = (await client.get("/bl-users/by-username/anne?expandPermissions=true")).json()
    assert expanded["permissions"]["permissions"] == ["desk", "users.item.get"]
    for path in ("/bl-users/by-username/nobody", "/bl-users/by-id/x", f"/bl-users/by-id/{uuid4()}"):
        assert (await client.get(path)).status_code == 404


async def test_logging_in_can_answer_with_oneself(anonymous: httpx.AsyncClient, anne: dict[str, Any]) -> None:
    body = {"username": "anne", "password": PASSWORD}
    answer = await anonymous.post("/bl-users/login?expandPermissions=true&include=groups", json=body)
    assert answer.status_code == 201
    assert answer.headers["x-okapi-token"]
    assert answer.json()["user"]["id"] == anne["id"]
    assert answer.json()["tenant"] == "diku"
    answer = await anonymous.post("/bl-users/login-with-expiry", json=body)
    assert set(answer.json()["tokenExpiration"]) == {"accessTokenExpiration", "refreshTokenExpiration"}
    assert set(_cookies(answer)) == {"folioAccessToken", "folioRefreshToken"}
    anonymous.cookies.clear()
    wrong = await anonymous.post("/bl-users/login", json={"username": "anne"})
    assert (wrong.status_code, wrong.text) == (400, "Improperly formatted request")


async def test_the_gateway_tells_about_itself(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/admin/health")).text == '"OK"'
    assert (await anonymous.get("/_/version")).status_code == 200
    assert (await anonymous.get("/_/proxy/tenants/diku")).json()["id"] == "diku"
    modules = await anonymous.get("/_/proxy/tenants/diku/modules?filter=mod-circulation&latest=1")
    names = [module["id"] for module in modules.json()]
    assert any(name.startswith("mod-circulation-24.") for name in names)
    assert all(name.startswith("mod-circulation") for name in names)
    unknown = await anonymous.get("/_/proxy/tenants/nowhere/modules")
    assert (unknown.status_code, unknown.text) == (404, "Tenant nowhere not found")
    assert (await anonymous.get("/consortia")).status_code == 404
