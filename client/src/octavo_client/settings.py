"""How a library has set itself up: settings, slips, calendars; and what a scheduler calls once in a while."""

from collections.abc import Sequence
from datetime import date

from octavo_client import calls
from octavo_client.calls import Call, Query, path_of
from octavo_client.collection import Clearable, Collection, Records, clearable, records
from octavo_client.notices import Messages, Templates
from octavo_client.operations import Api, S, operation
from octavo_models.calendar import CALENDARS, Calendar, DailyOpenings, DayOpenings, SurroundingOpenings
from octavo_models.locale import Locale
from octavo_models.notices import SCHEDULED_NOTICES, ScheduledNotice
from octavo_models.record import Endpoint
from octavo_models.scheduler import TIMER_DESCRIPTORS
from octavo_models.settings import (
    SETTINGS_ENTRIES,
    STAFF_SLIPS,
    TLR_FEATURE_TOGGLE_JOBS,
    CirculationSetting,
    SettingsEntry,
)

_CIRCULATION_SETTINGS = Endpoint(CirculationSetting, "/circulation/settings", many="circulationSettings")


class SettingsEntries(Records[S, SettingsEntry]):
    """Settings of any application, for all users or for one (FOLIO mod-settings)."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, SETTINGS_ENTRIES)

    @operation
    def create(self, entry: SettingsEntry) -> Call[None]:
        """Store a new setting; it has its id from the caller, so nothing is returned."""
        return Call("POST", SETTINGS_ENTRIES.path, calls.nothing, body=entry)


class ScheduledNotices(Clearable[S, ScheduledNotice]):
    """Notices that are to be sent."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, SCHEDULED_NOTICES)

    @operation
    def delete_matching(self, query: str) -> Call[None]:
        """Delete the notices that match a CQL query; an empty one is refused with ValueError."""
        if not query.strip():
            raise ValueError("an empty query would delete every notice: call delete_all")
        return Call("DELETE", SCHEDULED_NOTICES.path, calls.nothing, {"query": query})


class Calendars(Collection[S, Calendar]):
    """When service points are open."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, CALENDARS)

    @operation
    def delete_several(self, calendar_ids: Sequence[str]) -> Call[None]:
        """Delete calendars, all of these or none."""
        return Call("DELETE", CALENDARS.path, calls.nothing, {"id": calendar_ids})

    @operation
    def around(self, service_point_id: str, day: date) -> Call[list[DayOpenings]]:
        """Return the open day before a day, the day itself, and the open day after it."""
        path = path_of("/calendar/dates", service_point_id, "surrounding-openings")
        read = calls.part(SurroundingOpenings, lambda answer: answer.openings)
        return Call("GET", path, read, {"date": day.isoformat()})

    @operation
    def daily(
        self, service_point_id: str, first: date, last: date, *, include_closed: bool = False, limit: int = 366
    ) -> Call[list[DayOpenings]]:
        """Return when a service point is open on each day of a range, both ends included."""
        path = path_of("/calendar/dates", service_point_id, "all-openings")
        query: Query = {
            "startDate": first.isoformat(), "endDate": last.isoformat(), "includeClosed": include_closed, "limit": limit
        }  # fmt: skip
        return Call("GET", path, calls.part(DailyOpenings, lambda answer: answer.dates), query)


class LibrarySettings(Api[S]):
    """Settings: of `circulation` (such as TLR), `entries` of any application, `staff_slips`, the locale."""

    circulation = records(_CIRCULATION_SETTINGS)
    staff_slips = clearable(STAFF_SLIPS)
    tlr_jobs = records(TLR_FEATURE_TOGGLE_JOBS)

    @property
    def entries(self) -> SettingsEntries[S]:
        """Return the settings of any application."""
        return SettingsEntries(self._sender)

    @property
    def scheduled_notices(self) -> ScheduledNotices[S]:
        """Return the notices that are to be sent."""
        return ScheduledNotices(self._sender)

    @property
    def templates(self) -> Templates[S]:
        """Return the templates of messages."""
        return Templates(self._sender)

    @property
    def messages(self) -> Messages[S]:
        """Return the messages to patrons."""
        return Messages(self._sender)

    @operation
    def start_tlr_job(self) -> Call[None]:
        """Make the queues anew after title level requests were switched on or off."""
        return Call("POST", "/tlr-feature-toggle-job/start", calls.nothing)

    @operation
    def locale(self) -> Call[Locale]:
        """Return the tenant's language, time zone and currency."""
        return Call("GET", "/locale", calls.model(Locale))

    @operation
    def set_locale(self, locale: Locale) -> Call[None]:
        """Set the tenant's language, time zone and currency."""
        return Call("PUT", "/locale", calls.nothing, body=locale)


class Timers(Api[S]):
    """What a scheduler calls once in a while; each does what is due and may be called at any time.

    `periods` say how often a tenant's own timers run.
    """

    periods = records(TIMER_DESCRIPTORS)

    @operation
    def expire_requests(self) -> Call[None]:
        """Close the requests that have waited too long."""
        return _timer("/scheduled-request-expiration")

    @operation
    def expire_users(self) -> Call[None]:
        """Make users whose membership is over inactive."""
        return _timer("/users/expire/timer")

    @operation
    def expire_sessions(self) -> Call[None]:
        """End the visits to the desk that nobody has ended."""
        return _timer("/circulation/notice-session-expiration-by-timeout")

    @operation
    def expire_actual_costs(self) -> Call[None]:
        """Let undecided actual cost records expire."""
        return _timer("/circulation/actual-cost-expiration-by-timeout")

    @operation
    def age_to_lost(self) -> Call[None]:
        """Give up items that are overdue for too long."""
        return _timer("/circulation/scheduled-age-to-lost")

    @operation
    def bill_aged_to_lost(self) -> Call[None]:
        """Bill the patrons of items given up."""
        return _timer("/circulation/scheduled-age-to-lost-fee-charging")

    @operation
    def anonymize_loans(self) -> Call[None]:
        """Anonymise closed loans as the setting loan_history says."""
        return _timer("/circulation/scheduled-anonymize-processing")

    @operation
    def anonymize_requests(self) -> Call[None]:
        """Anonymise closed requests as the setting requestAnonymization says."""
        return _timer("/circulation/scheduled-request-anonymize-processing")

    @operation
    def send_loan_notices(self) -> Call[None]:
        """Send the notices about due dates and lost items that are due."""
        return _timer("/circulation/loan-scheduled-notices-processing")

    @operation
    def send_daily_loan_notices(self) -> Call[None]:
        """Send the notices about due dates that were collected for a day."""
        return _timer("/circulation/due-date-not-real-time-scheduled-notices-processing")

    @operation
    def send_request_notices(self) -> Call[None]:
        """Send the notices about the end of requests that are due."""
        return _timer("/circulation/request-scheduled-notices-processing")

    @operation
    def send_fine_notices(self) -> Call[None]:
        """Send the notices about overdue fines that are due."""
        return _timer("/circulation/overdue-fine-scheduled-notices-processing")

    @operation
    def send_fee_notices(self) -> Call[None]:
        """Send the notices about charges for lost items that are due."""
        return _timer("/circulation/fee-fine-scheduled-notices-processing")

    @operation
    def send_daily_fee_notices(self) -> Call[None]:
        """Send the notices about charges that were collected for a day."""
        return _timer("/circulation/fee-fine-not-real-time-scheduled-notices-processing")

    @operation
    def send_reminders(self) -> Call[None]:
        """Send the reminders that cost money, and charge for them."""
        return _timer("/circulation/scheduled-digital-reminders-processing")


def _timer(path: str) -> Call[None]:
    return Call("POST", path, calls.nothing)
