"""Who may renew what: every denial, in the order in which it is listed, and what staff may override."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from octavo.errors import Invalid, OverridableBlock, Violation
from octavo.rules.closed_library import Place
from octavo.rules.overrides import PERMISSIONS, Block, Overrides
from octavo.rules.patron_status import PatronStatus
from octavo.rules.renewal import LoanToRenew, Renewal, RenewalTerms, Renewer, renew
from rules.policies import NAMED, at, period, schedule, terms

NOW, DUE = at("2026-03-01T12:00"), at("2026-03-10T23:59:59")
HERE = Place(ZoneInfo("UTC"))
LOAN = LoanToRenew("item-1", "Checked out", DUE)
PATRON = Renewer()
RENEWAL_PERMISSION = "circulation.override-renewal-block.post"
PATRON_PERMISSION = "circulation.override-patron-block.post"
BLOCKED = Violation("You owe us 30 books", (), "USER_IS_BLOCKED_AUTOMATICALLY")
RENEWAL = OverridableBlock("renewalBlock", (RENEWAL_PERMISSION,))
DATE_REQUIRED = OverridableBlock("renewalDueDateRequiredBlock", (RENEWAL_PERMISSION,))


def under(overrides=None, *, reminders_allow_renewal=True, **parts):
    return RenewalTerms(terms(**parts), HERE, overrides or Overrides(), reminders_allow_renewal)


def staff(*blocks, comment="The dean asked", due_date=None, permitted=True):
    permissions = frozenset(PERMISSIONS.values()) if permitted else frozenset()
    return Overrides(frozenset(blocks), comment, due_date and at(due_date), permissions)


def denied(loan=LOAN, patron=PATRON, asked=None):
    with pytest.raises(Invalid) as caught:
        renew(loan, patron, asked or under(), NOW)
    return list(caught.value.violations)


def test_a_loan_is_renewed_for_another_period_at_the_end_of_the_day():
    assert renew(LOAN, PATRON, under(), NOW) == Renewal(at("2026-03-31T23:59:59"), renewal_count=1)


def test_the_patrons_expiry_and_an_open_recall_are_noted():
    found = renew(LOAN, Renewer(expires=at("2026-03-20T08:00")), under(), NOW)
    assert (found.due_date, found.changed_by_near_expire_user) == (at("2026-03-20T08:00"), True)
    assert not found.recalled


ITEM = (("itemId", "item-1"),)
FIXED_TERMS = {
    "profile": "Fixed",
    "limit": schedule(("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2026-12-31T00:00:00Z")),
}
HOLD = "Items with this loan policy cannot be renewed when there is an active, pending hold request"
FIXED = "Item's loan policy has fixed profile but"

DENIALS = [
    (
        LOAN, Renewer(PatronStatus.INACTIVE), under(),
        Violation(
            "Cannot renew loan when user is inactive or expired",
            (("reason", "User is inactive."),), "USER_IS_INACTIVE_OR_EXPIRED",
        ),
    ),
    (
        LOAN, Renewer(PatronStatus.UNKNOWN), under(),
        Violation(
            "Cannot determine if user is active.",
            (("reason", "Cannot determine if user active."),), "USER_STATUS_CANNOT_BE_DETERMINED",
        ),
    ),
    (LOAN, Renewer(blocks=(BLOCKED,)), under(), BLOCKED),
    (
        replace(LOAN, reminders_billed=1), PATRON, under(reminders_allow_renewal=False),
        Violation(
            "Renewals not allowed for loans with reminders.", (), "RENEWAL_BLOCKED_BY_REMINDER_FEES", block=RENEWAL
        ),
    ),
    (
        LOAN, PATRON, under(loanable=False),
        Violation("item is not loanable", NAMED, "ITEM_NOT_LOANABLE", block=DATE_REQUIRED),
    ),
    (
        replace(LOAN, recall_id="recall-1"), PATRON, under(),
        Violation(
            "items cannot be renewed when there is an active recall request",
            (("requestId", "recall-1"),), "RENEWAL_BLOCKED_BY_RECALL", block=RENEWAL,
        ),
    ),
    (
        replace(LOAN, item_status="Aged to lost"), PATRON, under(),
        Violation("item is Aged to lost", ITEM, "ITEM_AGED_TO_LOST_NOT_RENEWABLE", block=RENEWAL),
    ),
    (
        replace(LOAN, item_status="Declared lost"), PATRON, under(),
        Violation("item is Declared lost", ITEM, "ITEM_DECLARED_LOST_NOT_RENEWABLE", block=RENEWAL),
    ),
    (
        replace(LOAN, renewal_count=2), PATRON, under(renewals={"unlimited": False, "numberAllowed": 2}),
        Violation("loan at maximum renewal number", NAMED, "LOAN_RENEWAL_LIMIT_REACHED", block=RENEWAL),
    ),
    (
        LOAN, PATRON, under(renewals={"unlimited": False}),
        Violation("loan at maximum renewal number", NAMED, "LOAN_RENEWAL_LIMIT_REACHED", block=RENEWAL),
    ),
    (
        LOAN, PATRON, under(renewable=False),
        Violation("loan is not renewable", NAMED, "LOAN_NOT_RENEWABLE", block=RENEWAL),
    ),
    (
        replace(LOAN, hold_first=True), PATRON, under(),
        Violation(HOLD, (), "RENEWAL_BLOCKED_BY_HOLD_REQUEST", block=RENEWAL),
    ),
    (
        replace(LOAN, hold_first=True), PATRON,
        under(**FIXED_TERMS, holds={"renewItemsWithRequest": True, "alternateRenewalLoanPeriod": period("1 Days")}),
        Violation(
            f"{FIXED} alternative renewal period for holds is specified", NAMED,
            "FIXED_LOAN_POLICY_HAS_ALTERNATE_RENEWAL_PERIOD_FOR_HOLDS",
        ),
    ),
    (
        replace(LOAN, hold_first=True), PATRON,
        under(
            **FIXED_TERMS, renewal_limit=FIXED_TERMS["limit"], holds={"renewItemsWithRequest": True},
            renewals={"differentPeriod": True, "period": period("1 Days")},
        ),
        Violation(f"{FIXED} renewal period is specified", NAMED, "FIXED_LOAN_POLICY_HAS_RENEWAL_PERIOD"),
    ),
    (
        replace(LOAN, item_status="Claimed returned"), PATRON, under(),
        Violation("item is Claimed returned", ITEM, "ITEM_CLAIMED_RETURNED_NOT_RENEWABLE"),
    ),
    (
        LOAN, PATRON, under(profile="x"),
        Violation(
            'profile "x" in the loan policy is not recognised', NAMED,
            "LOAN_POLICY_PROFILE_NOT_RECOGNIZED", block=DATE_REQUIRED,
        ),
    ),
    (
        LOAN, PATRON, under(lent="1 Days", renewals={"renewFromId": "SYSTEM_DATE"}),
        Violation(
            "renewal would not change the due date", NAMED, "RENEWAL_WOULD_NOT_CHANGE_DUE_DATE", block=DATE_REQUIRED
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("loan", "patron", "asked", "violation"), DENIALS)
def test_one_reason_alone_is_told_in_its_own_words(loan, patron, asked, violation):
    assert denied(loan, patron, asked) == [violation]


def test_all_reasons_are_listed_in_their_order():
    loan = LoanToRenew("item-1", "Declared lost", DUE, 3, "recall-1", hold_first=True, reminders_billed=1)
    patron = Renewer(PatronStatus.INACTIVE, blocks=(BLOCKED,))
    asked = under(renewals={"unlimited": False, "renewFromId": None}, reminders_allow_renewal=False)
    assert [violation.code for violation in denied(loan, patron, asked)] == [
        "USER_IS_INACTIVE_OR_EXPIRED",
        "USER_IS_BLOCKED_AUTOMATICALLY",
        "RENEWAL_BLOCKED_BY_REMINDER_FEES",
        "RENEWAL_BLOCKED_BY_RECALL",
        "ITEM_DECLARED_LOST_NOT_RENEWABLE",
        "LOAN_RENEWAL_LIMIT_REACHED",
        "RENEWAL_BLOCKED_BY_HOLD_REQUEST",
        "LOAN_POLICY_RENEW_FROM_NOT_RECOGNIZED",
    ]


@pytest.mark.parametrize(
    ("loan", "asked"),
    [
        (replace(LOAN, hold_first=True), under(holds={"renewItemsWithRequest": True})),
        (replace(LOAN, reminders_billed=1), under()),
        (replace(LOAN, renewal_count=2), under(renewals={"unlimited": False, "numberAllowed": 3})),
        (replace(LOAN, renewal_count=99), under(renewals={"unlimited": True, "numberAllowed": 3})),
    ],
)
def test_what_the_policy_permits_is_no_reason(loan, asked):
    assert renew(loan, PATRON, asked, NOW).due_date == at("2026-03-31T23:59:59")


def test_a_patron_block_is_overridden_by_staff_who_may():
    found = renew(LOAN, Renewer(blocks=(BLOCKED,)), under(staff(Block.PATRON)), NOW)
    assert (found.action, found.action_comment) == ("renewedThroughOverride", "The dean asked")


def test_a_patron_block_is_not_overridden_by_staff_who_may_not():
    [violation] = denied(patron=Renewer(blocks=(BLOCKED,)), asked=under(staff(Block.PATRON, permitted=False)))
    assert violation == Violation(
        "Insufficient override permissions", (), "INSUFFICIENT_OVERRIDE_PERMISSIONS",
        block=OverridableBlock("patronBlock", (PATRON_PERMISSION,)),
    )  # fmt: skip


def test_whoever_may_override_is_told_of_no_missing_permission():
    overrides = Overrides(permissions=frozenset({RENEWAL_PERMISSION}))
    [violation] = denied(replace(LOAN, recall_id="recall-1"), asked=under(overrides))
    assert violation.block == OverridableBlock("renewalBlock", ())


@pytest.mark.parametrize(
    ("loan", "parts"),
    [
        (replace(LOAN, recall_id="recall-1"), {}),
        (replace(LOAN, renewal_count=2), {"renewals": {"unlimited": False, "numberAllowed": 2}}),
        (replace(LOAN, hold_first=True), {}),
        (replace(LOAN, reminders_billed=1), {}),
    ],
)
def test_a_renewal_block_is_overridden_to_the_computed_date(loan, parts):
    found = renew(loan, PATRON, under(staff(Block.RENEWAL), **parts), NOW)
    assert found == Renewal(
        at("2026-03-31T23:59:59"), loan.renewal_count + 1, "renewedThroughOverride", "The dean asked",
        recalled=loan.recall_id is not None,
    )  # fmt: skip


def test_a_lost_item_renewed_by_staff_is_checked_out_again_and_its_fees_are_refunded():
    found = renew(replace(LOAN, item_status="Aged to lost"), PATRON, under(staff(Block.RENEWAL)), NOW)
    assert (found.item_status, found.lost_fees_refunded) == ("Checked out", True)


@pytest.mark.parametrize("parts", [{"loanable": False}, {"renewable": False}, {"profile": "x"}])
def test_where_no_date_can_be_computed_staff_choose_one(parts):
    chosen = staff(Block.RENEWAL_DUE_DATE_REQUIRED, due_date="2026-03-12")
    assert renew(LOAN, PATRON, under(chosen, **parts), NOW).due_date == at("2026-03-12")
    [violation] = denied(asked=under(staff(Block.RENEWAL_DUE_DATE_REQUIRED), **parts))
    assert violation == Violation(
        "New due date must be specified when due date calculation fails",
        (("dueDate", "null"),),
        "OVERRIDE_RENEWAL_DUE_DATE_REQUIRED",
    )


def test_where_the_computed_date_is_no_gain_staff_choose_a_later_one():
    same = {"lent": "1 Days", "renewals": {"renewFromId": "SYSTEM_DATE"}}
    block = Block.RENEWAL_DUE_DATE_REQUIRED
    assert renew(LOAN, PATRON, under(staff(block, due_date="2026-03-12"), **same), NOW).due_date == at("2026-03-12")
    [missing] = denied(asked=under(staff(block), **same))
    assert missing == Violation(
        "New due date is required when renewal would not change the due date",
        (("dueDate", "null"),),
        "OVERRIDE_RENEWAL_DUE_DATE_REQUIRED_WHEN_DUE_DATE_UNCHANGED",
    )
    [earlier] = denied(asked=under(staff(block, due_date="2026-03-10"), **same))
    assert earlier.code == "RENEWAL_WOULD_NOT_CHANGE_DUE_DATE"


def test_an_override_that_nothing_calls_for_is_refused():
    [violation] = denied(asked=under(staff(Block.RENEWAL)))
    assert violation.message.startswith("Override renewal does not match any of expected cases: item is not loanable,")
    assert (violation.parameters, violation.code) == (NAMED, "OVERRIDE_RENEWAL_NOT_ALLOWED_FOR_CURRENT_LOAN")


@pytest.mark.parametrize("comment", [None, "", "  "])
def test_an_override_needs_permission_and_a_comment(comment):
    overrides = staff(Block.RENEWAL, Block.RENEWAL_DUE_DATE_REQUIRED, comment=comment, permitted=False)
    assert denied(replace(LOAN, recall_id="recall-1"), asked=under(overrides)) == [
        Violation("Insufficient override permissions", (), "INSUFFICIENT_OVERRIDE_PERMISSIONS", block=RENEWAL),
        Violation(
            "Override renewal request must have a comment", (("comment", None),), "OVERRIDE_RENEWAL_COMMENT_REQUIRED"
        ),
    ]


def test_no_override_renews_what_was_claimed_returned_or_for_whom_is_blocked():
    loan = replace(LOAN, item_status="Claimed returned", recall_id="recall-1")
    patron = Renewer(PatronStatus.INACTIVE, blocks=(BLOCKED,))
    assert [violation.code for violation in denied(loan, patron, under(staff(Block.RENEWAL)))] == [
        "USER_IS_INACTIVE_OR_EXPIRED", "USER_IS_BLOCKED_AUTOMATICALLY", "ITEM_CLAIMED_RETURNED_NOT_RENEWABLE",
    ]  # fmt: skip
