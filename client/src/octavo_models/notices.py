"""Notices that are to be sent to patrons at a later time."""

from typing import Literal

from octavo_models.policies import Period
from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Instant, Uuid

#: What a notice is scheduled for.
TriggeringEvent = Literal[
    "Hold expiration",
    "Request expiration",
    "Title level request expiration",
    "Due date",
    "Due date - with reminder fee",
    "Overdue fine returned",
    "Overdue fine renewed",
    "Aged to lost",
    "Aged to lost - fine charged",
    "Aged to lost & item returned - fine adjusted",
    "Aged to lost & item replaced - fine adjusted",
]


class NoticeConfig(Part):
    """When, how often and in which form a notice is sent."""

    timing: Literal["Upon At", "Before", "After"]
    recurring_period: Period | None = None
    template_id: Uuid
    format: Literal["Email", "SMS", "Print"]
    send_in_real_time: Flag | None = None


class ScheduledNotice(Record):
    """A notice about a loan, a request or a charge, and when it is to be sent next."""

    loan_id: Uuid | None = None
    request_id: Uuid | None = None
    fee_fine_action_id: Uuid | None = None
    recipient_user_id: Uuid | None = None
    session_id: Uuid | None = None
    next_run_time: Instant
    triggering_event: TriggeringEvent | None = None
    notice_config: NoticeConfig


SCHEDULED_NOTICES = Endpoint(
    ScheduledNotice, "/scheduled-notice-storage/scheduled-notices", many="scheduledNotices"
)
