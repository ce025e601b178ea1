"""The sample library's loans, in every state that a loan can be in, each with its history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import cached_property
from random import Random
from typing import Final

from octavo.app.sample.house import LOAN_POLICIES, loan_policy_name
from octavo.app.sample.people import ADA, FIRST_USUAL, Patron, patron
from octavo.app.sample.record import Change, Json, Keys, Made, metadata
from octavo.app.sample.shelves import Copy, Shelves
from octavo.catalogue.loans import LOAN
from octavo_models.scalars import format_instant


class State(Enum):
    """What has become of an open loan."""

    PLAIN = auto()
    OVERDUE = auto()
    RENEWED = auto()
    RECALLED = auto()
    DECLARED_LOST = auto()
    CLAIMED_RETURNED = auto()
    AGED_TO_LOST = auto()
    HELD = auto()


class Errand(Enum):
    """Where an item is that is neither lent nor on the shelf."""

    AWAITING_PICKUP = "Awaiting pickup"
    PAGED = "Paged"
    IN_TRANSIT_TO_PATRON = "In transit"
    IN_TRANSIT_HOME = "In transit home"


#: The first loans show every state; the first three are Ada's.
_FIRST: Final = tuple(State)
ADAS_LOANS: Final = 3
_USUAL: Final = (
    *(State.PLAIN, State.PLAIN, State.OVERDUE, State.PLAIN, State.RENEWED, State.HELD, State.PLAIN, State.OVERDUE),
    *(State.PLAIN, State.RENEWED, State.PLAIN, State.RECALLED, State.PLAIN, State.OVERDUE, State.PLAIN, State.PLAIN),
    *(State.RENEWED, State.HELD, State.PLAIN, State.AGED_TO_LOST, State.PLAIN, State.CLAIMED_RETURNED, State.PLAIN),
    *(State.RENEWED, State.OVERDUE, State.PLAIN, State.DECLARED_LOST, State.PLAIN, State.PLAIN, State.HELD),
)
_LOST_STATUS: Final = {
    State.DECLARED_LOST: "Declared lost",
    State.CLAIMED_RETURNED: "Claimed returned",
    State.AGED_TO_LOST: "Aged to lost",
}
#: One in so many items is on each errand; there are at least two of each.
_ERRANDS: Final = {Errand.AWAITING_PICKUP: 60, Errand.PAGED: 40, Errand.IN_TRANSIT_TO_PATRON: 80, Errand.IN_TRANSIT_HOME: 100}
#: Closed loans ended before all open ones began.
_CLOSED_BEFORE: Final = timedelta(days=200)
#: One in so many closed loans ended late.
LATE: Final = 9
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class OpenLoan:
    """An open loan as requests and charges need to know it. `events` are (action, time, fields that change)."""

    number: int
    id: str
    state: State
    copy: Copy
    borrower: Patron
    loaned: datetime
    due: datetime
    events: tuple[tuple[str, datetime, Json], ...]

    @property
    def item_status(self) -> str:
        """Return the status of the item."""
        return _LOST_STATUS.get(self.state, "Checked out")

    @property
    def item_status_since(self) -> datetime:
        """Return when the item got its status."""
        return self.events[-1][1] if self.state in _LOST_STATUS else self.loaned


@dataclass(frozen=True)
class ClosedLoan:
    """A loan that has ended."""

    number: int
    id: str
    copy: Copy
    borrower: Patron
    loaned: datetime
    due: datetime
    returned: datetime

    @property
    def days_overdue(self) -> int:
        """Return how many days the item came late, a day begun counted as one."""
        return max(0, -((self.due - self.returned) // _DAY))


@dataclass(frozen=True)
class Lending:
    """All loans: who has which copy, and which copies are on an errand."""

    keys: Keys
    shelves: Shelves
    patrons: int
    loans: int
    now: datetime

    @cached_property
    def _order(self) -> list[int]:
        """Return the copies that are lent in the order in which they are taken, eight books first."""
        numbers = self.shelves.loanable()
        Random(f"copies {self.keys.seed}").shuffle(numbers)  # noqa: S311 - it is to be the same again  # nosec B311
        first = [number for number in numbers[: 8 * len(_FIRST)] if self._is_book(number)][: len(_FIRST)]
        chosen = set(first)
        return [*first, *(number for number in numbers if number not in chosen)]

    def _is_book(self, number: int) -> bool:
        return self.shelves.copy(number).material == "book"

    @cached_property
    def open_count(self) -> int:
        """Return how many loans are open: two in five, as long as half of the copies stay."""
        return min(max(len(_FIRST), self.loans * 2 // 5), len(self._order) // 2)

    @cached_property
    def _open_by_copy(self) -> dict[int, int]:
        return {number: place for place, number in enumerate(self._order[: self.open_count])}

    @cached_property
    def errands(self) -> dict[int, Errand]:
        """Return the copies on an errand; all are books, for films are not paged."""
        books = (number for number in self._order[self.open_count :] if self._is_book(number))
        return {
            number: errand
            for errand, share in _ERRANDS.items()
            for _, number in zip(range(max(2, self.shelves.items // share)), books, strict=False)
        }

    def usual(self, number: int) -> Patron:
        """Return one of the patrons who are like any other, each number another as long as there are some."""
        return patron(self.keys, FIRST_USUAL + number % (self.patrons - FIRST_USUAL))

    def scattered(self, number: int, salt: int, below: int) -> int:
        """Return a number that looks like chance and depends on the seed."""
        return ((number + 1) * 2654435761 + salt * 40503 + self.keys.seed * 7919) % 4294967291 % below

    def status_of(self, number: int) -> Json:
        """Return what is special of a copy that is not available."""
        if (place := self._open_by_copy.get(number)) is not None:
            loan = self.open_loan(place)
            return {"status": {"name": loan.item_status, "date": format_instant(loan.item_status_since)}}
        errand = self.errands.get(number)
        if errand is None:
            return {}
        status = {"name": errand.value.removesuffix(" home"), "date": format_instant(self.now - _DAY)}
        if errand in (Errand.AWAITING_PICKUP, Errand.PAGED):
            return {"status": status}
        desk = self.shelves.copy(number).desk if errand is Errand.IN_TRANSIT_HOME else "Harbour Desk"
        return {"status": status, "inTransitDestinationServicePointId": self.keys("desk", desk)}

    def open_loans(self) -> Iterator[OpenLoan]:
        """Yield the open loans in order."""
        return (self.open_loan(number) for number in range(self.open_count))

    def open_loan(self, number: int) -> OpenLoan:
        """Return one open loan."""
        copy = self.shelves.copy(self._order[number])
        state = _FIRST[number] if number < len(_FIRST) else _USUAL[number % len(_USUAL)]
        if state is State.RECALLED and copy.material == "film":
            state = State.HELD
        mine = number < ADAS_LOANS
        borrower = patron(self.keys, ADA) if mine else self.usual(self.scattered(number, 1, 1 << 30))
        days, _ = terms(borrower, copy)
        loaned, due, events = self._course(state, days, self.scattered(number, 2, 1000))
        return OpenLoan(number, self.keys("open loan", number), state, copy, borrower, loaned, due, events)

    def _course(
        self, state: State, days: int, chance: int
    ) -> tuple[datetime, datetime, tuple[tuple[str, datetime, Json], ...]]:
        """Return when a loan began, when it is due, and what happened in between."""
        at = self.now - chance * timedelta(minutes=1)
        begun = {
            State.PLAIN: 1 + chance % 5,
            State.OVERDUE: days + 2 + chance % 25,
            State.RENEWED: days // 3 + days // 2,
            State.RECALLED: 10,
            State.DECLARED_LOST: days + 20,
            State.CLAIMED_RETURNED: days + 15,
            State.AGED_TO_LOST: days + 90,
            State.HELD: 5,
        }
        loaned = at - begun[state] * _DAY
        due = loaned + days * _DAY
        if state is State.RENEWED:
            renewed = at - days // 3 * _DAY
            due = renewed + days * _DAY
            return loaned, due, (("renewed", renewed, {"renewalCount": 1, "dueDate": format_instant(due)}),)
        if state is State.RECALLED:
            recalled = at - 2 * _DAY
            due = recalled + 5 * _DAY
            change = {"dueDate": format_instant(due), "dueDateChangedByRecall": True}
            return loaned, due, (("recallrequested", recalled, change),)
        if state is State.HELD:
            return loaned, due, tuple(("holdrequested", at - ago * _DAY, {}) for ago in (3, 2))
        return loaned, due, _losses(state, at, due)

    @property
    def closed_count(self) -> int:
        """Return how many loans are closed."""
        return self.loans - self.open_count

    def closed_loan(self, number: int) -> ClosedLoan:
        """Return one closed loan; those of one copy follow each other, one in each slot of time."""
        rounds = max(1, -(-self.closed_count // len(self._order)))
        slot = min(timedelta(days=130), timedelta(days=20000) / rounds)
        borrower = patron(self.keys, ADA) if number == 0 else self.usual(self.scattered(number, 3, 1 << 30))
        copy = self.shelves.copy(self._order[number % len(self._order)])
        days, _ = terms(borrower, copy)
        began = self.now - _CLOSED_BEFORE - (number // len(self._order) + 1) * slot
        lent = min(days * _DAY, slot * 0.75)
        kept = lent * (1.1 if number % LATE == 0 else 0.2 + self.scattered(number, 4, 70) / 100)
        key = self.keys("closed loan", number)
        return ClosedLoan(number, key, copy, borrower, _cut(began), _cut(began + lent), _cut(began + kept))

    def records(self) -> Iterator[Made]:
        """Yield all loans with their histories."""
        for loan in self.open_loans():
            yield self._made(self._checked_out(loan), loan.loaned, loan.events, loan.item_status)
        for number in range(self.closed_count):
            closed = self.closed_loan(number)
            end = {
                "status": {"name": "Closed"},
                "returnDate": _wire(closed.returned),
                "systemReturnDate": format_instant(closed.returned),
                "checkinServicePointId": self.keys("desk", closed.copy.desk),
                "itemStatus": "Available",
            }
            event = ("checkedin", closed.returned, end)
            yield self._made(self._checked_out(closed), closed.loaned, (event,), "Available")

    def _checked_out(self, loan: OpenLoan | ClosedLoan) -> Json:
        keys, copy, borrower = self.keys, loan.copy, loan.borrower
        days, _ = terms(borrower, copy)
        due = loan.loaned + days * _DAY if isinstance(loan, OpenLoan) else loan.due
        fines = "No fines" if borrower.group == "faculty" and copy.material != "film" else "A quarter a day"
        return {
            "id": loan.id,
            "userId": borrower.id,
            "itemId": copy.id,
            "itemEffectiveLocationIdAtCheckOut": keys("location", copy.place),
            "status": {"name": "Open"},
            "loanDate": _wire(loan.loaned),
            "dueDate": format_instant(due),
            "action": "checkedout",
            "itemStatus": "Checked out",
            "loanPolicyId": keys("loan policy", loan_policy_name(borrower.group, copy.material, copy.loan_type)),
            "checkoutServicePointId": keys("desk", copy.desk),
            "patronGroupIdAtCheckout": keys("group", borrower.group),
            "isDcb": False,
            "overdueFinePolicyId": keys("fine policy", fines),
            "lostItemPolicyId": keys("lost policy", "Replacement"),
            "metadata": metadata(loan.loaned),
        }

    def _made(
        self, begun: Json, loaned: datetime, events: tuple[tuple[str, datetime, Json], ...], item_status: str
    ) -> Made:
        document, history = begun, [Change("I", loaned, begun)]
        for action, at, change in events:
            document = {**document, **change, "action": action, "metadata": metadata(loaned, at)}
            if item_status != "Checked out":
                document["itemStatus"] = item_status
            history.append(Change("U", at, document))
        return Made(LOAN, document, tuple(history))


def terms(borrower: Patron, copy: Copy) -> tuple[int, int]:
    """Return for how many days a copy is lent to somebody, and how often it is renewed."""
    found = LOAN_POLICIES[loan_policy_name(borrower.group, copy.material, copy.loan_type)]
    if found is None:
        raise ValueError(f"copy {copy.number} is not lent")
    return found


def _losses(state: State, at: datetime, due: datetime) -> tuple[tuple[str, datetime, Json], ...]:
    if state is State.DECLARED_LOST:
        lost = at - 10 * _DAY
        return (("declaredLost", lost, {"declaredLostDate": format_instant(lost)}),)
    if state is State.CLAIMED_RETURNED:
        claimed = at - 5 * _DAY
        return (("claimedReturned", claimed, {"claimedReturnedDate": format_instant(claimed)}),)
    if state is State.AGED_TO_LOST:
        aged = due + 84 * _DAY
        billing = {
            "lostItemHasBeenBilled": False,
            "dateLostItemShouldBeBilled": format_instant(aged + 14 * _DAY),
            "agedToLostDate": format_instant(aged),
        }
        return (("itemAgedToLost", aged, {"agedToLostDelayedBilling": billing}),)
    return ()


def _wire(moment: datetime) -> str:
    return format_instant(moment).replace("+00:00", "Z")


def _cut(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
