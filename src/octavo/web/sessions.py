"""Patron action sessions and check-ins (mod-circulation-storage; seed 000)."""

import re
from datetime import UTC, datetime

from octavo.catalogue.sessions import CHECK_IN, PATRON_ACTION_SESSION
from octavo.errors import BadRequest, Invalid, storage_violation
from octavo.http.call import Call, Reply, ok
from octavo.http.parameters import check_language, read_int
from octavo.http.routes import Route
from octavo.store.sessions import load_expired_sessions
from octavo.web.records import record_routes
from octavo_models.answers import ExpiredSession, ExpiredSessions
from octavo_models.scalars import parse_instant

_LIMIT = "session_inactivity_time_limit"
_ACTIONS = ("Check-out", "Check-in")
# Between date and time, as the documentation of FOLIO's clients writes it.
_BLANK = re.compile(r"(?<=^\d{4}-\d\d-\d\d) ", re.ASCII)


async def get_expired_sessions(call: Call) -> Reply:
    """List the patrons who have done nothing at the desk since an instant, the longest gone first."""
    check_language(call.query)
    before = _instant(call.query.get(_LIMIT))
    action = call.query.get("action_type", "").strip() or None
    if action is not None and action not in _ACTIONS:
        raise Invalid(storage_violation("Invalid action type value", "action_type", action))
    limit = read_int(call.query, "limit", 10)
    async with call.read() as tx:
        found = await load_expired_sessions(tx, before, action, limit)
    expired = [ExpiredSession.from_wire({"patronId": one.patron_id, "actionType": one.action_type}) for one in found]
    return ok(ExpiredSessions(expired_sessions=expired).to_wire())


def _instant(text: str | None) -> datetime:
    if text is None:
        raise BadRequest(
            "\n 'sessionInactivityTimeLimit' parameter is incorrect. parameter value {null} is not valid: must not be null"
        )
    try:
        return parse_instant(_BLANK.sub("T", text, count=1)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(storage_violation("Date cannot be parsed", _LIMIT, text[:100])) from None


ROUTES: tuple[Route, ...] = (
    *record_routes(PATRON_ACTION_SESSION),
    Route("GET", "/patron-action-session-storage/expired-session-patron-ids",
          "patron-action-session-storage.expired-session-patron-ids.collection.get", get_expired_sessions,
          "List patrons whose visit to the desk is over", 1, answer=ExpiredSessions,
          query=("action_type", _LIMIT, "limit", "lang"), errors=(400, 422)),
    *record_routes(CHECK_IN, only=("list", "create", "read")),
)  # fmt: skip
