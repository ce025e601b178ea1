"""Requests of patrons (holds, recalls, pages), the reasons for cancelling them, and what patrons prefer."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticKnownError

from octavo_models.record import Endpoint, OpenPart, Part, Record, Tags
from octavo_models.scalars import Flag, FreeId, Instant, LooseUuid, Text, Uuid, Whole

RequestTypeName = Literal["Hold", "Recall", "Page"]
RequestStatusName = Literal[
    "Open - Not yet filled",
    "Open - Awaiting pickup",
    "Open - In transit",
    "Open - Awaiting delivery",
    "Closed - Filled",
    "Closed - Cancelled",
    "Closed - Unfilled",
    "Closed - Pickup expired",
]
FulfillmentPreference = Literal["Hold Shelf", "Delivery"]


class RequestIdentifier(Part):
    """An identifier of the requested work, kept for searching."""

    value: Text
    identifier_type_id: Uuid


class RequestInstance(OpenPart):
    """What of the work is kept in its request, for searching."""

    title: Text | None = None
    identifiers: list[RequestIdentifier] = Field(default_factory=list)


class RequestItem(Part):
    """What of the item is kept in its request, for searching."""

    barcode: Text | None = None
    item_effective_location_id: Uuid | None = None
    item_effective_location_name: Text | None = None
    retrieval_service_point_id: Uuid | None = None
    retrieval_service_point_name: Text | None = None


class RequestPerson(Part):
    """What of the requester or the proxy is kept in the request, for searching."""

    first_name: Text | None = None
    last_name: Text | None = None
    middle_name: Text | None = None
    barcode: Text | None = None
    patron_group: Text | None = None


class PrintDetails(Part):
    """Whether, when and by whom the request's slip was printed."""

    print_count: Whole | None = None
    requester_id: LooseUuid | None = None
    is_printed: Flag | None = None
    print_event_date: Instant | None = None


class RequestCallNumber(Part):
    """The call number of the requested item, in its parts."""

    call_number: Text | None = None
    prefix: Text | None = None
    suffix: Text | None = None


class RequestSearchIndex(Part):
    """Values by which requests are sorted."""

    call_number_components: RequestCallNumber | None = None
    shelving_order: Text | None = None
    pickup_service_point_name: Text | None = None


def _somebody_unless_closed(requester_id: str | None, request: ValidationInfo) -> str | None:
    """Miss the requester of an open request. The status stands before the requester for that reason."""
    if requester_id is None and not str(request.data.get("status")).startswith("Closed"):
        raise PydanticKnownError("missing")
    return requester_id


class Request(Record):
    """A patron's wish for an item (`request_level` Item) or for any copy of a work (Title).

    `position` is the place in the queue, from 1; closed requests have none. `requester_id` is absent once the
    request is anonymised, which only a closed one can be.
    """

    read_only: ClassVar[frozenset[str]] = frozenset({"awaitingPickupRequestClosedDate"})

    request_level: Literal["Item", "Title"]
    request_type: RequestTypeName
    ecs_request_phase: Literal["Primary", "Secondary", "Intermediate"] | None = None
    request_date: Instant
    patron_comments: Text | None = None
    status: RequestStatusName
    requester_id: Annotated[LooseUuid | None, AfterValidator(_somebody_unless_closed)]
    proxy_user_id: LooseUuid | None = None
    instance_id: Uuid
    holdings_record_id: Uuid | None = None
    item_id: LooseUuid | None = None
    cancellation_reason_id: FreeId | None = None
    cancelled_by_user_id: FreeId | None = None
    cancellation_additional_information: Text | None = None
    cancelled_date: Instant | None = None
    position: Whole | None = None
    instance: RequestInstance | None = None
    item: RequestItem | None = None
    requester: RequestPerson | None = None
    proxy: RequestPerson | None = None
    fulfillment_preference: FulfillmentPreference
    delivery_address_type_id: LooseUuid | None = None
    request_expiration_date: Instant | None = None
    hold_shelf_expiration_date: Instant | None = None
    pickup_service_point_id: LooseUuid | None = None
    tags: Tags | None = None
    print_details: PrintDetails | None = None
    awaiting_pickup_request_closed_date: Instant | None = None
    search_index: RequestSearchIndex | None = None
    item_location_code: Text | None = None
    is_dcb_re_request_cancellation: Flag | None = None

    @model_validator(mode="before")
    @classmethod
    def _ask_for_the_requester(cls, sent: Any) -> Any:
        """Let a requester that is absent be missed like any other field: only what is there is looked at."""
        if isinstance(sent, dict) and not {"requesterId", "requester_id"} & sent.keys():
            return {**sent, "requesterId": None}
        return sent


class RequestBatch(Part):
    """Requests that are to be replaced all at once, so that they can change places."""

    requests: list[Request]


class CancellationReason(Record):
    """Why a request was cancelled, in words for staff and for the patron."""

    name: Text
    description: Text | None = None
    public_description: Text | None = None
    requires_additional_information: Flag | None = None
    source: Text | None = None


class RequestPreference(Record):
    """Whether a patron fetches requested items or has them delivered, and where to."""

    user_id: LooseUuid
    hold_shelf: Flag
    delivery: Flag
    default_service_point_id: LooseUuid | None = None
    default_delivery_address_type_id: LooseUuid | None = None
    fulfillment: Literal["Delivery", "Hold Shelf"] | None = None


REQUESTS = Endpoint(Request, "/request-storage/requests", many="requests")
CANCELLATION_REASONS = Endpoint(
    CancellationReason, "/cancellation-reason-storage/cancellation-reasons", many="cancellationReasons"
)
REQUEST_PREFERENCES = Endpoint(
    RequestPreference, "/request-preference-storage/request-preference", many="requestPreferences"
)
