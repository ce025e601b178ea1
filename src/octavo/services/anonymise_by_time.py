"""Let closed loans forget who borrowed the item once the setting `loan_history` says so: the work of a timer."""

from typing import Any, Final

import orjson

from octavo.rules.loan_history import SETTING, ClosedLoan, read_setting, reason_to_remember
from octavo.services.expire import Begin
from octavo.store import anonymise as store
from octavo.store.locale import load_entry, zone_of
from octavo.store.settings import load_setting
from octavo.store.tx import Tx

#: How many loans are looked at in one transaction.
BATCH: Final = 500
#: How many batches one run looks at, at most.
MOST_BATCHES: Final = 200


async def anonymise_by_time(begin: Begin) -> dict[str, Any]:
    """Let a tenant's closed loans forget; say which did, and why others did not, in wire form.

    Each batch is a transaction. What a run does not get to, a later one does: loans that forget are looked at no more.
    """
    async with begin() as tx:
        value = await load_setting(tx, SETTING)
        _, locale = await load_entry(tx)
    setting, zone = read_setting(orjson.loads(value) if value else None), zone_of(locale)
    done: list[str] = []
    left: dict[str, list[str]] = {}
    last: str | None = None
    for _ in range(MOST_BATCHES):
        async with begin() as tx:
            loans = [ClosedLoan(**row) for row in await store.load_remembering(tx, last, BATCH)]
            reasons = {loan.id: reason_to_remember(setting, loan, tx.now, zone) for loan in loans}
            done += await _forget(tx, [loan_id for loan_id, reason in reasons.items() if reason is None])
        for loan_id, reason in reasons.items():
            if reason is not None:
                left.setdefault(reason, []).append(loan_id)
        if len(loans) < BATCH:
            break
        last = loans[-1].id
    return {"anonymizedLoans": done, "errors": [_told(reason, ids) for reason, ids in left.items()]}


async def _forget(tx: Tx, loan_ids: list[str]) -> list[str]:
    return (await store.anonymise_loans(tx, loan_ids)).done if loan_ids else []


def _told(reason: str, loan_ids: list[str]) -> dict[str, Any]:
    return {"message": reason, "parameters": [{"key": "loanIds", "value": orjson.dumps(loan_ids).decode()}]}


async def count_anonymised(begin: Begin) -> int:
    """Let a tenant's closed loans forget, and return how many did."""
    return len((await anonymise_by_time(begin))["anonymizedLoans"])
