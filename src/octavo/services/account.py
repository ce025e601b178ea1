"""A patron's account: what is lent to them, what they wait for, what they owe."""

from octavo.catalogue.fees import ACCOUNT
from octavo.catalogue.loans import LOAN
from octavo.catalogue.requests import REQUEST
from octavo.errors import NotFound
from octavo.services.renew import renew
from octavo.store import account as store
from octavo.store.account import AccountTypes, Wanted
from octavo.store.tx import Tx

NO_ACCOUNT = "account not found"
NO_ITEM = "item not found"


async def read_account(tx: Tx, patron_id: str, wanted: Wanted) -> bytes:
    """Return an account as JSON: totals of everything open, and the lists that are wanted. Raises NotFound."""
    document = await store.load_account(tx, patron_id, wanted, AccountTypes(LOAN, REQUEST, ACCOUNT))
    if document is None:
        raise NotFound(NO_ACCOUNT)
    return document


async def renew_for_patron(tx: Tx, patron_id: str, item_id: str) -> bytes:
    """Renew a patron's loan of an item and return the loan as the patron sees it. Raises NotFound, Invalid."""
    patron, item = await store.exist(tx, patron_id, item_id)
    if not patron:
        raise NotFound(NO_ACCOUNT)
    if not item:
        raise NotFound(NO_ITEM)
    renewed = await renew(tx, user_id=patron_id, item_id=item_id)
    return await store.load_loan_view(tx, renewed.loan_id)
