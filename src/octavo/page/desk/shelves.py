"""What a service point works through: what to fetch from the shelves, what lies on the hold shelf."""

from typing import Final

import orjson

from octavo.catalogue.requests import REQUEST
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.desk.rights import HOLD_SHELF, PULL_LIST, SEE_REQUESTS, desk_route, place_of
from octavo.page.shared.render import page
from octavo.page.shared.visitor import visitor_of
from octavo.store import reports, requests, slips

#: So many requests that await pickup are listed, those first whose time on the shelf ends first.
_MOST: Final = 500
_AWAITING: Final = 'status=="Open - Awaiting pickup" sortBy holdShelfExpirationDate'


async def show_pull_list(call: Call) -> Reply:
    """Show what the service point fetches from its shelves, in the order of the shelves."""
    async with call.read() as tx:
        documents = await slips.load_pick_slips(tx, place_of(call).id)
    return page(call, "desk/pull_list.html", slips=[orjson.loads(document) for document in documents])


async def show_hold_shelf(call: Call) -> Reply:
    """Show what awaits its patrons on the hold shelf, and what lies there for nobody."""
    place_id, awaiting = place_of(call).id, []
    async with call.read() as tx:
        clear = await reports.load_hold_shelf_clearance(tx, place_id)
        if visitor_of(call).may(SEE_REQUESTS):
            query = f"pickupServicePointId=={place_id} and {_AWAITING}"
            awaiting = (await requests.page_of_rendered(tx, REQUEST, query, 0, _MOST, "none")).documents
    return page(
        call, "desk/hold_shelf.html",
        clear=[orjson.loads(document) for document in clear], awaiting=[orjson.loads(document) for document in awaiting],
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    desk_route("GET", "/pull-list", PULL_LIST, show_pull_list, 1),
    desk_route("GET", "/hold-shelf", HOLD_SHELF, show_hold_shelf, 2),
)
