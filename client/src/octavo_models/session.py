"""What happened at a desk: patron action sessions and check-ins."""

from typing import Literal

from octavo_models.record import Endpoint, Record
from octavo_models.scalars import Instant, Natural, Text, Uuid

ActionType = Literal["Check-out", "Check-in"]


class PatronActionSession(Record):
    """One loan that a patron took out or brought back during a visit to the desk.

    All sessions of one visit share `session_id`.
    """

    session_id: Uuid | None = None
    patron_id: Uuid
    loan_id: Uuid
    action_type: ActionType


class CheckIn(Record):
    """An item passed over the desk at a service point; never changed afterwards."""

    occurred_date_time: Instant
    item_id: Uuid
    item_status_prior_to_check_in: Text | None = None
    request_queue_size: Natural | None = None
    item_location_id: Uuid | None = None
    service_point_id: Uuid
    performed_by_user_id: Uuid


PATRON_ACTION_SESSIONS = Endpoint(
    PatronActionSession, "/patron-action-session-storage/patron-action-sessions", many="patronActionSessions"
)
CHECK_INS = Endpoint(CheckIn, "/check-in-storage/check-ins", many="checkIns")
