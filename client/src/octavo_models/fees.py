"""Money that patrons owe: who charges it, what for, the accounts, and everything done to them."""

from typing import ClassVar, Final, Literal

from pydantic import Field

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Instant, Number, Text, Uuid

OVERDUE_FINE: Final = "9523cb96-e752-40c2-89da-60f3961a488d"
REPLACEMENT_PROCESSING_FEE: Final = "d20df2fb-45fd-4184-b238-0d25747ffdd9"
LOST_ITEM_FEE: Final = "cf238f9f-7018-47b7-b815-bb2db798e19f"
LOST_ITEM_PROCESSING_FEE: Final = "c7dede15-aa48-45ed-860b-f996540180e0"
LOST_ITEM_ACTUAL_COST: Final = "73785370-d3bd-4d92-942d-ae2268e02ded"
REMINDER_FEE: Final = "6b830703-f828-4e38-a0bb-ee81deacbd03"

#: The types that the server itself charges, by id.
AUTOMATIC_TYPES: Final = {
    OVERDUE_FINE: "Overdue fine",
    REPLACEMENT_PROCESSING_FEE: "Replacement processing fee",
    LOST_ITEM_FEE: "Lost item fee",
    LOST_ITEM_PROCESSING_FEE: "Lost item processing fee",
    LOST_ITEM_ACTUAL_COST: "Lost item fee (actual cost)",
    REMINDER_FEE: "Reminder fee",
}


class OwnerServicePoint(Part):
    """A service point whose charges go to an owner."""

    value: Uuid
    label: Text | None = None


class Owner(Record):
    """A department that charges fees and fines; several may have the same name."""

    owner: Text | None = None
    desc: Text | None = None
    service_point_owner: list[OwnerServicePoint] = Field(default_factory=list)
    default_charge_notice_id: Uuid | None = None
    default_action_notice_id: Uuid | None = None


class FeeFine(Record):
    """A type of fee or fine. The automatic ones are charged by the server and belong to no owner."""

    automatic: Flag = False
    fee_fine_type: Text
    default_amount: Number | None = None
    charge_notice_id: Uuid | None = None
    action_notice_id: Uuid | None = None
    owner_id: Uuid | None = None


class AccountStatus(Part):
    """Whether an account is `Open` or `Closed`; the text is not checked."""

    name: Text


PaymentStatusName = Literal[
    "Outstanding", "Paid partially", "Paid fully", "Waived partially", "Waived fully", "Transferred partially",
    "Transferred fully", "Refunded partially", "Refunded fully", "Credited fully", "Credited partially",
    "Cancelled item returned", "Cancelled item renewed", "Cancelled item declared lost", "Cancelled as error",
    "Suspended claim returned",
]  # fmt: skip


class PaymentStatus(Part):
    """The last thing done to an account."""

    name: PaymentStatusName


class AccountItemStatus(Part):
    """The status of the item when it was charged for."""

    name: Text


class AccountContributor(Part):
    """A contributor to the work, as it was when its item was charged for."""

    name: Text


class Account(Record):
    """One charge to one patron. `amount` was charged, `remaining` is still to pay, in the tenant's currency.

    `holdings_record_id` and `instance_id` are made by the server from the item.
    """

    read_only: ClassVar[frozenset[str]] = frozenset({"holdingsRecordId", "instanceId"})

    amount: Number
    remaining: Number
    date_created: Instant | None = None
    date_updated: Instant | None = None
    status: AccountStatus
    payment_status: PaymentStatus
    fee_fine_type: Text | None = None
    fee_fine_owner: Text | None = None
    title: Text | None = None
    call_number: Text | None = None
    barcode: Text | None = None
    material_type: Text | None = None
    item_status: AccountItemStatus | None = None
    location: Text | None = None
    due_date: Instant | None = None
    returned_date: Instant | None = None
    loan_id: Uuid | None = None
    user_id: Uuid
    item_id: Uuid | None = None
    material_type_id: Uuid | None = None
    fee_fine_id: Uuid
    owner_id: Uuid
    contributors: list[AccountContributor] = Field(default_factory=list)
    loan_policy_id: Uuid | None = None
    overdue_fine_policy_id: Uuid | None = None
    lost_item_fee_policy_id: Uuid | None = None
    process_id: Uuid | None = None
    holdings_record_id: Uuid | None = None
    instance_id: Uuid | None = None


class FeeFineAction(Record):
    """Something done to an account: the charge itself, a payment, a waiver, a comment. `balance` is what then remained."""

    date_action: Instant | None = None
    type_action: Text | None = None
    comments: Text | None = None
    notify: Flag | None = None
    amount_action: Number | None = None
    balance: Number | None = None
    transaction_information: Text | None = None
    created_at: Uuid | None = None
    original_created_at: Text | None = None
    source: Text | None = None
    payment_method: Text | None = None
    account_id: Uuid
    user_id: Uuid


class Payment(Record):
    """A way of paying that an owner accepts."""

    name_method: Text
    allowed_refund_method: Flag | None = None
    owner_id: Uuid | None = None


class Waive(Record):
    """A reason for waiving a charge."""

    name_reason: Text
    description: Text | None = None
    account_id: Uuid | None = None


class Transfer(Record):
    """An account elsewhere, such as a bursar's, to which charges are transferred."""

    account_name: Text
    desc: Text | None = None
    owner_id: Uuid | None = None


class Refund(Record):
    """A reason for a refund."""

    name_reason: Text
    description: Text | None = None
    account_id: Uuid | None = None


class TransferCriteria(Record):
    """Which charges are to be transferred, and how often; kept for clients, never acted upon."""

    criteria: Text | None = None
    type: Text | None = None
    value: Number | None = None
    interval: Text | None = None


class Comment(Record):
    """For which actions staff must write a comment."""

    paid: Flag = False
    waived: Flag = False
    refunded: Flag = False
    transferred_manually: Flag = False


OWNERS = Endpoint(Owner, "/owners", many="owners")
FEE_FINES = Endpoint(FeeFine, "/feefines", many="feefines")
ACCOUNTS = Endpoint(Account, "/accounts", many="accounts")
FEE_FINE_ACTIONS = Endpoint(FeeFineAction, "/feefineactions", many="feefineactions")
PAYMENTS = Endpoint(Payment, "/payments", many="payments")
WAIVES = Endpoint(Waive, "/waives", many="waivers")
TRANSFERS = Endpoint(Transfer, "/transfers", many="transfers")
REFUNDS = Endpoint(Refund, "/refunds", many="refunds")
TRANSFER_CRITERIAS = Endpoint(TransferCriteria, "/transfer-criterias", many="transferCriterias")
COMMENTS = Endpoint(Comment, "/comments", many="comments")
