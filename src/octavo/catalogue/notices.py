"""Notices to be sent later (mod-circulation-storage)."""

from octavo.store.record_type import RecordType
from octavo_models.notices import SCHEDULED_NOTICES

SCHEDULED_NOTICE = RecordType(
    SCHEDULED_NOTICES,
    table="scheduled_notice",
    permission="scheduled-notice-storage.scheduled-notices",
    index=(("triggeringEvent", "nextRunTime"), "nextRunTime", "loanId", "requestId", "feeFineActionId", "recipientUserId"),
)
