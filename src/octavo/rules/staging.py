"""What becomes of somebody who has registered over the web: a changed registration, a user (mod-users)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from octavo.rules.registration import BY_EMAIL, PATRON, with_home
from octavo_models.user import Personal, StagingUser, User

_FIXED = ("id", "externalSystemId", "metadata")


def person_of(stored: bytes, sent: StagingUser) -> StagingUser:
    """Return a registration with what was sent put over it; ids and e-mail address stay, as does what is absent."""
    before: dict[str, Any] = orjson.loads(stored)
    after = _merged(before, orjson.loads(sent.model_dump_json(by_alias=True, exclude_none=True, exclude_unset=True)))
    after["contactInfo"]["email"] = before["contactInfo"]["email"]
    if not after.get("preferredEmailCommunication"):
        after["preferredEmailCommunication"] = before.get("preferredEmailCommunication", [])
    return StagingUser.from_wire({**after, **{name: before[name] for name in _FIXED if name in before}})


def _merged(before: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Put one JSON object over another, object by object."""
    merged = dict(before)
    for name, value in over.items():
        inner = merged.get(name)
        merged[name] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def user_from(
    staged: StagingUser, before: User | None, *, group_id: str | None, home_id: str, enrolled: datetime
) -> User:
    """Return the user that a registration makes, or what it makes of a user. Without a group theirs stays."""
    user = before or User(type=PATRON, enrollment_date=enrolled)
    kept = user.personal.addresses if user.personal else []
    name, contact = staged.general_info, staged.contact_info
    personal = (user.personal or Personal(last_name=name.last_name)).model_copy(
        update={
            "first_name": name.first_name,
            "preferred_first_name": name.preferred_first_name,
            "middle_name": name.middle_name,
            "last_name": name.last_name,
            "email": contact.email,
            "phone": contact.phone,
            "mobile_phone": contact.mobile_phone,
            "preferred_contact_type_id": BY_EMAIL,
            "addresses": with_home(kept, staged.address_info, home_id) if staged.address_info else kept,
        }
    )
    return user.model_copy(
        update={
            "active": True,
            "external_system_id": staged.external_system_id,
            "patron_group": group_id or user.patron_group,
            "personal": personal,
            "preferred_email_communication": staged.preferred_email_communication,
        }
    )
