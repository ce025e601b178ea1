"""Closed loans that still know their borrower, found by what may make them due: each way by an index.

`loan_remembering_idx` holds them and no others, by when they were closed, so that a pass of the timer reads what is due
and what has forgotten costs nothing. Borrowers who want their history kept are left out everywhere; their loans stay in
the index, and are passed over.
"""

from datetime import UTC, datetime
from typing import Any, Final

from octavo.store.tx import Tx

#: Where a pass has come to: when a record was over, and its id. The first instant and the last are PostgreSQL's infinities.
Place = tuple[datetime, str]
BEFORE_ALL: Final[Place] = (datetime.min.replace(tzinfo=UTC), "00000000-0000-0000-0000-000000000000")

PERSONS: Final = "'{userId,proxyUserId}'::text[]"
REMEMBERS: Final = f"loan.status_name = 'closed' AND loan.doc ?| {PERSONS}"

#: A loan closed without its item coming back, as a lost one is, counts as closed at the end of time.
_CLOSED_AT = "coalesce(public.octavo_instant(coalesce(loan.doc->>'systemReturnDate', loan.doc->>'returnDate')), 'infinity')"


async def load_closed(tx: Tx, until: datetime, after: Place, most: int, *, charged: bool) -> list[dict[str, Any]]:
    """Return loans closed until an instant, the longest closed first, from the one after a place on.

    charged: also those with fees or fines. `datetime.max` finds them all.
    """
    without_fees = "" if charged else f"AND NOT {_has_fees(tx)}"
    rows = await tx.connection.fetch(
        f"""{_facts(tx)} FROM {tx.table("loan")} loan {_decided(tx)}
            WHERE {REMEMBERS} AND decided.keep_history IS NOT TRUE {without_fees}
            AND {_CLOSED_AT} <= $1 AND ({_CLOSED_AT}, loan.id) > ($2::timestamptz, $3::uuid)
            ORDER BY {_CLOSED_AT}, loan.id LIMIT $4""",
        until, *after, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def load_opted_out(tx: Tx, most: int) -> list[dict[str, Any]]:
    """Return loans, without fees or fines, of borrowers who want no history."""
    rows = await tx.connection.fetch(
        f"""{_facts(tx)} FROM {tx.table("patron_preference")} decided
            JOIN {tx.table("loan")} loan ON loan.user_id = decided.user_id
            WHERE NOT decided.keep_history AND {REMEMBERS} AND NOT {_has_fees(tx)} LIMIT $1""",
        most,
    )
    return [dict(row) for row in rows]


async def load_charged(tx: Tx, until: datetime, after: str, most: int) -> list[dict[str, Any]]:
    """Return loans all of whose fees and fines were closed until an instant, by id, from the one after `after` on.

    All fees that name a loan are looked at, by their index, as none knows which of these loans still remember.
    """
    rows = await tx.connection.fetch(
        f"""{_facts(tx)} FROM (SELECT DISTINCT loan_id FROM {tx.table("accounts")} WHERE loan_id > $2::uuid) charge
            JOIN {tx.table("loan")} loan ON loan.id = charge.loan_id {_decided(tx)}
            WHERE {REMEMBERS} AND decided.keep_history IS NOT TRUE AND NOT {_has_open_fees(tx)}
            AND coalesce({_fees_closed_at(tx)}, 'infinity') <= $1 ORDER BY charge.loan_id LIMIT $3""",
        until, after, most,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def load_oldest(tx: Tx, most: int) -> list[dict[str, Any]]:
    """Return what is known of the loans that have been closed for longest; so many of them are looked at."""
    rows = await tx.connection.fetch(
        f"""{_facts(tx)} FROM (SELECT * FROM {tx.table("loan")} loan WHERE {REMEMBERS}
                ORDER BY {_CLOSED_AT}, loan.id LIMIT $1) loan {_decided(tx)}
            WHERE decided.keep_history IS NOT TRUE ORDER BY {_CLOSED_AT}, loan.id""",
        most,
    )
    return [dict(row) for row in rows]


def _facts(tx: Tx) -> str:
    """Return the SELECT list: id, closed_at, whether the loan has_fees and has_open_fees, and if all are closed, since when (fees_closed_at); opted_out: its borrower wants no history."""
    return f"""SELECT loan.id::text AS id, nullif({_CLOSED_AT}, 'infinity') AS closed_at,
        {_has_fees(tx)} AS has_fees, {_has_open_fees(tx)} AS has_open_fees,
        {_fees_closed_at(tx)} AS fees_closed_at, decided.keep_history IS FALSE AS opted_out"""


def _accounts(tx: Tx) -> str:
    return f"FROM {tx.table('accounts')} account WHERE account.loan_id = loan.id"


# OFFSET 0 has accounts looked up loan by loan; the planner might read all accounts there are.
def _has_fees(tx: Tx) -> str:
    return f"EXISTS (SELECT {_accounts(tx)} OFFSET 0)"


def _has_open_fees(tx: Tx) -> str:
    return f"EXISTS (SELECT {_accounts(tx)} AND account.status_name IS DISTINCT FROM 'closed' OFFSET 0)"


def _fees_closed_at(tx: Tx) -> str:
    return f"""(SELECT max(done.date_action) FROM {tx.table("feefineactions")} done
        WHERE done.account_id IN (SELECT account.id {_accounts(tx)}))"""


def _decided(tx: Tx) -> str:
    return f"LEFT JOIN {tx.table('patron_preference')} decided ON decided.user_id = loan.user_id"
