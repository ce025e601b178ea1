"""What actions on accounts read and write: accounts locked in one order, and all changes in one statement.

Amounts come and go as numeric, never as the floating-point numbers of a decoded document. They are stored as FOLIO
prints them: at least one decimal, no padding (`50.0`, `7.77`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from octavo.store.outbox import emitted
from octavo.store.query import Args
from octavo.store.tx import Tx
from octavo_models.fees import FeeFineAction
from octavo_models.scalars import format_instant


async def load_accounts(tx: Tx, account_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the accounts that exist: id, user_id, amount, remaining, status. What is no id is not found."""
    return await _fetch_accounts(tx, account_ids, "")


async def lock_accounts(tx: Tx, account_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return the accounts that exist, as `load_accounts` does, and keep others from changing them.

    Locked in the order of their ids, so that no two bulk actions wait for each other.
    """
    return await _fetch_accounts(tx, account_ids, "FOR NO KEY UPDATE")


async def _fetch_accounts(tx: Tx, account_ids: Sequence[str], locking: str) -> list[dict[str, Any]]:
    rows = await tx.connection.fetch(
        f"""SELECT id::text, doc->>'userId' AS user_id, (doc->>'amount')::numeric AS amount,
                (doc->>'remaining')::numeric AS remaining, doc #>> '{{status,name}}' AS status
            FROM {tx.table("accounts")}
            WHERE id = ANY (ARRAY(SELECT public.octavo_uuid(given) FROM unnest($1::text[]) given))
            ORDER BY id {locking}""",
        list(account_ids),
    )
    return [dict(row) for row in rows]


async def load_past_actions(tx: Tx, account_ids: Sequence[str], types: Sequence[str]) -> list[dict[str, Any]]:
    """Return what was done to accounts, of some types, the oldest first.

    Each has account_id, type_action, amount, payment_method, transaction_information. To be called once the accounts
    are locked: then nobody adds to them.
    """
    rows = await tx.connection.fetch(
        f"""SELECT account_id::text, doc->>'typeAction' AS type_action,
                coalesce((doc->>'amountAction')::numeric, 0) AS amount, doc->>'paymentMethod' AS payment_method,
                doc->>'transactionInformation' AS transaction_information
            FROM {tx.table("feefineactions")}
            WHERE account_id = ANY ($1::uuid[]) AND doc->>'typeAction' = ANY ($2::text[])
            ORDER BY date_action, id""",
        list(account_ids), list(types),
    )  # fmt: skip
    return [dict(row) for row in rows]


@dataclass(frozen=True)
class AccountChange:
    """What an action leaves of an account."""

    id: str
    remaining: Decimal
    status: str
    payment_status: str


async def write_actions(tx: Tx, changes: Sequence[AccountChange], actions: Sequence[FeeFineAction]) -> list[bytes]:
    """Change accounts and add the records of it, with one statement; return the documents of the records in their order.

    Who had to wait for the accounts began before what was done meanwhile: no record is dated before the last one.
    """
    args = Args()
    now = args.add(tx.now, "timestamptz")
    rows = await tx.connection.fetch(
        f"""WITH moment AS (SELECT {now}), {_changed_accounts(tx, changes, args)}
            {emitted(tx.schema, "accounts", "changed", "U", now)},
            given AS MATERIALIZED ({_given_actions(tx, actions, args)}),
            made AS (INSERT INTO {tx.table("feefineactions")} (id, doc) SELECT id, doc FROM given)
            SELECT doc FROM given ORDER BY position""",
        *args.values,
    )
    return [row["doc"] for row in rows]


def _changed_accounts(tx: Tx, changes: Sequence[AccountChange], args: Args) -> str:
    stamp = {"updatedDate": format_instant(tx.now)} | ({"updatedByUserId": tx.actor} if tx.actor else {})
    return f"""before AS MATERIALIZED (
            SELECT account.id, account.doc, new.remaining, new.status, new.payment_status
            FROM {tx.table("accounts")} account
            JOIN unnest({args.add(tuple(change.id for change in changes), "uuid[]")},
                    {args.add(tuple(change.remaining for change in changes), "numeric[]")},
                    {args.add(tuple(change.status for change in changes), "text[]")},
                    {args.add(tuple(change.payment_status for change in changes), "text[]")})
                AS new (id, remaining, status, payment_status) ON new.id = account.id),
        changed AS (UPDATE {tx.table("accounts")} account SET doc = account.doc || jsonb_build_object(
            'remaining', {_number("before.remaining")},
            'status', jsonb_build_object('name', before.status),
            'paymentStatus', jsonb_build_object('name', before.payment_status),
            'metadata', coalesce(account.doc->'metadata', '{{}}') || {args.add(orjson.dumps(stamp), "jsonb")})
        FROM before WHERE account.id = before.id RETURNING account.id, before.doc AS old, account.doc)"""


def _given_actions(tx: Tx, actions: Sequence[FeeFineAction], args: Args) -> str:
    last = f"""(SELECT max(past.doc->>'dateAction') FROM {tx.table("feefineactions")} past
        WHERE past.account_id = (given.doc->>'accountId')::uuid)"""
    return f"""SELECT id, position, doc || jsonb_build_object(
            'dateAction', greatest(doc->>'dateAction', {last}),
            'amountAction', {_number("amount")}, 'balance', {_number("balance")}) AS doc
        FROM unnest({args.add(tuple(action.id for action in actions), "uuid[]")},
                    {args.add(tuple(action.to_wire() for action in actions), "jsonb[]")},
                    {args.add(tuple(action.amount_action for action in actions), "numeric[]")},
                    {args.add(tuple(action.balance for action in actions), "numeric[]")})
            WITH ORDINALITY AS given (id, doc, amount, balance, position)"""


def _number(amount: str) -> str:
    return f"round({amount}, greatest(1, min_scale({amount})))"
