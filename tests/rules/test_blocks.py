"""Patron blocks: what each of the six conditions counts, and how a block is told."""

from decimal import Decimal

import pytest

from octavo.errors import OverridableBlock, Violation
from octavo.rules.blocks import (
    EVERYTHING,
    NOTHING,
    Action,
    AutomatedBlock,
    Blocked,
    Condition,
    Limit,
    ManualBlock,
    OpenFee,
    OpenLoan,
    automated_blocks,
    automated_violations,
    manual_violations,
    overdue_minutes,
)
from octavo.rules.overrides import Overrides
from rules.policies import at

CHARGED_OUT = "3d7c52dc-c732-4223-8bf8-e5917801386f"
LOST = "72b67965-5b73-4840-bc0b-be8f3f6e047e"
OVERDUE = "584fbd4f-6a34-4730-a6ca-73a6a6a9d845"
OVERDUE_RECALLS = "e5b45031-a202-4abb-917b-e1df9346fe2c"
RECALL_DAYS = "08530ac4-07f2-48e6-9dda-a97bc2bf7053"
BALANCE = "cf7a0d5f-a327-4ca1-aa9e-dc55ec006b8a"

NOW = at("2026-03-10T12:00")
LATE, FUTURE = at("2026-03-09T11:00"), at("2026-03-20T12:00")
NO_MORE = Blocked(borrowing=True)


def loans(count, due_date=FUTURE, **marks):
    return [OpenLoan(f"loan-{number}", due_date, **marks) for number in range(count)]


def blocked(condition_id, limit, open_loans=(), fees=(), allowed=EVERYTHING):
    conditions = {condition_id: Condition(condition_id, allowed, "Enough")}
    found = automated_blocks(open_loans, fees, [Limit(condition_id, Decimal(limit))], conditions, NOW)
    return found[0].blocks if found else NOTHING


@pytest.mark.parametrize(
    ("condition", "limit", "open_loans", "expected", "because"),
    [
        (CHARGED_OUT, 3, loans(2), NOTHING, "one more is allowed"),
        (CHARGED_OUT, 3, loans(3), NO_MORE, "at the limit nothing more is lent, but renewing is fine"),
        (CHARGED_OUT, 3, loans(4), EVERYTHING, "over the limit"),
        (CHARGED_OUT, 0, [], NO_MORE, "a limit of nothing"),
        (CHARGED_OUT, 3, loans(3, LATE, lost=True), NO_MORE, "lost and overdue ones count"),
        (CHARGED_OUT, 3, loans(9, claimed_returned=True), NOTHING, "those claimed returned do not"),
        (LOST, 1, loans(1, lost=True), NOTHING, "at the limit"),
        (LOST, 1, loans(2, lost=True), EVERYTHING, "over the limit"),
        (LOST, 0, loans(1), NOTHING, "not lost"),
        (LOST, 0, loans(1, lost=True, claimed_returned=True), NOTHING, "claimed returned"),
        (OVERDUE, 1, loans(1, LATE), NOTHING, "at the limit"),
        (OVERDUE, 1, loans(2, LATE), EVERYTHING, "over the limit"),
        (OVERDUE, 1, loans(2, LATE, lost=True), EVERYTHING, "lost ones still count"),
        (OVERDUE, 0, loans(1), NOTHING, "not due yet"),
        (OVERDUE, 0, loans(1, None), NOTHING, "never due"),
        (OVERDUE, 0, loans(1, LATE, grace_minutes=1500), NOTHING, "within the grace period"),
        (OVERDUE, 0, loans(1, LATE, grace_minutes=1499), EVERYTHING, "a minute after it"),
        (OVERDUE_RECALLS, 0, loans(1, LATE), NOTHING, "overdue, but not recalled"),
        (OVERDUE_RECALLS, 0, loans(1, recalled=True), NOTHING, "recalled, but not overdue"),
        (OVERDUE_RECALLS, 0, loans(1, LATE, recalled=True), EVERYTHING, "both"),
        (RECALL_DAYS, 2, loans(1, LATE, recalled=True), NOTHING, "25 hours are the second day"),
        (RECALL_DAYS, 1, loans(1, LATE, recalled=True), EVERYTHING, "which is over one day"),
        (RECALL_DAYS, 1, loans(1, at("2026-03-09T12:00"), recalled=True), NOTHING, "24 hours are one day"),
        (RECALL_DAYS, 0, loans(1, LATE), NOTHING, "nothing was recalled"),
    ],
)
def test_a_condition_blocks_by_what_it_counts(condition, limit, open_loans, expected, because):
    assert blocked(condition, limit, open_loans) == expected, because


def test_the_balance_leaves_out_what_is_owed_for_items_claimed_returned():
    claimed = loans(1, claimed_returned=True)
    fees = [OpenFee(Decimal("10.00"), "loan-0"), OpenFee(Decimal("5.00")), OpenFee(Decimal("0.01"), "loan-9")]
    assert blocked(BALANCE, "5.01", claimed, fees) == NOTHING
    assert blocked(BALANCE, "5.00", claimed, fees) == EVERYTHING
    assert blocked(BALANCE, "15.00", loans(1), fees) == EVERYTHING


def test_a_condition_blocks_only_what_the_library_wants_it_to():
    renewals = Blocked(renewals=True)
    assert blocked(CHARGED_OUT, 1, loans(2), allowed=renewals) == renewals
    assert blocked(CHARGED_OUT, 2, loans(2), allowed=renewals) == NOTHING


def test_blocks_come_in_the_order_of_the_limits_and_unknown_conditions_are_passed_over():
    unknown = "00000000-0000-4000-8000-000000000000"
    conditions = {one: Condition(one, EVERYTHING, one[:3]) for one in (CHARGED_OUT, OVERDUE, unknown)}
    limits = [Limit(one, Decimal(0)) for one in (OVERDUE, unknown, LOST, CHARGED_OUT, CHARGED_OUT)]
    found = automated_blocks(loans(1, LATE), [], limits, conditions, NOW)
    assert found == [
        AutomatedBlock(OVERDUE, EVERYTHING, "584"),
        AutomatedBlock(CHARGED_OUT, EVERYTHING, "3d7"),
        AutomatedBlock(CHARGED_OUT, EVERYTHING, "3d7"),
    ]


@pytest.mark.parametrize(
    ("due", "minutes"), [("2026-03-10T12:00", 0), ("2026-03-10T11:59:01", 0), ("2026-03-10T11:58:01", 1)]
)
def test_the_first_minute_is_not_overdue(due, minutes):
    assert overdue_minutes(OpenLoan("loan", at(due)), NOW) == minutes


OFFER = OverridableBlock("patronBlock", ("circulation.override-patron-block.post",))
STAFF = Overrides(permissions=frozenset(OFFER.missing_permissions))


@pytest.mark.parametrize(("action", "flag"), [("borrowing", "borrowing"), ("renewing", "renewals"), ("requesting", "requests")])  # fmt: skip
def test_manual_blocks_are_told_together(action, flag):
    own = Blocked(**{flag: True})
    found = manual_violations(
        [
            ManualBlock("Noise", own),
            ManualBlock("Food", own, FUTURE),
            ManualBlock("Long ago", own, LATE),
            ManualBlock("Something else", NOTHING),
        ],
        Action(action), NOW, Overrides(),
    )  # fmt: skip
    assert found == [
        Violation(f"Patron blocked from {action}", (("reason", "Noise;Food"),), "USER_IS_BLOCKED_MANUALLY", block=OFFER)
    ]


def test_no_manual_block_is_no_violation():
    assert manual_violations([ManualBlock("Old", EVERYTHING, LATE)], Action.BORROWING, NOW, Overrides()) == []


def test_automated_blocks_are_told_one_by_one_in_the_words_of_their_condition():
    blocks = [AutomatedBlock("a", NO_MORE, "Bring some back"), AutomatedBlock("b", EVERYTHING, "Pay")]
    assert automated_violations(blocks, Action.RENEWING, Overrides()) == [
        Violation("Pay", (), "USER_IS_BLOCKED_AUTOMATICALLY", block=OFFER)
    ]
    found = automated_violations(blocks, Action.BORROWING, STAFF)
    assert [(one.message, one.block.missing_permissions) for one in found] == [("Bring some back", ()), ("Pay", ())]
