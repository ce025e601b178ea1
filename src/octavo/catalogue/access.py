"""Permissions and the users who have them (mod-permissions)."""

from octavo.errors import BadRequest, Problem
from octavo.store.record_type import RecordType, Unique
from octavo_models.access import PERMISSION_USERS, PERMISSIONS


def _permission_exists(values: dict[str, str | None]) -> Problem:
    return BadRequest(f"Permission with name {values['permissionName']} already exists")


PERMISSION = RecordType(
    PERMISSIONS,
    table="permissions",
    permission="perms.permissions",
    unique=(Unique(("permissionName",), says=_permission_exists),),
)

PERMISSION_USER = RecordType(
    PERMISSION_USERS,
    table="permissions_users",
    permission="perms.users",
    unique=(Unique(("userId",)),),
)
