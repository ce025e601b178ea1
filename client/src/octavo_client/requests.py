"""Requests as circulation shows them: placed, moved, reordered, cancelled; and how they are stored."""

from collections.abc import Sequence
from functools import partial

from octavo_client import calls
from octavo_client.calls import Call, Steps, path_of
from octavo_client.collection import Reading, clearable, records
from octavo_client.operations import Api, S, operation, stepping
from octavo_models.answers import AnonymizedRequest, AnonymizedRequests, AnonymizeRequestsRequest
from octavo_models.new_request import InstanceRequestDraft, MoveRequest, NewPosition, ReorderedQueue, RequestDraft
from octavo_models.print_events import PrintEventEntry, PrintEventsStatus, PrintEventsStatusQuery
from octavo_models.record import Endpoint
from octavo_models.request import (
    CANCELLATION_REASONS,
    REQUEST_PREFERENCES,
    REQUESTS,
    Request,
    RequestBatch,
    RequestTypeName,
)
from octavo_models.shown import PickupPoints, ShownRequest, Slip

_SHOWN = Endpoint(ShownRequest, "/circulation/requests", many="requests")
_queue = partial(calls.listed, ShownRequest, _SHOWN.many)


class RequestPickup(Api[S]):
    """Where requests may be picked up, by the types of request that are allowed."""

    @operation
    def for_item(self, item_id: str, requester_id: str) -> Call[PickupPoints]:
        """Return where a patron may pick up an item."""
        return _pickup("create", itemId=item_id, requesterId=requester_id)

    @operation
    def for_instance(self, instance_id: str, requester_id: str) -> Call[PickupPoints]:
        """Return where a patron may pick up any copy of a work."""
        return _pickup("create", instanceId=instance_id, requesterId=requester_id)

    @operation
    def for_request(self, request_id: str) -> Call[PickupPoints]:
        """Return where a request may be picked up instead."""
        return _pickup("replace", requestId=request_id)

    @operation
    def for_move(self, request_id: str, item_id: str) -> Call[PickupPoints]:
        """Return where a request may be picked up once it is moved to an item."""
        return _pickup("move", requestId=request_id, itemId=item_id)


class StoredRequests(Api[S]):
    """Requests as they are stored; changes here move no queue and no item."""

    requests = clearable(REQUESTS)

    @operation
    def replace_all(self, requests: Sequence[Request]) -> Call[None]:
        """Replace stored requests all at once, so that they can change places."""
        body = RequestBatch(requests=list(requests))
        return Call("POST", "/request-storage-batch/requests", calls.nothing, body=body)

    @operation
    def anonymize(self, request_ids: Sequence[str]) -> Call[AnonymizedRequests]:
        """Have closed requests forget who wanted the item; the answer tells which ones could not, and why."""
        body = AnonymizeRequestsRequest(request_ids=list(request_ids))
        return Call("POST", "/anonymize-storage-requests", calls.model(AnonymizedRequests), body=body)

    @operation
    def note_printed(self, entry: PrintEventEntry) -> Call[None]:
        """Store that slips were printed, whatever the setting says."""
        return Call("POST", "/print-events-storage/print-events-entry", calls.nothing, body=entry)

    @operation
    def printed(self, request_ids: Sequence[str]) -> Call[list[PrintEventsStatus]]:
        """Return how often the slips of requests were printed, and by whom for the last time."""
        read = calls.listed(PrintEventsStatus, "printEventsStatusResponses")
        body = PrintEventsStatusQuery(request_ids=list(request_ids))
        return Call("POST", "/print-events-storage/print-events-status", read, body=body, asks_only=True)


class Requests(Reading[S, ShownRequest]):
    """Requests of patrons (FOLIO mod-circulation).

    `preferences` say how patrons want requests fulfilled, `cancellation_reasons` why requests are cancelled.
    """

    preferences = records(REQUEST_PREFERENCES)
    cancellation_reasons = clearable(CANCELLATION_REASONS)

    def __init__(self, sender: S) -> None:
        super().__init__(sender, _SHOWN)

    @property
    def pickup(self) -> RequestPickup[S]:
        """Return where requests may be picked up."""
        return RequestPickup(self._sender)

    @property
    def stored(self) -> StoredRequests[S]:
        """Return requests as they are stored."""
        return StoredRequests(self._sender)

    @operation
    def place(self, draft: RequestDraft, *, idempotency_key: str | None = None) -> Call[ShownRequest]:
        """Place a request and return it with its place in the queue."""
        key = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return Call("POST", _SHOWN.path, calls.model(ShownRequest), body=draft, headers=key)

    @operation
    def place_on_any_copy(self, draft: InstanceRequestDraft) -> Call[ShownRequest]:
        """Request any copy of a work; the server chooses the copy and the type."""
        return Call("POST", f"{_SHOWN.path}/instances", calls.model(ShownRequest), body=draft)

    @operation
    def replace(self, draft: RequestDraft) -> Call[None]:
        """Change the request with the same id, or cancel it by its status."""
        return Call("PUT", self._path(draft.id or ""), calls.nothing, body=draft)

    @stepping
    def cancel(
        self, request_id: str, *, reason_id: str, cancelled_by: str | None = None, information: str | None = None
    ) -> Steps[None]:
        """Cancel a request: it is read, and written back as cancelled now."""
        found: ShownRequest = yield Call("GET", self._path(request_id), calls.model(ShownRequest))
        draft = RequestDraft.from_wire(found.model_dump(mode="json", by_alias=True, exclude_none=True))
        cancelled = {
            "status": "Closed - Cancelled",
            "cancellation_reason_id": reason_id,
            "cancelled_by_user_id": cancelled_by,
            "cancellation_additional_information": information,
            "cancelled_date": self._sender.now(),
        }
        yield Call("PUT", self._path(request_id), calls.nothing, body=draft.model_copy(update=cancelled))

    @operation
    def move(
        self, request_id: str, item_id: str, request_type: RequestTypeName | None = None
    ) -> Call[ShownRequest]:
        """Move a request to another item of its title; without a type it keeps its own."""
        body = MoveRequest(destination_item_id=item_id, request_type=request_type)
        return Call("POST", path_of(_SHOWN.path, request_id, "move"), calls.model(ShownRequest), body=body)

    @operation
    def delete(self, request_id: str) -> Call[None]:
        """Delete a request; others move up."""
        return Call("DELETE", self._path(request_id), calls.nothing)

    @operation
    def delete_all(self) -> Call[None]:
        """Delete every request of the tenant."""
        return Call("DELETE", _SHOWN.path, calls.nothing)

    @operation
    def anonymize(self, request_id: str) -> Call[AnonymizedRequest]:
        """Have a closed request forget who wanted the item."""
        return Call("POST", path_of("/request-anonymization", request_id), calls.model(AnonymizedRequest))

    @operation
    def queue_for_item(self, item_id: str) -> Call[list[ShownRequest]]:
        """Return the open requests for an item, in order."""
        return Call("GET", path_of(f"{_SHOWN.path}/queue/item", item_id), _queue())

    @operation
    def queue_for_instance(self, instance_id: str) -> Call[list[ShownRequest]]:
        """Return the open requests for a work, in order."""
        return Call("GET", path_of(f"{_SHOWN.path}/queue/instance", instance_id), _queue())

    @operation
    def reorder_for_item(self, item_id: str, request_ids: Sequence[str]) -> Call[list[ShownRequest]]:
        """Put the queue for an item into this order, and return it; every request of the queue must be named."""
        return Call("POST", path_of(f"{_SHOWN.path}/queue/item", item_id, "reorder"), _queue(), body=_order(request_ids))

    @operation
    def reorder_for_instance(self, instance_id: str, request_ids: Sequence[str]) -> Call[list[ShownRequest]]:
        """Put the queue for a work into this order, and return it; every request of the queue must be named."""
        path = path_of(f"{_SHOWN.path}/queue/instance", instance_id, "reorder")
        return Call("POST", path, _queue(), body=_order(request_ids))

    @operation
    def pick_slips(self, service_point_id: str) -> Call[list[Slip]]:
        """Return the slips of what a service point fetches from its shelves."""
        return Call("GET", path_of("/circulation/pick-slips", service_point_id), calls.listed(Slip, "pickSlips"))

    @operation
    def search_slips(self, service_point_id: str) -> Call[list[Slip]]:
        """Return the slips of what a service point looks for because somebody waits for it."""
        return Call("GET", path_of("/circulation/search-slips", service_point_id), calls.listed(Slip, "searchSlips"))

    @operation
    def note_printed(self, entry: PrintEventEntry) -> Call[None]:
        """Note that slips of requests were printed, where the library wants that noted."""
        return Call("POST", "/circulation/print-events-entry", calls.nothing, body=entry)

    @operation
    def to_clear_from_shelf(self, service_point_id: str) -> Call[list[ShownRequest]]:
        """Return the closed requests whose items still lie on the hold shelf of a service point."""
        path = path_of("/circulation/requests-reports/hold-shelf-clearance", service_point_id)
        return Call("GET", path, _queue())


def _pickup(what: str, **ids: str) -> Call[PickupPoints]:
    query = {"operation": what, **ids}
    return Call("GET", f"{_SHOWN.path}/allowed-service-points", calls.model(PickupPoints), query)


def _order(request_ids: Sequence[str]) -> ReorderedQueue:
    places = [NewPosition(id=request_id, new_position=place) for place, request_id in enumerate(request_ids, start=1)]
    return ReorderedQueue(reordered_queue=places)
