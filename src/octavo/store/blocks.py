"""What patron blocks are computed from: open loans, open charges, limits, conditions, blocks that staff made."""

from dataclasses import dataclass
from typing import Any

import orjson

from octavo.store.tx import Tx

#: Item statuses of an open loan under which the item counts as lost.
_LOST = "('Declared lost', 'Aged to lost')"


@dataclass(frozen=True)
class Standing:
    """A patron's open loans and charges, the limits of their group, all conditions and their manual blocks.

    Each is a list of decoded JSON objects; amounts and limits are text, so that no digit is lost.
    """

    loans: list[dict[str, Any]]
    fees: list[dict[str, Any]]
    limits: list[dict[str, Any]]
    conditions: list[dict[str, Any]]
    manual: list[dict[str, Any]]


async def load_standing(tx: Tx, user_id: str) -> Standing:
    """Return everything that decides whether a patron is blocked, with one statement."""
    row = await tx.connection.fetchrow(
        f"""SELECT {_list(_open_loans(tx))}, {_list(_open_fees(tx))}, {_list(_limits(tx))},
                   {_list(f"SELECT doc AS entry, id AS place FROM {tx.table('patron_block_conditions')}")},
                   {_list(_manual(tx))}""",
        user_id,
    )
    return Standing(*(orjson.loads(entries) for entries in row))


def _list(entries: str) -> str:
    return f"(SELECT coalesce(jsonb_agg(entry ORDER BY place), '[]') FROM ({entries}) entries)"


def _open_loans(tx: Tx) -> str:
    return f"""SELECT loan.id AS place, jsonb_build_object(
            'loanId', loan.id,
            'dueDate', loan.doc->'dueDate',
            'recall', coalesce((loan.doc->>'dueDateChangedByRecall')::boolean, false),
            'itemLost', coalesce(loan.doc->>'itemStatus' IN {_LOST}, false),
            'itemClaimedReturned', coalesce(loan.doc->>'itemStatus' = 'Claimed returned', false),
            'gracePeriod', policy.doc->'loansPolicy'->'gracePeriod') AS entry
        FROM {tx.table("loan")} loan
        LEFT JOIN {tx.table("loan_policy")} policy ON policy.id = public.octavo_uuid(loan.doc->>'loanPolicyId')
        WHERE loan.user_id = $1 AND loan.status_name = 'open'"""


def _open_fees(tx: Tx) -> str:
    return f"""SELECT id AS place, jsonb_build_object(
            'feeFineId', id, 'feeFineTypeId', doc->'feeFineId', 'loanId', doc->'loanId', 'balance', doc->>'remaining') AS entry
        FROM {tx.table("accounts")}
        WHERE user_id = $1 AND status_name = 'open' AND public.octavo_number(doc->>'remaining') <> 0"""


def _limits(tx: Tx) -> str:
    return f"""SELECT limits.id AS place, jsonb_build_object(
            'conditionId', limits.doc->'conditionId', 'value', limits.doc->>'value') AS entry
        FROM {tx.table("users")} users
        JOIN {tx.table("patron_block_limits")} limits ON limits.patron_group_id = users.patron_group
        WHERE users.id = $1"""


def _manual(tx: Tx) -> str:
    return f"SELECT doc AS entry, id AS place FROM {tx.table('manualblocks')} WHERE user_id = $1"
