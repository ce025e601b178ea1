"""The outbox of messages to people: put in, taken by one sender at a time, settled, and forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from octavo.store.tx import Tx
from octavo_models.scalars import format_instant

_OPEN_REQUEST = "request.status LIKE 'open%'"


@dataclass(frozen=True)
class Taken:
    """A message taken to be sent, and what is known about its recipient and what it tells."""

    document: bytes
    recipient_known: bool
    recipient_active: bool
    loans_hold: bool
    requests_hold: bool


async def insert(tx: Tx, messages: Sequence[tuple[str, bytes]]) -> None:
    """Put messages, by id, into the outbox."""
    await tx.connection.execute(
        f"INSERT INTO {tx.table('message')} (id, doc) SELECT * FROM unnest($1::uuid[], $2::jsonb[])",
        [record_id for record_id, _ in messages], [document for _, document in messages],
    )  # fmt: skip


async def take(tx: Tx, most: int, until: datetime) -> list[Taken]:
    """Take the messages that are due, the longest waiting first; until an instant nobody else gets them.

    Each is counted as tried. Of several that take at once, none gets what another has.
    """
    rows = await tx.connection.fetch(
        f"""WITH due AS MATERIALIZED (
                SELECT id FROM {tx.table("message")} WHERE next_attempt_date <= $1
                ORDER BY next_attempt_date LIMIT $2 FOR UPDATE SKIP LOCKED),
            taken AS (UPDATE {tx.table("message")} message SET doc = message.doc || jsonb_build_object(
                    'status', 'PROCESSING', 'nextAttemptDate', $3::text,
                    'attemptCount', coalesce((message.doc->>'attemptCount')::int, 0) + 1)
                FROM due WHERE message.id = due.id RETURNING message.doc, message.recipient_user_id)
            SELECT taken.doc AS document,
                taken.recipient_user_id IS NULL OR person.id IS NOT NULL AS recipient_known,
                taken.recipient_user_id IS NULL OR coalesce(person.active = 'true', false) AS recipient_active,
                {_loans_hold(tx)} AS loans_hold, {_requests_hold(tx)} AS requests_hold
            FROM taken LEFT JOIN {tx.table("users")} person ON person.id = taken.recipient_user_id""",
        tx.now, most, format_instant(until),
    )  # fmt: skip
    return [Taken(**row) for row in rows]


def _loans_hold(tx: Tx) -> str:
    return f"""NOT EXISTS (
        SELECT FROM jsonb_array_elements(taken.doc->'stillTrue') told
        LEFT JOIN {tx.table("loan")} loan ON loan.id = (told->>'loanId')::uuid
        WHERE told ? 'loanId' AND (loan.status_name IS DISTINCT FROM 'open'
            OR loan.user_id IS NULL
            OR told ? 'dueDate' AND loan.due_date IS DISTINCT FROM public.octavo_instant(told->>'dueDate')))"""


def _requests_hold(tx: Tx) -> str:
    return f"""NOT EXISTS (
        SELECT FROM jsonb_array_elements(taken.doc->'stillTrue') told
        WHERE told ? 'requestId' AND NOT EXISTS (SELECT FROM {tx.table("request")} request
            WHERE request.id = (told->>'requestId')::uuid AND {_OPEN_REQUEST}))"""


async def settle(tx: Tx, message_id: str, attempt: int, fields: dict[str, Any], *, again: bool) -> bool:
    """Note what became of a message; tell whether it was still ours: the same attempt, not forgotten meanwhile.

    again: whether it is tried again; then `fields` say when.
    """
    gone = "" if again else " - 'nextAttemptDate'"
    done = await tx.connection.fetchval(
        f"""UPDATE {tx.table("message")} SET doc = (doc{gone}) || $3::jsonb
            WHERE id = $1::uuid AND (doc->>'attemptCount')::int = $2 RETURNING true""",
        message_id, attempt, orjson.dumps(fields),
    )  # fmt: skip
    return done is not None


async def delete_older(tx: Tx, before: datetime, status: str | None = None) -> int:
    """Delete what was sent, given up or no longer worth sending before an instant; return how many."""
    gone = await tx.connection.fetch(
        f"""DELETE FROM {tx.table("message")} WHERE (date < $1 AND next_attempt_date IS NULL OR expiration_date < $1)
            AND ($2::text IS NULL OR doc->>'status' = $2) RETURNING id""",
        before, status,
    )  # fmt: skip
    return len(gone)


def forgetting_people(tx: Tx, rows: str) -> str:
    """Return the parts of a WITH that delete what is and was to be written to the users whose `id` is in `rows`."""
    return _forgetting(tx, rows, f"message.recipient_user_id IN (SELECT id FROM {rows})", ("recipient_user_id", "user_id"))


def forgetting_loans(tx: Tx, rows: str) -> str:
    """Return the parts of a WITH that delete what is and was to be written about the loans whose `id` is in `rows`."""
    told = f"message.doc->'loanIds' ?| ARRAY(SELECT id::text FROM {rows})"  # one look into the index for all of them
    return _forgetting(tx, rows, told, ("loan_id", "loan_id"))


def forgetting_requests(tx: Tx, rows: str) -> str:
    """Return the parts of a WITH that delete what is and was to be written about the requests whose `id` is in `rows`."""
    return _forgetting(tx, rows, f"message.request_id IN (SELECT id FROM {rows})", ("request_id", "request_id"))


def _forgetting(tx: Tx, rows: str, concerned: str, columns: tuple[str, str]) -> str:
    """Return the parts for messages, scheduled notices and occasions. columns: of the last two, to compare with the id."""
    notice, occasion = columns
    return f"""
        messages_forgotten AS (
            DELETE FROM {tx.table("message")} message WHERE {concerned}),
        notices_forgotten AS (
            DELETE FROM {tx.table("scheduled_notice")} notice USING {rows} gone WHERE notice.{notice} = gone.id),
        occasions_forgotten AS (
            DELETE FROM {tx.table("occasion")} occasion USING {rows} gone WHERE occasion.{occasion} = gone.id)"""
