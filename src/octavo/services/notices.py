"""Telling patrons what has happened, and planning what they are told later: the work of a timer.

Each batch is a transaction that takes occasions, puts messages into the outbox and schedules notices. Whatever stops
it in the middle, nothing is told twice and nothing is lost. One occasion that cannot be dealt with stops no other.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from octavo.catalogue.notices import SCHEDULED_NOTICE
from octavo.rules import notice_events as events
from octavo.rules.notice_schedule import AFTER, Notice, Plan, at_once, plans, recurrence, still_to_be_told, timing
from octavo.rules.reminders import reminder_after, reminder_time, reminders_of
from octavo.services.expire import Begin
from octavo.services.messages import queue_messages
from octavo.services.notice_texts import (
    EMAIL,
    Facts,
    House,
    Letter,
    load_house,
    load_policies,
    load_texts,
    loan_holds,
    request_holds,
    write_letter,
)
from octavo.store import notices as store
from octavo.store import occasions as occasions_store
from octavo.store import records
from octavo.store.notices import Subject
from octavo.store.occasions import Occasion, Waiting
from octavo.store.tx import Tx
from octavo_models.email import StillTrue
from octavo_models.notices import NoticeConfig, ScheduledNotice
from octavo_models.policies import OverdueFinePolicy, PatronNoticePolicy, Period
from octavo_models.scalars import parse_instant

#: To how many people a batch writes, at most, and how many batches there are in a run.
PEOPLE: Final = 50
MOST_BATCHES: Final = 40
#: The facts of how many occasions are held at once: each has some ten kilobytes, and others wait while they are read.
_FACTS_AT_ONCE: Final = 50
#: After how long an occasion that could not be dealt with is tried again, and how often.
_PAUSE: Final = timedelta(hours=1)
_ATTEMPTS: Final = 5

_PLANNED_ANEW: Final = (events.DUE_DATE, events.REMINDER, *sorted(events.OF_REQUESTS))

log = logging.getLogger("octavo.notices")


@dataclass
class _Batch:
    """What becomes of a batch of occasions."""

    letters: list[Letter] = field(default_factory=list)
    visits: defaultdict[tuple[str, str, str], list[Facts]] = field(default_factory=lambda: defaultdict(list))
    #: By what it is about, so that two occasions of one loan in one batch plan its notices once.
    planned: dict[tuple[str, str], list[ScheduledNotice]] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    def all_letters(self) -> list[Letter]:
        """Return the letters; what a visit was about is told in one."""
        visits = (Letter(template, about, many="loans") for (_, _, template), about in self.visits.items())
        return [*self.letters, *visits]


async def tell_occasions(begin: Begin) -> int:
    """Deal with what has happened since the last time; return how many occasions that was."""
    dealt_with = 0
    for _ in range(MOST_BATCHES):
        async with begin() as tx:
            waiting = await occasions_store.load_ready(tx, PEOPLE) if await occasions_store.take_turn(tx) else []
            if not waiting:
                break
            dealt_with += await _deal_with(tx, waiting)
    return dealt_with


async def _deal_with(tx: Tx, waiting: list[Waiting]) -> int:
    batch, house = _Batch(), await load_house(tx)
    for start in range(0, len(waiting), _FACTS_AT_ONCE):
        await _decide_all(tx, batch, waiting[start : start + _FACTS_AT_ONCE], house)
    await _write(tx, batch, house)
    return len(batch.done)


async def _decide_all(tx: Tx, batch: _Batch, waiting: list[Waiting], house: House) -> None:
    facts = await store.load_facts(tx, [_subject(one) for one in waiting])
    policies = await load_policies(tx, facts)
    for one in waiting:
        key = str(one.id)
        try:
            _decide(batch, one, facts[key], policies[key], house)
        except Exception as failure:  # noqa: BLE001 - one occasion that cannot be dealt with stops no other
            _failed(batch, one, failure)
        else:
            batch.done.append(one.id)


def _subject(one: Waiting) -> Subject:
    what = one.occasion
    return Subject(str(one.id), what.user_id, what.loan_id, what.request_id, what.action_id)


def _failed(batch: _Batch, one: Waiting, failure: Exception) -> None:
    # The failure's text may name people; its type and the number are enough to find it.
    log.error("occasion %d (%s) cannot be dealt with (%s)", one.id, one.occasion.event, type(failure).__name__)
    (batch.failed if one.failures + 1 < _ATTEMPTS else batch.done).append(one.id)


def _decide(batch: _Batch, one: Waiting, facts: Facts, policy: PatronNoticePolicy | None, house: House) -> None:
    what = one.occasion
    planned = [_scheduled(what, facts, plan) for plan in plans(policy, what.event, facts, one.at, house.zone)]
    planned += _first_reminder(what, facts, house)
    letters = _letters(what, facts, policy)
    batch.planned[_planning_key(one)] = planned
    for letter in letters:
        if what.event in events.OF_A_VISIT:
            batch.visits[facts["user"]["id"], what.event, letter.template_id].append(facts)
        else:
            batch.letters.append(letter)


def _planning_key(one: Waiting) -> tuple[str, str]:
    what = one.occasion
    if what.event in events.DUE_DATE_SET:
        return "due date", what.loan_id or ""
    return ("request", what.request_id) if what.request_id else ("occasion", str(one.id))


def _letters(what: Occasion, facts: Facts, policy: PatronNoticePolicy | None) -> list[Letter]:
    if not still_to_be_told(what.event, facts):
        return []
    still: tuple[StillTrue, ...] = ()
    if what.event in events.DUE_DATE_SET - events.OF_A_VISIT:
        still = (loan_holds(facts),)
    elif what.request_id and what.event != events.REQUEST_CANCELLATION:
        still = (request_holds(facts),)
    notices = at_once(policy, what.event)
    return [
        Letter(notice.template_id, [facts], still_true=still)
        for notice in notices
        if notice.format == EMAIL
    ]


def _scheduled(what: Occasion, facts: Facts, plan: Plan) -> ScheduledNotice:
    return ScheduledNotice(
        loan_id=what.loan_id,
        request_id=what.request_id,
        fee_fine_action_id=what.action_id,
        recipient_user_id=facts["user"]["id"] if facts.get("user") else None,
        next_run_time=plan.at,
        triggering_event=plan.event,
        notice_config=_config(plan.notice),
    )


def _config(notice: Notice) -> NoticeConfig:
    every = recurrence(notice)
    return NoticeConfig(
        timing=timing(notice),
        recurring_period=Period(duration=every.duration, interval_id=every.interval_id) if every else None,
        template_id=notice.template_id.lower(),
        format=notice.format,
        send_in_real_time=notice.real_time,
    )


def _first_reminder(what: Occasion, facts: Facts, house: House) -> list[ScheduledNotice]:
    """Return the first reminder that costs money, where the loan's overdue fine policy has them."""
    loan, policy = facts.get("loan"), facts.get("overdueFinePolicy")
    if what.event not in events.DUE_DATE_SET or not loan or not policy or not facts.get("user"):
        return []
    reminder = reminder_after(reminders_of(OverdueFinePolicy.from_wire(policy)), 0)
    if reminder is None or loan["status"].get("name") != "Open" or not loan.get("dueDate"):
        return []
    return [
        ScheduledNotice(
            loan_id=what.loan_id,
            recipient_user_id=facts["user"]["id"],
            next_run_time=reminder_time(reminder, parse_instant(loan["dueDate"]), house.zone),
            triggering_event=events.REMINDER,
            notice_config=NoticeConfig(
                timing=AFTER, template_id=reminder.notice_template_id, format=EMAIL, send_in_real_time=True
            ),
        )
    ]


async def _write(tx: Tx, batch: _Batch, house: House) -> None:
    letters = batch.all_letters()
    templates = await load_texts(tx, (letter.template_id for letter in letters))
    messages = (write_letter(letter, templates, house) for letter in letters)
    await queue_messages(tx, [message for message in messages if message])
    await _schedule(tx, batch.planned)
    await occasions_store.finish(tx, batch.done, batch.failed, tx.now + _PAUSE)


async def _schedule(tx: Tx, planned: dict[tuple[str, str], list[ScheduledNotice]]) -> None:
    """Put the plans in the place of those that there were for the same loans and requests."""
    about = {kind: [key for known, key in planned if known == kind] for kind in ("due date", "request")}
    if about["due date"] or about["request"]:
        await store.unschedule(tx, about["due date"], about["request"], _PLANNED_ANEW)
    await schedule(tx, [notice for notices in planned.values() for notice in notices])


async def schedule(tx: Tx, notices: Iterable[ScheduledNotice]) -> None:
    """Store new scheduled notices."""
    made = [records.stamped(tx, SCHEDULED_NOTICE, notice) for notice in notices]
    if made:
        await store.insert(tx, [(notice.id or "", notice.to_wire()) for notice in made])
