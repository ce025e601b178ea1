"""What the sample library's patrons owe: fines for late returns, fees for lost items, a damaged binding."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from octavo.app.sample.house import LOST_FEE, OWNER, PROCESSING_FEE, fee_type, loan_policy_name
from octavo.app.sample.loans import LATE, ClosedLoan, Lending, OpenLoan, State
from octavo.app.sample.people import Patron
from octavo.app.sample.record import Json, Made, record
from octavo.catalogue.fees import ACCOUNT, FEE_FINE_ACTION
from octavo_models.scalars import format_instant

_A_DAY_LATE: Final = 0.25
_HIGHEST_FINE: Final = 10.0
#: One in so many fines is paid.
_PAID: Final = 3


@dataclass(frozen=True)
class Charge:
    """One charge, and whether it is paid."""

    name: str
    fee: str
    amount: float
    at: datetime
    loan: OpenLoan | ClosedLoan
    paid: bool = False


def charges(lending: Lending) -> Iterator[Made]:
    """Yield all accounts, then everything that was done to them."""
    for charge in _all(lending):
        yield _account(lending, charge)
    for charge in _all(lending):
        yield from _actions(lending, charge)


def _all(lending: Lending) -> Iterator[Charge]:
    for loan in lending.open_loans():
        if loan.state is State.DECLARED_LOST:
            at = loan.events[-1][1]
            yield Charge(f"lost {loan.number}", "Lost item fee", LOST_FEE, at, loan)
            yield Charge(f"processing {loan.number}", "Lost item processing fee", PROCESSING_FEE, at, loan)
    late = (lending.closed_loan(number) for number in range(0, lending.closed_count, LATE))
    for place, closed in enumerate(loan for loan in late if loan.days_overdue and _fined(loan.borrower, loan)):
        amount = min(_HIGHEST_FINE, closed.days_overdue * _A_DAY_LATE)
        paid = place % _PAID == 1
        yield Charge(f"fine {closed.number}", "Overdue fine", amount, closed.returned, closed, paid)
        if place == 1:
            yield Charge(f"binding {closed.number}", "Damaged binding", 12.0, closed.returned, closed)


def _fined(borrower: Patron, loan: ClosedLoan) -> bool:
    return borrower.group != "faculty" or loan.copy.material == "film"


def _account(lending: Lending, charge: Charge) -> Made:
    keys, loan, copy = lending.keys, charge.loan, charge.loan.copy
    returned = {"returnedDate": format_instant(loan.returned)} if isinstance(loan, ClosedLoan) else {}
    policy = loan_policy_name(loan.borrower.group, copy.material, copy.loan_type)
    document = record(
        ACCOUNT,
        keys.once("account", charge.name),
        charge.at,
        amount=charge.amount,
        remaining=0.0 if charge.paid else charge.amount,
        status={"name": "Closed" if charge.paid else "Open"},
        paymentStatus={"name": "Paid fully" if charge.paid else "Outstanding"},
        dateCreated=format_instant(charge.at),
        feeFineType=charge.fee,
        feeFineOwner=OWNER,
        title=copy.title,
        callNumber=copy.call_number,
        barcode=copy.barcode,
        materialType=copy.material,
        materialTypeId=keys("material", copy.material),
        location=copy.place,
        dueDate=format_instant(loan.due),
        loanId=loan.id,
        userId=loan.borrower.id,
        itemId=copy.id,
        feeFineId=fee_type(keys, charge.fee),
        ownerId=keys("owner", OWNER),
        contributors=[{"name": copy.author}],
        loanPolicyId=keys("loan policy", policy),
        overdueFinePolicyId=keys("fine policy", "A quarter a day"),
        lostItemFeePolicyId=keys("lost policy", "Replacement"),
        **returned,
    )
    return Made(ACCOUNT, document)


def _actions(lending: Lending, charge: Charge) -> Iterator[Made]:
    yield _action(lending, charge, charge.fee, charge.at, charge.amount)
    if charge.paid:
        paid = charge.at + timedelta(minutes=10)
        yield _action(lending, charge, "Paid fully", paid, 0.0, paymentMethod="Card")


def _action(
    lending: Lending, charge: Charge, kind: str, at: datetime, balance: float, **more: str
) -> Made:
    keys = lending.keys
    document: Json = record(
        FEE_FINE_ACTION,
        keys.once("action", f"{charge.name} {kind}"),
        at,
        dateAction=format_instant(at),
        typeAction=kind,
        notify=False,
        amountAction=charge.amount,
        balance=balance,
        transactionInformation="-",
        createdAt=keys("desk", charge.loan.copy.desk),
        source="System",
        accountId=keys.once("account", charge.name),
        userId=charge.loan.borrower.id,
        **more,
    )
    return Made(FEE_FINE_ACTION, document)
