"""Users and what describes them; people who have registered and wait to become users (mod-users)."""

from octavo.catalogue.patrons_checks import check_user
from octavo.errors import BadRequest, Invalid, Problem, storage_violation
from octavo.store.record_type import RecordType, Reference, Unique, Words
from octavo_models.user import ADDRESS_TYPES, DEPARTMENTS, GROUPS, PROXIES, STAGING_USERS, USERS


def _taken(field: str, message: str) -> Unique:
    return Unique((field,), says=lambda values: Invalid(storage_violation(message, field, values[field])))


def _external_id_taken(values: dict[str, str | None]) -> Problem:
    value = (values["externalSystemId"] or "").lower()
    expression = "lower(f_unaccent(jsonb ->> 'externalSystemId'::text"
    return Invalid(
        storage_violation(f"duplicate {expression} value violates unique constraint: {value}", expression, value)
    )


def _no_such_group(group_id: str) -> Problem:
    return BadRequest(f"Cannot add {group_id}. Patron group not found")


def _department_taken(values: dict[str, str | None]) -> Problem:
    field, value = next(iter(values.items()))
    message = "Department with this {} already exists"
    return Invalid(storage_violation(message.format(field), field, value))


def _proxy_exists(values: dict[str, str | None]) -> Problem:
    return Invalid(storage_violation("Proxy relationship already exists", "proxyFor", values["proxyUserId"]))


USER = RecordType(
    USERS,
    table="users",
    event="users.users",
    permission="users",
    index=(
        "personal.email",
        "personal.lastName",
        "personal.firstName",
        "type",
        ("active", "expirationDate"),
        ("patronGroup", "active"),
    ),
    unique=(
        _taken("username", "User with this username already exists"),
        _taken("barcode", "This barcode has already been taken"),
        Unique(("externalSystemId",), says=_external_id_taken),
    ),
    references=(Reference("patronGroup", "groups", alias="patronGroup", says=_no_such_group),),
    fulltext=(
        "username",
        "barcode",
        "externalSystemId",
        "personal.firstName",
        "personal.lastName",
        "personal.email",
    ),
    words=(
        Words(
            "keywords",
            (
                "username",
                "personal.firstName",
                "personal.preferredFirstName",
                "personal.middleName",
                "personal.lastName",
                "personal.email",
                "barcode",
                "id",
                "externalSystemId",
                "customFields",
            ),
        ),
    ),
    result_info=True,
    check=check_user,
)

GROUP = RecordType(
    GROUPS, table="groups", event="users.userGroup", permission="usergroups", unique=(Unique(("group",)),)
)

ADDRESS_TYPE = RecordType(
    ADDRESS_TYPES, table="addresstype", permission="addresstypes", unique=(Unique(("addressType",)),)
)

DEPARTMENT = RecordType(
    DEPARTMENTS,
    table="departments",
    permission="departments",
    unique=(Unique(("name",), says=_department_taken), Unique(("code",), says=_department_taken)),
)

PROXY = RecordType(
    PROXIES,
    table="proxyfor",
    permission="proxiesfor",
    index=("proxyUserId",),
    unique=(Unique(("userId", "proxyUserId"), says=_proxy_exists),),
)

STAGING_USER = RecordType(
    STAGING_USERS,
    table="staging_users",
    permission="staging-users",
    index=("contactInfo.email",),
    unique=(Unique(("externalSystemId",)),),
)
