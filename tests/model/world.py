"""A library as the specification describes it: plain records in dictionaries, and what can be asked of them.

This is the reference that the server is compared with. It is written from FOLIO's behaviour, shares no code with the
server, and knows nothing of HTTP, SQL or locks. What is done to a world stands in `lending`, `queueing`, `charging`
and `people`: one function for each verb, which changes the world or raises Refused and changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

DESKS = ("main desk", "branch desk")
#: The locations, and the desk that serves each.
HOMES = {"main stacks": "main desk", "branch stacks": "branch desk"}
#: Only the main desk has somebody who charges for it.
CHARGING_DESK = "main desk"

OPEN, CLOSED = "Open", "Closed"
WAITING, ON_SHELF = "Open - Not yet filled", "Open - Awaiting pickup"
LOST = ("Declared lost", "Aged to lost")
CLAIMED = "Claimed returned"


class Refused(Exception):  # noqa: N818 - it is what the desk says
    """An act that the rules do not allow; messages: every reason, in order."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


class Unknown(Exception):  # noqa: N818 - it is what the desk says
    """Something that is not there, or that is not shown to whoever asks."""


@dataclass
class Patron:
    """Somebody who borrows."""

    name: str
    active: bool = True
    expires: datetime | None = None
    blocked_from: frozenset[str] = frozenset()


@dataclass
class Item:
    """A copy. kind: the material type, which decides what may be done with it (`KINDS`)."""

    name: str
    title: str
    kind: str
    home: str
    status: str = "Available"
    destination: str | None = None


@dataclass
class Loan:
    """A loan. recalled: its mark that a recall has changed the due date; billing: of an item that has aged to lost."""

    key: str
    patron: str | None
    item: str
    lent: datetime
    due: datetime
    action: str
    status: str = OPEN
    item_status: str = "Checked out"
    renewals: int = 0
    recalled: bool | None = None
    declared_lost: datetime | None = None
    aged_to_lost: datetime | None = None
    bill_at: datetime | None = None
    billed: bool = False
    returned: datetime | None = None
    history: list[str] = field(default_factory=list)

    @property
    def lost_at(self) -> datetime | None:
        return self.declared_lost or self.aged_to_lost

    def note(self, action: str) -> None:
        self.action = action
        self.history.append(action)


@dataclass
class Request:
    """A request. pickup: None where it is delivered. item: None for a hold of a title that no copy fills yet."""

    key: str
    patron: str
    title: str
    item: str | None
    level: str
    kind: str
    pickup: str | None
    expires: datetime | None
    position: int | None
    status: str = WAITING
    shelf_expires: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status.startswith(OPEN)

    @property
    def takes_any_copy(self) -> bool:
        return self.level == "Title" and self.kind == "Hold" and self.item is None


@dataclass
class Charge:
    """What a patron owes. paid and moved: what was paid, and transferred, in all and what of it is not refunded."""

    key: str
    patron: str
    kind: str
    amount: Decimal
    remaining: Decimal
    loan: str | None = None
    status: str = OPEN
    payment: str = "Outstanding"
    paid: Decimal = Decimal(0)
    paid_left: Decimal = Decimal(0)
    moved: Decimal = Decimal(0)
    moved_left: Decimal = Decimal(0)


@dataclass(frozen=True)
class Kind:
    """What the policies say of a material type."""

    loanable: bool = True
    renewable: bool = True
    limit: int | None = None
    requests: tuple[str, ...] = ("Hold", "Page", "Recall")


KINDS = {
    "book": Kind(),
    "film": Kind(renewable=False, limit=1, requests=("Hold",)),
    "atlas": Kind(loanable=False),
}
LOAN_PERIOD = timedelta(weeks=3)
HELD_LOAN_PERIOD = timedelta(weeks=1)
MOST_RENEWALS = 2
GUARANTEED, RECALL_INTERVAL = timedelta(weeks=1), timedelta(days=3)


@dataclass
class World:
    """Everything there is, in the order in which it came."""

    now: datetime
    by_title: bool
    patrons: dict[str, Patron]
    items: dict[str, Item]
    loans: dict[str, Loan] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    shelf_days: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DESKS, 21))

    def open_loan(self, item: str) -> Loan | None:
        return next((loan for loan in self.loans.values() if loan.item == item and loan.status == OPEN), None)

    def loans_of(self, patron: str) -> list[Loan]:
        return [loan for loan in self.loans.values() if loan.patron == patron and loan.status == OPEN]

    def queue(self, title: str, item: str | None) -> list[Request]:
        """Return the open requests, in order: of the title where titles can be requested, else of the item."""
        queued = [one for one in self.requests.values() if one.is_open and self._stands(one, title, item)]
        return sorted(queued, key=lambda one: one.position or 0)

    def _stands(self, request: Request, title: str, item: str | None) -> bool:
        return request.title == title if self.by_title else request.item == item

    def queue_for(self, item: str) -> list[Request]:
        return self.queue(self.items[item].title, item)

    def next_in_line(self, item: str) -> Request | None:
        """Return the request that the item fills next."""
        return next((one for one in self.queue_for(item) if one.item == item or one.takes_any_copy), None)

    def recall_of(self, item: str) -> Request | None:
        return next((one for one in self.queue_for(item) if one.kind == "Recall" and one.item == item), None)

    def charges_of(self, loan: Loan) -> Iterator[Charge]:
        return (charge for charge in self.charges.values() if charge.loan == loan.key)

    def end_of_day(self, day: datetime) -> datetime:
        """Return the last moment of a day, in UTC as the library has no other time zone."""
        return day.replace(hour=23, minute=59, second=59, microsecond=0)


def renumber(queue: list[Request]) -> None:
    """Let requests stand at 1, 2, 3…"""
    for place, request in enumerate(queue, start=1):
        request.position = place
