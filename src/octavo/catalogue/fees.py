"""Fees and fines: owners, types, accounts, actions, and the lists staff choose from (mod-feesfines)."""

from typing import Any

from octavo.catalogue.fees_checks import check_fee_fine
from octavo.errors import BadRequest, Problem
from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models import fees
from octavo_models.record import Endpoint


def _cannot_process(_: Any) -> Problem:
    return BadRequest("Unable to process request")


OWNER = RecordType(
    fees.OWNERS,
    table="owners",
    permission="owners",
    not_found="OwnerObject does not exist",
)

FEE_FINE = RecordType(
    fees.FEE_FINES,
    table="feefines",
    permission="feefines",
    not_found="FeefineObject does not exist",
    index=("feeFineType",),
    unique=(Unique(("feeFineType", "ownerId"), says=_cannot_process),),
    references=(Reference("ownerId", "owners", says=_cannot_process),),
    result_info=True,
    check=check_fee_fine,
    defaults=tuple({"id": id_, "automatic": True, "feeFineType": name} for id_, name in fees.AUTOMATIC_TYPES.items()),
)

ACCOUNT = RecordType(
    fees.ACCOUNTS,
    table="accounts",
    event="feesfines.account",
    permission="accounts",
    not_found="AccountObject does not exist",
    index=(("userId", "status.name"), "loanId", "itemId", "ownerId", "feeFineId", "status.name"),
    result_info=True,
)

FEE_FINE_ACTION = RecordType(
    fees.FEE_FINE_ACTIONS,
    table="feefineactions",
    with_metadata=False,
    permission="feefineactions",
    not_found="FeefineactionObject does not exist",
    index=("accountId", "userId", "typeAction", "dateAction"),
)


def _choices(endpoint: Endpoint[Any], table: str, name: str) -> RecordType[Any]:
    return RecordType(
        endpoint,
        table=table,
        permission=table,
        not_found=f"{name}Object does not exist",
        result_info=True,
    )


PAYMENT = _choices(fees.PAYMENTS, "payments", "Payment")
WAIVE = _choices(fees.WAIVES, "waives", "Waive")
TRANSFER = _choices(fees.TRANSFERS, "transfers", "Transfer")
REFUND = _choices(fees.REFUNDS, "refunds", "Refund")
COMMENT = _choices(fees.COMMENTS, "comments", "Comment")
TRANSFER_CRITERIA = RecordType(
    fees.TRANSFER_CRITERIAS,
    table="transfer_criteria",
    permission="transfer-criterias",
    not_found="TransferCriteriaObject does not exist",
    result_info=True,
)
