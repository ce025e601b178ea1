"""Records that are over and have been kept for long enough: found, and deleted or made to forget.

`find` functions return ids in their order, from the one after `after` on, at most `most`; `forget` functions deal with
such records and return how many. What has forgotten is not found again; partial indexes hold what still remembers.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from octavo.store.outbox import hold_publishing
from octavo.store.record_type import declared
from octavo.store.tx import Tx


async def _find(tx: Tx, table: str, where: str, before: datetime, after: str | None, most: int) -> list[str]:
    rows = await tx.connection.fetch(
        f"""SELECT id::text AS id FROM {tx.table(table)} kept
            WHERE {where} AND ($2::uuid IS NULL OR id > $2::uuid) ORDER BY id LIMIT $3""",
        before, after, most,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def find_fees(tx: Tx, before: datetime, after: str | None, most: int) -> list[str]:
    """Find closed fees that know their patron and on which nothing was done since an instant."""
    last = f"SELECT max(date_action) FROM {tx.table('feefineactions')} WHERE account_id = kept.id"
    changed = "public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc->>'dateUpdated', doc->>'dateCreated'))"
    where = f"status_name = 'closed' AND user_id <> id AND coalesce(({last}), {changed}) < $1"
    return await _find(tx, "accounts", where, before, after, most)


async def forget_fees(tx: Tx, ids: Sequence[str]) -> int:
    """Let fees and what was done about them forget the patron; delete the notices of them, and what lost items were to cost.

    FOLIO's schema wants the id of a user: the fee's own id takes its place.
    """
    await hold_publishing(tx)
    topic = declared()["accounts"].event
    done = await tx.connection.fetchval(
        f"""WITH forgotten AS (UPDATE {tx.table("accounts")} SET doc = {_nobodys("doc", "doc->'id'")}
                WHERE id = ANY ($1::uuid[]) AND status_name = 'closed' RETURNING id),
            actions AS (UPDATE {tx.table("feefineactions")} done SET doc = {_nobodys("done.doc", "done.doc->'accountId'")}
                    - '{{comments,transactionInformation}}'::text[]
                FROM forgotten WHERE done.account_id = forgotten.id RETURNING done.id),
            notices AS (DELETE FROM {tx.table("scheduled_notice")} WHERE fee_fine_action_id IN (SELECT id FROM actions)),
            occasions AS (DELETE FROM {tx.table("occasion")} WHERE action_id IN (SELECT id FROM actions)),
            costs AS (DELETE FROM {tx.table("actual_cost_record")} WHERE status <> 'open'
                AND public.octavo_uuid(doc #>> '{{feeFine,accountId}}') IN (SELECT id FROM forgotten)),
            {_told(tx, "outbox")}, {_told(tx, "event")}
            SELECT count(*) FROM forgotten""",
        list(ids), topic,
    )  # fmt: skip
    return int(done)


def _told(tx: Tx, table: str) -> str:
    forgotten = ", ".join(
        f"{side} = {_nobodys(side, 'to_jsonb(record_id)')}" for side in ("old", "new")
    )
    return f"""{table}_told AS (UPDATE {tx.table(table)} SET {forgotten}
        WHERE topic = $2::text AND record_id IN (SELECT id FROM forgotten))"""


def _nobodys(document: str, stand_in: str) -> str:
    """Return a document that names a user without that user's id, also where they have made or changed it themselves."""
    return f"jsonb_set(public.octavo_without({document}, lower({document}->>'userId')), '{{userId}}', {stand_in})"


async def find_check_ins(tx: Tx, before: datetime, after: str | None, most: int) -> list[str]:
    """Find check-ins before an instant that know who did them."""
    where = "occurred_date_time < $1 AND doc->>'performedByUserId' <> doc->>'id'"
    return await _find(tx, "check_in", where, before, after, most)


async def forget_check_ins(tx: Tx, ids: Sequence[str]) -> int:
    """Let check-ins forget who did them; the check-in's own id takes the place of the user's, which FOLIO's schema wants."""
    done: str = await tx.connection.execute(
        f"""UPDATE {tx.table("check_in")} SET doc = jsonb_set(doc, '{{performedByUserId}}', doc->'id')
            WHERE id = ANY ($1::uuid[])""",
        list(ids),
    )
    return int(done.rpartition(" ")[2])


async def find_print_events(tx: Tx, before: datetime, after: str | None, most: int) -> list[str]:
    """Find the notes of slips printed before an instant."""
    return await _find(tx, "print_events", "print_event_date < $1", before, after, most)


async def find_lost_items(tx: Tx, before: datetime, after: str | None, most: int) -> list[str]:
    """Find lost items whose cost was found out, or is not asked for any more, since an instant."""
    changed = "public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))"
    return await _find(tx, "actual_cost_record", f"status <> 'open' AND {changed} < $1", before, after, most)


async def find_messages(tx: Tx, before: datetime, after: str | None, most: int) -> list[str]:
    """Find messages sent or given up before an instant."""
    return await _find(tx, "message", "date < $1 AND next_attempt_date IS NULL", before, after, most)


async def find_registrations(tx: Tx, before: datetime, after: str | None, most: int) -> list[str]:
    """Find registrations not changed since an instant."""
    changed = "public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))"
    return await _find(tx, "staging_users", f"{changed} < $1", before, after, most)


Find = Callable[[Tx, datetime, str | None, int], Awaitable[list[str]]]
Forget = Callable[[Tx, Sequence[str]], Awaitable[int]]


def deleting(table: str) -> Forget:
    """Return what deletes records of a table."""

    async def delete(tx: Tx, ids: Sequence[str]) -> int:
        done: str = await tx.connection.execute(f"DELETE FROM {tx.table(table)} WHERE id = ANY ($1::uuid[])", list(ids))
        return int(done.rpartition(" ")[2])

    return delete


@dataclass(frozen=True)
class Retained:
    """How records of one kind are found and forgotten."""

    find: Find
    forget: Forget


#: By kind, as the setting names them (`rules.retention`).
RETAINED = {
    "fees": Retained(find_fees, forget_fees),
    "lostItems": Retained(find_lost_items, deleting("actual_cost_record")),
    "checkIns": Retained(find_check_ins, forget_check_ins),
    "printEvents": Retained(find_print_events, deleting("print_events")),
    "messages": Retained(find_messages, deleting("message")),
    "registrations": Retained(find_registrations, deleting("staging_users")),
}
