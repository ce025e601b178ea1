"""Which notices a policy sends for what has happened, and when: change what patrons are told of here (mod-circulation).

`at_once` and `planned` answer for an occasion; `next_step` for a scheduled notice that is due.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from octavo.rules import notice_events as events
from octavo.rules.periods import moved
from octavo.rules.queue import AWAITING_PICKUP, NOT_YET_FILLED, PICKUP_EXPIRED, UNFILLED
from octavo_models.policies import FeeFineNotice, LoanNotice, NoticeInterval, PatronNoticePolicy, RequestNotice
from octavo_models.scalars import parse_instant

Timing = Literal["Upon At", "Before", "After"]
AFTER: Final = "After"
BEFORE: Final = "Before"
UPON_AT: Final = "Upon At"
RECURRING: Final = "Recurring"

_GIVEN_UP: Final = frozenset({"Declared lost", "Claimed returned"})
_AGED: Final = "Aged to lost"
#: How a request ends when it has waited too long, and how it stands as long as it waits.
_ENDS: Final = {events.HOLD_EXPIRATION: (AWAITING_PICKUP, PICKUP_EXPIRED)}
_USUAL_END: Final = (NOT_YET_FILLED, UNFILLED)

Facts = dict[str, Any]
Notice = LoanNotice | RequestNotice | FeeFineNotice


@dataclass(frozen=True)
class Plan:
    """A notice to be scheduled: for which event, when first, and how often then."""

    event: str
    at: datetime
    notice: Notice


def title_policy(setting: Facts | None) -> PatronNoticePolicy:
    """Return as a policy what the setting of title level requests says of those that have no item yet."""
    wanted = {
        events.HOLD_REQUEST: "confirmationPatronNoticeTemplateId",
        events.REQUEST_CANCELLATION: "cancellationPatronNoticeTemplateId",
        events.REQUEST_EXPIRATION: "expirationPatronNoticeTemplateId",
    }
    templates = {event: (setting or {}).get(name) for event, name in wanted.items()}
    notices = [
        {"templateId": template, "format": "Email", "realTime": True, "sendOptions": {"sendHow": UPON_AT, "sendWhen": event}}
        for event, template in templates.items()
        if template
    ]
    return PatronNoticePolicy.from_wire({"name": "title level requests", "requestNotices": notices})


def at_once(policy: PatronNoticePolicy | None, event: str) -> list[Notice]:
    """Return the notices of a policy that are sent as soon as an event happens."""
    return [notice for when, notice in _options(policy) if when == event]


def planned(policy: PatronNoticePolicy | None, event: str, moment: datetime, now: datetime, zone: ZoneInfo) -> list[Plan]:
    """Return the notices of a policy about a moment; what should have been sent before `now` is sent no more.

    Of one that recurs the first time from now on counts: a loan that is years overdue when it is entered makes no
    flood of notices.
    """
    plans = (_plan(event, notice, moment, now, zone) for when, notice in _options(policy) if when == event)
    return [plan for plan in plans if plan is not None]


def _options(policy: PatronNoticePolicy | None) -> Iterator[tuple[str, Notice]]:
    if policy is None or policy.active is False:
        return
    notices: tuple[Notice, ...] = (*policy.loan_notices, *policy.request_notices, *policy.fee_fine_notices)
    for notice in notices:
        if notice.send_options is not None:
            yield notice.send_options.send_when, notice


def _plan(event: str, notice: Notice, moment: datetime, now: datetime, zone: ZoneInfo) -> Plan | None:
    options = notice.send_options
    how, by = timing(notice), options.send_by if options else None
    first = _moved(moment, by, zone, -1 if how == BEFORE else 1) if by and how != UPON_AT else moment
    every = recurrence(notice)
    if first < now and every is not None:
        first = _from_now_on(first, every, now, zone)
    if first < now or (how == BEFORE and first > moment):
        return None
    return Plan(event, first, notice)


def recurrence(notice: Notice) -> NoticeInterval | None:
    """Return how often a notice is sent again, None for one that is sent once."""
    return notice.send_options.send_every if notice.send_options and notice.frequency == RECURRING else None


def timing(notice: Notice) -> Timing:
    """Return whether a notice is sent before, at or after what it is about."""
    return (notice.send_options.send_how if notice.send_options else None) or UPON_AT


def _from_now_on(first: datetime, every: NoticeInterval, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the first time of a series that is not past."""
    length = _moved(first, every, zone, 1) - first
    skipped = max(int((now - first) / length) - 1, 0)
    at = first + skipped * length
    while at < now:
        at = _moved(at, every, zone, 1)
    return at


def _moved(start: datetime, interval: NoticeInterval, zone: ZoneInfo, direction: int) -> datetime:
    return moved(start, interval.duration * direction, interval.interval_id, zone)


class Step(Enum):
    """What to do with a scheduled notice that is due."""

    SEND = "send"
    WAIT = "wait"
    DROP = "drop"


def next_step(event: str, how: str, facts: Facts, now: datetime) -> Step:
    """Return what to do with a notice that is due, from what it is about."""
    user = facts.get("user")
    if user is None or user.get("active") is False:
        return Step.DROP
    if event in events.OF_REQUESTS:
        return _request_step(event, how, facts.get("request"))
    if event in events.OF_CHARGES:
        return _charge_step(facts)
    return Step.SEND if _loan_matters(event, how, facts, now) else Step.DROP


def _loan_matters(event: str, how: str, facts: Facts, now: datetime) -> bool:
    loan, item = facts.get("loan"), facts.get("item")
    if loan is None or item is None or loan["status"].get("name") != "Open" or not loan.get("userId"):
        return False
    status = item["status"]["name"]
    if event == events.AGED_TO_LOST:
        billed = loan.get("agedToLostDelayedBilling", {}).get("lostItemHasBeenBilled") is True
        return status == _AGED and not billed
    if event == events.DUE_DATE and (status == _AGED or (how == BEFORE and _due(loan) < now)):
        return False
    return status not in _GIVEN_UP


def _due(loan: Facts) -> datetime:
    return parse_instant(loan["dueDate"])


def _request_step(event: str, how: str, request: Facts | None) -> Step:
    """Return the step of a notice about the end of a request: at the end itself, or before it to those who still wait."""
    if request is None:
        return Step.DROP
    waits, ended = _ENDS.get(event, _USUAL_END)
    status = request["status"]
    if how == BEFORE:
        return Step.SEND if status == waits else Step.DROP
    if status == ended:
        return Step.SEND
    return Step.WAIT if status == waits else Step.DROP


def _charge_step(facts: Facts) -> Step:
    """Return the step of a notice about a charge: as long as something is to pay; what was given back in any case."""
    account, action = facts.get("account"), facts.get("action")
    if account is None or action is None or facts.get("loan") is None:
        return Step.DROP
    is_charge = action.get("typeAction") == account.get("feeFineType")
    return Step.DROP if is_charge and account["status"]["name"] == "Closed" else Step.SEND


def still_to_be_told(event: str, facts: Facts) -> bool:
    """Tell whether what has just happened is still so: nobody is told of a renewal of a loan that is over."""
    user, loan, request = facts.get("user"), facts.get("loan"), facts.get("request")
    if user is None or user.get("active") is False:
        return False
    if event in events.OF_A_VISIT:
        return loan is not None
    if event in events.DUE_DATE_SET:
        return loan is not None and loan["status"].get("name") == "Open"
    if event == events.REQUEST_CANCELLATION:
        return request is not None
    if event == events.AVAILABLE:
        return request is not None and request["status"] == AWAITING_PICKUP
    return event in events.PLACED.values() and request is not None and request["status"].startswith("Open")


def plans(policy: PatronNoticePolicy | None, event: str, facts: Facts, at: datetime, zone: ZoneInfo) -> list[Plan]:
    """Return the notices to be scheduled because of what happened at an instant, from how things stand now."""
    moments = {about: moment for about, moment in _moments(event, facts) if moment}
    made = [
        plan for about, moment in moments.items() for plan in planned(policy, about, parse_instant(moment), at, zone)
    ]
    if facts.get("request") and not facts.get("item"):
        made = [replace(plan, event=events.TITLE_REQUEST_EXPIRATION) for plan in made]
    return made


def _moments(event: str, facts: Facts) -> Iterator[tuple[str, Any]]:
    """Return what there is to plan for, and when that will be."""
    loan, request, action = (facts.get(name) or {} for name in ("loan", "request", "action"))
    if event in events.DUE_DATE_SET and loan.get("status", {}).get("name") == "Open":
        yield events.DUE_DATE, loan.get("dueDate")
    if event == events.AGED_TO_LOST:
        yield event, loan.get("agedToLostDelayedBilling", {}).get("agedToLostDate")
    if event in events.OF_CHARGES:
        yield event, action.get("dateAction")
    if request.get("status") == NOT_YET_FILLED:
        yield events.REQUEST_EXPIRATION, request.get("requestExpirationDate")
    if request.get("status") == AWAITING_PICKUP:
        yield events.HOLD_EXPIRATION, request.get("holdShelfExpirationDate")


def next_time(
    run: datetime, every: NoticeInterval, *, ends: datetime | None, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """Return when a notice that was sent is sent again, None where that would be after what it warns of (`ends`)."""
    following = _moved(run, every, zone, 1)
    if following < now:
        following = _moved(now, every, zone, 1)
    return None if ends is not None and following > ends else following


def interval_of(period: Any) -> NoticeInterval | None:
    """Return the recurrence that a scheduled notice keeps; one that cannot be counted is none."""
    if period is None:
        return None
    try:
        return NoticeInterval(duration=period.duration, interval_id=period.interval_id)
    except ValueError:
        return None

