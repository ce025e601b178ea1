"""Reminders that cost money: which comes next, when, and whether today is a day for it (FOLIO's reminder fees)."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from octavo.rules.periods import moved
from octavo_models.loan import Loan
from octavo_models.policies import OverdueFinePolicy, Reminder, ReminderFeesPolicy

_UNITS: Final = {"day": "Days", "week": "Weeks", "minute": "Minutes"}


def reminders_of(policy: OverdueFinePolicy | None) -> ReminderFeesPolicy | None:
    """Return the part of an overdue fine policy about reminders, None where it sends none."""
    found = policy.reminder_fees_policy if policy else None
    return found if found and found.reminder_schedule else None


def reminders_sent(loan: Loan) -> int:
    """Return how many reminders a loan has had since it was lent, renewed or recalled."""
    last = loan.reminders.last_fee_billed if loan.reminders else None
    return (last.number if last else None) or 0


def reminder_after(policy: ReminderFeesPolicy | None, sent: int) -> Reminder | None:
    """Return the reminder that follows so many, None where that was the last one."""
    schedule = policy.reminder_schedule if policy else []
    return schedule[sent] if sent < len(schedule) else None


def reminder_time(reminder: Reminder, start: datetime, zone: ZoneInfo) -> datetime:
    """Return when a reminder is sent: so long after the due date, or after the reminder before it."""
    return moved(start, reminder.interval, _UNITS[reminder.time_unit_id], zone)


def waits_for_open_day(policy: ReminderFeesPolicy, *, open_today: bool) -> bool:
    """Tell whether a reminder waits: where closed days do not count, none is sent on one."""
    return policy.count_closed is False and not open_today
