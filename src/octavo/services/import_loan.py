"""A loan as another system knew it: stored with its own dates, by the rules that storing a loan asks anyway."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import orjson

from octavo.catalogue.loans import LOAN
from octavo.errors import BadRequest, Conflict
from octavo.rules.check_out import CHECKED_OUT
from octavo.rules.transitions import CLOSED, ITEM, OPEN, may_become
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import AtDesk, wire_instant
from octavo.services.loans import create_loan
from octavo.store import bulk
from octavo.store import circulation as store
from octavo.store.tx import Tx
from octavo_models.inventory import Item
from octavo_models.loan import Loan, LoanStatus

_ON_AN_ERRAND: Final = ("Paged", "Awaiting pickup", "Awaiting delivery", "In transit")


@dataclass(frozen=True)
class PastLoan:
    """What another system knew. user_id: None where it has forgotten it, which only a closed loan may."""

    item_id: str
    user_id: str | None
    loan_date: datetime
    due_date: datetime
    return_date: datetime | None = None
    renewals: int | None = None
    checkout_service_point_id: str | None = None
    checkin_service_point_id: str | None = None

    @property
    def id(self) -> str:
        """Return the loan's id, which depends on what it is alone, so that a second import finds it."""
        return str(uuid5(NAMESPACE_URL, f"octavo:loan:{self.item_id}/{self.user_id}/{self.loan_date.timestamp()}"))


async def import_loan(tx: Tx, past: PastLoan) -> bool:
    """Store a loan with its dates; the item of an open one is checked out from now on. False where it is there already.

    The circulation rules say which policies it has. Raises BadRequest, Conflict, Invalid.
    """
    status = OPEN if past.return_date is None else CLOSED
    if stored := (await bulk.find(tx, LOAN, [past.id])).get(past.id):
        if orjson.loads(stored)["status"]["name"] != status:
            raise Conflict(f"the loan is here already, and is not {status.lower()}")
        return False
    known = known_rules()
    at_desk = AtDesk(await store.lock_desk_by_id(tx, known.digests, past.item_id, past.user_id), known)
    if at_desk.item is None:
        raise BadRequest("the item is not there")
    if past.return_date is None:
        _check_lendable(at_desk.item)
    await create_loan(tx, _loan(past, at_desk, status))
    return True


def _check_lendable(item: Item) -> None:
    status = item.status.name
    if status in _ON_AN_ERRAND or not may_become(ITEM, status, CHECKED_OUT) or status == CHECKED_OUT:
        raise BadRequest(f"the item is {status}")


def _loan(past: PastLoan, at_desk: AtDesk, status: str) -> Loan:
    patron, item = at_desk.patron, at_desk.item
    closed = status == CLOSED
    return Loan(
        id=past.id,
        user_id=past.user_id,
        item_id=past.item_id,
        item_effective_location_id_at_check_out=item.effective_location_id if item else None,
        status=LoanStatus(name=status),
        loan_date=wire_instant(past.loan_date),
        due_date=past.due_date,
        return_date=wire_instant(past.return_date) if past.return_date else None,
        system_return_date=past.return_date,
        action="checkedin" if closed else "checkedout",
        item_status="Available" if closed else CHECKED_OUT,
        renewal_count=past.renewals,
        loan_policy_id=at_desk.policy_id("l"),
        overdue_fine_policy_id=at_desk.policy_id("o"),
        lost_item_policy_id=at_desk.policy_id("i"),
        checkout_service_point_id=past.checkout_service_point_id,
        checkin_service_point_id=past.checkin_service_point_id,
        patron_group_id_at_checkout=patron.patron_group if patron else None,
    )
