"""A patron's account as patron tools see it (FOLIO edge-patron): the id in the path is the externalSystemId.

The same services as on the Okapi side; only how one is known, and how problems are told, differs.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from octavo.auth.api_keys import Scope
from octavo.edge.checks import LARGEST, NO_HOLD_DATA, Entry, body_or, cancellation, counted, paging
from octavo.errors import BadRequest, NotFound
from octavo.http.account_query import ACCOUNT_QUERY, read_wanted
from octavo.http.bodies import check, read_body, read_json
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.parameters import path_uuid
from octavo.http.routes import Route
from octavo.services.account import read_account, renew_for_patron
from octavo.services.allowed_service_points import allowed_for_patron, allowed_for_patron_each
from octavo.services.cancel_hold import cancel_for_patron
from octavo.services.hold import hold_item
from octavo.services.instance_hold import hold_any_copy
from octavo.store.registration import find_patron
from octavo.store.requests import Target
from octavo.store.tx import Tx
from octavo_models.account import (
    Account,
    AccountLoan,
    AllowedServicePoints,
    AllowedServicePointsPerItem,
    Hold,
    HoldCancellation,
    HoldRequest,
    ItemIds,
)
from octavo_models.scalars import format_instant

_ACCOUNT = "/patron/account/{patronId}"
_ITEM = f"{_ACCOUNT}/item/{{itemId}}"
_INSTANCE = f"{_ACCOUNT}/instance/{{instanceId}}"
_HOLD = f"{_ITEM}/hold/{{holdId}}"


def unknown_patron(external_id: str) -> NotFound:
    """Return the problem of a patron whom nobody knows by this id."""
    return NotFound(f"Unable to find patron {external_id}")


async def get_account(call: Call) -> Reply:
    """Show a patron's account."""
    offset, limit = counted(call.query, "offset", 0), counted(call.query, "limit", LARGEST)
    wanted = read_wanted(call.query, offset, limit)
    async with call.read() as tx:
        return ok(await read_account(tx, await _patron(tx, call), wanted))


async def post_renewal(call: Call) -> Reply:
    """Renew a patron's loan."""
    item_id = path_uuid(call.parameters, "itemId")
    async with call.transaction() as tx:
        return ok(await renew_for_patron(tx, await _patron(tx, call), item_id), 201)


async def post_item_hold(call: Call) -> Reply:
    """Place a patron's request on an item."""
    item_id, wish = path_uuid(call.parameters, "itemId"), _read_wish(call)
    async with call.transaction() as tx:
        return ok(await hold_item(tx, await _patron(tx, call), item_id, wish), 201)


async def post_instance_hold(call: Call) -> Reply:
    """Place a patron's request on any copy of a work."""
    instance_id, wish = path_uuid(call.parameters, "instanceId"), _read_wish(call)
    async with call.transaction() as tx:
        return ok(await hold_any_copy(tx, await _patron(tx, call), instance_id, wish), 201)


async def post_cancellation(call: Call) -> Reply:
    """Cancel a patron's request and show it; who cancels is the patron, whatever the body says."""
    hold_id, sent = path_uuid(call.parameters, "holdId"), read_json(call.body)
    names = ("cancellationReasonId", "cancellationAdditionalInformation", "canceledDate")
    told = check(HoldCancellation, {name: sent[name] for name in names if name in sent})
    async with call.transaction() as tx:
        return ok(await cancel_for_patron(tx, await _patron(tx, call), hold_id, told))


async def delete_hold(call: Call) -> Reply:
    """Cancel a patron's request."""
    hold_id = path_uuid(call.parameters, "holdId")
    async with call.transaction() as tx:
        await cancel_for_patron(tx, await _patron(tx, call), hold_id, HoldCancellation())
    return NO_CONTENT


async def put_hold(_: Call) -> Reply:
    """Say that a hold cannot be replaced; nobody ever offered that."""
    return Reply(501, content_type="")


async def get_item_service_points(call: Call) -> Reply:
    """Tell where a patron may pick up an item."""
    return await _service_points(call, Target(item_id=path_uuid(call.parameters, "itemId")))


async def get_instance_service_points(call: Call) -> Reply:
    """Tell where a patron may pick up any copy of a work."""
    return await _service_points(call, Target(instance_id=path_uuid(call.parameters, "instanceId")))


async def post_service_points_of_items(call: Call) -> Reply:
    """Tell where a patron may pick up each of some copies of a work."""
    instance_id, asked = path_uuid(call.parameters, "instanceId"), read_body(ItemIds, call.body)
    async with call.read() as tx:
        return ok(await allowed_for_patron_each(tx, await _patron(tx, call), instance_id, asked.item_ids))


async def _service_points(call: Call, target: Target) -> Reply:
    async with call.read() as tx:
        return ok(await allowed_for_patron(tx, await _patron(tx, call), target))


async def _patron(tx: Tx, call: Call) -> str:
    external_id = call.parameters["patronId"]
    patron_id = await find_patron(tx, external_id)
    if patron_id is None:
        raise unknown_patron(external_id)
    return patron_id


def _read_wish(call: Call) -> HoldRequest:
    """Return the hold that the body asks for as of now. Raises BadRequest, Invalid."""
    sent = read_json(call.body)
    if not isinstance(sent, dict):
        raise BadRequest(NO_HOLD_DATA)
    dates = {"requestDate": format_instant(call.now)}
    if sent.get("expirationDate") is not None:
        dates["expirationDate"] = _read_date(sent["expirationDate"])
    return check(HoldRequest, {**sent, **dates})


def _read_date(value: Any) -> str:
    """Return a date of RFC 3339, with or without a time, as records print it. Raises BadRequest for anything else."""
    if isinstance(value, str) and re.match(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        with suppress(ValueError, OverflowError):
            date = datetime.fromisoformat(value.upper())
            return format_instant(date if date.tzinfo else date.replace(tzinfo=UTC))
    raise BadRequest("expirationDate must be a date-time of RFC 3339")


ENTRIES: tuple[Entry, ...] = (
    Entry(
        Route("GET", _ACCOUNT, Scope.READ, get_account, "Show a patron's account", 2, answer=Account,
              query=ACCOUNT_QUERY, errors=(400, 404)),
        (paging,),
    ),
    Entry(
        Route("POST", f"{_ITEM}/renew", Scope.ACT, post_renewal, "Renew a patron's loan", 12, answer=AccountLoan,
              success=201, errors=(400, 404, 422)),
        (paging,),
    ),
    Entry(
        Route("POST", f"{_ITEM}/hold", Scope.ACT, post_item_hold, "Place a patron's request on an item", 9,
              body=HoldRequest, answer=Hold, success=201, errors=(400, 404, 422)),
        (body_or(NO_HOLD_DATA), paging),
    ),
    Entry(
        Route("POST", f"{_INSTANCE}/hold", Scope.ACT, post_instance_hold,
              "Place a patron's request on any copy of a work", 9, body=HoldRequest, answer=Hold, success=201,
              errors=(400, 404, 422)),
        (body_or(NO_HOLD_DATA), paging),
    ),
    Entry(
        Route("POST", f"{_ACCOUNT}/hold/{{holdId}}/cancel", Scope.ACT, post_cancellation,
              "Cancel a patron's request and show it", 9, body=HoldCancellation, answer=Hold, errors=(400, 404, 422)),
        (cancellation, paging),
    ),
    Entry(Route("PUT", _HOLD, Scope.ACT, put_hold, "Not offered", 0, success=501)),
    Entry(Route("DELETE", _HOLD, Scope.ACT, delete_hold, "Cancel a patron's request", 8, success=204, errors=(400, 404, 422))),
    Entry(
        Route("GET", f"{_ITEM}/allowed-service-points", Scope.READ, get_item_service_points,
              "Tell where a patron may pick up an item", 3, answer=AllowedServicePoints, errors=(400, 404, 422)),
        (paging,),
    ),
    Entry(
        Route("GET", f"{_INSTANCE}/allowed-service-points", Scope.READ, get_instance_service_points,
              "Tell where a patron may pick up any copy of a work", 3, answer=AllowedServicePoints,
              errors=(400, 404, 422)),
        (paging,),
    ),
    Entry(
        Route("POST", f"{_INSTANCE}/allowed-service-points-multi-item", Scope.READ, post_service_points_of_items,
              "Tell where a patron may pick up each of some copies of a work", 3, body=ItemIds,
              answer=AllowedServicePointsPerItem, errors=(400, 404, 422)),
        (body_or("No Item IDs provided"), paging),
    ),
)  # fmt: skip
