"""Whether a patron is active."""

from datetime import datetime
from enum import StrEnum


class PatronStatus(StrEnum):
    """What is known of a patron's standing."""

    ACTIVE = "active"
    INACTIVE = "inactive or expired"
    UNKNOWN = "unknown"


def patron_status(active: bool | None, expires: datetime | None, now: datetime) -> PatronStatus:  # noqa: FBT001 - the field of the user record
    """Return the standing of a user with this `active` flag and `expirationDate`."""
    if active is None:
        return PatronStatus.UNKNOWN
    expired = expires is not None and expires < now
    return PatronStatus.ACTIVE if active and not expired else PatronStatus.INACTIVE
