"""What paying, waiving, transferring, refunding and cancelling do to accounts, and when it is refused (FOLIO mod-feesfines).

`allow` decides whether an amount may be asked of one account or of several together; `perform` and `cancel` say what
becomes of each account, and which records tell of it. Amounts are in whole cents; what accounts hold is rounded first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from octavo.errors import Invalid, Violation
from octavo.rules.money import ZERO, parse_amount, rounded, split
from octavo.rules.transitions import ACCOUNT, CLOSED, OPEN, changed

INVALID_AMOUNT = "Invalid amount entered"
NOT_POSITIVE = "Amount must be positive"
ALREADY_CLOSED = "Fee/fine is already closed"
EXCEEDS_REMAINING = "Requested amount exceeds remaining amount"
EXCEEDS_REFUNDABLE = "Refund amount must be greater than zero and less than or equal to Selected amount"

PATRON = "patron"
CREDITED = "Credited"
_UNNAMED_ACCOUNT = "transfer account"


class Action(StrEnum):
    """What is done to accounts with an amount, in the word that begins the type of its records."""

    PAY = "Paid"
    WAIVE = "Waived"
    TRANSFER = "Transferred"
    REFUND = "Refunded"


#: The types of the records that a refund depends on.
REFUND_DEPENDS_ON = tuple(
    f"{action} {extent}" for action in (Action.PAY, Action.TRANSFER, Action.REFUND) for extent in ("fully", "partially")
)


class Refused(Invalid):
    """An action that is not allowed; nothing has been done to any account."""

    def __init__(self, message: str) -> None:
        """Say why."""
        super().__init__(Violation(message))


@dataclass(frozen=True)
class PastAction:
    """A record of what was done before.

    payment_method: of a transfer, the account elsewhere. transaction_information: of a refund, who got it.
    """

    type_action: str
    amount: Decimal
    payment_method: str | None = None
    transaction_information: str | None = None

    def is_a(self, action: Action) -> bool:
        """Tell whether the record is of this action, fully or partially."""
        return self.type_action in (f"{action} fully", f"{action} partially")


@dataclass(frozen=True)
class Account:
    """What the rules ask about an account. past: its payments, transfers and refunds, which only a refund asks for."""

    id: str
    user_id: str
    amount: Decimal
    remaining: Decimal
    status: str
    past: tuple[PastAction, ...] = ()

    @property
    def owed(self) -> Decimal:
        """Return what is still to pay."""
        return max(rounded(self.remaining), ZERO)

    @property
    def is_closed(self) -> bool:
        """Tell whether the account is closed; something may remain all the same."""
        return self.status.lower() == CLOSED.lower()

    @cached_property
    def sources(self) -> "tuple[_Source, ...]":
        """Return where refunds come from: what the patron paid, then what went to each transfer account."""
        return _sources(self.past)

    @property
    def refundable(self) -> Decimal:
        """Return what was paid and transferred and has not been refunded."""
        return sum((source.left for source in self.sources), ZERO)


@dataclass(frozen=True)
class Entry:
    """A record of an action: its type, the amount, and what then remained.

    transaction_information: who gets or got a refund; of other actions it is for staff to say.
    """

    type_action: str
    amount: Decimal
    balance: Decimal
    transaction_information: str | None = None


@dataclass(frozen=True)
class Change:
    """What becomes of an account: its status, and the records in their order; the last one has the final word."""

    account: Account
    status: str
    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        changed(ACCOUNT, CLOSED if self.account.is_closed else OPEN, CLOSED if self.status == CLOSED else OPEN)

    @property
    def remaining(self) -> Decimal:
        """Return what now remains."""
        return self.entries[-1].balance

    @property
    def payment_status(self) -> str:
        """Return the payment status: always that of the latest action."""
        return self.entries[-1].type_action


@dataclass(frozen=True)
class Allowance:
    """An amount that is allowed, and the most that each account takes or gives of it."""

    amount: Decimal
    limits: tuple[Decimal, ...]

    @property
    def remaining(self) -> Decimal:
        """Return what remains of all accounts together; of a refund, what could still be refunded."""
        return sum(self.limits, ZERO) - self.amount


@dataclass(frozen=True)
class _Source:
    """Something that refunds come from: all that went there, and what of it is left."""

    name: str
    gross: Decimal
    left: Decimal


def allow(action: Action, accounts: Sequence[Account], asked: str) -> Allowance:
    """Return the amount that is asked of all accounts together, or raise Refused with the first reason against it."""
    amount = parse_amount(asked)
    if amount is None:
        raise Refused(INVALID_AMOUNT)
    if amount <= ZERO:
        raise Refused(NOT_POSITIVE)
    if action is Action.REFUND:
        return _within(amount, [account.refundable for account in accounts], EXCEEDS_REFUNDABLE)
    if any(account.is_closed and account.owed == ZERO for account in accounts):
        raise Refused(ALREADY_CLOSED)
    return _within(amount, [account.owed for account in accounts], EXCEEDS_REMAINING)


def _within(amount: Decimal, limits: list[Decimal], otherwise: str) -> Allowance:
    if amount > sum(limits, ZERO):
        raise Refused(otherwise)
    return Allowance(amount, tuple(limits))


def perform(action: Action, accounts: Sequence[Account], asked: str) -> tuple[Decimal, list[Change]]:
    """Return the amount, and what becomes of the accounts that take part of it. Raises Refused."""
    allowance = allow(action, accounts, asked)
    parts = split(allowance.amount, allowance.limits)
    changes = [_change(action, account, part) for account, part in zip(accounts, parts, strict=True) if part]
    return allowance.amount, changes


def cancel(accounts: Sequence[Account], reason: str) -> list[Change]:
    """Return what becomes of cancelled accounts: nothing remains. Raises Refused where one is closed."""
    if any(account.is_closed for account in accounts):
        raise Refused(ALREADY_CLOSED)
    return [Change(account, CLOSED, (Entry(reason, rounded(account.amount), ZERO),)) for account in accounts]


def give_back(accounts: Sequence[Account], reason: str) -> list[Change]:
    """Return what becomes of charges that were for nothing: what was paid is refunded, what then remains is cancelled.

    A closed account of which nothing can be refunded stays as it is.
    """
    concerned = [account for account in accounts if account.refundable > ZERO or not account.is_closed]
    return [_give_back(account, reason) for account in concerned]


def _give_back(account: Account, reason: str) -> Change:
    refunded = _refund(account, account.refundable).entries if account.refundable > ZERO else ()
    return Change(account, CLOSED, (*refunded, Entry(reason, rounded(account.amount), ZERO)))


def _change(action: Action, account: Account, amount: Decimal) -> Change:
    return _refund(account, amount) if action is Action.REFUND else _reduce(action, account, amount)


def _reduce(action: Action, account: Account, amount: Decimal) -> Change:
    balance = account.owed - amount
    entry = Entry(_type(action, full=balance == ZERO), amount, balance)
    return Change(account, CLOSED if balance == ZERO else account.status, (entry,))


def _refund(account: Account, amount: Decimal) -> Change:
    """Give back payments first, then transfers: each is credited, then each is taken off again and is owed anew."""
    portions = _portions(account.sources, amount)
    credited = [
        Entry(_type(CREDITED, full=full), part, account.owed, f"Refund to {name}") for name, part, full in portions
    ]
    refunded, balance = [], account.owed
    for name, part, full in portions:
        balance += part
        refunded.append(Entry(_type(Action.REFUND, full=full), part, balance, f"Refunded to {name}"))
    return Change(account, OPEN, (*credited, *refunded))


def _portions(sources: Sequence[_Source], amount: Decimal) -> list[tuple[str, Decimal, bool]]:
    """Return from where how much is refunded, and whether that is all that ever was paid, or transferred."""
    payments, *transfers = sources
    paid = min(payments.left, amount)
    transferred = amount - paid
    parts = split(transferred, [source.left for source in transfers])
    all_transfers = transferred == sum((source.gross for source in transfers), ZERO)
    portions = [(payments.name, paid, paid == payments.gross)]
    portions += [(source.name, part, all_transfers) for source, part in zip(transfers, parts, strict=True)]
    return [portion for portion in portions if portion[1]]


def _sources(past: Sequence[PastAction]) -> tuple[_Source, ...]:
    gross = {PATRON: ZERO}
    for name, amount in _receipts(past):
        gross[name] = gross.get(name, ZERO) + amount
    left = dict(gross)
    for action in past:
        if action.is_a(Action.REFUND):
            _take_back(left, action)
    return tuple(_Source(name, gross[name], left[name]) for name in gross)


def _receipts(past: Iterable[PastAction]) -> Iterator[tuple[str, Decimal]]:
    for action in past:
        if action.is_a(Action.PAY):
            yield PATRON, rounded(action.amount)
        elif action.is_a(Action.TRANSFER):
            yield action.payment_method or _UNNAMED_ACCOUNT, rounded(action.amount)


def _take_back(left: dict[str, Decimal], refund: PastAction) -> None:
    """Take an earlier refund off the source that it names; what that one does not hold, off the others in their order."""
    due = rounded(refund.amount)
    named = (refund.transaction_information or "").removeprefix("Refunded to ")
    for name in sorted(left, key=lambda name: name != named):
        taken = min(due, left[name])
        left[name] -= taken
        due -= taken


def _type(verb: str, *, full: bool) -> str:
    return f"{verb} fully" if full else f"{verb} partially"
