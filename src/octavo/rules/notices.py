"""Which options a notice about a loan may have for the event that triggers it (mod-circulation-storage)."""

from octavo_models.policies import LoanNotice, PatronNoticePolicy

#: Events that come at a known time, so that a notice may be sent before or after them, and again.
_TIMED = frozenset({"Due date", "Aged to lost"})
_BEFORE_OR_AFTER = ("Before", "After")


def misused_option(policy: PatronNoticePolicy) -> str | None:
    """Return which choice an option does not fit: `Triggering event`, `Send` or `Frequency`; None where all fit."""
    return next((wrong for notice in policy.loan_notices if (wrong := _misused(notice))), None)


def _misused(notice: LoanNotice) -> str | None:
    options = notice.send_options
    if options is None:
        return None
    if options.send_when not in _TIMED and (options.send_how or options.send_by or options.send_every):
        return "Triggering event"
    if options.send_how not in _BEFORE_OR_AFTER and notice.frequency:
        return "Send"
    return "Frequency" if notice.frequency == "One time" and options.send_every else None
