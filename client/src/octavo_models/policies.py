"""The policies that circulation rules point to, and the due date schedules that loan policies refer to.

Loan, request and notice policies and schedules are records of mod-circulation-storage; overdue fine and
lost item fee policies are records of mod-feesfines. Their periods differ: a loan's interval is free text
(unknown ones are found out when a due date is computed), that of a fee is one of a fixed list.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from octavo_models.record import Endpoint, OpenPart, Part, Record
from octavo_models.scalars import Flag, FreeId, Instant, LooseUuid, Natural, Number, Text, Uuid, Whole

FeeInterval = Literal["Minutes", "Hours", "Days", "Weeks", "Months", "Years"]
FineInterval = Literal["minute", "hour", "day", "week", "month", "year"]
NoticeFormat = Literal["Email", "SMS", "Print"]
NoticeFrequency = Literal["One time", "Recurring"]
RequestType = Literal["Hold", "Page", "Recall"]


class Period(Part):
    """A length of time in a loan policy, such as 3 Weeks; nothing checks the interval's name."""

    duration: Natural
    interval_id: Text


class FeePeriod(Part):
    """A length of time in a lost item fee policy."""

    duration: Annotated[Whole, Field(ge=1)] | None = None
    interval_id: FeeInterval | None = None


class LoansPolicy(Part):
    """How long an item is lent, and what becomes of a due date at which the library is closed."""

    profile_id: Text | None = None
    period: Period | None = None
    closed_library_due_date_management_id: Text | None = None
    grace_period: Period | None = None
    opening_time_offset: Period | None = None
    fixed_due_date_schedule_id: FreeId | None = None
    item_limit: Annotated[Whole, Field(ge=1, le=9999)] | None = None
    for_use_at_location: Flag | None = None
    hold_shelf_expiry_period_for_use_at_location: Period | None = None


class RenewalsPolicy(OpenPart):
    """How often a loan is renewed, from when, and for how long."""

    unlimited: Flag | None = None
    number_allowed: Number | None = None
    renew_from_id: Text | None = None
    different_period: Flag | None = None
    period: Period | None = None
    alternate_fixed_due_date_schedule_id: FreeId | None = None


class RecallSettings(Part):
    """What a recall does to a loan."""

    alternate_grace_period: Period | None = None
    minimum_guaranteed_loan_period: Period | None = None
    recall_return_interval: Period | None = None
    allow_recalls_to_extend_overdue_loans: Flag = False
    alternate_recall_return_interval: Period | None = None


class QueueSettings(Part):
    """What waiting holds (or pages, which no rule uses) do to loans and renewals."""

    alternate_checkout_loan_period: Period | None = None
    renew_items_with_request: Flag | None = None
    alternate_renewal_loan_period: Period | None = None


class RequestManagement(Part):
    """What requests do to loans under this policy."""

    recalls: RecallSettings | None = None
    holds: QueueSettings | None = None
    pages: QueueSettings | None = None


class LoanPolicy(Record):
    """Whether and for how long an item is lent and renewed."""

    name: Text
    description: Text | None = None
    loanable: Flag
    loans_policy: LoansPolicy | None = None
    renewable: Flag
    renewals_policy: RenewalsPolicy | None = None
    request_management: RequestManagement | None = None


class DateRange(Part):
    """Loans made from one instant to another (both included) are due at a third."""

    start: Instant = Field(alias="from")
    to: Instant
    due: Instant


class FixedDueDateSchedule(Record):
    """Named date ranges with a due date each, such as the terms of a university."""

    id: LooseUuid | None = None
    name: Text
    description: Text | None = None
    schedules: list[DateRange] = Field(default_factory=list)


def _once_each(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


ServicePointIds = Annotated[list[Uuid], Field(min_length=1), AfterValidator(_once_each)]


class AllowedServicePoints(Part):
    """Where a request of each type may be picked up; a type without a list may go anywhere."""

    page: ServicePointIds | None = Field(default=None, alias="Page")
    hold: ServicePointIds | None = Field(default=None, alias="Hold")
    recall: ServicePointIds | None = Field(default=None, alias="Recall")


class RequestPolicy(Record):
    """Which types of request a patron may make, and where they may be picked up."""

    name: Text
    description: Text | None = None
    request_types: list[RequestType] = Field(default_factory=list)
    allowed_service_points: AllowedServicePoints | None = None


class NoticeInterval(Part):
    """How long before or after an event a notice is sent, or how often."""

    duration: Annotated[Whole, Field(ge=1, le=100)]
    interval_id: FeeInterval


class SendOptions(Part):
    """When a notice is sent; what it waits for is added by each kind of notice."""

    send_how: Literal["Upon At", "Before", "After"] | None = None
    send_by: NoticeInterval | None = None
    send_every: NoticeInterval | None = None


class LoanSendOptions(SendOptions):
    """When a notice about a loan is sent."""

    send_when: Literal[
        "Due date", "Renewed", "Check in", "Check out", "Manual due date change", "Item recalled", "Aged to lost",
    ]  # fmt: skip


class FeeFineSendOptions(SendOptions):
    """When a notice about a fee or fine is sent."""

    send_how: Literal["Upon At", "After"] | None = None
    send_when: Literal[
        "Overdue fine returned", "Overdue fine renewed", "Aged to lost - fine charged",
        "Aged to lost & item returned - fine adjusted", "Aged to lost & item replaced - fine adjusted",
    ]  # fmt: skip


class RequestSendOptions(SendOptions):
    """When a notice about a request is sent."""

    send_when: Literal[
        "Recall request", "Hold request", "Request expiration", "Paging request", "Available", "Hold expiration",
        "Request cancellation",
    ]  # fmt: skip


class Notice(Part):
    """A message to a patron; when it is sent is added by each kind of notice."""

    name: Text | None = None
    template_id: FreeId
    template_name: Text | None = None
    format: NoticeFormat
    frequency: NoticeFrequency | None = None
    real_time: Flag


class LoanNotice(Notice):
    """A message to a patron about a loan."""

    send_options: LoanSendOptions | None = None


class FeeFineNotice(Notice):
    """A message to a patron about a fee or fine."""

    send_options: FeeFineSendOptions | None = None


class RequestNotice(Notice):
    """A message to a patron about a request."""

    send_options: RequestSendOptions | None = None


class PatronNoticePolicy(Record):
    """Which messages a patron gets."""

    name: Text
    description: Text | None = None
    active: Flag | None = None
    loan_notices: list[LoanNotice] = Field(default_factory=list)
    fee_fine_notices: list[FeeFineNotice] = Field(default_factory=list)
    request_notices: list[RequestNotice] = Field(default_factory=list)


class Fine(Part):
    """An amount of money for each interval begun."""

    quantity: Number | None = None
    interval_id: FineInterval | None = None


class Reminder(OpenPart):
    """A reminder sent some time after the one before, and what it costs."""

    interval: Whole
    time_unit_id: Literal["day", "week", "minute"]
    reminder_fee: Number
    notice_format: Literal["Email", "Print", "None"] | None = None
    notice_template_id: Uuid
    block_template_id: Uuid | None = None


class ReminderFeesPolicy(OpenPart):
    """Reminders that cost the patron money."""

    count_closed: Flag | None = None
    ignore_grace_period_recall: Flag | None = None
    ignore_grace_period_holds: Flag | None = None
    allow_renewal_of_items_with_reminder_fees: Flag | None = None
    clear_patron_block_when_paid: Flag | None = None
    reminder_schedule: list[Reminder] = Field(default_factory=list)


class OverdueFinePolicy(Record):
    """What an overdue item costs. Amounts are in the tenant's currency."""

    name: Text
    description: Text | None = None
    overdue_fine: Fine | None = None
    count_closed: Flag | None = None
    max_overdue_fine: Number | None = None
    forgive_overdue_fine: Flag | None = None
    overdue_recall_fine: Fine | None = None
    grace_period_recall: Flag | None = None
    max_overdue_recall_fine: Number | None = None
    reminder_fees_policy: ReminderFeesPolicy | None = None


class Charge(Part):
    """What a lost item costs: `anotherCost` (the amount here) or `actualCost` (set by staff)."""

    charge_type: Text | None = None
    amount: Number | None = None


class LostItemFeePolicy(Record):
    """When an overdue item counts as lost, and what that costs. Amounts are in the tenant's currency."""

    name: Text
    description: Text | None = None
    item_aged_lost_overdue: FeePeriod | None = None
    patron_billed_after_aged_lost: FeePeriod | None = None
    recalled_item_aged_lost_overdue: FeePeriod | None = None
    patron_billed_after_recalled_item_aged_lost: FeePeriod | None = None
    charge_amount_item: Charge | None = None
    lost_item_processing_fee: Number | None = None
    charge_amount_item_patron: Flag | None = None
    charge_amount_item_system: Flag | None = None
    lost_item_charge_fee_fine: FeePeriod | None = None
    returned_lost_item_processing_fee: Flag | None = None
    replaced_lost_item_processing_fee: Flag | None = None
    replacement_processing_fee: Number | None = None
    replacement_allowed: Flag | None = None
    lost_item_returned: Text | None = None
    fees_fines_shall_refunded: FeePeriod | None = None


LOAN_POLICIES = Endpoint(LoanPolicy, "/loan-policy-storage/loan-policies", "loanPolicies")
FIXED_DUE_DATE_SCHEDULES = Endpoint(
    FixedDueDateSchedule, "/fixed-due-date-schedule-storage/fixed-due-date-schedules", "fixedDueDateSchedules"
)
REQUEST_POLICIES = Endpoint(RequestPolicy, "/request-policy-storage/request-policies", "requestPolicies")
PATRON_NOTICE_POLICIES = Endpoint(
    PatronNoticePolicy, "/patron-notice-policy-storage/patron-notice-policies", "patronNoticePolicies"
)
OVERDUE_FINE_POLICIES = Endpoint(OverdueFinePolicy, "/overdue-fines-policies", "overdueFinePolicies")
LOST_ITEM_FEE_POLICIES = Endpoint(LostItemFeePolicy, "/lost-item-fees-policies", "lostItemFeePolicies")
