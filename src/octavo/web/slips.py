"""What staff print and work through: slips of requests, and reports of items that lie or move (mod-circulation)."""

from collections.abc import Awaitable, Callable

from octavo.catalogue.inventory import INSTANCE
from octavo.http.call import Call, Reply
from octavo.http.parameters import path_uuid, read_paging
from octavo.http.routes import Handler, Route
from octavo.store import reports, slips
from octavo.store.pages import Page
from octavo.web.records import LIST_QUERY, envelope

_HERE = "{servicePointId}"


def _listing(many: str, load: Callable[..., Awaitable[list[bytes]]]) -> Handler:
    async def serve(call: Call) -> Reply:
        desk = [path_uuid(call.parameters, "servicePointId")] if "servicePointId" in call.parameters else []
        async with call.read() as tx:
            documents = await load(tx, *desk)
        return envelope(many, Page(documents, len(documents)))

    return serve


async def list_items_by_instance(call: Call) -> Reply:
    """List works with their copies."""
    paging = read_paging(call.query)
    async with call.read() as tx:
        page = await reports.page_with_items(tx, INSTANCE, paging.query, paging.offset, paging.limit, paging.totals)
    return envelope(INSTANCE.endpoint.many, page)


ROUTES: tuple[Route, ...] = (
    Route("GET", f"/circulation/pick-slips/{_HERE}", "circulation.pick-slips.get",
          _listing("pickSlips", slips.load_pick_slips), "List what a service point fetches from its shelves", 1,
          many="pickSlips", errors=(400,)),
    Route("GET", f"/circulation/search-slips/{_HERE}", "circulation.search-slips.get",
          _listing("searchSlips", slips.load_search_slips), "List what a service point looks for because it is on hold", 2,
          many="searchSlips", errors=(400,)),
    Route("GET", f"/circulation/requests-reports/hold-shelf-clearance/{_HERE}",
          "circulation.requests.hold-shelf-clearance-report.get",
          _listing("requests", reports.load_hold_shelf_clearance), "List what lies on the hold shelf for nobody", 1,
          many="requests", errors=(400,)),
    Route("GET", "/inventory-reports/items-in-transit", "inventory-reports.items-in-transit.get",
          _listing("items", reports.load_items_in_transit), "List items on their way between service points", 1,
          many="items"),
    Route("GET", "/circulation/items-by-instance", "circulation.items-by-instance.get", list_items_by_instance,
          "List works with their copies", 2, many=INSTANCE.endpoint.many, query=LIST_QUERY, errors=(400,)),
)  # fmt: skip
