"""Loans that forget who borrowed the item: in the loan, in all its history and in the events about it, by one statement.

It does not see what others commit while it runs. So another one comes first, which locks the loans and puts publishing
on hold: from then on nobody adds to their histories, and no event is on its way from the outbox to the published ones.
As in FOLIO, no event tells that a loan has forgotten.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from octavo.store.messages import forgetting_loans
from octavo.store.outbox import hold_publishing
from octavo.store.record_type import declared
from octavo.store.tx import Tx

_PERSONS = "'{userId,proxyUserId}'::text[]"


@dataclass(frozen=True)
class Anonymised:
    """What became of the loans that were named: forgotten whose, still open, never heard of."""

    done: list[str]
    still_open: list[str]
    unknown: list[str]


async def anonymise_user(tx: Tx, user_id: str) -> list[str]:
    """Let all closed loans of a patron forget them; return the ids of these loans."""
    await _lock(tx, "user_id = $1", user_id)
    rows = await tx.connection.fetch(
        f"WITH {_forgetting(tx, 'loan.user_id = $2')} SELECT id FROM changed ORDER BY id", tx.now, user_id
    )
    return [str(row["id"]) for row in rows]


async def anonymise_unencumbered(tx: Tx, user_id: str) -> tuple[list[str], list[str]]:
    """Let a patron's closed loans without fees and fines forget them; return their ids, and those of the others."""
    await _lock(tx, "user_id = $1", user_id)
    charged = f"EXISTS (SELECT FROM {tx.table('accounts')} account WHERE account.loan_id = loan.id)"
    row = await tx.connection.fetchrow(
        f"""WITH {_forgetting(tx, f"loan.user_id = $2 AND NOT {charged}")}
            SELECT ARRAY(SELECT id::text FROM changed ORDER BY id),
                   ARRAY(SELECT id::text FROM {tx.table("loan")} loan
                         WHERE user_id = $2 AND status_name = 'closed' AND {charged} ORDER BY id)""",
        tx.now, user_id,
    )  # fmt: skip
    return row[0], row[1]


async def anonymise_loans(tx: Tx, loan_ids: list[str]) -> Anonymised:
    """Let the closed ones among some loans forget their patrons; a loan that has forgotten already counts as done."""
    await _lock(tx, "id = ANY($1::uuid[])", loan_ids)
    row = await tx.connection.fetchrow(
        f"""WITH {_forgetting(tx, "loan.id = ANY($2::uuid[])")},
            asked AS (SELECT id, loan.status_name FROM unnest($2::uuid[]) WITH ORDINALITY AS named (id, place)
                      LEFT JOIN {tx.table("loan")} loan USING (id) ORDER BY place)
            SELECT ARRAY(SELECT id::text FROM asked WHERE status_name = 'closed') AS done,
                   ARRAY(SELECT id::text FROM asked
                         WHERE status_name IS DISTINCT FROM 'closed'
                         AND EXISTS (SELECT FROM {tx.table("loan")} known WHERE known.id = asked.id)) AS still_open,
                   ARRAY(SELECT id::text FROM asked
                         WHERE NOT EXISTS (SELECT FROM {tx.table("loan")} known WHERE known.id = asked.id)) AS unknown""",
        tx.now, loan_ids,
    )  # fmt: skip
    return Anonymised(**row)


async def load_closed_before(tx: Tx, moment: datetime, after: str | None, most: int) -> tuple[list[str], list[str]]:
    """Return the ids of loans closed before a moment that know their borrower: without fees and fines, and with them.

    They come by id, from the one after `after` on, at most `most` of both together.
    """
    rows = await tx.connection.fetch(
        f"""SELECT loan.id::text AS id,
                EXISTS (SELECT FROM {tx.table("accounts")} account WHERE account.loan_id = loan.id) AS charged
            FROM {tx.table("loan")} loan
            WHERE loan.status_name = 'closed' AND loan.doc ?| {_PERSONS} AND ($2::uuid IS NULL OR loan.id > $2::uuid)
              AND public.octavo_instant(coalesce(loan.doc->>'systemReturnDate', loan.doc->>'returnDate')) < $1
            ORDER BY loan.id LIMIT $3""",
        moment, after, most,
    )  # fmt: skip
    return [row["id"] for row in rows if not row["charged"]], [row["id"] for row in rows if row["charged"]]


async def load_remembering(tx: Tx, after: str | None, most: int) -> list[dict[str, Any]]:
    """Return closed loans that know their borrower, by id, from the one after `after` on.

    Those of borrowers who want their history kept are left out. Each has id, opted_out (its borrower wants none), closed_at, and whether it has_fees, has_open_fees and, if all are closed, since when (fees_closed_at).
    """
    accounts = f"FROM {tx.table('accounts')} account WHERE account.loan_id = loan.id"
    rows = await tx.connection.fetch(
        f"""SELECT loan.id::text AS id, public.octavo_instant(loan.doc->>'systemReturnDate') AS closed_at,
                EXISTS (SELECT {accounts}) AS has_fees,
                EXISTS (SELECT {accounts} AND account.status_name IS DISTINCT FROM 'closed') AS has_open_fees,
                (SELECT max(done.date_action) FROM {tx.table("feefineactions")} done
                 WHERE done.account_id IN (SELECT account.id {accounts})) AS fees_closed_at,
                decided.keep_history IS FALSE AS opted_out
            FROM {tx.table("loan")} loan
            LEFT JOIN {tx.table("patron_preference")} decided ON decided.user_id = loan.user_id
            WHERE decided.keep_history IS NOT TRUE AND loan.status_name = 'closed' AND loan.doc ? 'userId' AND ($1::uuid IS NULL OR loan.id > $1::uuid)
            ORDER BY loan.id LIMIT $2""",
        after, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def _lock(tx: Tx, which: str, key: Any) -> None:
    await hold_publishing(tx)
    await tx.connection.execute(
        f"SELECT FROM {tx.table('loan')} WHERE {which} AND status_name = 'closed' ORDER BY id FOR UPDATE", key
    )


def _forgetting(tx: Tx, which: str) -> str:
    """Return the parts that take the persons out of closed loans, their history and events, and record the change.

    What was written, or was to be written, to the persons about these loans goes with them.
    """
    loan, history = tx.table("loan"), tx.table("loan_history")
    return f"""
        chosen AS MATERIALIZED (
            SELECT id FROM {loan} loan WHERE {which} AND loan.status_name = 'closed'
            AND loan.doc ?| {_PERSONS} FOR UPDATE),
        forgotten AS (
            UPDATE {history} past SET doc = {_without_persons('past.doc')}
            FROM chosen WHERE past.record_id = chosen.id AND past.doc ?| {_PERSONS}),
        {_events_forgetting(tx, "outbox")}, {_events_forgetting(tx, "event")},
        changed AS (
            UPDATE {loan} loan SET doc = {_without_persons('loan.doc')} FROM chosen WHERE loan.id = chosen.id
            RETURNING loan.id, loan.doc),
        recorded AS (
            INSERT INTO {history} (record_id, operation, at, doc) SELECT id, 'U', $1::timestamptz, doc FROM changed),
        {forgetting_loans(tx, "changed")}"""


def _events_forgetting(tx: Tx, table: str) -> str:
    return f"""{table}_forgotten AS (
            UPDATE {tx.table(table)} told SET old = {_without_persons('told.old')}, new = {_without_persons('told.new')}
            FROM chosen WHERE told.record_id = chosen.id AND told.topic = '{declared()["loan"].event}')"""


def _without_persons(document: str) -> str:
    """Return the document without the persons, also where they have made or changed the loan themselves."""
    forgotten = f"({document} - {_PERSONS})"
    for path in ("metadata,createdByUserId", "metadata,updatedByUserId"):
        themselves = f"{document} #>> '{{{path}}}' IN ({document} ->> 'userId', {document} ->> 'proxyUserId')"
        forgotten = f"({forgotten} #- CASE WHEN {themselves} THEN '{{{path}}}' ELSE '{{}}' END::text[])"
    return forgotten
