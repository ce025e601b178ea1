"""People who have registered over the web and are not users yet: kept, changed, made into users (mod-users, mod-patron)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from octavo.catalogue.patrons import STAGING_USER, USER
from octavo.errors import BadRequest, NotFound, refuse
from octavo.rules import registration as rules
from octavo.rules.staging import person_of, user_from
from octavo.store import access, records
from octavo.store import registration as store
from octavo.store.tx import Tx
from octavo_models.user import Group, StagingUser, User

NOT_STAGED = "No matching user found for update."


class Unclear(BadRequest):
    """Several users where one was asked for; `code` names the case."""

    code = "MULTIPLE_USER_WITH_EMAIL"


class UnknownRegistrant(NotFound):
    """Nobody who could be shown has registered so; `code` names the case."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


async def create_staging_user(tx: Tx, person: StagingUser) -> bytes:
    """Keep somebody who registers, under a new external id."""
    return await records.insert(tx, STAGING_USER, person.model_copy(update={"external_system_id": str(uuid4())}))


async def change_staging_user(tx: Tx, external_id: str, person: StagingUser) -> bytes | None:
    """Change somebody who has registered and return the record, None where nobody has that external id.

    What is not sent stays as it is; the e-mail address and the ids always do.
    """
    stored = await store.lock_staging_user(tx, external_id)
    if stored is None:
        return None
    return await records.save(tx, STAGING_USER, person_of(stored, person))


async def merge_or_create(tx: Tx, tenant: str, staging_id: str, user_id: str | None) -> str:
    """Make a user of somebody who has registered, or give what they registered to a user; return the user's id.

    The registration is gone afterwards. Raises NotFound, Invalid.
    """
    staged = await _lock_staged(tx, staging_id)
    home = await store.load_home_type(tx)
    if home is None:
        raise refuse("unable to find address with home as address type")
    group = await _group_for(tx, staged, user_id)
    user = await _lock_user(tx, user_id) if user_id else None
    enrolled = staged.metadata.updated_date if staged.metadata and staged.metadata.updated_date else tx.now
    made = user_from(staged, user, group_id=group.id if group else None, home_id=home, enrolled=enrolled)
    made = made.model_copy(update={"expiration_date": await _expiry(tx, made, group, enrolled), "updated_date": tx.now})
    if user is None:
        document = await records.insert(tx, USER, made.model_copy(update={"created_date": tx.now}))
    else:
        document = await records.save(tx, USER, made)
        await access.announce(tx, tenant, user_id)
    await records.delete(tx, STAGING_USER, staging_id)
    return records.id_of(document)


async def _lock_staged(tx: Tx, staging_id: str) -> StagingUser:
    try:
        return await records.lock(tx, STAGING_USER, staging_id)
    except NotFound:
        raise NotFound(f"staging user with id {staging_id} not found") from None


async def _lock_user(tx: Tx, user_id: str) -> User:
    try:
        return await records.lock(tx, USER, user_id)
    except NotFound:
        raise NotFound(f"user with id {user_id} not found") from None


async def _group_for(tx: Tx, staged: StagingUser, user_id: str | None) -> Group | None:
    """Return the group that a registration leads to; a user who is no minor stays in their own."""
    if not staged.minor and user_id:
        return None
    name = rules.MINOR_GROUP if staged.minor else rules.REMOTE_GROUP
    document = await store.load_group(tx, name)
    if document is None:
        raise refuse(f"unable to find patron group with {name} as group name")
    return Group.model_validate_json(document)


async def _expiry(tx: Tx, user: User, group: Group | None, enrolled: datetime) -> datetime | None:
    """Return when a membership ends: as long after enrolment as is usual in the user's group."""
    if group is None and user.patron_group:
        document = await store.load_group_by_id(tx, user.patron_group)
        group = Group.model_validate_json(document) if document else None
    if group is None or group.expiration_offset_in_days is None:
        return user.expiration_date
    return enrolled + timedelta(days=group.expiration_offset_in_days)


async def registration_status(tx: Tx, *, email: str | None = None, external_id: str | None = None) -> bytes:
    """Return the active patron with an e-mail address or an external id. Raises Unclear, UnknownRegistrant."""
    found = await store.patrons_by(tx, email=email, external_id=external_id)
    if not found:
        raise UnknownRegistrant("USER_NOT_FOUND", "User does not exist")
    if len(found) > 1:
        raise Unclear("Multiple users found with the same email")
    user: dict[str, Any] = orjson.loads(found[0])
    if user.get("active") is not True:
        raise UnknownRegistrant("USER_ACCOUNT_INACTIVE", "User account is not active")
    return found[0]
