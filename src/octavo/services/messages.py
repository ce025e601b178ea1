"""Messages to people: queued in the transaction that gives a reason to write, sent by a timer, forgotten in time.

`queue_message` is for whoever has something to say; `send_messages` is the timer's.
"""

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from octavo.catalogue.emails import EMAIL
from octavo.rules.messages import LEASE, WORTH_SENDING, Standing, next_attempt, why_drop
from octavo.services.expire import Begin
from octavo.services.mailer import Mailer, Outcome, Sent
from octavo.store import messages as store
from octavo.store import records
from octavo.store.messages import Taken
from octavo.store.tx import Tx
from octavo_models.email import Email, StillTrue
from octavo_models.scalars import format_instant

#: How many messages are taken at once, over one connection to the mail server.
BATCH: Final = 25
#: How many batches one run sends, at most.
_MOST_BATCHES: Final = 40
#: How long messages are kept once they are sent or given up.
KEPT: Final = timedelta(days=30)

NO_ADDRESS: Final = "no e-mail address"

#: One address, and nothing that could end a header or begin another recipient.
_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@[^\s@,;:<>()\[\]\"\\]+", re.ASCII)

log = logging.getLogger("octavo.messages")


@dataclass(frozen=True)
class Message:
    """What is to be sent to whom.

    recipient_user_id: the user it goes to, None where it is no user (yet). loan_ids, request_id: what it tells of, so
    that it is forgotten with them. still_true: what must still hold when it is sent.
    """

    to: str
    subject: str
    body: str
    html: bool = False
    recipient_user_id: str | None = None
    loan_ids: tuple[str, ...] = ()
    request_id: str | None = None
    still_true: tuple[StillTrue, ...] = field(default=())
    worth_sending: timedelta = WORTH_SENDING


async def queue_message(tx: Tx, message: Message) -> str:
    """Put a message into the outbox, to be sent once this transaction is committed; return its id.

    One that has no address to go to is kept as failed, without its text, so that staff see who cannot be reached.
    """
    (record_id,) = await queue_messages(tx, [message])
    return record_id


async def queue_messages(tx: Tx, messages: list[Message]) -> list[str]:
    """Put messages into the outbox with one statement; return their ids."""
    made = [records.stamped(tx, EMAIL, _record(tx, message)) for message in messages]
    if made:
        await store.insert(tx, [(record.id or "", record.to_wire()) for record in made])
    return [record.id or "" for record in made]


def _record(tx: Tx, message: Message) -> Email:
    reachable = _ADDRESS.fullmatch(message.to) is not None
    return Email(
        notification_id=str(uuid4()),
        to=message.to if reachable else "",
        header=" ".join(message.subject.split()) if reachable else "",
        output_format="text/html" if message.html else "text/plain",
        body=message.body if reachable else "",
        status="NEW" if reachable else "FAILURE",
        should_retry=reachable,
        message=None if reachable else NO_ADDRESS,
        date=None if reachable else tx.now,
        recipient_user_id=message.recipient_user_id,
        loan_ids=list(message.loan_ids),
        request_id=message.request_id,
        still_true=list(message.still_true),
        next_attempt_date=tx.now if reachable else None,
        expiration_date=tx.now + message.worth_sending,
    )


async def send_messages(begin: Begin, mailer: Mailer | None) -> int:
    """Send the messages that are due, and return how many the mail server took.

    Without a mail server they wait; once there is one, it gets none that has waited too long, or tells old news.
    """
    if mailer is None:
        return 0
    counts: Counter[str] = Counter()
    for _ in range(_MOST_BATCHES):
        taken = await _send_batch(begin, mailer, counts)
        if taken < BATCH:
            break
    for reason, count in sorted(counts.items()):
        log.info("messages: %d %s", count, reason)
    return counts["sent"]


async def _send_batch(begin: Begin, mailer: Mailer, counts: Counter[str]) -> int:
    """Take a batch, drop what is stale, send the others outside any transaction, and note what became of each."""
    async with begin() as tx:
        taken = await store.take(tx, BATCH, tx.now + LEASE)
    emails = [(one, Email.model_validate_json(one.document)) for one in taken]
    stale = {email.id: why_drop(_standing(one, email), tx.now) for one, email in emails}
    going = [email for _, email in emails if stale[email.id] is None]
    sent = await mailer.send(going, tx.now)
    ends = dict(zip((email.id for email in going), sent, strict=True))
    async with begin() as tx:
        for _, email in emails:
            end = ends.get(email.id) or Sent(Outcome.DROPPED, f"dropped: {stale[email.id]}")
            counts[await _settle(tx, email, end)] += 1
    return len(taken)


def _standing(one: Taken, email: Email) -> Standing:
    return Standing(
        email.expiration_date, one.recipient_known, one.recipient_active, one.loans_hold, one.requests_hold
    )


async def _settle(tx: Tx, email: Email, end: Sent) -> str:
    """Write what became of a message into it; return the word under which it is counted."""
    fields: dict[str, Any] = {"message": end.said, "date": format_instant(tx.now), "shouldRetry": False}
    again: datetime | None = None
    if end.outcome is Outcome.SENT:
        fields["status"] = "DELIVERED"
    elif end.outcome is Outcome.LATER and (again := next_attempt(email.attempt_count, tx.now)):
        fields |= {"status": "FAILURE", "shouldRetry": True, "nextAttemptDate": format_instant(again)}
    else:
        fields["status"] = "FAILURE"
    await store.settle(tx, email.id or "", email.attempt_count, fields, again=again is not None)
    return end.said if end.outcome is Outcome.DROPPED else end.outcome.value


async def forget_old_messages(tx: Tx) -> int:
    """Delete the messages that were sent or given up some time ago; return how many."""
    return await store.delete_older(tx, tx.now - KEPT)
