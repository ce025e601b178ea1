"""What an overdue item costs: change the rule of overdue fines here (FOLIO mod-circulation).

An amount for each interval begun, from the due date to the return, seconds left out on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from octavo.rules.calendar import every_day
from octavo.rules.money import ZERO, rounded
from octavo.rules.opening_hours import Openings, Timetable
from octavo.rules.periods import minutes_in
from octavo_models.calendar import Calendar
from octavo_models.policies import Fine, OverdueFinePolicy, Period

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
#: The length of a fine's interval in minutes; a month has 31 days.
INTERVAL_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 44_640, "year": 525_600}


@dataclass(frozen=True)
class Overdue:
    """A loan that is due, and when it ended. recalled: a recall had moved the due date."""

    due: datetime
    ended: datetime
    recalled: bool = False
    grace: Period | None = None


@dataclass(frozen=True)
class OpeningTimes:
    """When the service point that serves the item's location is open; without a calendar it never is."""

    calendars: Sequence[Calendar]
    zone: ZoneInfo

    def minutes(self, start: datetime, end: datetime) -> int:
        """Return how many minutes it is open between two instants."""
        if not self.calendars:
            return 0
        first = max(min(calendar.start_date for calendar in self.calendars), (start - _DAY).date())
        last = min(max(calendar.end_date for calendar in self.calendars), end.date())
        open_days = (day for day in every_day(self.calendars, first, last) if day.open)
        tables = (Timetable.of(Openings(day, day, day), self.zone) for day in open_days)
        spans = (span for table in tables for span in table.spans)
        return sum((max(min(end, span.end) - max(start, span.start), timedelta()) for span in spans), timedelta()) // _MINUTE


def overdue_fine(policy: OverdueFinePolicy, overdue: Overdue, open_at: OpeningTimes) -> Decimal:
    """Return the fine, zero where there is none. Without quantity, interval and maximum a policy fines nobody."""
    fine, most = _terms(policy, recalled=overdue.recalled)
    if fine is None or most is None or fine.quantity is None or fine.interval_id is None:
        return ZERO
    intervals = -(-overdue_minutes(policy, overdue, open_at) // INTERVAL_MINUTES[fine.interval_id])
    amount = rounded(fine.quantity * intervals)
    return min(amount, rounded(most)) if most > 0 else amount


def may_fine(policy: OverdueFinePolicy) -> bool:
    """Tell whether a policy fines anybody at all."""
    return any((fine.quantity or 0) > 0 for fine in (policy.overdue_fine, policy.overdue_recall_fine) if fine)


def overdue_minutes(policy: OverdueFinePolicy, overdue: Overdue, open_at: OpeningTimes) -> int:
    """Return the minutes that count: none within the grace period, all of them after it."""
    start, end = (instant.replace(second=0, microsecond=0) for instant in (overdue.due, overdue.ended))
    if end <= start:
        return 0
    minutes = (end - start) // _MINUTE if policy.count_closed else open_at.minutes(start, end)
    graceless = overdue.recalled and policy.grace_period_recall is not False
    return minutes if graceless or minutes > minutes_in(overdue.grace) else 0


def _terms(policy: OverdueFinePolicy, *, recalled: bool) -> tuple[Fine | None, Decimal | None]:
    if recalled:
        return policy.overdue_recall_fine, policy.max_overdue_recall_fine
    return policy.overdue_fine, policy.max_overdue_fine
