"""Users, and what they refer to."""

from octavo_client.foliolib.folio import FolioApi, Route


class Users(FolioApi):
    """Users."""

    get_users = Route("GET", "/users", query=True)
    set_user = Route("POST", "/users", "user")
    get_user = Route("GET", "/users/{userId}")
    modify_user = Route("PUT", "/users/{userId}", "user")
    delete_user = Route("DELETE", "/users/{userId}")


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
