"""The end of the loan of a lost item: it closes once nothing is owed for the item any more (FOLIO mod-circulation).

Whoever changes accounts first locks the lost items that they were charged for, then changes them, then closes what is
paid: items come before accounts, as they do at the desk.
"""

from collections.abc import Sequence
from typing import Final

from octavo.rules.lost_item import AGED_TO_LOST, DECLARED_LOST, LOST_AND_PAID, LOST_FEES
from octavo.store import lost_items as store
from octavo.store.tx import Tx

#: The statuses of items whose open loans close once everything is paid.
LOST: Final = (DECLARED_LOST, AGED_TO_LOST)


async def lock_lost_loans(tx: Tx, account_ids: Sequence[str]) -> list[str]:
    """Lock the lost items that accounts were charged for; return the ids of their open loans."""
    return await store.lock_items_of_accounts(tx, account_ids, LOST)


async def close_paid_loans(tx: Tx, loan_ids: Sequence[str]) -> None:
    """Close those loans of lost items for which nothing is owed any more."""
    if loan_ids:
        await store.close_paid_loans(tx, loan_ids, LOST_FEES, LOST, LOST_AND_PAID)
