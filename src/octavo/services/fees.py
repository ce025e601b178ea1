"""Writing fee and fine records in the manner of FOLIO's mod-feesfines: its older resources answer in texts of their own."""

from dataclasses import replace
from typing import Any, TypeVar

from octavo.catalogue import fees
from octavo.catalogue.blocks import MANUAL_BLOCK
from octavo.catalogue.fees_checks import check_not_automatic
from octavo.catalogue.policies import LOST_ITEM_FEE_POLICY, OVERDUE_FINE_POLICY
from octavo.errors import BadRequest, Invalid, NotFound
from octavo.services.paid_loans import close_paid_loans, lock_lost_loans
from octavo.services.verbs import Verbs, plain, refused_as_text
from octavo.store import records
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.fees import Account
from octavo_models.record import Record

R = TypeVar("R", bound=Record)

CANNOT_PROCESS = "Unable to process request"
NO_RECORD = "Record Not Found"


def older(kind: RecordType[R]) -> Verbs[R]:
    """Return the verbs of an older resource: what the database refuses is 400, what it does not have `Record Not Found`."""

    async def create(tx: Tx, record: R) -> bytes:
        try:
            return await records.insert(tx, kind, record)
        except Invalid:
            raise BadRequest(CANNOT_PROCESS) from None

    async def replace_one(tx: Tx, record_id: str, record: R, if_match: str | None) -> bytes:
        try:
            return await records.replace(tx, kind, record_id, record, if_match)
        except NotFound:
            raise NotFound(NO_RECORD) from None
        except Invalid:
            raise BadRequest(CANNOT_PROCESS) from None

    async def remove(tx: Tx, record_id: str, if_match: str | None) -> None:
        try:
            await records.delete(tx, kind, record_id, if_match)
        except NotFound:
            raise NotFound(NO_RECORD) from None

    return Verbs(create, replace_one, remove)


def not_automatic(verbs: Verbs[R]) -> Verbs[R]:
    """Return verbs that do not touch the types which the server itself charges; they raise Invalid for those."""

    async def replace_one(tx: Tx, fee_fine_id: str, fee_fine: R, if_match: str | None) -> bytes:
        check_not_automatic(fee_fine_id)
        return await verbs.replace(tx, fee_fine_id, fee_fine, if_match)

    async def remove(tx: Tx, fee_fine_id: str, if_match: str | None) -> None:
        check_not_automatic(fee_fine_id)
        await verbs.remove(tx, fee_fine_id, if_match)

    return Verbs(verbs.create, replace_one, remove)


async def replace_account(tx: Tx, account_id: str, account: Account, if_match: str | None) -> bytes:
    """Replace an account; where that settles the last debt for a lost item, its loan closes. Raises NotFound, Conflict."""
    loans = await lock_lost_loans(tx, [account_id])
    document = await records.replace(tx, fees.ACCOUNT, account_id, account, if_match)
    await close_paid_loans(tx, loans)
    return document


OLDER_TYPES: tuple[RecordType[Any], ...] = (
    fees.OWNER,
    fees.FEE_FINE,
    fees.FEE_FINE_ACTION,
    fees.PAYMENT,
    fees.WAIVE,
    fees.TRANSFER,
    fees.REFUND,
    fees.TRANSFER_CRITERIA,
    fees.COMMENT,
    MANUAL_BLOCK,
)
_OLDER: dict[RecordType[Any], Verbs[Any]] = {kind: older(kind) for kind in OLDER_TYPES}

VERBS: dict[RecordType[Any], Verbs[Any]] = {
    **_OLDER,
    fees.FEE_FINE: not_automatic(_OLDER[fees.FEE_FINE]),
    fees.FEE_FINE_ACTION: replace(_OLDER[fees.FEE_FINE_ACTION], create=plain(fees.FEE_FINE_ACTION).create),
    fees.ACCOUNT: Verbs(plain(fees.ACCOUNT).create, replace_account, older(fees.ACCOUNT).remove, statements=3),
    OVERDUE_FINE_POLICY: refused_as_text(OVERDUE_FINE_POLICY),
    LOST_ITEM_FEE_POLICY: refused_as_text(LOST_ITEM_FEE_POLICY),
}
