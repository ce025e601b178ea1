"""A user with group, permissions, service points and proxies, and logging in with that answer (FOLIO mod-users-bl).

`include` is not asked: every part is always there.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from octavo.auth import sessions
from octavo.auth.authenticator import authenticate
from octavo.auth.caller import Caller
from octavo.auth.registry import Registry
from octavo.errors import BadRequest, NotFound
from octavo.http.call import Call, Reply, ok
from octavo.http.parameters import is_uuid, read_flag
from octavo.http.routes import Route
from octavo.store import access
from octavo.store.people import Profile, find_profile
from octavo.store.tx import Tx
from octavo.web.cookies import Cookies
from octavo.web.login import TOKEN, expirations, read_login, tenant_of

_SEE_PERMISSIONS = "perms.users.get"
_QUERY = ("include", "expandPermissions")


@dataclass(frozen=True)
class BlUsersPages:
    """The operations below /bl-users."""

    registry: Registry
    cookies: Cookies

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            Route("POST", "/bl-users/login", None, self.log_in_for_good, "Log in and see oneself",
                  6, success=201, query=_QUERY, errors=(400, 422, 429)),
            Route("POST", "/bl-users/login-with-expiry", None, self.log_in, "Log in with cookies and see oneself",
                  6, success=201, query=_QUERY, errors=(400, 422, 429)),
            Route("GET", "/bl-users/_self", None, self.myself, "See oneself", 4, query=_QUERY, errors=(400, 401, 403)),
            Route("GET", "/bl-users/by-id/{id}", "users-bl.item.get", self.by_id, "See a user by id",
                  2, query=_QUERY, errors=(404,)),
            Route("GET", "/bl-users/by-username/{username}", "users-bl.item.get", self.by_username,
                  "See a user by name", 2, query=_QUERY, errors=(404,)),
        )  # fmt: skip

    async def log_in_for_good(self, call: Call) -> Reply:
        """Answer with a token that does not expire."""
        tenant = tenant_of(call)
        person, token = await sessions.log_in_for_good(self.registry, tenant, _login(call), call.now)
        shown = await self._own_profile(call, tenant, person.id)
        return ok({**shown, "tenant": tenant}, 201).with_header(TOKEN, token)

    async def log_in(self, call: Call) -> Reply:
        """Answer with cookies and when they expire."""
        tenant = tenant_of(call)
        person, tokens = await sessions.log_in(self.registry, tenant, _login(call), call.now)
        shown = await self._own_profile(call, tenant, person.id)
        return self.cookies.set_on(ok({**shown, "tenant": tenant, "tokenExpiration": expirations(tokens)}, 201), tokens)

    async def myself(self, call: Call) -> Reply:
        """Show whoever asks to themselves; that takes a token but no permission."""
        caller = await authenticate(self.registry, call.headers, None, call.now)
        return ok(await self._own_profile(call, caller.tenant, caller.user_id))

    async def by_id(self, call: Call) -> Reply:
        """Show a user."""
        user_id = call.parameters["id"]
        if not is_uuid(user_id):
            raise NotFound("User not found")
        async with call.read() as tx:
            return ok(await _shown(tx, call, None, user_id, call.caller))

    async def by_username(self, call: Call) -> Reply:
        """Show a user."""
        async with call.read() as tx:
            return ok(await _shown(tx, call, call.parameters["username"], None, call.caller))

    async def _own_profile(self, call: Call, tenant: str, user_id: str) -> dict[str, Any]:
        async with self.registry.store.read(tenant, call.now) as tx:
            return await _shown(tx, call, None, user_id, None)


async def _shown(tx: Tx, call: Call, username: str | None, user_id: str | None, viewer: Caller | None) -> dict[str, Any]:
    """Return a user for somebody else, or (without a viewer) for the user."""
    profile = await find_profile(tx, username, user_id)
    if profile is None:
        raise NotFound("User not found")
    permissions = profile.permissions and orjson.loads(profile.permissions)
    if permissions and read_flag(call.query, "expandPermissions"):
        permissions["permissions"] = await access.expanded(tx, permissions["permissions"])
    may_see = viewer is None or viewer.may(_SEE_PERMISSIONS)
    return _composite(profile, permissions if may_see else None)


def _composite(profile: Profile, permissions: Any) -> dict[str, Any]:
    parts = {
        "user": orjson.Fragment(profile.user),
        "patronGroup": profile.group and orjson.Fragment(profile.group),
        "permissions": permissions,
        "proxiesFor": [orjson.Fragment(proxy) for proxy in profile.proxies],
        "servicePointsUser": _service_points_user(profile),
    }
    return {name: part for name, part in parts.items() if part is not None}


def _service_points_user(profile: Profile) -> dict[str, Any] | None:
    if profile.service_points_user is None:
        return None
    points = [orjson.Fragment(point) for point in profile.service_points]
    return {**orjson.loads(profile.service_points_user), "servicePoints": points}


def _login(call: Call) -> sessions.Login:
    try:
        return read_login(call)
    except BadRequest:
        raise BadRequest("Improperly formatted request") from None
