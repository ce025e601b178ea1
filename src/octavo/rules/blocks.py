"""Patron blocks: those the staff set, and those that follow from a patron's loans and debts.

The six automated conditions and their limits are those of FOLIO mod-patron-blocks; they are computed from
open loans and open accounts whenever they are asked for, so there are no counters to drift.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from octavo.errors import Violation
from octavo.rules.overrides import Block, Overrides

MINUTES_IN_A_DAY = 1440


class Action(StrEnum):
    """What a block keeps a patron from, in the words of the refusal."""

    BORROWING = "borrowing"
    RENEWING = "renewing"
    REQUESTING = "requesting"


@dataclass(frozen=True)
class Blocked:
    """Which actions are blocked."""

    borrowing: bool = False
    renewals: bool = False
    requests: bool = False

    def __and__(self, other: "Blocked") -> "Blocked":
        """Return the actions that both block."""
        return Blocked(
            self.borrowing and other.borrowing, self.renewals and other.renewals, self.requests and other.requests
        )

    def __bool__(self) -> bool:
        """Tell whether any action is blocked."""
        return self.borrowing or self.renewals or self.requests

    def includes(self, action: Action) -> bool:
        """Tell whether an action is blocked."""
        flags = {
            Action.BORROWING: self.borrowing,
            Action.RENEWING: self.renewals,
            Action.REQUESTING: self.requests,
        }
        return flags[action]


EVERYTHING = Blocked(borrowing=True, renewals=True, requests=True)
NOTHING = Blocked()


@dataclass(frozen=True)
class OpenLoan:
    """What automated blocks ask about a loan that is not closed. The grace period is in minutes."""

    id: str
    due_date: datetime | None
    recalled: bool = False
    lost: bool = False
    claimed_returned: bool = False
    grace_minutes: int = 0


@dataclass(frozen=True)
class OpenFee:
    """What automated blocks ask about an account that is not closed."""

    balance: Decimal
    loan_id: str | None = None


@dataclass(frozen=True)
class Condition:
    """A condition as the library set it: what it blocks, and what the patron is told."""

    id: str
    blocks: Blocked
    message: str


@dataclass(frozen=True)
class Limit:
    """What a patron group may reach under a condition."""

    condition_id: str
    value: Decimal


@dataclass(frozen=True)
class AutomatedBlock:
    """A condition that a patron has broken, and the actions it blocks."""

    condition_id: str
    blocks: Blocked
    message: str


@dataclass(frozen=True)
class ManualBlock:
    """A block that staff set. Without an expiration date it stays until it is deleted."""

    description: str
    blocks: Blocked
    expires: datetime | None = None


@dataclass(frozen=True)
class _Standing:
    """A patron's open loans and fees; loans claimed returned are left out already."""

    loans: tuple[OpenLoan, ...]
    fees: tuple[OpenFee, ...]
    now: datetime

    def overdue(self) -> list[OpenLoan]:
        return [loan for loan in self.loans if overdue_minutes(loan, self.now) > 0]

    def overdue_recalls(self) -> list[OpenLoan]:
        return [loan for loan in self.overdue() if loan.recalled]


def overdue_minutes(loan: OpenLoan, now: datetime) -> int:
    """Return for how many whole minutes a loan is overdue; none as long as the grace period lasts."""
    if loan.due_date is None or loan.due_date >= now:
        return 0
    minutes = int((now - loan.due_date).total_seconds() // 60)
    return minutes if minutes > loan.grace_minutes else 0


def automated_blocks(
    loans: Iterable[OpenLoan],
    fees: Iterable[OpenFee],
    limits: Iterable[Limit],
    conditions: Mapping[str, Condition],
    now: datetime,
) -> list[AutomatedBlock]:
    """Return the blocks that follow from a patron's open loans and fees, in the order of the limits.

    limits: those of the patron's group. conditions: all of them, by id.
    """
    standing = _standing(loans, fees, now)
    found: list[AutomatedBlock] = []
    for limit in limits:
        condition, rule = conditions.get(limit.condition_id), _RULES.get(limit.condition_id)
        if condition is None or rule is None:
            continue
        blocked = rule(standing, limit.value) & condition.blocks
        if blocked:
            found.append(AutomatedBlock(condition.id, blocked, condition.message))
    return found


def _standing(loans: Iterable[OpenLoan], fees: Iterable[OpenFee], now: datetime) -> _Standing:
    every = tuple(loans)
    claimed = {loan.id for loan in every if loan.claimed_returned}
    counted = tuple(loan for loan in every if not loan.claimed_returned)
    return _Standing(counted, tuple(fee for fee in fees if fee.loan_id not in claimed), now)


_Rule = Callable[[_Standing, Decimal], Blocked]


def _exceeded(measured: Decimal | int, limit: Decimal) -> Blocked:
    return EVERYTHING if measured > limit else NOTHING


def _charged_out(standing: _Standing, limit: Decimal) -> Blocked:
    """Let a patron at the limit renew and request, but borrow nothing more."""
    count = len(standing.loans)
    return Blocked(borrowing=count >= limit, renewals=count > limit, requests=count > limit)


def _lost(standing: _Standing, limit: Decimal) -> Blocked:
    return _exceeded(sum(loan.lost for loan in standing.loans), limit)


def _overdue(standing: _Standing, limit: Decimal) -> Blocked:
    return _exceeded(len(standing.overdue()), limit)


def _overdue_recalls(standing: _Standing, limit: Decimal) -> Blocked:
    return _exceeded(len(standing.overdue_recalls()), limit)


def _recall_overdue_days(standing: _Standing, limit: Decimal) -> Blocked:
    days = (_days_begun(overdue_minutes(loan, standing.now)) for loan in standing.overdue_recalls())
    return _exceeded(max(days, default=0), limit)


def _days_begun(minutes: int) -> int:
    return -(-minutes // MINUTES_IN_A_DAY)


def _balance(standing: _Standing, limit: Decimal) -> Blocked:
    return _exceeded(sum((fee.balance for fee in standing.fees), Decimal(0)), limit)


_RULES: Mapping[str, _Rule] = {
    "3d7c52dc-c732-4223-8bf8-e5917801386f": _charged_out,
    "72b67965-5b73-4840-bc0b-be8f3f6e047e": _lost,
    "584fbd4f-6a34-4730-a6ca-73a6a6a9d845": _overdue,
    "e5b45031-a202-4abb-917b-e1df9346fe2c": _overdue_recalls,
    "08530ac4-07f2-48e6-9dda-a97bc2bf7053": _recall_overdue_days,
    "cf7a0d5f-a327-4ca1-aa9e-dc55ec006b8a": _balance,
}


def manual_violations(
    blocks: Iterable[ManualBlock], action: Action, now: datetime, overrides: Overrides
) -> list[Violation]:
    """Return the one refusal that names all manual blocks of an action, or none."""
    reasons = [
        block.description
        for block in blocks
        if block.blocks.includes(action) and (block.expires is None or block.expires > now)
    ]
    if not reasons:
        return []
    return [
        Violation(
            f"Patron blocked from {action}",
            (("reason", ";".join(reasons)),),
            "USER_IS_BLOCKED_MANUALLY",
            block=overrides.offer(Block.PATRON),
        )
    ]


def automated_violations(blocks: Iterable[AutomatedBlock], action: Action, overrides: Overrides) -> list[Violation]:
    """Return one refusal for each automated block of an action, in the words of its condition."""
    return [
        Violation(block.message, (), "USER_IS_BLOCKED_AUTOMATICALLY", block=overrides.offer(Block.PATRON))
        for block in blocks
        if block.blocks.includes(action)
    ]
