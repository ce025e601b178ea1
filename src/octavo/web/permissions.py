"""Permissions, and who has them (FOLIO mod-permissions)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from octavo.auth import permissions
from octavo.auth.permissions import UserKey
from octavo.auth.registry import Registry
from octavo.catalogue.access import PERMISSION, PERMISSION_USER
from octavo.errors import BadRequest, NotFound
from octavo.http.bodies import read_body, read_json
from octavo.http.call import NO_CONTENT, Call, Reply, created, ok
from octavo.http.parameters import QueryParameters, is_uuid, read_flag
from octavo.http.routes import Route
from octavo.store import access, records
from octavo.store.tx import Tx
from octavo.web.records import lister
from octavo_models.access import Permission, PermissionUser

_USER = "/perms/users/{id}"
_HELD = f"{_USER}/permissions"
_SET = "/perms/permissions/{id}"
_LIST = ("query", "length", "start", "limit", "offset", "totalRecords")
_INDEX = ("indexField",)


def permission_names(routes: Iterable[Route]) -> frozenset[str]:
    """Return the permissions that routes ask for; `octavo.auth.permissions.declare` makes them exist."""
    return frozenset(route.permission for route in routes if route.permission)


@dataclass(frozen=True)
class PermissionPages:
    """The operations below /perms."""

    registry: Registry

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (*self._user_routes(), *self._set_routes())

    def _user_routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/perms/users", "perms.users.get", list_users, "List who has permissions",
                  1, answer=PermissionUser, many="permissionUsers", query=_LIST, errors=(400,)),
            Route("POST", "/perms/users", "perms.users.item.post", self.add_user, "Give a user permissions",
                  7, body=PermissionUser, answer=PermissionUser, success=201, errors=(400, 403, 422)),
            Route("GET", _USER, "perms.users.get", show_user, "Show who has permissions",
                  2, answer=PermissionUser, query=_INDEX, errors=(404,)),
            Route("PUT", _USER, "perms.users.item.put", self.replace_user, "Replace a user's permissions",
                  10, body=PermissionUser, answer=PermissionUser, query=_INDEX, errors=(400, 403, 404, 422)),
            Route("DELETE", _USER, "perms.users.item.delete", self.remove_user, "Take all permissions from a user",
                  6, success=204, query=_INDEX, errors=(404,)),
            Route("GET", _HELD, "perms.users.get", list_held, "List a user's permissions",
                  4, query=("expanded", "full", *_INDEX), errors=(404,)),
            Route("POST", _HELD, "perms.users.item.post", self.add_permission, "Give a user one more permission",
                  9, query=_INDEX, errors=(400, 403, 422)),
            Route("DELETE", f"{_HELD}/{{permissionName}}", "perms.users.item.delete", self.take_permission,
                  "Take a permission from a user", 6, success=204, query=_INDEX, errors=(400, 404)),
        )  # fmt: skip

    def _set_routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/perms/permissions", "perms.permissions.get", list_sets, "List permissions",
                  1, answer=Permission, many="permissions", query=_LIST, errors=(400,)),
            Route("POST", "/perms/permissions", "perms.permissions.item.post", self.create_set, "Create a permission",
                  8, body=Permission, answer=Permission, success=201, errors=(400, 403, 422)),
            Route("GET", _SET, "perms.permissions.get", show_set, "Show a permission",
                  1, answer=Permission, errors=(404,)),
            Route("PUT", _SET, "perms.permissions.item.put", self.replace_set, "Replace a permission",
                  9, body=Permission, answer=Permission, errors=(400, 403, 404, 422)),
            Route("DELETE", _SET, "perms.permissions.item.delete", self.remove_set, "Delete a permission",
                  8, success=204, errors=(400, 404)),
        )  # fmt: skip

    async def add_user(self, call: Call) -> Reply:
        """Create a permission user."""
        user = read_body(PermissionUser, call.body)
        async with call.transaction() as tx:
            document = await permissions.add_user(tx, call.caller, user)
        self.registry.forget(call.caller.tenant, user.user_id)
        return created(document, f"/perms/users/{records.id_of(document)}")

    async def replace_user(self, call: Call) -> Reply:
        """Replace a permission user."""
        user = read_body(PermissionUser, call.body)
        async with call.transaction() as tx:
            document = await permissions.replace_user(tx, call.caller, _key(call), user)
        self.registry.forget(call.caller.tenant)
        return ok(document)

    async def remove_user(self, call: Call) -> Reply:
        """Delete a permission user."""
        async with call.transaction() as tx:
            await permissions.remove_user(tx, call.caller, _key(call))
        self.registry.forget(call.caller.tenant)
        return NO_CONTENT

    async def add_permission(self, call: Call) -> Reply:
        """Give a user a permission and say it back."""
        entity = read_json(call.body)
        name = entity.get("permissionName") if isinstance(entity, dict) else None
        if not isinstance(name, str) or not name:
            raise BadRequest("permissionName is missing")
        async with call.transaction() as tx:
            await permissions.add_permission(tx, call.caller, _key(call), name)
        self.registry.forget(call.caller.tenant)
        return ok({"permissionName": name})

    async def take_permission(self, call: Call) -> Reply:
        """Take a permission from a user."""
        async with call.transaction() as tx:
            await permissions.take_permission(tx, call.caller, _key(call), call.parameters["permissionName"])
        self.registry.forget(call.caller.tenant)
        return NO_CONTENT

    async def create_set(self, call: Call) -> Reply:
        """Create a permission or a set of them."""
        permission = read_body(Permission, call.body)
        async with call.transaction() as tx:
            document = await permissions.create_set(tx, call.caller, permission)
        self.registry.forget(call.caller.tenant)
        return created(document, f"/perms/permissions/{records.id_of(document)}")

    async def replace_set(self, call: Call) -> Reply:
        """Replace a permission or a set of them."""
        permission = read_body(Permission, call.body)
        async with call.transaction() as tx:
            document = await permissions.replace_set(tx, call.caller, _set_id(call), permission)
        self.registry.forget(call.caller.tenant)
        return ok(document)

    async def remove_set(self, call: Call) -> Reply:
        """Delete a permission or a set of them."""
        async with call.transaction() as tx:
            await permissions.remove_set(tx, call.caller, _set_id(call))
        self.registry.forget(call.caller.tenant)
        return NO_CONTENT


async def list_users(call: Call) -> Reply:
    """List permission users."""
    return await lister(PERMISSION_USER)(replace(call, query=_paging(call.query)))


async def list_sets(call: Call) -> Reply:
    """List permissions."""
    return await lister(PERMISSION)(replace(call, query=_paging(call.query)))


async def show_user(call: Call) -> Reply:
    """Show a permission user."""
    key = _key(call)
    async with call.read() as tx:
        return ok((await _read(tx, key, f"No user with {key}"))[0])


async def show_set(call: Call) -> Reply:
    """Show a permission."""
    async with call.read() as tx:
        return ok(await records.read(tx, PERMISSION, _set_id(call)))


async def list_held(call: Call) -> Reply:
    """List a user's permissions: as given or, `expanded`, with what sets hold; by name or, `full`, as records."""
    key = _key(call)
    async with call.read() as tx:
        _, user = await _read(tx, key, f"No user found by {key}")
        names = user.permissions
        if read_flag(call.query, "expanded"):
            names = await access.expanded(tx, names)
        if not read_flag(call.query, "full"):
            return ok({"permissionNames": names, "totalRecords": len(names)})
        documents = await access.permission_documents(tx, names)
    listed = [orjson.Fragment(document) for document in documents]
    return ok({"permissionNames": listed, "totalRecords": len(listed)})


async def _read(tx: Tx, key: UserKey, not_found: str) -> tuple[bytes, PermissionUser]:
    record_id = key.value if key.field == "id" else await access.permission_user_id(tx, key.value)
    try:
        document = await records.read(tx, PERMISSION_USER, record_id or key.value)
    except NotFound:
        raise NotFound(not_found) from None
    return document, PermissionUser.model_validate_json(document)


def _key(call: Call) -> UserKey:
    field = call.query.get("indexField") or "id"
    key = UserKey(call.parameters["id"], field)
    if field not in ("id", "userId"):
        raise BadRequest(f"indexField may be id or userId, not {field[:40]}")
    if not is_uuid(key.value):
        raise NotFound(f"No user with {key}")
    return key


def _set_id(call: Call) -> str:
    record_id = call.parameters["id"]
    if not is_uuid(record_id):
        raise NotFound(f"No permission found to match id {record_id}")
    return record_id.lower()


def _paging(query: Mapping[str, str]) -> QueryParameters:
    """Return the usual paging parameters for FOLIO's older `length` and `start`, which counts from 1."""
    paging = dict(query)
    if "length" in query:
        paging["limit"] = query["length"]
    if query.get("start", "").isdecimal():
        paging["offset"] = str(max(0, int(query["start"]) - 1))
    return QueryParameters(paging.items())
