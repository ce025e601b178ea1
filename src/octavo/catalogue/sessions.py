"""Patron action sessions and check-ins (mod-circulation-storage)."""

from octavo.store.record_type import RecordType
from octavo_models.session import CHECK_INS, PATRON_ACTION_SESSIONS

PATRON_ACTION_SESSION = RecordType(
    PATRON_ACTION_SESSIONS,
    table="patron_action_session",
    permission="circulation-storage.patron-action-sessions",
    index=(("patronId", "actionType"), "sessionId"),
)

CHECK_IN = RecordType(
    CHECK_INS,
    table="check_in",
    event="circulation.check-in",
    with_metadata=False,
    permission="check-in-storage.check-ins",
    index=("itemId", "occurredDateTime"),
)
