"""Logging in and out, and who may (FOLIO mod-login).

Operations that need no log-in open their own transactions: what a wrong password leaves behind must stay
although the answer is a refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from octavo.auth import sessions
from octavo.auth.authenticator import MISSING_TENANT, authenticate
from octavo.auth.caller import EVERYTHING
from octavo.auth.headers import REFRESH_COOKIE, TENANT, cookie
from octavo.auth.passwords import hash_password
from octavo.auth.registry import Registry
from octavo.auth.sessions import Login, Tokens
from octavo.auth.tokens import InvalidToken
from octavo.errors import BadRequest, Forbidden, Invalid, NotFound, Violation, refuse
from octavo.http.bodies import read_json
from octavo.http.call import JSON, NO_CONTENT, Call, Reply, ok
from octavo.http.errors import violations_document
from octavo.http.parameters import is_uuid
from octavo.http.routes import Route
from octavo.store import access, credentials
from octavo.store.tx import Tx
from octavo.web.cookies import Cookies

TOKEN = "X-Okapi-Token"  # noqa: S105 - the name of a header


@dataclass(frozen=True)
class LoginPages:
    """The operations below /authn."""

    registry: Registry
    cookies: Cookies

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            Route("POST", "/authn/login", None, self.log_in_for_good, "Log in with a token that does not expire",
                  4, success=201, errors=(400, 422, 429)),
            Route("POST", "/authn/login-with-expiry", None, self.log_in, "Log in with tokens that expire, in cookies",
                  4, success=201, errors=(400, 422, 429)),
            Route("POST", "/authn/refresh", None, self.refresh, "Exchange a refresh token for new tokens",
                  5, success=201, errors=(400, 422), forms=((400, JSON),)),
            Route("POST", "/authn/logout", None, self.log_out, "End this session", 2, success=204, errors=(422,)),
            Route("POST", "/authn/logout-all", None, self.log_out_everywhere, "End all sessions of this user",
                  6, success=204, errors=(401,)),
            Route("POST", "/authn/update", None, self.change_password, "Change one's password",
                  7, success=204, errors=(400, 422, 429)),
            Route("POST", "/authn/credentials", "login.item.post", self.add_password, "Give a user a password",
                  6, success=201, errors=(400, 403, 422)),
            Route("DELETE", "/authn/credentials", "login.item.delete", self.remove_password, "Take a user's password away",
                  5, success=204, query=("userId",), errors=(400, 403, 404)),
        )  # fmt: skip

    async def log_in_for_good(self, call: Call) -> Reply:
        """Answer with a token in the body and in a header."""
        _, token = await sessions.log_in_for_good(self.registry, tenant_of(call), read_login(call), call.now)
        return ok({"okapiToken": token}, 201).with_header(TOKEN, token)

    async def log_in(self, call: Call) -> Reply:
        """Answer with two cookies and when they expire."""
        _, tokens = await sessions.log_in(self.registry, tenant_of(call), read_login(call), call.now)
        return self.cookies.set_on(ok(expirations(tokens), 201), tokens)

    async def refresh(self, call: Call) -> Reply:
        """Answer like a log-in."""
        token = cookie(call.headers, REFRESH_COOKIE)
        if token is None:
            return _token_error(400, "The cookie folioRefreshToken is missing", "token.parse.failure")
        try:
            tokens = await sessions.refresh(self.registry, call.headers.get(TENANT), token, call.now)
        except InvalidToken:
            text = "Authorization server unable to process token refresh request"
            return _token_error(422, text, "token.refresh.unprocessable")
        return self.cookies.set_on(ok(expirations(tokens), 201), tokens)

    async def log_out(self, call: Call) -> Reply:
        """Take the cookies away; without a refresh token there is no session to end."""
        token = cookie(call.headers, REFRESH_COOKIE)
        if token is not None:
            try:
                await sessions.log_out(self.registry, call.headers.get(TENANT), token, call.now)
            except InvalidToken:
                text = "Authorization server unable to process token logout request"
                return _token_error(422, text, "token.logout.unprocessable")
        return self.cookies.delete_on(NO_CONTENT)

    async def log_out_everywhere(self, call: Call) -> Reply:
        """Void every token of whoever asks."""
        caller = await authenticate(self.registry, call.headers, None, call.now)
        await sessions.log_out_everywhere(self.registry, caller.tenant, caller.user_id, call.now)
        return self.cookies.delete_on(NO_CONTENT)

    async def change_password(self, call: Call) -> Reply:
        """Take the old password as proof, so that no token is needed."""
        members = _object(call.body)
        new = _text(members, "newPassword")
        if not new:
            raise BadRequest("You must provide a new password")
        login = login_from(members, call.address)
        await sessions.change_password(self.registry, tenant_of(call), login, new, call.now)
        return NO_CONTENT

    async def add_password(self, call: Call) -> Reply:
        """Give a password to a user, named by id or by name, who has none."""
        members = _object(call.body)
        password = _text(members, "password")
        if not password:
            raise refuse("Password is missing or empty", password=None)
        login = Login(None, user_id, "") if (user_id := _text(members, "userId")) else Login(_name(members), None, "")
        hashed = await hash_password(password)
        async with call.transaction() as tx:
            person = await sessions.find(tx, login)
            if person is None:
                raise refuse("User does not exist", userId=login.user_id)
            await _protect_administrators(tx, call, person.id)
            if not await credentials.add_password(tx, person.id, hashed):
                raise refuse(f"There already exists credentials for user id '{person.id}'", userId=person.id)
            await access.announce(tx, call.caller.tenant, person.id)
        self.registry.forget(call.caller.tenant, person.id)
        return ok({"id": person.id, "userId": person.id}, 201)

    async def remove_password(self, call: Call) -> Reply:
        """Keep a user from logging in; tokens they hold are void at once."""
        user_id = call.query.get("userId", "").lower()
        if not is_uuid(user_id):
            raise BadRequest("userId must be a UUID")
        async with call.transaction() as tx:
            await _protect_administrators(tx, call, user_id)
            if not await credentials.remove_password(tx, user_id):
                raise NotFound(f"No credentials for userId {user_id} found")
            await access.announce(tx, call.caller.tenant, user_id)
        self.registry.forget(call.caller.tenant, user_id)
        return NO_CONTENT


def tenant_of(call: Call) -> str:
    """Return the tenant that somebody wants to log in to. Raises BadRequest."""
    if not call.caller.tenant:
        raise BadRequest(MISSING_TENANT)
    return call.caller.tenant


def read_login(call: Call) -> Login:
    """Read who wants in; other members, such as `tenant`, do not count. Raises BadRequest."""
    return login_from(_object(call.body), call.address)


def login_from(members: Mapping[str, Any], address: str) -> Login:
    """Return who wants in from the members of a body. Raises BadRequest."""
    username, user_id, password = _text(members, "username"), _text(members, "userId"), _text(members, "password")
    if not username and not user_id:
        raise BadRequest("You must provide a username or userId")
    if not password:
        raise BadRequest("You must provide a password")
    return Login(username or None, user_id, password, address)


def expirations(tokens: Tokens) -> dict[str, str]:
    """Return when the tokens expire, as clients read it."""
    return {
        "accessTokenExpiration": _instant(tokens.access_expires),
        "refreshTokenExpiration": _instant(tokens.refresh_expires),
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _protect_administrators(tx: Tx, call: Call, user_id: str) -> None:
    """Only an administrator decides how another one gets in."""
    if call.caller.may(EVERYTHING):
        return
    rights = await access.rights(tx, user_id)
    if rights and EVERYTHING in rights.permissions:
        raise Forbidden(f"Only a user with {EVERYTHING} may change the credentials of another")


def _object(body: bytes) -> Mapping[str, Any]:
    members = read_json(body)
    if not isinstance(members, dict):
        raise BadRequest("a JSON object is expected")
    return members


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name} must be text")
    return value


def _name(members: Mapping[str, Any]) -> str:
    name = _text(members, "username")
    if not name:
        raise BadRequest("You must provide a username or userId")
    return name


def _token_error(status: int, message: str, code: str) -> Reply:
    return Reply(status, violations_document(Invalid(Violation(message, code=code, type="error"))))
