"""What the APIs show beside the stored records: loans and requests with people and places, summaries, look-ups.

Shapes are those of FOLIO's mod-circulation, mod-inventory, mod-users-bl and mod-patron-blocks; what they show besides
is kept.
"""

from typing import Any

from pydantic import AliasChoices, ConfigDict, Field

from octavo_models.inventory import ItemStatus
from octavo_models.location import ServicePoint, ServicePointsUser
from octavo_models.record import OpenPart, OpenRecord
from octavo_models.request import Request, RequestItem
from octavo_models.scalars import Flag, Instant, Number, Text, Uuid, Whole
from octavo_models.user import Group, Proxy, User


class Named(OpenPart):
    """Something by id and name, or by one of them."""

    id: Text | None = None
    name: Text | None = None


class Borrower(OpenPart):
    """Who has borrowed an item."""

    first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None
    preferred_first_name: Text | None = None
    barcode: Text | None = None
    patron_group: Text | None = None


class LentItem(OpenPart):
    """An item as circulation shows it, with its title and where it is."""

    id: Text | None = None
    holdings_record_id: Text | None = None
    instance_id: Text | None = None
    title: Text | None = None
    barcode: Text | None = None
    contributors: list[Named] = Field(default_factory=list)
    primary_contributor: Text | None = None
    call_number: Text | None = None
    status: Named | None = None
    location: Named | None = None
    material_type: Named | None = None
    in_transit_destination_service_point: Named | None = None


class Owed(OpenPart):
    """What remains to be paid for a loan, in the tenant's currency."""

    amount_remaining_to_pay: Number


class PersonGroup(OpenPart):
    """The patron group of somebody who has requested something."""

    id: Text | None = None
    group: Text | None = None
    desc: Text | None = None


class ShownPerson(OpenPart):
    """Who has requested something, or for whom it was requested. Of somebody who is gone the group is only a name."""

    first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None
    preferred_first_name: Text | None = None
    barcode: Text | None = None
    patron_group: PersonGroup | Text | None = None


class RequestedItem(RequestItem):
    """The requested item, as it is now."""

    model_config = ConfigDict(extra="allow")

    status: Text | None = None
    call_number: Text | None = None
    copy_number: Text | None = None
    location: Named | None = None


class ShownRequest(Request):
    """A request as circulation shows it: with item, people and places as they are now, and the loan of the item."""

    model_config = ConfigDict(extra="allow")

    item: RequestedItem | None = None
    requester: ShownPerson | None = None  # type: ignore[assignment]  # FOLIO shows a group's object, and stores its name
    proxy: ShownPerson | None = None  # type: ignore[assignment]  # as above
    loan: dict[str, Any] | None = None
    pickup_service_point: Named | None = None
    delivery_address: dict[str, Any] | None = None


class PickupPoints(OpenPart):
    """Where a request may be picked up, by the types of request that are allowed."""

    page: list[Named] = Field(default_factory=list, alias="Page")
    hold: list[Named] = Field(default_factory=list, alias="Hold")
    recall: list[Named] = Field(default_factory=list, alias="Recall")


class RuleConditions(OpenPart):
    """By what a circulation rule has chosen; FOLIO tells so of loan policies alone."""

    material_type_match: Flag = False
    loan_type_match: Flag = False
    patron_group_match: Flag = False


_POLICY_ID = AliasChoices(
    "loanPolicyId", "overdueFinePolicyId", "overduePolicyId", "lostItemPolicyId", "requestPolicyId", "noticePolicyId"
)


class AppliedPolicy(OpenPart):
    """The policy that the circulation rules choose."""

    policy_id: Text = Field(validation_alias=_POLICY_ID)
    applied_rule_conditions: RuleConditions = Field(default_factory=RuleConditions)


class RuleMatch(OpenPart):
    """The policy of one circulation rule that applies, and the line of the rule, from 1."""

    policy_id: Text = Field(validation_alias=_POLICY_ID)
    circulation_rule_line: Whole


class RuleMatches(OpenPart):
    """Every circulation rule that applies, the one that counts first."""

    circulation_rule_matches: list[RuleMatch] = Field(default_factory=list)


class AnonymizedOfPatron(OpenPart):
    """Which loans of a patron have forgotten who borrowed the item; `errors` tells of the others."""

    anonymized_loans: list[Text] = Field(default_factory=list)
    errors: list[dict[str, Any]] = Field(default_factory=list)


class Slip(OpenPart):
    """What is printed on a pick slip or a search slip."""

    item: dict[str, Any] = Field(default_factory=dict)
    request: dict[str, Any] = Field(default_factory=dict)
    requester: dict[str, Any] = Field(default_factory=dict)
    current_date_time: Instant | None = None


class InventoryItem(OpenRecord):
    """An item as mod-inventory shows and takes it: what storage names by id is an object here."""

    version: Whole | None = Field(default=None, alias="_version")
    hrid: Text | None = None
    holdings_record_id: Uuid
    barcode: Text | None = None
    status: ItemStatus
    title: Text | None = None
    call_number: Text | None = None
    material_type: Named
    permanent_loan_type: Named
    temporary_loan_type: Named | None = None
    permanent_location: Named | None = None
    temporary_location: Named | None = None
    effective_location: Named | None = None


class InstanceWithItems(OpenRecord):
    """A work with its copies."""

    title: Text | None = None
    items: list[dict[str, Any]] = Field(default_factory=list)


class ItemInTransit(OpenRecord):
    """An item on its way between service points, with its request and its last loan."""

    title: Text | None = None
    barcode: Text | None = None
    status: Named | None = None
    request: dict[str, Any] | None = None
    loan: dict[str, Any] | None = None


class OpenLoan(OpenPart):
    """An open loan as automated blocks count it."""

    loan_id: Text
    due_date: Instant | None = None
    recall: Flag = False
    item_lost: Flag = False
    item_claimed_returned: Flag = False


class OpenFeeFine(OpenPart):
    """An open charge as automated blocks count it."""

    fee_fine_id: Text
    fee_fine_type_id: Text | None = None
    loan_id: Text | None = None
    balance: Number


class UserSummary(OpenPart):
    """The open loans and charges of a patron, as automated blocks count them."""

    user_id: Text
    open_loans: list[OpenLoan] = Field(default_factory=list)
    open_fees_fines: list[OpenFeeFine] = Field(default_factory=list)


class ShownServicePointsUser(ServicePointsUser):
    """Where a member of staff works, with the service points."""

    model_config = ConfigDict(extra="allow")

    service_points: list[ServicePoint] = Field(default_factory=list)


class Profile(OpenPart):
    """A user with group, permissions, service points and proxies; `permissions` only where the caller may see them."""

    user: User
    patron_group: Group | None = None
    permissions: dict[str, Any] | None = None
    proxies_for: list[Proxy] = Field(default_factory=list)
    service_points_user: ShownServicePointsUser | None = None


class MergedUser(OpenPart):
    """The user that somebody who had registered has become, or has been merged into."""

    user_id: Text


class NewCredentials(OpenPart):
    """A user's name and password."""

    username: Text
    user_id: Text
    password: Text = Field(repr=False)


class PasswordChange(OpenPart):
    """A user's name, and their password as it is and as it is to be."""

    username: Text
    password: Text = Field(repr=False)
    new_password: Text = Field(repr=False)


class ToldEvent(OpenPart):
    """Something that has changed; `event` is what FOLIO's modules would send to Kafka."""

    position: Whole
    topic: Text
    event: dict[str, Any]


class EventPage(OpenPart):
    """A part of all events; `next` is the position to go on after."""

    events: list[ToldEvent] = Field(default_factory=list)
    next: Whole
    more: Flag
