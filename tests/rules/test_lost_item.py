"""When an item counts as lost, what that costs, and what is given back: each row says why."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from octavo.rules.fee_actions import Account, Action, PastAction, give_back
from octavo.rules.lost_item import Loss, after, ages_to_lost, charges, fines_overdue, given_back
from octavo_models.loan import AgedToLostDelayedBilling, Loan
from octavo_models.policies import Charge, FeePeriod, LostItemFeePolicy

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ZONE = ZoneInfo("UTC")
DAYS = FeePeriod(duration=3, interval_id="Days")


def policy(**fields: Any) -> LostItemFeePolicy:
    return LostItemFeePolicy(name="lost", **fields)


def loan(**fields: Any) -> Loan:
    return Loan(item_id="i", loan_date="2026-01-01", action="checkedout", **fields)


@pytest.mark.parametrize(
    ("fields", "loss", "fees", "why"),
    [
        ({"charge_amount_item": Charge(charge_type="anotherCost", amount=Decimal(30))}, Loss.DECLARED, [30], "a set cost"),
        ({"charge_amount_item": Charge(charge_type="anotherCost", amount=Decimal(0))}, Loss.DECLARED, [], "of nothing"),
        ({"lost_item_processing_fee": Decimal(5), "charge_amount_item_patron": True}, Loss.DECLARED, [5], "declared"),
        ({"lost_item_processing_fee": Decimal(5), "charge_amount_item_patron": True}, Loss.AGED, [], "only if declared"),
        ({"lost_item_processing_fee": Decimal(5), "charge_amount_item_system": True}, Loss.AGED, [5], "given up"),
        ({"lost_item_processing_fee": Decimal(5)}, Loss.DECLARED, [], "an amount alone charges nobody"),
    ],
)
def test_a_lost_item_costs_what_its_policy_says(fields: Any, loss: Loss, fees: list[int], why: str) -> None:
    due = charges(policy(**fields), loss)
    assert list(due.fees.values()) == fees, why
    assert bool(due) is bool(fees), why


def test_an_actual_cost_is_owed_before_anybody_knows_it() -> None:
    due = charges(policy(charge_amount_item=Charge(charge_type="actualCost")), Loss.AGED)
    assert due
    assert due.fees == {}
    assert not charges(None, Loss.DECLARED)


@pytest.mark.parametrize(
    ("due", "recalled", "billed", "why"),
    [
        (4, None, NOW + timedelta(days=3), "overdue for longer than three days; billed three days from now"),
        (2, None, None, "not overdue for long enough"),
        (2, True, NOW, "a recalled item is given up after a day and billed at once"),
        (None, None, None, "a loan without a due date is never overdue"),
    ],
)
def test_an_overdue_item_is_given_up(due: int | None, recalled: bool | None, billed: datetime | None, why: str) -> None:
    terms = policy(
        item_aged_lost_overdue=DAYS,
        patron_billed_after_aged_lost=DAYS,
        recalled_item_aged_lost_overdue=FeePeriod(duration=1, interval_id="Days"),
    )
    lent = loan(due_date=None if due is None else NOW - timedelta(days=due), due_date_changed_by_recall=recalled)
    billing = ages_to_lost(terms, lent, NOW, ZONE)
    assert (billing.date_lost_item_should_be_billed if billing else None) == billed, why


def test_without_a_period_no_item_is_given_up() -> None:
    assert ages_to_lost(policy(), loan(due_date=NOW - timedelta(days=999)), NOW, ZONE) is None


@pytest.mark.parametrize(
    ("lost", "returned", "why"),
    [
        ({"declared_lost_date": NOW - timedelta(days=2)}, True, "within the three days"),
        ({"declared_lost_date": NOW - timedelta(days=4)}, False, "too late"),
        (
            {"aged_to_lost_delayed_billing": AgedToLostDelayedBilling(aged_to_lost_date=NOW - timedelta(days=4))},
            False,
            "too late after it was given up",
        ),
        ({}, True, "nobody knows since when it was lost"),
    ],
)
def test_fees_are_given_back_within_the_refund_period(lost: Any, returned: bool, why: str) -> None:
    terms = policy(fees_fines_shall_refunded=DAYS, lost_item_returned="Charge")
    assert bool(given_back(terms, loan(**lost), NOW, ZONE)) is returned, why
    assert fines_overdue(terms, loan(**lost), NOW, ZONE) is returned, why


def test_the_processing_fee_is_given_back_where_the_policy_says_so() -> None:
    fee = "Lost item processing fee"
    assert fee in given_back(policy(returned_lost_item_processing_fee=True), loan(), NOW, ZONE)
    assert fee not in given_back(policy(), loan(), NOW, ZONE)
    assert given_back(None, loan(), NOW, ZONE) == frozenset()
    assert not fines_overdue(None, loan(), NOW, ZONE)


@pytest.mark.parametrize(
    ("period", "end"),
    [
        (None, None),
        (FeePeriod(interval_id="Days"), None),
        (FeePeriod(duration=1), None),
        (FeePeriod(duration=2, interval_id="Years"), NOW.replace(year=2028)),
        (FeePeriod(duration=99_999, interval_id="Years"), datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_periods_end(period: FeePeriod | None, end: datetime | None) -> None:
    assert after(NOW, period, ZONE) == end


def account(status: str, remaining: int, *paid: int) -> Account:
    past = tuple(PastAction(f"{Action.PAY} partially", Decimal(amount)) for amount in paid)
    return Account("a", "u", Decimal(30), Decimal(remaining), status, past)


@pytest.mark.parametrize(
    ("charged", "types", "why"),
    [
        (account("Open", 30), ["Cancelled item returned"], "nothing was paid"),
        (account("Open", 20, 10), ["Credited fully", "Refunded fully", "Cancelled item returned"], "a part was paid"),
        (account("Closed", 0, 30), ["Credited fully", "Refunded fully", "Cancelled item returned"], "all was paid"),
        (account("Closed", 0), None, "it was waived: there is nothing to give back"),
    ],
)
def test_what_was_paid_is_refunded_and_the_rest_cancelled(charged: Account, types: list[str] | None, why: str) -> None:
    changes = give_back([charged], "Cancelled item returned")
    assert [[entry.type_action for entry in change.entries] for change in changes] == ([types] if types else []), why
    assert all((change.status, change.remaining) == ("Closed", 0) for change in changes)
