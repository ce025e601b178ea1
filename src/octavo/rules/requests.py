"""Who may request what: everything that can refuse a new request (FOLIO mod-circulation).

`check_form` fails at once on what cannot be read as a request. `check_request` looks at facts that the
service has loaded and raises Invalid with every refusal, in the order of VALIDATORS. `check_pickup` is the
part of it that a change of a request has to pass again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from octavo.errors import BadRequest, Violation, raise_all, refuse
from octavo.rules.overrides import Block, Overrides
from octavo.rules.patron_status import PatronStatus
from octavo.rules.queue import TITLE, Queued
from octavo.rules.request_types import HOLD, PAGE, RECALL, types_for_status
from octavo.rules.transitions import REQUEST
from octavo_models.policies import RequestPolicy

ITEM = "Item"
HOLD_SHELF, DELIVERY = "Hold Shelf", "Delivery"
STATUSES = tuple(REQUEST)


@dataclass(frozen=True)
class NewRequest:
    """A request as it was sent, ids in lower case."""

    request_type: str
    request_level: str = ITEM
    fulfillment_preference: str = HOLD_SHELF
    status: str | None = None
    id: str | None = None
    instance_id: str | None = None
    holdings_record_id: str | None = None
    item_id: str | None = None
    requester_id: str | None = None
    proxy_user_id: str | None = None
    request_date: datetime | None = None
    pickup_service_point_id: str | None = None
    overrides: Overrides = field(default_factory=Overrides)

    @property
    def is_for_item(self) -> bool:
        """Tell whether the request names an item itself."""
        return self.request_level == ITEM


@dataclass(frozen=True)
class Requester:
    """What the rule asks about the patron; each kind of block is ready to be listed (`rules.blocks`)."""

    patron_group_id: str | None
    status: PatronStatus = PatronStatus.ACTIVE
    automated_blocks: tuple[Violation, ...] = ()
    manual_blocks: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class RequestedItem:
    """What the rule asks about the item. policy: what the circulation rules choose for it and the patron."""

    status: str
    policy: RequestPolicy
    loan_id: str | None = None
    borrower_id: str | None = None


@dataclass(frozen=True)
class RequestedTitle:
    """What the rule asks about a title, for requests of title level.

    available_item_id: an available item that the requester could have paged. recallable: some item is on
    loan or can be recalled. hold_allowed: some item's request policy lets the requester hold it, or holds
    need not follow the circulation rules. loan: the requester's loan of one of the items, as
    (item id, loan id).
    """

    available_item_id: str | None = None
    recallable: bool = True
    hold_allowed: bool = True
    loan: tuple[str, str] | None = None


@dataclass(frozen=True)
class Circumstances:
    """What was found for a request; what does not exist is None or false."""

    instance_exists: bool = True
    requester: Requester | None = None
    item: RequestedItem | None = None
    title: RequestedTitle | None = None
    pickup_exists: bool = True
    pickup_location: bool = True
    proxy_valid: bool = True
    title_level_requests: bool = False
    queue: tuple[Queued, ...] = ()


def check_form(asked: NewRequest, *, title_level_requests: bool) -> None:
    """Raise BadRequest or Invalid for a status, level or preference that does not exist."""
    if asked.status is not None and asked.status not in STATUSES:
        raise BadRequest(f"Request status must be one of the following: {_quoted(STATUSES)}")
    levels = (ITEM, TITLE) if title_level_requests else (ITEM,)
    if asked.request_level not in levels:
        raise refuse(
            f"Request level must be one of the following: {_quoted(levels)}",
            "REQUEST_LEVEL_IS_NOT_ALLOWED",
            requestLevel=asked.request_level,
        )
    if asked.fulfillment_preference not in (HOLD_SHELF, DELIVERY):
        raise refuse(
            "Fulfillment preference must be one of the following: Hold Shelf, Delivery",
            "FULFILLMENT_PREFERENCE_IS_NOT_ALLOWED",
            fulfillmentPreference=asked.fulfillment_preference,
        )


def check_request(asked: NewRequest, found: Circumstances) -> None:
    """Raise Invalid with every reason to refuse a new request."""
    raise_all(violation for validator in VALIDATORS for violation in validator(asked, found))


def check_pickup(asked: NewRequest, found: Circumstances) -> None:
    """Raise Invalid where a request, new or changed, cannot be picked up where it says."""
    raise_all(_pickup(asked, found))


def _quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f'"{value}"' for value in values)


def _ids_present(asked: NewRequest, _: Circumstances) -> Iterator[Violation]:
    if not asked.instance_id:
        yield _refusal("Cannot create a request with no instance ID", instanceId=asked.instance_id)
    if asked.is_for_item and not asked.item_id:
        yield _refusal("Cannot create an item level request with no item ID", itemId=asked.item_id)
    if asked.item_id and not asked.holdings_record_id:
        yield _refusal(
            "Cannot create a request with item ID but no holdings record ID",
            holdingsRecordId=asked.holdings_record_id,
        )


def _title_names_no_item(asked: NewRequest, _: Circumstances) -> Iterator[Violation]:
    if not asked.is_for_item and (asked.item_id or asked.holdings_record_id):
        yield _refusal(
            "Cannot create a title level page request for this instance ID with no item ID",
            "CANNOT_CREATE_PAGE_TLR_WITHOUT_ITEM_ID",
            itemId=asked.item_id,
            instanceId=asked.instance_id,
        )


def _dated(asked: NewRequest, _: Circumstances) -> Iterator[Violation]:
    if asked.request_date is None:
        yield _refusal("Cannot create a request with no requestDate", requestDate=None)


def _instance_exists(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    if asked.instance_id and not found.instance_exists:
        yield _refusal("Instance does not exist", instanceId=asked.instance_id)


def _title_has_items(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    title = found.title
    if asked.is_for_item or title is None:
        return
    if asked.request_type == PAGE and title.available_item_id is None:
        yield _refusal(
            "Cannot create page TLR for this instance ID - no pageable available items found",
            instanceId=asked.instance_id,
        )
    if asked.request_type == RECALL and not title.recallable:
        yield _refusal("Request has no loan or recallable item", loan=None)


def _proxy_valid(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    if asked.proxy_user_id and not found.proxy_valid:
        yield _refusal("proxyUserId is not valid", proxyUserId=asked.proxy_user_id)


def _pickup(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    pickup = asked.pickup_service_point_id
    if pickup is None:
        if asked.fulfillment_preference == HOLD_SHELF:
            yield _refusal(
                "Hold shelf fulfillment requests require a Pickup service point",
                "HOLD_SHELF_REQUESTS_REQUIRE_PICKUP_SERVICE_POINT",
                id=asked.id,
            )
    elif not found.pickup_exists:
        yield _refusal("Pickup service point does not exist", pickupServicePointId=pickup)
    elif not found.pickup_location:
        yield _refusal(
            "Service point is not a pickup location",
            "SERVICE_POINT_IS_NOT_PICKUP_LOCATION",
            pickupServicePointId=pickup,
        )


def _requester(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    if found.requester is None:
        yield _refusal("A valid user and patron group are required. User is null", userId=None)
        return
    if found.requester.patron_group_id is None:
        yield _refusal("A valid patron group is required. PatronGroup ID is null", PatronGroupId=None)
    if found.requester.status is not PatronStatus.ACTIVE:
        yield _refusal("Inactive users cannot make requests", requesterId=asked.requester_id, itemId=asked.item_id)


def _not_requested_before(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    own = (queued for queued in found.queue if queued.requester_id == asked.requester_id)
    yield from islice((violation for queued in own for violation in _repeats(asked, queued, found)), 1)


def _repeats(asked: NewRequest, queued: Queued, found: Circumstances) -> Iterator[Violation]:
    if asked.is_for_item and queued.request_level == ITEM:
        if queued.item_id == asked.item_id:
            yield _repeated("this item", "ITEM_ALREADY_REQUESTED", asked, queued, itemId=asked.item_id)
    elif found.title_level_requests:
        code, what = "INSTANCE_ALREADY_REQUESTED", "this instance"
        if queued.request_level == ITEM:
            code, what = "ITEM_OF_THIS_INSTANCE_ALREADY_REQUESTED", "one of the instance's items"
        yield _repeated(what, code, asked, queued, instanceId=asked.instance_id)


def _repeated(what: str, code: str, asked: NewRequest, queued: Queued, **subject: str | None) -> Violation:
    return _refusal(
        f"This requester already has an open request for {what}",
        code,
        requesterId=asked.requester_id,
        **subject,
        requestId=queued.id,
    )


def _patron_blocks(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    if Block.PATRON in asked.overrides.requested:
        yield from asked.overrides.insufficient(Block.PATRON)
    elif found.requester:
        yield from found.requester.automated_blocks
        yield from found.requester.manual_blocks


def _item_exists(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    if asked.item_id and found.item is None:
        yield _refusal("Item does not exist", itemId=asked.item_id)


def _type_allowed(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    """Refuse what the item's status forbids; what its request policy forbids comes after the loan check."""
    if found.item and asked.request_type not in types_for_status(found.item.status):
        yield _not_allowed(asked)


def _not_on_loan(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    item = found.item
    if item and item.loan_id and item.borrower_id == asked.requester_id:
        yield _refusal(
            "This requester already has this item on loan",
            "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN",
            itemId=asked.item_id,
            userId=asked.requester_id,
            loanId=item.loan_id,
        )
    if found.title and found.title.loan:
        item_id, loan_id = found.title.loan
        yield _refusal(
            "This requester already has a loan for one of the instance's items",
            "REQUESTER_ALREADY_HAS_LOAN_FOR_ONE_OF_INSTANCES_ITEMS",
            userId=asked.requester_id,
            itemId=item_id,
            loanId=loan_id,
        )


def _policy_allows(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    item = found.item
    if item is None:
        return
    listed = asked.request_type in item.policy.request_types
    if not listed and asked.request_type in types_for_status(item.status):
        yield _not_allowed(asked)
    pickup = asked.pickup_service_point_id
    allowed = _allowed_service_points(item.policy, asked.request_type)
    if listed and pickup is not None and allowed is not None and pickup not in allowed:
        yield _refusal(
            "One or more Pickup locations are no longer available",
            "REQUEST_PICKUP_SERVICE_POINT_IS_NOT_ALLOWED",
            pickupServicePointId=pickup,
            requestType=asked.request_type,
            requestPolicyId=item.policy.id,
        )


def _allowed_service_points(policy: RequestPolicy, request_type: str) -> list[str] | None:
    points = policy.allowed_service_points
    if points is None:
        return None
    return {PAGE: points.page, HOLD: points.hold, RECALL: points.recall}.get(request_type)


def _title_allows(asked: NewRequest, found: Circumstances) -> Iterator[Violation]:
    title = found.title
    if asked.is_for_item or title is None or asked.request_type == PAGE:
        return
    if asked.request_type == HOLD and not title.hold_allowed:
        yield _refusal(
            "Hold requests are not allowed for this patron and title combination",
            "REQUEST_NOT_ALLOWED_FOR_PATRON_TITLE_COMBINATION",
            requesterId=asked.requester_id,
            instanceId=asked.instance_id,
        )
    if title.available_item_id is not None:
        yield _refusal(
            f"{asked.request_type} title level request not allowed: pageable available item found for instance",
            "HOLD_AND_RECALL_TLR_NOT_ALLOWED_PAGEABLE_AVAILABLE_ITEM_FOUND",
            itemId=title.available_item_id,
            instanceId=asked.instance_id,
        )


_Validator = Callable[[NewRequest, Circumstances], Iterator[Violation]]

#: Every reason to refuse a new request, in the order in which they are listed.
VALIDATORS: tuple[_Validator, ...] = (
    _ids_present,
    _title_names_no_item,
    _dated,
    _instance_exists,
    _title_has_items,
    _proxy_valid,
    _pickup,
    _requester,
    _not_requested_before,
    _patron_blocks,
    _item_exists,
    _type_allowed,
    _not_on_loan,
    _policy_allows,
    _title_allows,
)


def _not_allowed(asked: NewRequest) -> Violation:
    return _refusal(
        f"{asked.request_type} requests are not allowed for this patron and item combination",
        "REQUEST_NOT_ALLOWED_FOR_PATRON_ITEM_COMBINATION",
        requestType=asked.request_type,
    )


def _refusal(message: str, code: str | None = None, /, **parameters: str | None) -> Violation:
    return Violation(message, tuple(parameters.items()), code)
