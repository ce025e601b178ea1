"""Fees and fines: the charges of patrons, what is done to them, and what they are made with (FOLIO mod-feesfines)."""

from collections.abc import Sequence
from typing import Literal

from octavo_client import calls
from octavo_client.calls import Call, path_of
from octavo_client.collection import Collection, records
from octavo_client.operations import Api, S, operation
from octavo_models import fees as models
from octavo_models.actual_cost import ACTUAL_COST_RECORDS, ActualCostBill, ActualCostDecision, ActualCostRecord
from octavo_models.fee_actions import (
    ActionAnswer,
    ActionCheck,
    AmountAction,
    BulkActionAnswer,
    BulkActionCheck,
    BulkAmountAction,
    BulkCancellation,
    BulkCheckAnswer,
    Cancellation,
    CheckAnswer,
)
from octavo_models.policies import LOST_ITEM_FEE_POLICIES, OVERDUE_FINE_POLICIES

Verb = Literal["pay", "waive", "transfer", "refund"]


class Charges(Collection[S, models.Account]):
    """Charges (`/accounts`). Amounts of actions are text, such as "12.50"; a refused one is Invalid and changes nothing."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, models.ACCOUNTS)

    @operation
    def check(self, verb: Verb, account_id: str, amount: str) -> Call[CheckAnswer]:
        """Tell whether so much may be paid, waived, transferred or refunded, and what would remain."""
        path, body = path_of(models.ACCOUNTS.path, account_id, f"check-{verb}"), ActionCheck(amount=amount)
        return Call("POST", path, calls.model(CheckAnswer), body=body, asks_only=True)

    @operation
    def pay(self, account_id: str, action: AmountAction) -> Call[ActionAnswer]:
        """Pay a charge, entirely or in part; `payment_method` is the name of a method in `payment_methods`."""
        return _act("pay", account_id, action)

    @operation
    def waive(self, account_id: str, action: AmountAction) -> Call[ActionAnswer]:
        """Waive a charge, entirely or in part; `payment_method` is the reason."""
        return _act("waive", account_id, action)

    @operation
    def transfer(self, account_id: str, action: AmountAction) -> Call[ActionAnswer]:
        """Transfer a charge elsewhere; `payment_method` is the name of the account there."""
        return _act("transfer", account_id, action)

    @operation
    def refund(self, account_id: str, action: AmountAction) -> Call[ActionAnswer]:
        """Give back what was paid or transferred; `payment_method` is the reason."""
        return _act("refund", account_id, action)

    @operation
    def cancel(self, account_id: str, cancellation: Cancellation) -> Call[ActionAnswer]:
        """Cancel what remains of a charge."""
        path = path_of(models.ACCOUNTS.path, account_id, "cancel")
        return Call("POST", path, calls.model(ActionAnswer), body=cancellation)


class ChargesTogether(Api[S]):
    """What is done to several charges as one: all of them, or none."""

    @operation
    def check(self, verb: Verb, account_ids: Sequence[str], amount: str) -> Call[BulkCheckAnswer]:
        """Tell whether so much may be paid, waived, transferred or refunded together, and what would remain."""
        body = BulkActionCheck(account_ids=list(account_ids), amount=amount)
        return Call("POST", f"/accounts-bulk/check-{verb}", calls.model(BulkCheckAnswer), body=body, asks_only=True)

    @operation
    def pay(self, action: BulkAmountAction) -> Call[BulkActionAnswer]:
        """Pay several charges with one amount, which is split over them."""
        return _act_together("pay", action)

    @operation
    def waive(self, action: BulkAmountAction) -> Call[BulkActionAnswer]:
        """Waive an amount of several charges."""
        return _act_together("waive", action)

    @operation
    def transfer(self, action: BulkAmountAction) -> Call[BulkActionAnswer]:
        """Transfer an amount of several charges elsewhere."""
        return _act_together("transfer", action)

    @operation
    def refund(self, action: BulkAmountAction) -> Call[BulkActionAnswer]:
        """Give back an amount that was paid or transferred for several charges."""
        return _act_together("refund", action)

    @operation
    def cancel(self, cancellation: BulkCancellation) -> Call[BulkActionAnswer]:
        """Cancel what remains of several charges."""
        return Call("POST", "/accounts-bulk/cancel", calls.model(BulkActionAnswer), body=cancellation)


class ActualCosts(Collection[S, ActualCostRecord]):
    """Lost items whose cost staff have to find out."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, ACTUAL_COST_RECORDS)

    @operation
    def bill(self, bill: ActualCostBill) -> Call[ActualCostRecord]:
        """Bill what a lost item really costs."""
        return Call("POST", "/actual-cost-fee-fine/bill", calls.model(ActualCostRecord), body=bill)

    @operation
    def cancel(self, decision: ActualCostDecision) -> Call[ActualCostRecord]:
        """Decide not to bill a lost item."""
        return Call("POST", "/actual-cost-fee-fine/cancel", calls.model(ActualCostRecord), body=decision)


class Fees(Api[S]):
    """Fees and fines. `accounts` are the charges, `actions` what was done to them, `types` what may be charged for."""

    owners = records(models.OWNERS)
    types = records(models.FEE_FINES)
    actions = records(models.FEE_FINE_ACTIONS)
    payment_methods = records(models.PAYMENTS)
    waive_reasons = records(models.WAIVES)
    transfer_accounts = records(models.TRANSFERS)
    transfer_criteria = records(models.TRANSFER_CRITERIAS)
    refund_reasons = records(models.REFUNDS)
    comment_settings = records(models.COMMENTS)
    overdue_fine_policies = records(OVERDUE_FINE_POLICIES)
    lost_item_fee_policies = records(LOST_ITEM_FEE_POLICIES)

    @property
    def accounts(self) -> Charges[S]:
        """Return the charges."""
        return Charges(self._sender)

    @property
    def together(self) -> ChargesTogether[S]:
        """Return what is done to several charges as one."""
        return ChargesTogether(self._sender)

    @property
    def actual_costs(self) -> ActualCosts[S]:
        """Return the lost items whose cost is to be found out."""
        return ActualCosts(self._sender)


def _act(verb: Verb, account_id: str, action: AmountAction) -> Call[ActionAnswer]:
    return Call("POST", path_of(models.ACCOUNTS.path, account_id, verb), calls.model(ActionAnswer), body=action)


def _act_together(verb: Verb, action: BulkAmountAction) -> Call[BulkActionAnswer]:
    return Call("POST", f"/accounts-bulk/{verb}", calls.model(BulkActionAnswer), body=action)
