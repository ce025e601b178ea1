"""What a patron sees of their account: loans, holds, charges, and where a hold may be picked up (seed 001).

Dates are instants; arrays are always printed, absent values never. Fields that came after version 3.0 of
the Patron Services (FOLIO mod-patron, interface `patron` 6.6) are optional.
"""

from typing import Literal

from pydantic import Field

from octavo_models.record import OpenPart, Part
from octavo_models.scalars import Flag, Instant, LooseUuid, Number, Text, Uuid, Whole

HoldStatus = Literal[
    "Open - Not yet filled",
    "Open - Awaiting pickup",
    "Open - Awaiting delivery",
    "Open - In transit",
    "New - Awaiting confirmation",
    "Closed - Filled",
    "Closed - Cancelled",
    "Closed - Unfilled",
    "Closed - Pickup expired",
]


class Money(Part):
    """An amount in a currency, such as 50.0 USD."""

    amount: Number
    iso_currency_code: Text


class AccountItem(Part):
    """What a loan, a hold or a charge is about; `author` lists the names, separated by `; `."""

    instance_id: Text
    item_id: Text | None = None
    title: Text | None = None
    author: Text | None = None
    isbn: Text | None = None


class AccountLoan(Part):
    """An open loan; it is overdue as soon as its due date has passed."""

    id: Text | None = None
    item: AccountItem
    loan_date: Instant
    due_date: Instant | None = None
    overdue: Flag


class Charge(Part):
    """An open charge: what remains to be paid, why, and how far it is paid."""

    item: AccountItem | None = None
    charge_amount: Money | None = None
    accrual_date: Instant | None = None
    description: Text | None = None
    state: Text | None = None
    reason: Text | None = None
    fee_fine_id: Uuid | None = None


class BatchRequestInfo(Part):
    """The batch that a hold was placed with."""

    batch_request_id: Text
    batch_request_submitted_at: Instant | None = None


class Hold(OpenPart):
    """A request of the patron, whatever its type: hold, page or recall.

    `pickup_location_id` is a service point; requests to be delivered have none.
    """

    request_id: Text | None = None
    item: AccountItem | None = None
    request_date: Instant
    expiration_date: Instant | None = None
    status: HoldStatus | None = None
    pickup_location_id: Uuid | None = None
    queue_position: Whole | None = None
    cancellation_reason_id: Uuid | None = None
    canceled_by_user_id: Uuid | None = None
    cancellation_additional_information: Text | None = None
    canceled_date: Instant | None = None
    patron_comments: Text | None = None
    batch_request_info: BatchRequestInfo | None = None


class HoldRequest(OpenPart):
    """What a patron says to place a hold.

    Everything else that a hold has may be sent along and counts for nothing: the server chooses the id,
    the type, the status and the place in the queue.
    """

    request_date: Instant
    expiration_date: Instant | None = None
    pickup_location_id: Uuid
    patron_comments: Text | None = None


class HoldCancellation(OpenPart):
    """Why, when and by whom a hold is cancelled; other fields of the hold may be sent along.

    FOLIO wants `request_date` and `pickup_location_id` of the hold to be repeated here.
    """

    cancellation_reason_id: Uuid | None = None
    canceled_by_user_id: Uuid | None = None
    cancellation_additional_information: Text | None = None
    canceled_date: Instant | None = None
    request_date: Instant | None = None
    pickup_location_id: Uuid | None = None


class Account(Part):
    """A patron's account: totals of everything open, and the lists that were asked for."""

    id: Text | None = None
    total_charges: Money
    total_charges_count: Whole
    total_loans: Whole
    total_holds: Whole
    charges: list[Charge] = Field(default_factory=list)
    holds: list[Hold] = Field(default_factory=list)
    loans: list[AccountLoan] = Field(default_factory=list)


class AllowedServicePoint(Part):
    """A service point where a hold may be picked up."""

    id: Text
    name: Text
    discovery_name: Text | None = None


class AllowedServicePoints(Part):
    """Where a patron may pick up an item, or any item of an instance."""

    allowed_service_points: list[AllowedServicePoint] = Field(default_factory=list)


class ItemIds(Part):
    """Items of an instance that a patron asks about together."""

    item_ids: list[LooseUuid]


class AllowedServicePointsOfItem(AllowedServicePoints):
    """Where a patron may pick up one of several items."""

    item_id: Text


class AllowedServicePointsPerItem(Part):
    """Where a patron may pick up each of several items, in the order in which they were named."""

    allowed_service_points_per_item: list[AllowedServicePointsOfItem] = Field(default_factory=list)
