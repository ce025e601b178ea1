"""What a desk asks for: check-out, check-in, renewal (FOLIO mod-circulation). Unknown properties are ignored.

What is missing is not refused here: the services say so in FOLIO's words.
"""

from typing import Any

from pydantic import ConfigDict, Field

from octavo_models.loan import Loan
from octavo_models.record import OpenPart
from octavo_models.scalars import Instant, LooseUuid, Text, Uuid
from octavo_models.shown import Borrower, LentItem, Named, Owed


class Asked(OpenPart):
    """Asks for an override; its presence is what counts."""


class AskedWithDueDate(OpenPart):
    """Asks for an override, with the due date that staff choose."""

    due_date: Instant | None = None


class OverrideBlocks(OpenPart):
    """Which refusals staff want overridden, and why."""

    item_not_loanable_block: AskedWithDueDate | None = None
    patron_block: Asked | None = None
    item_limit_block: Asked | None = None
    renewal_block: Asked | None = None
    renewal_due_date_required_block: AskedWithDueDate | None = None
    comment: Text | None = None


class CheckOutByBarcode(OpenPart):
    """Lend an item to a patron; without `loan_date` as of now.

    force_loan_policy_id: lend under this policy, whichever the circulation rules would choose.
    """

    item_barcode: Text | None = None
    user_barcode: Text | None = None
    proxy_user_barcode: Text | None = None
    service_point_id: LooseUuid | None = None
    loan_date: Instant | None = None
    override_blocks: OverrideBlocks | None = None
    force_loan_policy_id: LooseUuid | None = None


class CheckOutDryRun(OpenPart):
    """Ask whether an item could be lent to a patron, and under which policies."""

    item_barcode: Text | None = None
    user_barcode: Text | None = None
    proxy_user_barcode: Text | None = None
    override_blocks: OverrideBlocks | None = None


class CheckOutPolicies(OpenPart):
    """The policies under which an item would be lent."""

    loan_policy_id: Uuid
    overdue_fine_policy_id: Uuid
    lost_item_policy_id: Uuid
    patron_notice_policy_id: Uuid


class CheckInByBarcode(OpenPart):
    """Take an item back, or pass it over the desk."""

    item_barcode: Text | None = None
    service_point_id: Uuid | None = None
    check_in_date: Instant | None = None
    session_id: Uuid | None = None
    claimed_returned_resolution: Text | None = None


class HoldForUseAtLocation(OpenPart):
    """Put an item for use in the reading room on the shelf until its patron comes back."""

    item_barcode: Text | None = None


class PickupForUseAtLocation(OpenPart):
    """Give a patron who comes back the item that waits on the shelf."""

    item_barcode: Text | None = None
    user_barcode: Text | None = None


class RenewByBarcode(OpenPart):
    """Renew a loan found by barcodes."""

    item_barcode: Text | None = None
    user_barcode: Text | None = None
    service_point_id: LooseUuid | None = None
    override_blocks: OverrideBlocks | None = None


class RenewById(OpenPart):
    """Renew a loan found by ids."""

    item_id: LooseUuid | None = None
    user_id: LooseUuid | None = None
    service_point_id: LooseUuid | None = None
    override_blocks: OverrideBlocks | None = None


class ChangeDueDate(OpenPart):
    """Give a loan another due date."""

    due_date: Instant | None = None


class AddInfo(OpenPart):
    """Attach a remark to a loan: `patronInfoAdded` or `staffInfoAdded`."""

    action: Text | None = None
    action_comment: Text | None = None


class DeclareItemLost(OpenPart):
    """Declare the item of a loan lost."""

    service_point_id: Uuid | None = None
    declared_lost_date_time: Instant | None = None
    comment: Text | None = None


class ClaimItemReturned(OpenPart):
    """Note that a patron claims to have returned an item."""

    item_claimed_returned_date_time: Instant | None = None
    comment: Text | None = None


class DeclareMissing(OpenPart):
    """Give up an item that its patron claims to have returned."""

    comment: Text | None = None


class EndSession(OpenPart):
    """Whose visit to the desk is over."""

    patron_id: Text | None = None
    action_type: Text | None = None


class EndSessions(OpenPart):
    """Visits to the desk that are over."""

    end_sessions: list[EndSession] = Field(default_factory=list)


class ShownLoan(Loan):
    """A loan as circulation shows it: the stored loan with borrower, item, policies and service points."""

    model_config = ConfigDict(extra="allow")

    borrower: Borrower | None = None
    item: LentItem | None = None
    loan_policy: Named | None = None
    overdue_fine_policy: Named | None = None
    lost_item_policy: Named | None = None
    patron_group_at_checkout: Named | None = None
    checkout_service_point: Named | None = None
    checkin_service_point: Named | None = None
    fees_and_fines: Owed | None = None


class CheckInAnswer(OpenPart):
    """What a desk is told after a check-in; without `loan` the item was not on loan."""

    loan: ShownLoan | None = None
    item: LentItem
    staff_slip_context: dict[str, Any]
    in_house_use: bool
