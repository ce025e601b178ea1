"""Creating, changing and deleting users and what describes them (FOLIO mod-users)."""

from dataclasses import replace
from typing import Any

from octavo.catalogue.patrons import ADDRESS_TYPE, DEPARTMENT, GROUP, USER
from octavo.errors import BadRequest, Invalid, NotFound, storage_violation
from octavo.services.verbs import Verbs, plain, refused_as_text
from octavo.store import records
from octavo.store import users as store
from octavo.store.outbox import hold_publishing
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo.store.users import Surroundings
from octavo_models.user import Department, User

_EXTERNAL_ID = "lower(f_unaccent(jsonb ->> 'externalSystemId'::text"


async def create_user(tx: Tx, user: User) -> bytes:
    """Store a new user and return the document. Raises BadRequest, Invalid."""
    found = await _surroundings(tx, user.id, user)
    if found.missing_address_types:
        raise BadRequest("You cannot add addresses with non-existent address types")
    _check_surroundings(user, found)
    if found.stored is not None:
        raise Invalid(storage_violation("User with this id already exists", "id", user.id))
    return await records.insert(tx, USER, user.model_copy(update={"created_date": tx.now, "updated_date": tx.now}))


async def replace_user(tx: Tx, user_id: str, user: User, if_match: str | None) -> bytes:
    """Replace a user; workers that remember the old one are told. Raises BadRequest, NotFound, Conflict."""
    if user.id != user_id:
        raise BadRequest("You cannot change the value of the id field")
    found = await _surroundings(tx, user_id, user)
    if found.missing_address_types:
        raise BadRequest("All addresses types defined for users must be existing")
    _check_surroundings(user, found)
    if found.stored is None:
        raise NotFound(user_id)
    stored = User.model_validate_json(found.stored)
    made = user.model_copy(update={"created_date": stored.created_date, "updated_date": tx.now})
    try:
        document = await records.replace(tx, USER, user_id, made, if_match)
    except Invalid as refusal:
        raise _as_text(refusal) from None
    if (stored.active, stored.username) != (made.active, made.username):
        await store.announce(tx, user_id)
    return document


async def remove_user(tx: Tx, user_id: str, if_match: str | None) -> None:
    """Delete a user with their manual blocks; loans and charges stay. Raises NotFound, Conflict.

    What has been told of the user in events that are still kept is forgotten, too.
    """
    await hold_publishing(tx)
    try:
        await records.delete(tx, USER, user_id, if_match)
    except NotFound:
        raise NotFound(user_id) from None
    await store.forget(tx, [user_id])
    await store.announce(tx, user_id)


async def remove_users(tx: Tx, query: str) -> None:
    """Delete every user that a CQL query matches. Raises BadRequest."""
    if not query.strip():
        raise BadRequest("Expected CQL but query parameter is empty")
    await hold_publishing(tx)
    await store.forget(tx, await store.delete_where(tx, USER, query))
    await store.announce(tx)


async def _surroundings(tx: Tx, user_id: str | None, user: User) -> Surroundings:
    addresses = user.personal.addresses if user.personal else []
    types = [address.address_type_id for address in addresses]
    return await store.lock_with_surroundings(tx, user_id, user.patron_group, types, user.departments)


def _check_surroundings(user: User, found: Surroundings) -> None:
    if not found.group_exists:
        raise BadRequest(f"Cannot add {user.patron_group}. Patron group not found")
    for department in found.missing_departments:
        raise BadRequest(f'Key (departments)=({department}) is not present in table "departments".')


def _as_text(refusal: Invalid) -> BadRequest:
    """Return the 400 that FOLIO answers to a PUT where a POST gets 422."""
    key, value = refusal.violations[0].parameters[0]
    if key == _EXTERNAL_ID:
        return BadRequest(f"Key ({_EXTERNAL_ID})))=({value}) already exists.")
    return BadRequest(refusal.text)


async def remove_address_type(tx: Tx, address_type_id: str, if_match: str | None) -> None:
    """Delete an address type that nobody has an address of. Raises BadRequest, NotFound, Conflict."""
    if await store.address_type_is_used(tx, address_type_id):
        raise BadRequest(f"Cannot remove address type '{address_type_id}' as it is being used")
    await records.delete(tx, ADDRESS_TYPE, address_type_id, if_match)


async def create_department(tx: Tx, department: Department) -> bytes:
    """Store a new department and return the document. Raises Invalid."""
    try:
        return await records.insert(tx, DEPARTMENT, department)
    except Invalid as refusal:
        if refusal.violations[0].parameters[0][0] != "id":
            raise
        message = "Department with this id already exists"
        raise Invalid(storage_violation(message, "id", department.id)) from None


async def remove_department(tx: Tx, department_id: str, if_match: str | None) -> None:
    """Delete a department that nobody belongs to. Raises BadRequest, NotFound, Conflict."""
    if await store.department_is_used(tx, department_id):
        raise BadRequest(
            f"Cannot delete departments.id = {department_id} because id is still referenced from table users."
        )
    await records.delete(tx, DEPARTMENT, department_id, if_match)


VERBS: dict[RecordType[Any], Verbs[Any]] = {
    USER: Verbs(create_user, replace_user, remove_user, statements=4),
    GROUP: refused_as_text(GROUP),
    ADDRESS_TYPE: replace(refused_as_text(ADDRESS_TYPE), remove=remove_address_type, statements=2),
    DEPARTMENT: replace(plain(DEPARTMENT), create=create_department, remove=remove_department, statements=2),
}
