"""What a lost item really costs: staff find out, and then bill the patron or not (FOLIO actual-cost-record)."""

from typing import Annotated, Literal

from pydantic import Field

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Instant, Number, Text, Uuid


class ActualCostUser(Part):
    """Who lost the item, as they were then."""

    id: Uuid
    barcode: Text | None = None
    first_name: Text | None = None
    last_name: Text
    middle_name: Text | None = None
    patron_group_id: Uuid | None = None
    patron_group: Text | None = None


class ActualCostLoan(Part):
    """The loan with which the item was lost."""

    id: Uuid


class ActualCostCallNumber(Part):
    """The call number of the lost item, in its parts."""

    call_number: Text | None = None
    prefix: Text | None = None
    suffix: Text | None = None


class ActualCostItem(Part):
    """The lost item, as it was then."""

    id: Uuid
    barcode: Text | None = None
    material_type_id: Uuid
    material_type: Text
    permanent_location_id: Uuid | None = None
    permanent_location: Text | None = None
    effective_location_id: Uuid | None = None
    effective_location: Text | None = None
    loan_type_id: Uuid
    loan_type: Text
    holdings_record_id: Uuid
    effective_call_number_components: ActualCostCallNumber | None = None
    volume: Text | None = None
    enumeration: Text | None = None
    chronology: Text | None = None
    display_summary: Text | None = None
    copy_number: Text | None = None


class ActualCostIdentifier(Part):
    """An identifier of the work, with the name of its type."""

    value: Text
    identifier_type: Text
    identifier_type_id: Uuid


class ActualCostContributor(Part):
    """A contributor to the work."""

    name: Text


class ActualCostInstance(Part):
    """The work that was lost."""

    id: Uuid
    title: Text
    identifiers: list[ActualCostIdentifier] = Field(default_factory=list)
    contributors: list[ActualCostContributor] = Field(default_factory=list)


class ActualCostFeeFine(Part):
    """Who bills the loss as what; once billed also the account and the amount, in the tenant's currency."""

    account_id: Uuid | None = None
    billed_amount: Number | None = None
    owner_id: Uuid
    owner: Text
    type_id: Uuid
    type: Text


class ActualCostRecord(Record):
    """A lost item whose cost staff have to find out; without a decision the record expires."""

    loss_type: Literal["Aged to lost", "Declared lost"]
    loss_date: Instant
    expiration_date: Instant | None = None
    user: ActualCostUser
    loan: ActualCostLoan
    item: ActualCostItem
    instance: ActualCostInstance
    fee_fine: ActualCostFeeFine
    status: Literal["Open", "Billed", "Cancelled", "Expired"] = "Open"
    additional_info_for_staff: Text | None = None
    additional_info_for_patron: Text | None = None


class ActualCostDecision(Part):
    """What staff decide about a lost item: not to bill its cost."""

    actual_cost_record_id: Uuid
    additional_info_for_staff: Text | None = None
    additional_info_for_patron: Text | None = None


class ActualCostBill(ActualCostDecision):
    """What a lost item really costs its patron."""

    amount: Annotated[Number, Field(ge=0)]
    service_point_id: Uuid | None = None


ACTUAL_COST_RECORDS = Endpoint(
    ActualCostRecord, "/actual-cost-record-storage/actual-cost-records", many="actualCostRecords"
)
