"""Requests as circulation shows them, queues, pickup points (FOLIO mod-circulation), and their storage."""

import re
from collections.abc import Mapping

from octavo.catalogue.requests import REQUEST
from octavo.errors import BadRequest
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, created, ok
from octavo.http.parameters import is_uuid, read_paging
from octavo.http.routes import Route, Shown
from octavo.rules.overrides import Overrides
from octavo.services import allowed_service_points as allowed
from octavo.services import cancel_hold, hold, instance_hold, queue
from octavo.services import move_request as move
from octavo.services.desk import override_permissions, overrides_of
from octavo.services.store_request import replace_request, replace_requests
from octavo.store import pages
from octavo.store import requests as store
from octavo.store.pages import Page
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo.web.records import LIST_QUERY, envelope, record_routes
from octavo_models.new_request import InstanceRequestDraft, MoveRequest, ReorderedQueue, RequestDraft
from octavo_models.request import Request, RequestBatch

_REQUESTS = "/circulation/requests"
_ONE = f"{_REQUESTS}/{{id}}"
_PERMISSION = "circulation.requests"
_STORAGE = "/request-storage/requests"


async def list_requests(call: Call) -> Reply:
    """List requests with item, people and places."""
    paging = read_paging(call.query)
    async with call.read() as tx:
        page = await store.page_of_rendered(tx, REQUEST, paging.query, paging.offset, paging.limit, paging.totals)
    return envelope("requests", page)


async def read_request(call: Call) -> Reply:
    """Read a request with item, people and places."""
    async with call.read() as tx:
        return ok(await _shown(tx, _known_form(call.parameters["id"])))


async def create_request(call: Call) -> Reply:
    """Place a request."""
    draft = read_body(RequestDraft, call.body)
    async with call.transaction() as tx:
        request_id = await hold.create_request(tx, draft, _overrides(call, draft))
        return created(await _shown(tx, request_id), f"{_REQUESTS}/{request_id}")


async def update_request(call: Call) -> Reply:
    """Change or cancel a request, or make it at this id."""
    draft = read_body(RequestDraft, call.body)
    request_id = _known_form(call.parameters["id"])
    async with call.transaction() as tx:
        await cancel_hold.update_request(tx, request_id, draft, _overrides(call, draft))
    return NO_CONTENT


async def move_request(call: Call) -> Reply:
    """Move a request to another item of its title."""
    request_id, asked = _known_form(call.parameters["id"]), read_body(MoveRequest, call.body)
    async with call.transaction() as tx:
        await move.move_request(tx, request_id, asked)
        return ok(await _shown(tx, request_id))


async def delete_request(call: Call) -> Reply:
    """Delete a request."""
    async with call.transaction() as tx:
        await cancel_hold.delete_request(tx, _known_form(call.parameters["id"]))
    return NO_CONTENT


async def delete_requests(call: Call) -> Reply:
    """Delete all requests."""
    async with call.read() as tx:
        await pages.delete_all(tx, REQUEST)
    return NO_CONTENT


async def request_any_copy(call: Call) -> Reply:
    """Request any copy of a work."""
    draft = read_body(InstanceRequestDraft, call.body)
    async with call.transaction() as tx:
        request_id = await instance_hold.request_any_copy(tx, draft)
        return created(await _shown(tx, request_id), f"{_REQUESTS}/{request_id}")


async def read_item_queue(call: Call) -> Reply:
    """List the open requests for an item, in order."""
    return await _read_queue(call, Target(item_id=_known_form(call.parameters["id"])))


async def read_instance_queue(call: Call) -> Reply:
    """List the open requests for a work, in order."""
    return await _read_queue(call, Target(instance_id=_known_form(call.parameters["id"])))


async def reorder_item_queue(call: Call) -> Reply:
    """Put the queue for an item into another order."""
    return await _reorder(call, Target(item_id=_known_form(call.parameters["id"])))


async def reorder_instance_queue(call: Call) -> Reply:
    """Put the queue for a work into another order."""
    return await _reorder(call, Target(instance_id=_known_form(call.parameters["id"])))


async def read_allowed_service_points(call: Call) -> Reply:
    """Tell where a request may be picked up."""
    asked = _asked_points(call.query)
    async with call.read() as tx:
        if request_id := asked.get("requestId"):
            return ok(await allowed.allowed_for_request(tx, request_id, asked.get("itemId")))
        requester, group = asked.get("requesterId"), asked.get("patronGroupId")
        if item_id := asked.get("itemId"):
            return ok(await allowed.allowed_for_item(tx, requester, group, item_id))
        return ok(await allowed.allowed_for_instance(tx, requester, group, asked["instanceId"]))


async def replace_batch(call: Call) -> Reply:
    """Replace stored requests all at once, so that they can change places."""
    batch = read_body(RequestBatch, call.body)
    async with call.transaction() as tx:
        await replace_requests(tx, batch.requests)
    return Reply(201, content_type="")


async def _shown(tx: Tx, request_id: str) -> bytes:
    document = await store.load_rendered(tx, request_id)
    if document is None:
        raise cancel_hold.no_such_request(request_id)
    return document


async def _read_queue(call: Call, target: Target) -> Reply:
    async with call.read() as tx:
        documents = await queue.read_queue(tx, target)
    return envelope("requests", Page(documents, len(documents)))


async def _reorder(call: Call, target: Target) -> Reply:
    wanted = read_body(ReorderedQueue, call.body).reordered_queue
    async with call.transaction() as tx:
        documents = await queue.reorder(tx, target, wanted)
    return envelope("requests", Page(documents, len(documents)))


def _known_form(record_id: str) -> str:
    """Return an id from the path; what is no id at all cannot be found."""
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", record_id.lower(), re.ASCII):
        raise cancel_hold.no_such_request(record_id)
    return record_id.lower()


def _overrides(call: Call, draft: RequestDraft) -> Overrides:
    return overrides_of(draft.request_processing_parameters.override_blocks, override_permissions(call.caller))


_POINT_NAMES = {
    "requesterId": "Requester ID",
    "patronGroupId": "Patron Group ID",
    "instanceId": "Instance ID",
    "itemId": "Item ID",
    "requestId": "Request ID",
}
_POINT_COMBINATIONS: dict[str, frozenset[frozenset[str]]] = {
    "create": frozenset(
        frozenset({who, what}) for who in ("requesterId", "patronGroupId") for what in ("itemId", "instanceId")
    ),
    "replace": frozenset({frozenset({"requestId"})}),
    "move": frozenset({frozenset({"requestId", "itemId"})}),
}


def _asked_points(query: Mapping[str, str]) -> dict[str, str]:
    """Return the ids by which pickup points are asked for. Raises BadRequest."""
    given = {name: query[name] for name in _POINT_NAMES if query.get(name)}
    wrong = [f"{_POINT_NAMES[name]} is not a valid UUID: {value}." for name, value in given.items() if not is_uuid(value)]
    wrong += [
        f"{name} is not a valid boolean: {query[name]}."
        for name in ("useStubItem", "ecsRequestRouting")
        if name in query and query[name] not in ("true", "false")
    ]
    if wrong:
        raise BadRequest(" ".join(wrong))
    if frozenset(given) not in _POINT_COMBINATIONS.get(query.get("operation", ""), frozenset()):
        raise BadRequest("Invalid combination of query parameters")
    return {name: value.lower() for name, value in given.items()}


#: A request is shown with its item, people and places; the people's group is a whole record.
SHOWN = Shown(Request, others=("patronGroup",))

ROUTES: tuple[Route, ...] = (
    Route("GET", _REQUESTS, f"{_PERMISSION}.collection.get", list_requests, "List requests with item, people and places",
          2, answer=SHOWN, many="requests", query=LIST_QUERY, errors=(400,)),
    Route("POST", _REQUESTS, f"{_PERMISSION}.item.post", create_request, "Place a request", 8,
          body=RequestDraft, answer=SHOWN, success=201, errors=(400, 422)),
    Route("DELETE", _REQUESTS, f"{_PERMISSION}.collection.delete", delete_requests, "Delete all requests", 1, success=204),
    Route("GET", _ONE, f"{_PERMISSION}.item.get", read_request, "Read a request with item, people and places", 1,
          answer=SHOWN, errors=(404,)),
    Route("PUT", _ONE, f"{_PERMISSION}.item.put", update_request, "Change or cancel a request", 12,
          body=RequestDraft, success=204, errors=(400, 404, 422)),
    Route("DELETE", _ONE, f"{_PERMISSION}.item.delete", delete_request, "Delete a request", 7, success=204, errors=(404,)),
    Route("POST", f"{_ONE}/move", f"{_PERMISSION}.item.move.post", move_request, "Move a request to another item of its title",
          13, body=MoveRequest, answer=SHOWN, errors=(400, 404, 422)),
    Route("POST", f"{_REQUESTS}/instances", f"{_PERMISSION}.instances.item.post", request_any_copy,
          "Request any copy of a work", 8, body=InstanceRequestDraft, answer=SHOWN, success=201, errors=(400, 422)),
    Route("GET", f"{_REQUESTS}/queue/item/{{id}}", f"{_PERMISSION}.queue-item.collection.get", read_item_queue,
          "List the open requests for an item, in order", 1, answer=SHOWN, many="requests", errors=(404,)),
    Route("GET", f"{_REQUESTS}/queue/instance/{{id}}", f"{_PERMISSION}.queue-instance.collection.get", read_instance_queue,
          "List the open requests for a work, in order", 1, answer=SHOWN, many="requests", errors=(404,)),
    Route("POST", f"{_REQUESTS}/queue/item/{{id}}/reorder", f"{_PERMISSION}.queue.item-reorder.collection.post",
          reorder_item_queue, "Put the queue for an item into another order", 7, body=ReorderedQueue, answer=SHOWN,
          many="requests", errors=(400, 404, 422)),
    Route("POST", f"{_REQUESTS}/queue/instance/{{id}}/reorder", f"{_PERMISSION}.queue.instance-reorder.collection.post",
          reorder_instance_queue, "Put the queue for a work into another order", 7, body=ReorderedQueue, answer=SHOWN,
          many="requests", errors=(400, 404, 422)),
    Route("GET", f"{_REQUESTS}/allowed-service-points", f"{_PERMISSION}.allowed-service-points.get",
          read_allowed_service_points, "Tell where a request may be picked up", 3,
          query=("operation", *_POINT_NAMES, "useStubItem", "ecsRequestRouting"), errors=(400, 422)),
    *record_routes(REQUEST, replace=replace_request, statements=2),
    Route("POST", "/request-storage-batch/requests", "circulation-storage.request-batch.item.post", replace_batch,
          "Replace stored requests all at once", 4, body=RequestBatch, success=201, errors=(400, 422),
          forms=((201, None),)),
    Route("DELETE", _STORAGE, f"{REQUEST.permission}.collection.delete", delete_requests, "Delete all stored requests", 1,
          success=204),
)  # fmt: skip
