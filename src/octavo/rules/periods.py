"""Lengths of time in policies: adding them to an instant, and comparing them."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from octavo_models.policies import FeePeriod, Period

_EXACT = {"Minutes": timedelta(minutes=1), "Hours": timedelta(hours=1)}
_DAYS = {"Days": 1, "Weeks": 7}
_MINUTES = {"Minutes": 1, "Hours": 60, "Days": 1440, "Weeks": 10_080, "Months": 44_640, "Years": 525_600}
_COUNTABLE = {*_EXACT, *_DAYS, "Months"}
SHORT_TERM = frozenset(_EXACT)


class PeriodFault(StrEnum):
    """Why a period cannot be added to an instant."""

    MISSING = "missing"
    INTERVAL = "interval"
    DURATION = "duration"


class BadPeriod(ValueError):  # noqa: N818 - caught and told in the words of the policy it stands in
    """A period that cannot be added; `shown` is the value at fault."""

    def __init__(self, fault: PeriodFault, shown: str = "") -> None:
        super().__init__(fault, shown)
        self.fault = fault
        self.shown = shown


def later(start: datetime, period: Period | None, zone: ZoneInfo) -> datetime:
    """Return the instant one period after another, in UTC. Raises BadPeriod.

    Minutes and hours are exact. Days, weeks and months are counted on the calendar of the zone, so that a
    loan of three weeks ends at the same time of day although the clocks change; the 31st becomes the last
    day of a shorter month.
    """
    if period is None:
        raise BadPeriod(PeriodFault.MISSING)
    if period.interval_id not in _COUNTABLE:
        raise BadPeriod(PeriodFault.INTERVAL, period.interval_id)
    if period.duration <= 0:
        raise BadPeriod(PeriodFault.DURATION, str(period.duration))
    try:
        return _add(start, period.duration, period.interval_id, zone)
    except (OverflowError, ValueError):
        raise BadPeriod(PeriodFault.DURATION, str(period.duration)) from None


def earlier(end: datetime, period: Period, zone: ZoneInfo) -> datetime:
    """Return the instant one period before another, in UTC; counted as by `later`. Raises BadPeriod."""
    if period.interval_id not in _COUNTABLE:
        raise BadPeriod(PeriodFault.INTERVAL, period.interval_id)
    try:
        return _add(end, -period.duration, period.interval_id, zone)
    except (OverflowError, ValueError):
        raise BadPeriod(PeriodFault.DURATION, str(period.duration)) from None


def _add(start: datetime, duration: int, interval: str, zone: ZoneInfo) -> datetime:
    if interval in _EXACT:
        return start.astimezone(UTC) + duration * _EXACT[interval]
    local = start.astimezone(zone)
    if interval in _DAYS:
        return (local + timedelta(days=duration * _DAYS[interval])).astimezone(UTC)
    return _add_months(local, duration).astimezone(UTC)


def moved(start: datetime, duration: int, interval: str, zone: ZoneInfo) -> datetime:
    """Return an instant moved by a number of minutes to years; a negative one moves it back. In UTC."""
    return _add(start, duration * 12, "Months", zone) if interval == "Years" else _add(start, duration, interval, zone)


def _add_months(local: datetime, months: int) -> datetime:
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))


def minutes_in(period: Period | FeePeriod | None) -> int:
    """Return a period's length for comparisons; a month has 31 days, an unknown interval is a minute."""
    if period is None or period.duration is None:
        return 0
    return period.duration * _MINUTES.get(period.interval_id or "", 1)


def end_of_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return the last second of the day on which an instant falls in the zone, in UTC."""
    return end_of_date(instant.astimezone(zone).date(), zone)


def end_of_date(day: date, zone: ZoneInfo) -> datetime:
    """Return 23:59:59 of a local day, in UTC.

    Where clocks are set back over midnight that second comes twice; the later one ends the day.
    """
    return datetime.combine(day, time(23, 59, 59, fold=1), zone).astimezone(UTC)
