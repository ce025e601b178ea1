"""Loans that forget who borrowed the item: in the loan, in all its history and in the events about it, by one statement.

It does not see what others commit while it runs. So another one comes first, which locks the loans and puts publishing
on hold: from then on nobody adds to their histories, and no event is on its way from the outbox to the published ones.
As in FOLIO, no event tells that a loan has forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from octavo.store.messages import forgetting_loans
from octavo.store.outbox import hold_publishing
from octavo.store.record_type import declared
from octavo.store.remembering import PERSONS
from octavo.store.tx import Tx

# Not `=`: it would have each batch read all closed loans from the index of statuses, to compare them with the few named.
_CLOSED: Final = "loan.status_name IS NOT DISTINCT FROM 'closed'"


@dataclass(frozen=True)
class Anonymised:
    """What became of the loans that were named: forgotten whose, still open, never heard of."""

    done: list[str]
    still_open: list[str]
    unknown: list[str]


async def anonymise_user(tx: Tx, user_id: str) -> list[str]:
    """Let all closed loans of a patron forget them; return the ids of these loans."""
    return await _forget(tx, await _lock(tx, "loan.user_id = $1", user_id))


async def anonymise_unencumbered(tx: Tx, user_id: str) -> tuple[list[str], list[str]]:
    """Let a patron's closed loans without fees and fines forget them; return their ids, and those of the others."""
    charged = f"EXISTS (SELECT FROM {tx.table('accounts')} account WHERE account.loan_id = loan.id)"
    done = await _forget(tx, await _lock(tx, f"loan.user_id = $1 AND NOT {charged}", user_id))
    others = await tx.connection.fetch(
        f"""SELECT id::text FROM {tx.table("loan")} loan
            WHERE user_id = $1 AND status_name = 'closed' AND {charged} ORDER BY loan.id""",
        user_id,
    )
    return done, [row["id"] for row in others]


async def anonymise_loans(tx: Tx, loan_ids: Sequence[str]) -> Anonymised:
    """Let the closed ones among some loans forget their patrons; a loan that has forgotten already counts as done."""
    await forget_loans(tx, loan_ids)
    rows = await tx.connection.fetch(
        f"""SELECT named.id::text AS id, loan.id IS NOT NULL AS known, {_CLOSED} AS closed
            FROM unnest($1::uuid[]) WITH ORDINALITY AS named (id, place)
            LEFT JOIN {tx.table("loan")} loan ON loan.id = named.id ORDER BY place""",
        loan_ids,
    )
    return Anonymised(
        done=[row["id"] for row in rows if row["closed"]],
        still_open=[row["id"] for row in rows if row["known"] and not row["closed"]],
        unknown=[row["id"] for row in rows if not row["known"]],
    )


async def forget_loans(tx: Tx, loan_ids: Sequence[str]) -> list[str]:
    """Let the closed ones among some loans forget their patrons; return the ids of those that knew one until now."""
    return await _forget(tx, await _lock(tx, "loan.id = ANY ($1::uuid[])", loan_ids))


async def _lock(tx: Tx, which: str, key: Any) -> list[str]:
    """Put publishing on hold, lock closed loans that know somebody, and return their ids in order."""
    await hold_publishing(tx)
    rows = await tx.connection.fetch(
        f"""SELECT loan.id::text AS id FROM {tx.table("loan")} loan
            WHERE {which} AND {_CLOSED} AND loan.doc ?| {PERSONS} ORDER BY loan.id FOR UPDATE""",
        key,
    )
    return [row["id"] for row in rows]


async def _forget(tx: Tx, locked: list[str]) -> list[str]:
    """Take the persons out of locked loans, their history and events, and record the change; return their ids.

    What was written, or was to be written, to the persons about these loans goes with them.
    """
    if not locked:
        return locked
    loan, history = tx.table("loan"), tx.table("loan_history")
    await tx.connection.execute(
        f"""WITH chosen AS MATERIALIZED (SELECT unnest($2::uuid[]) AS id),
            past_forgotten AS (
                UPDATE {history} past SET doc = {_without_persons("past.doc")}
                FROM chosen WHERE past.record_id = chosen.id AND past.doc ?| {PERSONS}),
            {_events_forgetting(tx, "outbox")}, {_events_forgetting(tx, "event")},
            changed AS (
                UPDATE {loan} loan SET doc = {_without_persons("loan.doc")} FROM chosen WHERE loan.id = chosen.id
                RETURNING loan.id, loan.doc),
            {forgetting_loans(tx, "chosen")}
            INSERT INTO {history} (record_id, operation, at, doc) SELECT id, 'U', $1::timestamptz, doc FROM changed""",
        tx.now, locked,
    )  # fmt: skip
    return locked


def _events_forgetting(tx: Tx, table: str) -> str:
    return f"""{table}_forgotten AS (
            UPDATE {tx.table(table)} told SET old = {_without_persons('told.old')}, new = {_without_persons('told.new')}
            FROM chosen WHERE told.record_id = chosen.id AND told.topic = '{declared()["loan"].event}')"""


def _without_persons(document: str) -> str:
    """Return the document without the persons, also where they have made or changed the loan themselves."""
    forgotten = f"({document} - {PERSONS})"
    for path in ("metadata,createdByUserId", "metadata,updatedByUserId"):
        themselves = f"{document} #>> '{{{path}}}' IN ({document} ->> 'userId', {document} ->> 'proxyUserId')"
        forgotten = f"({forgotten} #- CASE WHEN {themselves} THEN '{{{path}}}' ELSE '{{}}' END::text[])"
    return forgotten
