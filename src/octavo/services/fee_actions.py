"""Pay, waive, transfer, refund and cancel charges, one or several at once (FOLIO mod-feesfines).

The same steps for all of them: lock the accounts, ask the rules, write every change and every record of it with one
statement. Where that settles the last debt for a lost item, its loan closes. Ids are as a caller sent them; those named twice count once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import orjson

from octavo.catalogue.fees import FEE_FINE_ACTION
from octavo.errors import NotFound
from octavo.rules import fee_actions as rules
from octavo.rules.fee_actions import Account, Action, Allowance, Change, Entry, PastAction
from octavo.services.paid_loans import close_paid_loans, lock_lost_loans
from octavo.store import fee_actions as store
from octavo.store import records
from octavo.store.fee_actions import AccountChange
from octavo.store.tx import Tx
from octavo_models.fee_actions import AmountAction, BulkCancellation, Cancellation
from octavo_models.fees import FeeFineAction


@dataclass(frozen=True)
class Done:
    """What was done: the amount (None of a cancellation), what remains on the changed accounts, and the records."""

    amount: Decimal | None
    remaining: Decimal
    actions: list[bytes]


async def check(tx: Tx, action: Action, account_ids: Sequence[str], amount: str) -> Allowance:
    """Tell whether an amount may be paid, waived, transferred or refunded. Raises NotFound, Refused."""
    accounts = _accounts(account_ids, await store.load_accounts(tx, account_ids))
    return rules.allow(action, await _with_past(tx, action, accounts), amount)


async def act(tx: Tx, action: Action, account_ids: Sequence[str], asked: AmountAction) -> Done:
    """Pay, waive, transfer or refund an amount, split over the accounts. Raises NotFound, Refused."""
    loans = await lock_lost_loans(tx, account_ids)
    accounts = _accounts(account_ids, await store.lock_accounts(tx, account_ids))
    amount, changes = rules.perform(action, await _with_past(tx, action, accounts), asked.amount)
    told = {
        **_told(asked),
        "notify": asked.notify_patron,
        "transaction_information": asked.transaction_info,
        "payment_method": asked.payment_method,
    }
    done = await _write(tx, changes, told, amount)
    await close_paid_loans(tx, loans)
    return done


async def cancel(tx: Tx, account_ids: Sequence[str], asked: Cancellation | BulkCancellation) -> Done:
    """Cancel what remains of charges. Raises NotFound, Refused."""
    loans = await lock_lost_loans(tx, account_ids)
    accounts = _accounts(account_ids, await store.lock_accounts(tx, account_ids))
    done = await _write(tx, rules.cancel(accounts, asked.cancellation_reason), _told(asked), None)
    await close_paid_loans(tx, loans)
    return done


async def give_back(tx: Tx, account_ids: Sequence[str], reason: str, told: Mapping[str, Any]) -> list[str]:
    """Refund what was paid on charges, and cancel what then remains of them. Raises NotFound.

    told: what the records say beside the rules' part. Returns the id of the last record about each account.
    """
    accounts = _accounts(account_ids, await store.lock_accounts(tx, account_ids))
    changes = rules.give_back(await _with_past(tx, Action.REFUND, accounts), reason)
    if not changes:
        return []
    done = await _write(tx, changes, told, None)
    written = [orjson.loads(document) for document in done.actions]
    return list({action["accountId"]: str(action["id"]) for action in written}.values())


def _accounts(account_ids: Sequence[str], found: Sequence[Mapping[str, Any]]) -> list[Account]:
    """Return the accounts in the order in which they are named."""
    known = {row["id"]: Account(**row) for row in found}
    for account_id in account_ids:
        if account_id.lower() not in known:
            raise NotFound(f"Fee/fine ID {account_id} not found")
    return [known[account_id] for account_id in dict.fromkeys(named.lower() for named in account_ids)]


async def _with_past(tx: Tx, action: Action, accounts: list[Account]) -> list[Account]:
    """Return the accounts with what refunds depend on; other actions do not ask for it."""
    if action is not Action.REFUND:
        return accounts
    past: dict[str, list[PastAction]] = {account.id: [] for account in accounts}
    for row in await store.load_past_actions(tx, list(past), rules.REFUND_DEPENDS_ON):
        past[row.pop("account_id")].append(PastAction(**row))
    return [replace(account, past=tuple(past[account.id])) for account in accounts]


def _told(asked: AmountAction | Cancellation | BulkCancellation) -> dict[str, Any]:
    """Return what the records say of who did something where, and why."""
    return {"comments": asked.comments, "created_at": asked.service_point_id, "source": asked.user_name}


async def _write(tx: Tx, changes: list[Change], told: Mapping[str, Any], amount: Decimal | None) -> Done:
    """Write what becomes of accounts. told: what the records say beside the rules' part."""
    common = {"date_action": tx.now, **told}
    written = await store.write_actions(
        tx,
        [AccountChange(one.account.id, one.remaining, one.status, one.payment_status) for one in changes],
        [_record(tx, one.account, entry, common) for one in changes for entry in one.entries],
    )
    return Done(amount, sum((one.remaining for one in changes), Decimal(0)), written)


def _record(tx: Tx, account: Account, entry: Entry, common: Mapping[str, Any]) -> FeeFineAction:
    record = FeeFineAction(account_id=account.id, user_id=account.user_id)
    said = {"transaction_information": entry.transaction_information} if entry.transaction_information else {}
    told = {"type_action": entry.type_action, "amount_action": entry.amount, "balance": entry.balance}
    return records.stamped(tx, FEE_FINE_ACTION, record.model_copy(update={**common, **told, **said}))
