"""Records that are over and have been kept for long enough: found, and deleted or made to forget.

`find` functions return records by when they were over, the oldest first, from the one after `after` on, at most `most`;
`forget` functions deal with such records and return how many. What has forgotten is not found again: partial indexes
hold what still remembers, in the order in which it is looked for.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from octavo.store.outbox import hold_publishing
from octavo.store.record_type import declared
from octavo.store.remembering import Place
from octavo.store.tx import Tx

_CHANGED: Final = "public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))"
_BEGUN: Final = """coalesce(least(public.octavo_instant(doc #>> '{metadata,createdDate}'),
    public.octavo_instant(doc->>'dateCreated')), '1000-01-01Z')"""


@dataclass(frozen=True)
class _Kept:
    """Records of a table that are over, by when that was; an index holds them in this order."""

    table: str
    when: str
    where: str = "true"

    async def find(self, tx: Tx, before: datetime, after: Place, most: int) -> list[Place]:
        """Find the records of before an instant, the oldest first, from the one after a place on."""
        rows = await tx.connection.fetch(
            f"""SELECT {self.when} AS at, id::text AS id FROM {tx.table(self.table)} kept
                WHERE {self.where} AND {self.when} < $1 AND ({self.when}, id) > ($2::timestamptz, $3::uuid)
                ORDER BY {self.when}, id LIMIT $4""",
            before, *after, most,
        )  # fmt: skip
        return [(row["at"], row["id"]) for row in rows]


async def find_fees(tx: Tx, before: datetime, after: Place, most: int) -> list[Place]:
    """Find closed fees that know their patron and on which nothing was done since an instant.

    They are looked for by when they were made, which is no later: no index knows the last action.
    """
    last = f"SELECT max(date_action) FROM {tx.table('feefineactions')} WHERE account_id = kept.id"
    changed = "public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc->>'dateUpdated', doc->>'dateCreated'))"
    where = f"status_name = 'closed' AND user_id <> id AND coalesce(({last}), {changed}) < $1"
    return await _Kept("accounts", _BEGUN, where).find(tx, before, after, most)


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


async def forget_check_ins(tx: Tx, ids: Sequence[str]) -> int:
    """Let check-ins forget who did them; the check-in's own id takes the place of the user's, which FOLIO's schema wants."""
    done: str = await tx.connection.execute(
        f"""UPDATE {tx.table("check_in")} SET doc = jsonb_set(doc, '{{performedByUserId}}', doc->'id')
            WHERE id = ANY ($1::uuid[])""",
        list(ids),
    )
    return int(done.rpartition(" ")[2])


Find = Callable[[Tx, datetime, Place, int], Awaitable[list[Place]]]
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


_CHECK_INS = _Kept("check_in", "occurred_date_time", "doc->>'performedByUserId' <> doc->>'id'")
_PRINT_EVENTS = _Kept("print_events", "print_event_date")
_LOST_ITEMS = _Kept("actual_cost_record", _CHANGED, "status <> 'open'")
_MESSAGES = _Kept("message", "date", "next_attempt_date IS NULL")
_REGISTRATIONS = _Kept("staging_users", _CHANGED)

#: By kind, as the setting names them (`rules.retention`).
RETAINED = {
    "fees": Retained(find_fees, forget_fees),
    "lostItems": Retained(_LOST_ITEMS.find, deleting("actual_cost_record")),
    "checkIns": Retained(_CHECK_INS.find, forget_check_ins),
    "printEvents": Retained(_PRINT_EVENTS.find, deleting("print_events")),
    "messages": Retained(_MESSAGES.find, deleting("message")),
    "registrations": Retained(_REGISTRATIONS.find, deleting("staging_users")),
}
