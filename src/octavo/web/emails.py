"""Messages to people as staff see them, and forgetting the old ones (mod-email)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from octavo.catalogue.emails import EMAIL
from octavo.errors import BadRequest
from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.routes import Route
from octavo.store import messages as store
from octavo.web.records import record_routes

_STATUSES: Final = ("DELIVERED", "FAILURE")
_BAD_DATE: Final = "Invalid date value, the parameter must be in the format: yyyy-MM-dd"


async def delete_expired(call: Call) -> Reply:
    """Delete the messages of a status (delivered, by default) that are older than a day, or than a date."""
    status = (call.query.get("emailStatus") or "DELIVERED").upper()
    if status not in _STATUSES:
        raise BadRequest(f"emailStatus is one of {', '.join(_STATUSES)}")
    before = _start_of(call.query.get("expirationDate")) or call.now - timedelta(days=1)
    async with call.read() as tx:
        await store.delete_older(tx, before, status)
    return NO_CONTENT


def _start_of(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise BadRequest(_BAD_DATE) from None


ROUTES: tuple[Route, ...] = (
    *record_routes(EMAIL, only=("list",)),
    Route("DELETE", "/delayedTask/expiredMessages", "email.message.delete", delete_expired,
          "Delete the messages that were sent some time ago", 1, success=204,
          query=("expirationDate", "emailStatus"), errors=(400,)),
)  # fmt: skip
