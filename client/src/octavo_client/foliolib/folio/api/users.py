"""Users, and what they refer to."""
# ruff: noqa: N802, N803 - the names are foliolib's

from pathlib import Path
from typing import Any

from octavo_client.calls import path_of
from octavo_client.foliolib.folio import FolioApi, Route

_PICTURES = "/users/profile-picture"


class Users(FolioApi):
    """Users, their profile pictures, and how those are kept.

    Octavo has users and their expiration; it has no profile pictures and sends no outbox, and answers 404 there.
    """

    get_users = Route("GET", "/users", query=True)
    set_user = Route("POST", "/users", "user")
    delete_users = Route("DELETE", "/users")
    get_user = Route("GET", "/users/{userId}")
    modify_user = Route("PUT", "/users/{userId}", "user")
    delete_user = Route("DELETE", "/users/{userId}")
    set_timer = Route("POST", "/users/expire/timer")
    set_process = Route("POST", "/users/outbox/process")
    get_profilePicture = Route("GET", f"{_PICTURES}/{{profileId}}")  # noqa: N815 - as above
    delete_profilePicture = Route("DELETE", f"{_PICTURES}/{{profileId}}")  # noqa: N815 - as above
    set_cleanup = Route("POST", f"{_PICTURES}/cleanup")
    get_entries = Route("GET", "/users/configurations/entry")
    modify_entry = Route("PUT", "/users/configurations/entry/{configId}", "entry")

    def upload_profilePicture(self, filePath: str) -> Any:
        """POST /users/profile-picture, with what is in a file."""
        return self._send_file("POST", _PICTURES, filePath)

    def modify_profilePicture(self, profileId: str, filePath: str) -> Any:
        """PUT /users/profile-picture/{profileId}, with what is in a file."""
        return self._send_file("PUT", path_of(_PICTURES, profileId), filePath)

    def _send_file(self, method: str, path: str, name: str) -> Any:
        file = Path(name)
        disposition = f"attachment; filename={file.name}"
        headers = {"Content-Type": "application/octet-stream", "Content-Disposition": disposition}
        return self.call(method, path, file.read_bytes(), headers=headers)


class Groups(FolioApi):
    """Patron groups."""

    get_groups = Route("GET", "/groups", query=True)
    set_group = Route("POST", "/groups", "group")
    get_group = Route("GET", "/groups/{groupId}")
    modify_group = Route("PUT", "/groups/{groupId}", "group")
    delete_group = Route("DELETE", "/groups/{groupId}")


class AddressTypes(FolioApi):
    """Types of addresses."""

    get_addresstypes = Route("GET", "/addresstypes", query=True)
    set_addresstype = Route("POST", "/addresstypes", "addresstype")
    get_addresstype = Route("GET", "/addresstypes/{addresstypeId}")
    modify_addresstype = Route("PUT", "/addresstypes/{addresstypeId}", "addresstype")
    delete_addresstype = Route("DELETE", "/addresstypes/{addresstypeId}")


class Departments(FolioApi):
    """Departments."""

    get_departments = Route("GET", "/departments", query=True)
    set_department = Route("POST", "/departments", "department")
    get_department = Route("GET", "/departments/{departmentId}")
    modify_department = Route("PUT", "/departments/{departmentId}", "department")
    delete_department = Route("DELETE", "/departments/{departmentId}")


class ProxiesFor(FolioApi):
    """Users who may act for others."""

    get_proxiesfors = Route("GET", "/proxiesfor", query=True)
    set_proxiesfor = Route("POST", "/proxiesfor", "proxiesfor")
    get_proxiesfor = Route("GET", "/proxiesfor/{proxiesforId}")
    modify_proxiesfor = Route("PUT", "/proxiesfor/{proxiesforId}", "proxiesfor")
    delete_proxiesfor = Route("DELETE", "/proxiesfor/{proxiesforId}")
