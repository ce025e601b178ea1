"""What a patron owes."""

import orjson

from octavo.cql import SortKey
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.shared.render import page
from octavo.page.shared.side import route
from octavo.page.shared.visitor import PATRON, visitor_of
from octavo.services.account import read_account
from octavo.store.account import Wanted

_OLDEST_FIRST = (SortKey("metadata.createdDate", ()),)


async def show_charges(call: Call) -> Reply:
    """Show what a patron owes, with the total."""
    async with call.read() as tx:
        account = orjson.loads(await read_account(tx, visitor_of(call).user_id, Wanted(charges=True, sort=_OLDEST_FIRST)))
    return page(call, "my/charges.html", charges=account["charges"], total=account["totalCharges"]["amount"])


ROUTES: tuple[Route, ...] = (route("GET", "/my/{tenant}/charges", PATRON, show_charges, 1),)
