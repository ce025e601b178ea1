"""Who may do what: permissions, sets of permissions, and the users they are given to."""

from typing import ClassVar

from pydantic import Field

from octavo_models.record import Endpoint, Record
from octavo_models.scalars import Flag, Text, Uuid


class Permission(Record):
    """A permission, or a set of them when it has `sub_permissions`.

    Those that the server defines itself are not `mutable`.
    """

    read_only: ClassVar[frozenset[str]] = frozenset({"childOf", "grantedTo", "dummy", "mutable"})

    permission_name: Text
    display_name: Text | None = None
    description: Text | None = None
    tags: list[Text] = Field(default_factory=list)
    sub_permissions: list[Text] = Field(default_factory=list)
    child_of: list[Text] = Field(default_factory=list)
    granted_to: list[Text] = Field(default_factory=list)
    mutable: Flag = True
    visible: Flag | None = None
    dummy: Flag = False
    deprecated: Flag = False
    module_name: Text | None = None
    module_version: Text | None = None


class PermissionUser(Record):
    """The permissions given to a user, by name."""

    user_id: Uuid
    permissions: list[Text] = Field(default_factory=list)


PERMISSIONS = Endpoint(Permission, "/perms/permissions", many="permissions")
PERMISSION_USERS = Endpoint(PermissionUser, "/perms/users", many="permissionUsers")
