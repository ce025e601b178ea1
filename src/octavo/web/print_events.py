"""Print events: noting that slips were printed, under both of their paths (mod-circulation and its storage)."""

from octavo.catalogue.print_events import PRINT_EVENT
from octavo.errors import BadRequest, Invalid, refuse
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply
from octavo.http.routes import Route
from octavo.services import print_events
from octavo.store.pages import Page
from octavo.store.print_events import load_status
from octavo.web.records import envelope
from octavo_models.print_events import PrintEventEntry, PrintEventsStatus, PrintEventsStatusQuery

_UNREADABLE = "Print Event Request  JSON is invalid"
_STATUSES = "printEventsStatusResponses"


async def post_entry(call: Call) -> Reply:
    """Store printed slips as they are told."""
    entry = read_body(PrintEventEntry, call.body)
    async with call.read() as tx:
        await print_events.store_printed(tx, entry)
    return Reply(201, content_type="")


async def post_status(call: Call) -> Reply:
    """Tell what was printed for some requests."""
    asked = read_body(PrintEventsStatusQuery, call.body)
    async with call.read() as tx:
        statuses = await load_status(tx, asked.request_ids)
    return envelope(_STATUSES, Page(statuses, len(statuses)))


async def print_slips(call: Call) -> Reply:
    """Note that staff have printed slips of requests."""
    try:
        entry = read_body(PrintEventEntry, call.body)
    except (BadRequest, Invalid):
        raise refuse(_UNREADABLE) from None
    async with call.transaction() as tx:
        await print_events.print_requests(tx, entry)
    return NO_CONTENT


ROUTES: tuple[Route, ...] = (
    Route("POST", f"{PRINT_EVENT.path}-entry", f"{PRINT_EVENT.permission}-entry.item.post", post_entry,
          "Store printed slips of requests", 1, body=PrintEventEntry, success=201, errors=(400, 422),
          forms=((201, None),)),
    Route("POST", f"{PRINT_EVENT.path}-status", f"{PRINT_EVENT.permission}-status.item.post", post_status,
          "Tell which slips of requests were printed", 1, body=PrintEventsStatusQuery, answer=PrintEventsStatus,
          many=_STATUSES, errors=(400, 422)),
    Route("POST", "/circulation/print-events-entry", "circulation.print-events-entry.item.post", print_slips,
          "Note that slips of requests were printed", 4, body=PrintEventEntry, success=204, errors=(422,)),
)  # fmt: skip
