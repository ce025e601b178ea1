"""What is done to charges, one or several at once: pay, waive, transfer, refund, cancel (FOLIO mod-feesfines).

Amounts are text, here and in the answers; in the action records that an answer lists they are numbers.
"""

from typing import ClassVar, Literal

from pydantic import Field

from octavo_models.fees import FeeFineAction
from octavo_models.record import Part
from octavo_models.scalars import Flag, Text, Uuid

CancellationReason = Literal[
    "Cancelled as error", "Cancelled item returned", "Cancelled item renewed", "Cancelled item declared lost"
]


class ActionCheck(Part):
    """Ask whether so much may be paid, waived, transferred or refunded."""

    amount: Text


class BulkActionCheck(ActionCheck):
    """Ask whether so much may be paid, waived, transferred or refunded on several accounts together."""

    account_ids: list[Uuid]


class AmountAction(Part):
    """Pay, waive, transfer or refund an amount.

    `user_name` is who does it, `service_point_id` where; `payment_method` is the way of paying, the reason for
    waiving or refunding, or the account elsewhere that is transferred to.
    """

    amount: Text
    notify_patron: Flag
    service_point_id: Uuid
    user_name: Text
    payment_method: Text
    comments: Text | None = None
    transaction_info: Text | None = None


class BulkAmountAction(AmountAction):
    """Pay, waive, transfer or refund an amount that is split over several accounts."""

    account_ids: list[Uuid]


class Cancellation(Part):
    """Cancel what remains of a charge; the reason becomes its payment status."""

    notify_patron: Flag
    service_point_id: Uuid
    user_name: Text
    comments: Text | None = None
    cancellation_reason: CancellationReason = "Cancelled as error"


class BulkCancellation(Part):
    """Cancel what remains of several charges; the reason is always the same."""

    cancellation_reason: ClassVar[CancellationReason] = "Cancelled as error"

    account_ids: list[Uuid]
    notify_patron: Flag
    service_point_id: Uuid
    user_name: Text
    comments: Text


class CheckAnswer(Part):
    """Whether an action is allowed, and what would then remain (of a refund: what could still be refunded)."""

    account_id: Text
    amount: Text
    allowed: Flag
    remaining_amount: Text | None = None
    error_message: Text | None = None


class BulkCheckAnswer(Part):
    """Whether an action on several accounts is allowed, and what would then remain of all of them together."""

    account_ids: list[Text]
    amount: Text
    allowed: Flag
    remaining_amount: Text | None = None
    error_message: Text | None = None


class ActionAnswer(Part):
    """What was done to an account, and what now remains. A cancellation has no amount."""

    account_id: Text
    amount: Text | None = None
    remaining_amount: Text
    feefineactions: list[FeeFineAction] = Field(default_factory=list)


class BulkActionAnswer(Part):
    """What was done to several accounts. A cancellation has no amount."""

    account_ids: list[Text]
    amount: Text | None = None
    feefineactions: list[FeeFineAction] = Field(default_factory=list)


class ActionRefusal(Part):
    """Why nothing was done to an account; `amount` is as it was sent (422)."""

    account_id: Text
    amount: Text | None = None
    error_message: Text


class BulkActionRefusal(Part):
    """Why nothing was done to any of several accounts; `amount` is as it was sent (422)."""

    account_ids: list[Text]
    amount: Text | None = None
    error_message: Text
