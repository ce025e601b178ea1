"""Sending the scheduled notices that are due: the work of FOLIO's timers, one round for each kind.

Each batch is a transaction: messages go into the outbox, notices that come again get their next time, the others go.
One that cannot be dealt with is told to the log, stays as it is, and is tried again by the next run.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from octavo.rules import notice_events as events
from octavo.rules.notice_schedule import BEFORE, Step, interval_of, next_step, next_time
from octavo.services.expire import Begin
from octavo.services.messages import queue_messages
from octavo.services.notice_texts import (
    EMAIL,
    Facts,
    House,
    Letter,
    load_house,
    load_texts,
    loan_holds,
    write_letter,
)
from octavo.store import notices as store
from octavo.store import occasions
from octavo.store.notices import Due, Subject
from octavo.store.tx import Tx
from octavo_models.email import StillTrue
from octavo_models.notices import ScheduledNotice
from octavo_models.scalars import parse_instant

#: To how many people a batch writes, at most, and how many batches there are in a run.
PEOPLE: Final = 50
MOST_BATCHES: Final = 40

log = logging.getLogger("octavo.notices")


@dataclass(frozen=True)
class Round:
    """Which scheduled notices a timer sends.

    real_time: those to be sent at once, or those collected for a day and sent after it; None for both.
    many: as what several to one reader are told in one message, None where each has its own.
    """

    events: tuple[str, ...]
    real_time: bool | None = True
    many: str | None = None


_CHARGES_OF_LOST: Final = (events.AGED_FINE_CHARGED, events.AGED_FINE_ADJUSTED, events.AGED_FINE_REPLACED)

#: By the path of FOLIO's timer, without `/circulation/`.
ROUNDS: Final = {
    "loan-scheduled-notices-processing": Round((events.DUE_DATE, events.AGED_TO_LOST)),
    "due-date-not-real-time-scheduled-notices-processing": Round(
        (events.DUE_DATE, events.AGED_TO_LOST), real_time=False, many="loans"
    ),
    "request-scheduled-notices-processing": Round(tuple(sorted(events.OF_REQUESTS)), real_time=None),
    "fee-fine-scheduled-notices-processing": Round(_CHARGES_OF_LOST),
    "fee-fine-not-real-time-scheduled-notices-processing": Round(
        tuple(sorted(events.OF_CHARGES)), real_time=False, many="feeCharges"
    ),
    "overdue-fine-scheduled-notices-processing": Round(
        (events.OVERDUE_FINE_RETURNED, events.OVERDUE_FINE_RENEWED), many="feeCharges"
    ),
}


@dataclass(frozen=True)
class _Known:
    """A scheduled notice that is due, and what it is about."""

    notice: ScheduledNotice
    facts: Facts
    step: Step

    @property
    def group(self) -> tuple[str | None, ...]:
        """Return what notices have in common that are told in one message."""
        config = self.notice.notice_config
        return (self.facts["user"]["id"], config.template_id, self.notice.triggering_event, config.timing)


async def send_due(begin: Begin, which: Round) -> int:
    """Send the notices of a round that are due; return with how many something was done."""
    done, after = 0, None
    for _ in range(MOST_BATCHES):
        async with begin() as tx:
            if not await occasions.take_turn(tx):
                break
            house = await load_house(tx)
            due = await store.load_due(tx, which.events, _until(tx, which, house), after, PEOPLE, real_time=which.real_time)
            if not due:
                break
            done += await _send(tx, due, which, house)
            after = due[-1].person
    return done


def _until(tx: Tx, which: Round, house: House) -> datetime:
    """Return until when notices are due: what is collected for a day waits until the day is over."""
    if which.real_time is not False:
        return tx.now
    return datetime.combine(tx.now.astimezone(house.zone).date(), time(), house.zone)


async def _send(tx: Tx, due: list[Due], which: Round, house: House) -> int:
    notices = [notice for one in due if (notice := _read(one))]
    facts = await store.load_facts(tx, [_subject(notice) for notice in notices])
    known = [one for notice in notices if (one := _known(tx, notice, facts[notice.id or ""]))]
    going = [one for one in known if one.step is Step.SEND and one.notice.notice_config.format == EMAIL]
    letters = _letters(going, which)
    templates = await load_texts(tx, (letter.template_id for letter in letters))
    messages = (write_letter(letter, templates, house) for letter in letters)
    await queue_messages(tx, [message for message in messages if message])
    return await _settle(tx, [one for one in known if one.step is not Step.WAIT], house)


def _read(one: Due) -> ScheduledNotice | None:
    try:
        return ScheduledNotice.model_validate_json(one.document)
    except ValueError as failure:
        _report(one.id, failure)
        return None


def _report(notice_id: str, failure: Exception) -> None:
    # The failure's text may name people; its type and the id are enough to find it.
    log.error("scheduled notice %s stays as it is (%s)", notice_id, type(failure).__name__)


def _subject(notice: ScheduledNotice) -> Subject:
    user, action = notice.recipient_user_id, notice.fee_fine_action_id
    return Subject(notice.id or "", user, notice.loan_id, notice.request_id, action)


def _known(tx: Tx, notice: ScheduledNotice, facts: Facts) -> _Known | None:
    try:
        step = next_step(notice.triggering_event or "", notice.notice_config.timing, facts, tx.now)
    except Exception as failure:  # noqa: BLE001 - one notice that cannot be dealt with stops no other
        _report(notice.id or "", failure)
        return None
    return _Known(notice, facts, step)


def _letters(going: list[_Known], which: Round) -> list[Letter]:
    if which.many is None:
        return [Letter(one.notice.notice_config.template_id, [one.facts], still_true=_still_true(one)) for one in going]
    groups: defaultdict[tuple[str | None, ...], list[_Known]] = defaultdict(list)
    for one in going:
        groups[one.group].append(one)
    return [
        Letter(
            group[0].notice.notice_config.template_id,
            [one.facts for one in group],
            which.many,
            tuple(told for one in group for told in _still_true(one)),
        )
        for group in groups.values()
    ]


def _still_true(one: _Known) -> tuple[StillTrue, ...]:
    event = one.notice.triggering_event
    return (loan_holds(one.facts),) if event in (events.DUE_DATE, events.AGED_TO_LOST) else ()


async def _settle(tx: Tx, dealt_with: list[_Known], house: House) -> int:
    again = {one.notice.id or "": following for one in dealt_with if (following := _following(tx, one, house))}
    over = [one.notice.id or "" for one in dealt_with if one.notice.id not in again]
    await store.settle(tx, over, {record_id: notice.to_wire() for record_id, notice in again.items()})
    return len(dealt_with)


def _following(tx: Tx, one: _Known, house: House) -> ScheduledNotice | None:
    """Return a notice as it comes again, None where it does not."""
    every = interval_of(one.notice.notice_config.recurring_period)
    if one.step is not Step.SEND or every is None:
        return None
    ends = _ends(one) if one.notice.notice_config.timing == BEFORE else None
    at = next_time(one.notice.next_run_time, every, ends=ends, now=tx.now, zone=house.zone)
    return one.notice.model_copy(update={"next_run_time": at}) if at else None


def _ends(one: _Known) -> datetime | None:
    """Return the moment of which a notice warns."""
    facts = one.facts
    if facts.get("request"):
        of_shelf = one.notice.triggering_event == events.HOLD_EXPIRATION
        moment = facts["request"].get("holdShelfExpirationDate" if of_shelf else "requestExpirationDate")
    else:
        moment = (facts.get("loan") or {}).get("dueDate")
    return parse_instant(moment) if moment else None
