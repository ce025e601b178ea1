"""The sample library's requests: queues for lent items, items on their way to a patron or waiting for one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from octavo.app.sample.loans import Errand, Lending, OpenLoan, State
from octavo.app.sample.people import ADA, Patron, patron
from octavo.app.sample.record import Json, Made, metadata
from octavo.app.sample.shelves import Copy
from octavo.catalogue.requests import REQUEST
from octavo_models.scalars import format_instant

_DAY: Final = timedelta(days=1)
_NOT_YET_FILLED: Final = "Open - Not yet filled"
_ERRAND_STATUS: Final = {
    Errand.AWAITING_PICKUP: "Open - Awaiting pickup",
    Errand.PAGED: _NOT_YET_FILLED,
    Errand.IN_TRANSIT_TO_PATRON: "Open - In transit",
}
#: One in so many closed loans was requested by somebody who then thought better of it.
_CANCELLED: Final = 40


def requests(lending: Lending) -> Iterator[Made]:
    """Yield all requests; the open ones of an item are numbered from 1."""
    for loan in lending.open_loans():
        if loan.state in (State.HELD, State.RECALLED):
            yield from _queue(lending, loan)
    for place, (number, errand) in enumerate(lending.errands.items()):
        if errand is not Errand.IN_TRANSIT_HOME:
            yield _fetched(lending, lending.shelves.copy(number), errand, place)
    for number in range(1, lending.closed_count, _CANCELLED):
        closed = lending.closed_loan(number)
        yield _cancelled(lending, closed.copy, closed.loaned, number)


def _queue(lending: Lending, loan: OpenLoan) -> Iterator[Made]:
    """Yield who waits for a lent item: one who recalled it, or two with a hold, Ada once among them."""
    for position, (action, at, _) in enumerate(loan.events, start=1):
        kind = "Recall" if action == "recallrequested" else "Hold"
        ada = loan.number < len(State) and position == 2  # noqa: PLR2004 - behind somebody
        requester = patron(lending.keys, ADA) if ada else lending.usual(loan.borrower.number + position)
        yield _request(
            lending, f"loan {loan.number} {position}", loan.copy, requester, at,
            requestType=kind, status=_NOT_YET_FILLED, position=position, pickup=loan.copy.desk,
        )  # fmt: skip


def _fetched(lending: Lending, copy: Copy, errand: Errand, place: int) -> Made:
    """Return the request for which an item is off its shelf; the first item that waits on the hold shelf is Ada's."""
    keys = lending.keys
    requester = patron(keys, ADA) if place == 0 else lending.usual(lending.scattered(place, 5, 1 << 30))
    shelf = (
        {"holdShelfExpirationDate": format_instant(lending.now + 5 * _DAY)} if errand is Errand.AWAITING_PICKUP else {}
    )
    pickup = "Harbour Desk" if errand is Errand.IN_TRANSIT_TO_PATRON else copy.desk
    return _request(
        lending, f"errand {place}", copy, requester, lending.now - 2 * _DAY,
        requestType="Page", status=_ERRAND_STATUS[errand], position=1, pickup=pickup, **shelf,
    )  # fmt: skip


def _cancelled(lending: Lending, copy: Copy, loaned: datetime, number: int) -> Made:
    requester = lending.usual(lending.scattered(number, 6, 1 << 30))
    reason = lending.keys("cancellation reason", "No longer needed")
    return _request(
        lending, f"cancelled {number}", copy, requester, loaned, requestType="Hold", status="Closed - Cancelled", pickup=copy.desk,
        cancellationReasonId=reason, cancelledByUserId=requester.id, cancelledDate=format_instant(loaned + _DAY),
    )  # fmt: skip


def _request(
    lending: Lending, name: str, copy: Copy, requester: Patron, at: datetime, *, pickup: str, **fields: Any
) -> Made:
    keys = lending.keys
    document: Json = {
        "id": keys.once("request", name),
        "requestLevel": "Item",
        "requestDate": format_instant(at),
        "requesterId": requester.id,
        "instanceId": copy.instance_id,
        "holdingsRecordId": copy.holdings_id,
        "itemId": copy.id,
        "fulfillmentPreference": "Hold Shelf",
        "pickupServicePointId": keys("desk", pickup),
        "instance": {
            "title": copy.title,
            "identifiers": [
                {"value": f"cl{copy.work + 1:08}", "identifierTypeId": keys("identifier type", "Control number")}
            ],
        },
        "item": {
            "barcode": copy.barcode,
            "itemEffectiveLocationId": keys("location", copy.place),
            "itemEffectiveLocationName": copy.place,
            "retrievalServicePointId": keys("desk", copy.desk),
            "retrievalServicePointName": copy.desk,
        },
        "requester": {
            "firstName": requester.first_name,
            "lastName": requester.last_name,
            "barcode": requester.barcode,
            "patronGroup": keys("group", requester.group),
        },
        "searchIndex": {
            "callNumberComponents": {"callNumber": copy.call_number},
            "shelvingOrder": copy.shelving_order,
            "pickupServicePointName": pickup,
        },
        "metadata": metadata(at),
        **fields,
    }
    return Made(REQUEST, document)
