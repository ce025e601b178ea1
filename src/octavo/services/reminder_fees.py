"""Reminders that cost money: the charge, the message, the note on the loan, the next reminder. The work of a timer."""

from decimal import Decimal
from typing import Final

import orjson

from octavo.catalogue.notices import SCHEDULED_NOTICE
from octavo.errors import Invalid, NotFound
from octavo.rules.calendar import every_day
from octavo.rules.lost_item import CLAIMED_RETURNED, DECLARED_LOST
from octavo.rules.notice_events import REMINDER
from octavo.rules.reminders import reminder_after, reminder_time, reminders_of, reminders_sent, waits_for_open_day
from octavo.services.charges import Case, charge, load_case
from octavo.services.desk import touched
from octavo.services.expire import Begin
from octavo.services.loan_actions import Lent, lock_lent
from octavo.services.messages import queue_messages
from octavo.services.notice_texts import EMAIL, House, Letter, load_house, load_texts, loan_holds, write_letter
from octavo.services.one_by_one import one_by_one
from octavo.store import circulation, records
from octavo.store import notices as store
from octavo.store.calendars import load_assigned
from octavo.store.circulation import Changes
from octavo.store.notices import Subject
from octavo.store.tx import Tx
from octavo_models.calendar import Calendar
from octavo_models.fees import REMINDER_FEE, Account
from octavo_models.loan import LastFeeBilled, Reminders
from octavo_models.notices import ScheduledNotice
from octavo_models.policies import Reminder, ReminderFeesPolicy

ACTION: Final = "reminderFee"
_SPARED: Final = (DECLARED_LOST, CLAIMED_RETURNED)


async def send_reminders(begin: Begin) -> int:
    """Send the reminders that are due and charge for them; return how many."""
    async with begin() as tx:
        due = await store.load_due_ids(tx, REMINDER)
    return await one_by_one(begin, due, remind)


async def remind(tx: Tx, notice_id: str) -> bool:
    """Send one reminder if there is still reason to; tell whether it was sent.

    Several that find it due wait for each other: the first one sends it and moves the notice to the next reminder.
    """
    lent, notice = await _locked(tx, notice_id)
    if notice is None or notice.next_run_time >= tx.now:
        return False
    if lent is None or lent.item.status.name in _SPARED or lent.loan.user_id is None:
        await store.settle(tx, [notice_id], {})
        return False
    case = await load_case(tx, lent.loan, lent.item, None)
    policy, sent = reminders_of(case.overdue_fine_policy), reminders_sent(lent.loan)
    reminder = reminder_after(policy, sent)
    if policy is None or reminder is None or case.borrower is None:
        await store.settle(tx, [notice_id], {})
        return False
    if waits_for_open_day(policy, open_today=await _open_today(tx, case)):
        return False
    house = await load_house(tx)
    await _note(tx, lent, sent + 1)
    account = await _charge(tx, case, reminder, sent + 1)
    await _tell(tx, notice, reminder, account, house)
    following = _following(tx, notice, policy, sent + 1, house)
    moved = {notice_id: following.to_wire()} if following else {}
    await store.settle(tx, [] if moved else [notice_id], moved)
    return True


async def _locked(tx: Tx, notice_id: str) -> tuple[Lent | None, ScheduledNotice | None]:
    """Lock item, loan and notice, in the order in which everybody does; None for what is gone or over."""
    try:
        known = await records.load(tx, SCHEDULED_NOTICE, notice_id)
        lent = await _lent(tx, known.loan_id)
        return lent, await records.lock(tx, SCHEDULED_NOTICE, notice_id)
    except NotFound:
        return None, None


async def _lent(tx: Tx, loan_id: str | None) -> Lent | None:
    try:
        return await lock_lent(tx, loan_id) if loan_id else None
    except (Invalid, NotFound):
        return None


async def _open_today(tx: Tx, case: Case) -> bool:
    """Tell whether the desk at which the item was lent is open today; one without a calendar always is."""
    desk = case.loan.checkout_service_point_id
    calendars = [Calendar.model_validate_json(document) for document in await load_assigned(tx, desk)] if desk else []
    today = tx.now.astimezone(case.zone).date()
    return not calendars or any(day.open for day in every_day(calendars, today, today))


async def _note(tx: Tx, lent: Lent, number: int) -> None:
    told = Reminders(last_fee_billed=LastFeeBilled(number=number, date=tx.now))
    changes = {"reminders": told, "action": ACTION, "action_comment": None}
    loan = touched(tx, lent.loan.model_copy(update=changes))
    await circulation.write(tx, Changes(loan=(loan.id or "", loan.to_wire())))


async def _charge(tx: Tx, case: Case, reminder: Reminder, number: int) -> Account | None:
    """Charge what a reminder costs; nobody is charged where nobody charges for the location."""
    fee = Decimal(reminder.reminder_fee)
    if fee <= 0 or case.owner is None:
        return None
    (account,) = await charge(tx, case, case.owner, {REMINDER_FEE: fee}, comments=f"STAFF : Reminder fee {number}")
    return account


async def _tell(tx: Tx, notice: ScheduledNotice, reminder: Reminder, account: Account | None, house: House) -> None:
    if (reminder.notice_format or EMAIL) != EMAIL:
        return
    key = notice.id or ""
    facts = (await store.load_facts(tx, [Subject(key, notice.recipient_user_id, notice.loan_id, None, None)]))[key]
    if not facts.get("user") or facts["user"].get("active") is False:
        return
    if account is not None:
        facts["account"] = orjson.loads(account.to_wire())
    templates = await load_texts(tx, [reminder.notice_template_id])
    letter = Letter(reminder.notice_template_id, [facts], still_true=(loan_holds(facts),))
    message = write_letter(letter, templates, house)
    await queue_messages(tx, [message] if message else [])


def _following(
    tx: Tx, notice: ScheduledNotice, policy: ReminderFeesPolicy, sent: int, house: House
) -> ScheduledNotice | None:
    """Return the notice of the next reminder, None where that was the last one."""
    reminder = reminder_after(policy, sent)
    if reminder is None:
        return None
    config = notice.notice_config.model_copy(update={"template_id": reminder.notice_template_id})
    at = reminder_time(reminder, tx.now, house.zone)
    return notice.model_copy(update={"next_run_time": at, "notice_config": config})

