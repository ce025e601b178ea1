"""When service points are open (mod-calendar)."""

from octavo.catalogue.calendars_checks import check_calendar
from octavo.store.record_type import RecordType
from octavo_models.calendar import CALENDARS

CALENDAR = RecordType(
    CALENDARS,
    table="calendar",
    permission="calendar.endpoint.calendars",
    not_found="calendar not found",
    check=check_calendar,
)
