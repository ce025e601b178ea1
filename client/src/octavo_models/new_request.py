"""What a client sends to request something (POST and PUT /circulation/requests, /circulation/requests/instances).

Clients send back what they have read, with blocks that only the server writes; those count for nothing.
"""

from pydantic import Field

from octavo_models.circulation import OverrideBlocks
from octavo_models.record import OpenPart, Part, Tags
from octavo_models.scalars import FreeId, Instant, LooseUuid, Text, Uuid, Whole


class ProcessingParameters(OpenPart):
    """How the request is to be dealt with."""

    override_blocks: OverrideBlocks | None = None


class RequestDraft(OpenPart):
    """A request as a client writes it; whatever else it holds is left out of account."""

    id: Uuid | None = None
    request_level: Text | None = None
    request_type: Text
    request_date: Instant | None = None
    status: Text | None = None
    patron_comments: Text | None = None
    requester_id: LooseUuid
    proxy_user_id: LooseUuid | None = None
    instance_id: Uuid | None = None
    holdings_record_id: Uuid | None = None
    item_id: LooseUuid | None = None
    fulfillment_preference: Text = "Hold Shelf"
    delivery_address_type_id: LooseUuid | None = None
    pickup_service_point_id: LooseUuid | None = None
    request_expiration_date: Instant | None = None
    hold_shelf_expiration_date: Instant | None = None
    cancellation_reason_id: FreeId | None = None
    cancelled_by_user_id: FreeId | None = None
    cancellation_additional_information: Text | None = None
    cancelled_date: Instant | None = None
    tags: Tags | None = None
    request_processing_parameters: ProcessingParameters = Field(default_factory=ProcessingParameters)


class InstanceRequestDraft(OpenPart):
    """A wish for any copy of a work."""

    instance_id: Uuid | None = None
    requester_id: LooseUuid | None = None
    pickup_service_point_id: LooseUuid | None = None
    request_date: Instant | None = None
    request_expiration_date: Instant | None = None
    patron_comments: Text | None = None


class MoveRequest(OpenPart):
    """To which other item of its title a request is to be moved, and as what type; by default the type stays."""

    destination_item_id: LooseUuid
    request_type: Text | None = None


class NewPosition(OpenPart):
    """Where in the queue a request is to stand."""

    id: LooseUuid
    new_position: Whole


class ReorderedQueue(Part):
    """A whole queue in its new order."""

    reordered_queue: list[NewPosition]
