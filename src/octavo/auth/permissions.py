"""Giving and taking permissions (FOLIO mod-permissions). Every change is announced to all workers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from octavo.auth.caller import EVERYTHING, Caller
from octavo.catalogue.access import PERMISSION, PERMISSION_USER
from octavo.errors import BadRequest, Forbidden, Invalid, NotFound, storage_violation
from octavo.store import access, records
from octavo.store.tx import Tx
from octavo_models.access import Permission, PermissionUser

ASSIGN_OKAPI = "perms.users.assign.okapi"
ASSIGN_IMMUTABLE = "perms.users.assign.immutable"
ASSIGN_MUTABLE = "perms.users.assign.mutable"

#: Permissions that no route asks for, but that exist all the same, and what they allow.
STANDING: Final[Mapping[str, str]] = MappingProxyType(
    {
        EVERYTHING: "Everything: whatever a route asks for, its holder may",
        ASSIGN_OKAPI: "Hand out permissions whose names begin with `okapi.` without holding them",
        ASSIGN_IMMUTABLE: "Hand out permissions that the server defines without holding them",
        ASSIGN_MUTABLE: "Hand out permissions that people have made without holding them",
    }
)


@dataclass(frozen=True)
class UserKey:
    """How a permission user is named: by its own id, or by another field such as `userId`."""

    value: str
    field: str = "id"

    def __str__(self) -> str:
        """Return `userId 0f1e…`, as FOLIO's messages have it."""
        return f"{self.field} {self.value}"


async def declare(tx: Tx, names: Iterable[str]) -> None:
    """Make permissions of these names (and the standing ones) exist; run for each tenant at every migration."""
    made = {}
    for name in sorted({*names, *STANDING}):
        record_id = str(uuid5(NAMESPACE_URL, f"octavo:permission:{name}"))
        made[record_id] = Permission(id=record_id, permission_name=name, mutable=False, visible=True).to_wire()
    await access.define_permissions(tx, made)


async def grant(tx: Tx, tenant: str, user_id: str, names: Iterable[str]) -> list[str]:
    """Give a user permissions, unasked: for making administrators. Return all that they hold now."""
    record_id = await access.permission_user_id(tx, user_id)
    if record_id is None:
        held = list(dict.fromkeys(names))
        await records.insert(tx, PERMISSION_USER, PermissionUser(user_id=user_id, permissions=held))
    else:
        user = await records.lock(tx, PERMISSION_USER, record_id)
        held = list(dict.fromkeys([*user.permissions, *names]))
        await records.save(tx, PERMISSION_USER, user.model_copy(update={"permissions": held}))
    await access.announce(tx, tenant, user_id)
    return held


async def take(tx: Tx, tenant: str, user_id: str, names: Iterable[str]) -> list[str]:
    """Take permissions from a user, unasked; those that they do not hold count as taken. Return what they hold now."""
    record_id = await access.permission_user_id(tx, user_id)
    if record_id is None:
        return []
    user = await records.lock(tx, PERMISSION_USER, record_id)
    taken = set(names)
    held = [name for name in user.permissions if name not in taken]
    await records.save(tx, PERMISSION_USER, user.model_copy(update={"permissions": held}))
    await access.announce(tx, tenant, user_id)
    return held


async def add_user(tx: Tx, caller: Caller, user: PermissionUser) -> bytes:
    """Create a permission user with their permissions. Raises Forbidden, Invalid."""
    made = records.stamped(tx, PERMISSION_USER, user)
    await _check_new(tx, caller, made, made.permissions)
    document = await records.insert(tx, PERMISSION_USER, made)
    await access.announce(tx, caller.tenant, user.user_id)
    return document


async def replace_user(tx: Tx, caller: Caller, key: UserKey, user: PermissionUser) -> bytes:
    """Replace a permission user. Raises Forbidden, Invalid, NotFound."""
    old = await locked(tx, key, f"No permissions user found with {key}")
    new = user.model_copy(update={"id": old.id})
    added = [name for name in user.permissions if name not in old.permissions or user.user_id != old.user_id]
    await _check_new(tx, caller, new, added)
    document = await records.save(tx, PERMISSION_USER, new)
    for changed in {old.user_id, user.user_id}:
        await access.announce(tx, caller.tenant, changed)
    return document


async def remove_user(tx: Tx, caller: Caller, key: UserKey) -> None:
    """Delete a permission user; the user keeps no permission. Raises NotFound."""
    old = await locked(tx, key, f"No permissions user found with {key}")
    await records.delete(tx, PERMISSION_USER, old.id or "")
    await access.announce(tx, caller.tenant, old.user_id)


async def add_permission(tx: Tx, caller: Caller, key: UserKey, name: str) -> None:
    """Give a user one more permission. Raises BadRequest, Forbidden, Invalid."""
    try:
        user = await locked(tx, key, f"User with {key} does not exist")
    except NotFound as problem:
        raise BadRequest(problem.text) from None
    if name in user.permissions:
        raise Invalid(storage_violation(f"User with {key} already has permission {name}", "userId", user.id))
    if await access.unknown_permissions(tx, [name]):
        raise BadRequest(f"Permission by name '{name}' does not exist")
    await check_grant(tx, caller, [name])
    await records.save(tx, PERMISSION_USER, user.model_copy(update={"permissions": [*user.permissions, name]}))
    await access.announce(tx, caller.tenant, user.user_id)


async def take_permission(tx: Tx, caller: Caller, key: UserKey, name: str) -> None:
    """Take a permission from a user. Raises BadRequest, NotFound."""
    user = await locked(tx, key, f"User with {key} does not exist")
    if name not in user.permissions:
        raise BadRequest(f"User with {key} does not contain {name}")
    left = [held for held in user.permissions if held != name]
    await records.save(tx, PERMISSION_USER, user.model_copy(update={"permissions": left}))
    await access.announce(tx, caller.tenant, user.user_id)


async def create_set(tx: Tx, caller: Caller, permission: Permission) -> bytes:
    """Create a permission, which is a set when it has sub-permissions. Raises BadRequest, Forbidden."""
    await check_grant(tx, caller, permission.sub_permissions)
    visible = True if permission.visible is None else permission.visible
    made = records.stamped(tx, PERMISSION, permission.model_copy(update={"visible": visible}))
    await records.insert(tx, PERMISSION, made)
    await _linked(tx, caller, made.permission_name, *made.sub_permissions)
    return await records.read(tx, PERMISSION, made.id or "")


async def replace_set(tx: Tx, caller: Caller, record_id: str, permission: Permission) -> bytes:
    """Replace a permission that people have made. Raises BadRequest, Forbidden, NotFound."""
    old = await locked_set(tx, record_id)
    if (permission.id or "") != record_id:
        raise BadRequest("Invalid id value")
    if permission.permission_name != old.permission_name:
        raise BadRequest("permission name property cannot change")
    if not old.mutable:
        raise BadRequest("cannot change an immutable permission")
    await check_grant(tx, caller, [name for name in permission.sub_permissions if name not in old.sub_permissions])
    await records.save(tx, PERMISSION, permission)
    await _linked(tx, caller, old.permission_name, *old.sub_permissions, *permission.sub_permissions)
    return await records.read(tx, PERMISSION, record_id)


async def remove_set(tx: Tx, caller: Caller, record_id: str) -> None:
    """Delete a permission that people have made, from sets and users as well. Raises BadRequest, NotFound."""
    old = await locked_set(tx, record_id)
    if not old.mutable:
        raise BadRequest("cannot delete an immutable permission")
    await access.withdraw(tx, old.permission_name)
    await records.delete(tx, PERMISSION, record_id)
    await _linked(tx, caller, *old.sub_permissions)


async def check_grant(tx: Tx, caller: Caller, names: Iterable[str]) -> None:
    """Refuse to hand out what the caller does not hold, unless they may assign that kind. Raises Forbidden.

    Sets are opened first: nobody gains by wrapping a permission. `octavo.all` comes only from who has it.
    """
    if caller.may(EVERYTHING):
        return
    lacking = [name for name in await access.expanded(tx, names) if name not in caller.permissions]
    immutable = await access.immutable_among(tx, lacking)
    for name in lacking:
        kind, needed = _kind(name, immutable=name in immutable)
        if name == EVERYTHING or not caller.may(needed):
            raise Forbidden(f"Cannot add {kind} permission {name} not owned by operating user {caller.user_id}")


async def locked(tx: Tx, key: UserKey, not_found: str) -> PermissionUser:
    """Return a permission user whom nobody else changes until this transaction ends. Raises NotFound."""
    record_id = key.value if key.field == "id" else await access.permission_user_id(tx, key.value)
    try:
        return await records.lock(tx, PERMISSION_USER, record_id or "")
    except NotFound:
        raise NotFound(not_found) from None


async def locked_set(tx: Tx, record_id: str) -> Permission:
    """Return a permission that nobody else changes until this transaction ends. Raises NotFound."""
    try:
        return await records.lock(tx, PERMISSION, record_id)
    except NotFound:
        raise NotFound(f"No permission found to match id {record_id}") from None


async def _check_new(tx: Tx, caller: Caller, user: PermissionUser, names: list[str]) -> None:
    unknown = await access.unknown_permissions(tx, names)
    if unknown:
        listed = ",".join(unknown)
        message = f"Attempting to add non-existent permissions {listed} to permission user with id {user.id}"
        raise Invalid(storage_violation(message, "permissions", user.id))
    await check_grant(tx, caller, names)


async def _linked(tx: Tx, caller: Caller, *names: str) -> None:
    await access.link_children(tx, names)
    await access.announce(tx, caller.tenant)


def _kind(name: str, *, immutable: bool) -> tuple[str, str]:
    if name.startswith("okapi."):
        return "okapi", ASSIGN_OKAPI
    return ("immutable", ASSIGN_IMMUTABLE) if immutable else ("mutable", ASSIGN_MUTABLE)
