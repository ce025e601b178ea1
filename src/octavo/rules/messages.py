"""What becomes of a message: whether it is still worth sending, when it is tried again, when it is given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

#: How long a message is worth sending: a mail server that comes back after a month sends no old news.
WORTH_SENDING: Final = timedelta(days=3)
#: How long one who has taken a message may take to send it; then somebody else tries.
LEASE: Final = timedelta(minutes=15)
#: How long to wait after each failure; after the last one the message is given up.
_PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))


@dataclass(frozen=True)
class Standing:
    """What is known about a message when it is to be sent.

    recipient_known, recipient_active: of the user it goes to; both true where it goes to somebody who is no user (yet).
    loans_hold, requests_hold: whether everything that it tells is still so.
    """

    expires: datetime | None = None
    recipient_known: bool = True
    recipient_active: bool = True
    loans_hold: bool = True
    requests_hold: bool = True


def why_drop(standing: Standing, now: datetime) -> str | None:
    """Return why a message is not worth sending any more, None where it is."""
    reasons = (
        (standing.expires is not None and standing.expires <= now, "too old"),
        (not standing.recipient_known, "the recipient is gone"),
        (not standing.recipient_active, "the recipient is inactive"),
        (not standing.loans_hold, "the loan has changed"),
        (not standing.requests_hold, "the request is closed"),
    )
    return next((reason for applies, reason in reasons if applies), None)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts, None to give up."""
    return now + _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else None
