"""Slips of requests that were printed (mod-circulation-storage)."""

from octavo.store.record_type import RecordType
from octavo_models.print_events import PRINT_EVENTS

PRINT_EVENT = RecordType(
    PRINT_EVENTS,
    table="print_events",
    permission="print-events-storage.print-events",
    index=(("requestId", "printEventDate"), "printEventDate"),
)
