"""Let closed loans forget who borrowed the item once the setting `loan_history` says so: the work of a timer.

The database is asked only for loans that may be due, by what makes them so; the rule then decides about each.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from octavo.rules.loan_history import (
    FOREVER,
    SETTING,
    ClosedLoan,
    LoanHistory,
    MayBeDue,
    may_be_due,
    read_setting,
    reason_to_remember,
)
from octavo.services.expire import Begin
from octavo.store import remembering as store
from octavo.store.anonymise import forget_loans
from octavo.store.locale import load_entry, zone_of
from octavo.store.settings import load_setting
from octavo.store.tx import Tx

#: How many loans are looked at in one transaction.
BATCH: Final = 2000
#: How many batches one run of the timer looks at, at most; what it does not get to, the next one does.
MOST_BATCHES: Final = 250
#: How many batches are looked at for a caller who is told of each loan, and to how many loans reasons are given.
MOST_BATCHES_TOLD: Final = 10
MOST_REASONS: Final = 1000

#: Returns loans that may be due, from the one after the last on.
_Find = Callable[[Tx, ClosedLoan | None], Awaitable[list[dict[str, Any]]]]


@dataclass(frozen=True)
class _Terms:
    setting: LoanHistory
    now: datetime
    zone: ZoneInfo

    def reason(self, loan: ClosedLoan) -> str | None:
        return reason_to_remember(self.setting, loan, self.now, self.zone)


async def count_anonymised(begin: Begin) -> int:
    """Let a tenant's closed loans forget, and return how many did. Each batch is a transaction."""
    terms = await _terms(begin)
    return sum([len(done) async for done in _batches(begin, terms, MOST_BATCHES)])


async def anonymise_by_time(begin: Begin) -> dict[str, Any]:
    """Do the same for a caller who is told which loans have forgotten, and of the oldest others why not, in wire form."""
    terms = await _terms(begin)
    done = [loan_id async for batch in _batches(begin, terms, MOST_BATCHES_TOLD) for loan_id in batch]
    async with begin() as tx:
        left = [ClosedLoan(**row) for row in await store.load_oldest(tx, MOST_REASONS)]
    reasons: dict[str, list[str]] = {}
    for loan in left:
        if reason := terms.reason(loan):
            reasons.setdefault(reason, []).append(loan.id)
    return {"anonymizedLoans": done, "errors": [_told(reason, ids) for reason, ids in reasons.items()]}


async def _terms(begin: Begin) -> _Terms:
    async with begin() as tx:
        value = await load_setting(tx, SETTING)
        _, locale = await load_entry(tx)
        return _Terms(read_setting(orjson.loads(value) if value else None), tx.now, zone_of(locale))


async def _batches(begin: Begin, terms: _Terms, most: int) -> AsyncIterator[list[str]]:
    """Let loans forget, at most some batches of them; yield the ids of those of each that did."""
    left = most
    for find in _ways(may_be_due(terms.setting, terms.now, terms.zone)):
        last: ClosedLoan | None = None
        while left:
            left -= 1
            async with begin() as tx:
                loans = [ClosedLoan(**row) for row in await find(tx, last)]
                due = [loan.id for loan in loans if terms.reason(loan) is None]
                done = await forget_loans(tx, due) if due else []
            yield done
            if len(loans) < BATCH:
                break
            last = loans[-1]


def _ways(among: MayBeDue) -> Iterator[_Find]:
    """Yield the ways in which loans become due; where the setting says never, that is nothing but the borrower's wish."""
    yield _of_opted_out
    if among.closed_until is not None:
        yield partial(_closed, until=among.closed_until, charged=among.charged)
    if among.fees_until is not None:
        yield partial(_charged, until=among.fees_until)


async def _of_opted_out(tx: Tx, _last: ClosedLoan | None) -> list[dict[str, Any]]:
    return await store.load_opted_out(tx, BATCH)


async def _closed(tx: Tx, last: ClosedLoan | None, until: datetime, *, charged: bool) -> list[dict[str, Any]]:
    after = (last.closed_at or FOREVER, last.id) if last else store.BEFORE_ALL
    return await store.load_closed(tx, until, after, BATCH, charged=charged)


async def _charged(tx: Tx, last: ClosedLoan | None, until: datetime) -> list[dict[str, Any]]:
    return await store.load_charged(tx, until, last.id if last else store.BEFORE_ALL[1], BATCH)


def _told(reason: str, loan_ids: list[str]) -> dict[str, Any]:
    return {"message": reason, "parameters": [{"key": "loanIds", "value": orjson.dumps(loan_ids).decode()}]}
