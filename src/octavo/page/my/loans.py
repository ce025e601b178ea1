"""The patron's first page: what they have, when it is due, and what can be renewed."""

from collections.abc import Sequence
from typing import Any, Final

from octavo.errors import Invalid, NotFound
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.shared import reasons
from octavo.page.shared.forms import leave_word, path_id, read_form
from octavo.page.shared.render import page, see_other
from octavo.page.shared.side import route
from octavo.page.shared.visitor import PATRON, visitor_of
from octavo.services import account
from octavo.services.loan_outlook import LoanOutlook, loans_of
from octavo.services.renew import renew
from octavo.store import account as store

#: A loan is due soon so many days before its due date.
SOON: Final = 3
#: So many loans are renewed by one click at most; a second click goes on.
_MOST: Final = 100
_OF_ONE_RENEWAL: Final = 15


async def show_loans(call: Call) -> Reply:
    """Show a patron's loans by due date, with what each may be renewed to or why not."""
    visitor = visitor_of(call)
    async with call.read() as tx:
        loans = await loans_of(tx, visitor.user_id)
        counts = await store.load_counts(tx, visitor.user_id)
    return page(call, "my/loans.html", loans=loans, counts=counts, soon=SOON)


async def renew_one(call: Call) -> Reply:
    """Renew one loan."""
    read_form(call)
    visitor = visitor_of(call)
    item_id = path_id(call, "itemId")
    try:
        async with call.transaction() as tx:
            await account.renew_for_patron(tx, visitor.user_id, item_id)
        told: dict[str, Any] = {"renewed": [item_id]}
    except Invalid as refused:
        told = {"renewed": [], "refused": reasons.told(visitor.reader, refused)}
    async with call.read() as tx:
        await leave_word(tx, visitor, told)
    return see_other(visitor.home)


async def renew_all(call: Call) -> Reply:
    """Renew every loan that can be renewed, each in a transaction of its own."""
    read_form(call)
    visitor = visitor_of(call)
    async with call.read() as tx:
        loans = await loans_of(tx, visitor.user_id)
    renewed = await _renewed(call, [one for one in loans if one.renewable][:_MOST])
    async with call.read() as tx:
        await leave_word(tx, visitor, {"renewed": renewed})
    return see_other(visitor.home)


async def _renewed(call: Call, loans: Sequence[LoanOutlook]) -> list[str]:
    """Return the items whose loans were renewed; what has become impossible meanwhile says so on the next page."""
    done = []
    for one in loans:
        try:
            async with call.transaction() as tx:
                await renew(tx, user_id=visitor_of(call).user_id, item_id=one.loan.item_id)
            done.append(one.loan.item_id)
        except (Invalid, NotFound):
            continue
    return done


ROUTES: tuple[Route, ...] = (
    route("GET", "/my/{tenant}", PATRON, show_loans, 4),
    route("POST", "/my/{tenant}/loans/{itemId}/renew", PATRON, renew_one, 2 + _OF_ONE_RENEWAL),
    route("POST", "/my/{tenant}/renew-all", PATRON, renew_all, 4 + _MOST * _OF_ONE_RENEWAL),
)
