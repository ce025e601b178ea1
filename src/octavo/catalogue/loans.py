"""Loans and their history (mod-circulation-storage, loan-storage 7.4)."""

from octavo.catalogue.loans_checks import check_loan
from octavo.errors import Invalid, Problem, storage_violation
from octavo.store.record_type import History, RecordType, Unique
from octavo_models.loan import LOANS


def _already_on_loan(values: dict[str, str | None]) -> Problem:
    message = "Cannot have more than one open loan for the same item"
    return Invalid(storage_violation(message, "itemId", values["itemId"]))


LOAN = RecordType(
    LOANS,
    table="loan",
    event="circulation.loan",
    permission="circulation-storage.loans",
    not_found="loan not found",
    index=(
        "itemId",
        "itemStatus",
        "action",
        "loanDate",
        "checkinServicePointId",
        "checkoutServicePointId",
        "proxyUserId",
        "agedToLostDelayedBilling.dateLostItemShouldBeBilled",
        ("userId", "status.name"),
        ("status.name", "dueDate"),
    ),
    sparse=("proxyUserId", "agedToLostDelayedBilling.dateLostItemShouldBeBilled"),
    unique=(Unique(("itemId",), where=("status.name", "open"), says=_already_on_loan),),
    exact=("loanDate",),
    history=History(
        "/loan-storage/loan-history",
        key="loan",
        many="loansHistory",
        index=("userId", "action"),
        sparse=("userId",),
        deleted=("action", "deleted"),
    ),
    check=check_loan,
)
