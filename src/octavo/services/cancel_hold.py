"""Changing, cancelling and deleting a request; those behind it move up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from octavo.catalogue.requests import REQUEST
from octavo.errors import NotFound, refuse
from octavo.rules import transitions
from octavo.rules.notice_events import REQUEST_CANCELLATION, REQUEST_CHANGED
from octavo.rules.overrides import Overrides
from octavo.rules.periods import end_of_day
from octavo.rules.queue import AWAITING_PICKUP, NOT_YET_FILLED, PICKUP_EXPIRED
from octavo.rules.requests import Circumstances, check_form, check_pickup
from octavo.services.desk import Queue, item_becomes
from octavo.services.hold import asked_for, create_request
from octavo.store import circulation, locale, occasions, records
from octavo.store import requests as store
from octavo.store.account import load_hold_view
from octavo.store.circulation import Changes, Patch
from octavo.store.occasions import Occasion
from octavo.store.pool import TryAgain
from octavo.store.requests import StoredRequest
from octavo.store.tx import Tx
from octavo_models.account import HoldCancellation
from octavo_models.new_request import RequestDraft
from octavo_models.request import Request
from octavo_models.scalars import format_instant

Json = dict[str, Any]

NO_HOLD = "hold not found"
CANCELLED = "Closed - Cancelled"
_PICKUP_GIVEN_UP = {CANCELLED, PICKUP_EXPIRED}
_PAGED, _AVAILABLE = "Paged", "Available"


@dataclass(frozen=True)
class Standing:
    """A locked request with its item and the queue that it stands in."""

    request: Json
    item: Json | None
    queue: Queue
    pickup: Json | None

    @classmethod
    def of(cls, found: StoredRequest) -> "Standing":
        """Return what was loaded, decoded."""
        item, pickup = (orjson.loads(part) if part else None for part in (found.item, found.pickup))
        return cls(orjson.loads(found.request), item, Queue.of(found.queue), pickup)

    @property
    def id(self) -> str:
        """Return the request's id."""
        return str(self.request["id"])

    def is_of(self, patron_id: str) -> bool:
        """Tell whether a patron placed the request."""
        return bool(self.request.get("requesterId") == patron_id)

    @property
    def is_closed(self) -> bool:
        """Tell whether the request is over."""
        return not transitions.REQUEST[self.request["status"]]

    def require_open(self) -> None:
        """Raise Invalid where the request is over."""
        if self.is_closed:
            raise refuse("The Request has already been closed", "REQUEST_ALREADY_CLOSED", id=self.id)

    def item_set_free(self, tx: Tx) -> Patch | None:
        """Return the change of the item once the request is gone: one fetched for nobody is available again."""
        item_id = self.request.get("itemId")
        wanted = any(entry.get("itemId") == item_id and entry["id"] != self.id for entry in self.queue.documents)
        if self.item is None or self.item["status"]["name"] != _PAGED or wanted:
            return None
        return Patch(self.item["id"], {"status": item_becomes(tx, _PAGED, _AVAILABLE)})


async def cancel_for_patron(tx: Tx, patron_id: str, hold_id: str, told: HoldCancellation) -> bytes:
    """Cancel a patron's own request and return it as the patron sees it. Raises NotFound, Invalid.

    What somebody else has requested is not found.
    """
    standing = await lock_standing(tx, hold_id)
    if standing is None or not standing.is_of(patron_id):
        raise NotFound(NO_HOLD)
    given = {
        "cancellationReasonId": told.cancellation_reason_id,
        "cancelledByUserId": told.canceled_by_user_id or patron_id,
        "cancellationAdditionalInformation": told.cancellation_additional_information,
    }
    await close(tx, standing, CANCELLED, given, told.canceled_date)
    return await load_hold_view(tx, hold_id)


async def update_request(tx: Tx, request_id: str, draft: RequestDraft, overrides: Overrides) -> bool:
    """Change a request as staff ask for it, or make it at this id where there is none; tell whether it was made.

    A status that closes it takes it out of the queue; what is not there is not made to be closed. Raises BadRequest,
    NotFound, Invalid.
    """
    standing = await lock_standing(tx, request_id, draft.pickup_service_point_id)
    if standing is None and draft.status and draft.status.startswith("Closed"):
        raise no_such_request(request_id)
    if standing is None:
        await create_request(tx, draft.model_copy(update={"id": request_id}), overrides)
        return True
    _check_update(standing, draft)
    changed = await _changed(tx, standing, draft)
    if changed.status.startswith("Closed"):
        fields = orjson.loads(changed.to_wire())
        kept = {name: value for name, value in fields.items() if name not in ("position", "metadata", "status")}
        await close(tx, standing, changed.status, kept, changed.cancelled_date)
    else:
        await records.save(tx, REQUEST, changed)
        await _note_dates(tx, standing, changed)
    return False


async def _note_dates(tx: Tx, standing: Standing, changed: Request) -> None:
    """Have the notices about the end of a request planned anew where that has moved."""
    before = Request.from_wire(standing.request)
    dates = (before.request_expiration_date, before.hold_shelf_expiration_date)
    if dates != (changed.request_expiration_date, changed.hold_shelf_expiration_date):
        await occasions.note(tx, [Occasion(REQUEST_CHANGED, changed.requester_id, request_id=changed.id)])


def _check_update(standing: Standing, draft: RequestDraft) -> None:
    standing.require_open()
    before = standing.request.get("patronComments")
    if draft.patron_comments is not None and draft.patron_comments != before:
        raise refuse("Patron comments are not allowed to change", existingPatronComments=before)
    asked = asked_for(draft)
    check_form(asked, title_level_requests=True)
    pickup = standing.pickup
    check_pickup(
        asked,
        Circumstances(
            pickup_exists=pickup is not None,
            pickup_location=pickup is not None and pickup.get("pickupLocation") is True,
        ),
    )


async def _changed(tx: Tx, standing: Standing, draft: RequestDraft) -> Request:
    """Return the request with what a client may change; who wants what, and the place in the queue, stay.

    So does the status of a request that is being filled: a client that read it before that says it is not, and knows no better.
    """
    stored = Request.from_wire(standing.request)
    expires = draft.request_expiration_date
    if expires and expires != stored.request_expiration_date:
        _, known = await locale.load_entry(tx)
        expires = end_of_day(expires, locale.zone_of(known))
    index = stored.search_index
    pickup_name = standing.pickup.get("name") if standing.pickup else None
    return stored.model_copy(
        update={
            "status": draft.status if draft.status not in (None, NOT_YET_FILLED) else stored.status,
            "fulfillment_preference": draft.fulfillment_preference,
            "pickup_service_point_id": draft.pickup_service_point_id,
            "delivery_address_type_id": draft.delivery_address_type_id,
            "request_expiration_date": expires,
            "hold_shelf_expiration_date": draft.hold_shelf_expiration_date or stored.hold_shelf_expiration_date,
            "cancellation_reason_id": draft.cancellation_reason_id,
            "cancelled_by_user_id": draft.cancelled_by_user_id,
            "cancellation_additional_information": draft.cancellation_additional_information,
            "cancelled_date": draft.cancelled_date,
            "tags": draft.tags or stored.tags,
            "search_index": index and index.model_copy(update={"pickup_service_point_name": pickup_name}),
        }
    )


async def close(tx: Tx, standing: Standing, status: str, fields: Json, at: datetime | None = None) -> None:
    """Close a request: it leaves the queue, those behind it move up, an item fetched for it is free."""
    standing.require_open()
    closed = {name: value for name, value in fields.items() if value is not None} | {"status": status}
    if status == CANCELLED:
        closed["cancelledDate"] = format_instant(at or tx.now)
    if status in _PICKUP_GIVEN_UP and standing.request["status"] == AWAITING_PICKUP:
        closed["awaitingPickupRequestClosedDate"] = format_instant(tx.now)
    is_cancelled = status == CANCELLED
    told = Occasion(REQUEST_CANCELLATION, standing.request["requesterId"], request_id=standing.id)
    changes = Changes(
        item=standing.item_set_free(tx),
        requests=standing.queue.closed(standing.id, **closed),
        occasions=(told,) if is_cancelled else (),
        unscheduled_requests=(standing.id,) if is_cancelled else (),
    )
    async with records.translated(REQUEST, Request.from_wire({**standing.request, **closed})):
        await circulation.write(tx, changes)


async def delete_request(tx: Tx, request_id: str) -> None:
    """Delete a request; those behind it move up, an item fetched for it is free. Raises NotFound."""
    standing = await lock_standing(tx, request_id)
    if standing is None:
        raise no_such_request(request_id)
    await records.delete(tx, REQUEST, request_id)
    _, *moved = standing.queue.closed(request_id)
    changes = Changes(item=standing.item_set_free(tx), requests=tuple(moved))
    if changes != Changes():
        await circulation.write(tx, changes)


def no_such_request(request_id: str) -> NotFound:
    """Return the problem of a request that circulation cannot find."""
    return NotFound(f'request record with ID "{request_id}" cannot be found')


async def lock_standing(tx: Tx, request_id: str, pickup_id: str | None = None) -> Standing | None:
    """Lock a request with its queue and return what there is of it, None where there is none. Raises TryAgain."""
    locked_item = await store.lock_request(tx, request_id)
    found = await store.load_request(tx, request_id, pickup_id)
    return standing_of(found, locked_item) if found else None


def standing_of(found: StoredRequest, locked_item: str | None) -> Standing:
    """Return a loaded request; raise TryAgain where it was for another item than the one that is locked."""
    standing = Standing.of(found)
    if standing.request.get("itemId") != locked_item:
        raise TryAgain
    return standing
