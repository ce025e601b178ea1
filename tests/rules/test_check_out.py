"""Who may borrow what: every refusal, in the order in which it is listed, and what staff may override."""

from dataclasses import replace

import pytest

from octavo.errors import Invalid, OverridableBlock, Violation
from octavo.rules.check_out import Borrower, CheckOut, CheckOutDecision, ItemToLend, Proxy, check_out
from octavo.rules.circulation_rules import Match
from octavo.rules.overrides import PERMISSIONS, Block, Overrides
from octavo.rules.patron_status import PatronStatus, patron_status
from rules.policies import NAMED, at, terms

NOW = at("2026-03-01T12:00")
BLOCKED = Violation("You owe us 30 books", (), "USER_IS_BLOCKED_AUTOMATICALLY")
BORROWER = Borrower("Doe, Jane")
ITEM = ItemToLend("Emma", "book", "Available")
ASKED = CheckOut(NOW, "desk", "user-1", "item-1", BORROWER, ITEM, terms=terms(), rule=Match("policy", 1))
USER, PROXY, BARCODE = (("userBarcode", "user-1"),), (("proxyUserBarcode", "proxy-1"),), (("itemBarcode", "item-1"),)


def by_proxy(proxy):
    return replace(ASKED, proxy_barcode="proxy-1", proxy=proxy)


def with_item(**parts):
    return replace(ASKED, item=replace(ITEM, **parts))


def staff(*blocks, comment="The dean asked", due_date=None, permitted=True):
    permissions = frozenset(PERMISSIONS.values()) if permitted else frozenset()
    return Overrides(frozenset(blocks), comment, due_date and at(due_date), permissions)


def refused(asked):
    with pytest.raises(Invalid) as caught:
        check_out(asked)
    return list(caught.value.violations)


def test_an_available_item_is_lent():
    assert check_out(ASKED) == CheckOutDecision("checkedout")


@pytest.mark.parametrize(
    "status",
    ["Available", "Paged", "Awaiting pickup", "Awaiting delivery", "In transit", "Missing", "Restricted", "On order",
     "Order closed", "In process", "In process (non-requestable)", "Lost and paid", "Withdrawn", "Long missing",
     "Unavailable", "Unknown"],
)  # fmt: skip
def test_an_item_with_almost_any_status_is_lent(status):
    assert check_out(with_item(status=status)).action == "checkedout"


INACTIVE, UNKNOWN = PatronStatus.INACTIVE, PatronStatus.UNKNOWN
REQUESTED = "because it has been requested by another patron"
NOT_FOUND = "Could not find user with matching barcode"

REFUSALS = [
    (
        replace(ASKED, service_point_id=None),
        "Check out must be performed at a service point", (("servicePointId", None),), None,
    ),
    (replace(ASKED, user=None), NOT_FOUND, USER, "USER_BARCODE_NOT_FOUND"),
    (replace(ASKED, user=Borrower("", blocks=(BLOCKED,))), BLOCKED.message, (), BLOCKED.code),
    (by_proxy(None), NOT_FOUND, PROXY, "USER_BARCODE_NOT_FOUND"),
    (
        replace(ASKED, user=Borrower("", INACTIVE)),
        "Cannot check out to inactive user", USER, "USER_IS_INACTIVE_OR_EXPIRED",
    ),
    (
        replace(ASKED, user=Borrower("", UNKNOWN)),
        "Cannot determine if user is active or not", USER, "USER_STATUS_CANNOT_BE_DETERMINED",
    ),
    (by_proxy(Proxy(INACTIVE)), "Cannot check out via inactive proxying user", PROXY, None),
    (by_proxy(Proxy(UNKNOWN)), "Cannot determine if proxying user is active or not", PROXY, None),
    (
        by_proxy(Proxy(relationship_valid=False)),
        "Cannot check out item via proxy when relationship is invalid", PROXY, None,
    ),
    (
        by_proxy(Proxy(is_borrower=True)),
        "User cannot be proxy for themselves", PROXY, "USER_CANNOT_BE_PROXY_FOR_THEMSELVES",
    ),
    (replace(ASKED, item=None), "No item with barcode item-1 could be found", BARCODE, None),
    (with_item(status="Checked out", has_open_loan=True), "Item is already checked out", BARCODE, None),
    *(
        (
            with_item(status=status),
            f"Emma (book) (Barcode: item-1) has the item status {status} and cannot be checked out", BARCODE, None,
        )
        for status in ("Declared lost", "Claimed returned", "Aged to lost", "Intellectual item")
    ),
    (
        with_item(has_open_loan=True),
        "Cannot check out item that already has an open loan", BARCODE, "ITEM_HAS_OPEN_LOAN",
    ),
    (
        with_item(requested_by_another=True),
        "Emma (Barcode: item-1) cannot be checked out to user Doe, Jane because it has been requested by another patron",
        USER, None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "message", "parameters", "code"), REFUSALS)
def test_one_reason_alone_is_told_in_its_own_words(asked, message, parameters, code):
    [violation] = refused(asked)
    assert (violation.message, violation.parameters, violation.code) == (message, parameters, code)


def test_a_proxy_in_good_standing_may_borrow():
    assert check_out(by_proxy(Proxy())).action == "checkedout"


def test_an_item_that_is_not_loanable_may_be_lent_by_staff():
    [violation] = refused(replace(ASKED, terms=terms(loanable=False)))
    assert violation == Violation(
        "Item is not loanable", (*BARCODE, *NAMED), "ITEM_NOT_LOANABLE",
        block=OverridableBlock("itemNotLoanableBlock", ("circulation.override-item-not-loanable-block.post",)),
    )  # fmt: skip


LIMIT_CASES = [
    ((True, True, True), "combination of patron group, material type and loan type",
     "ITEM_LIMIT_PATRON_GROUP_MATERIAL_TYPE_LOAN_TYPE"),
    ((True, True, False), "combination of patron group and material type", "ITEM_LIMIT_PATRON_GROUP_MATERIAL_TYPE"),
    ((True, False, True), "combination of patron group and loan type", "ITEM_LIMIT_PATRON_GROUP_LOAN_TYPE"),
    ((False, True, True), "combination of material type and loan type", "ITEM_LIMIT_MATERIAL_TYPE_LOAN_TYPE"),
    ((False, True, False), "material type", "ITEM_LIMIT_MATERIAL_TYPE"),
    ((False, False, True), "loan type", "ITEM_LIMIT_LOAN_TYPE"),
]  # fmt: skip


def limited(group, material, loan_type, *, already=2, overrides=None):
    rule = Match("policy", 1, material_type=material, loan_type=loan_type, patron_group=group)
    own = terms(loans={"itemLimit": 2})
    return replace(ASKED, terms=own, rule=rule, loans_under_limit=already, overrides=overrides or Overrides())


@pytest.mark.parametrize(("conditions", "what", "code"), LIMIT_CASES)
def test_a_patron_at_the_limit_of_a_rule_is_refused_in_the_rules_own_words(conditions, what, code):
    [violation] = refused(limited(*conditions))
    assert violation == Violation(
        f"Patron has reached maximum limit of 2 items for {what}", (*BARCODE, ("itemLimit", "2")), code,
        block=OverridableBlock("itemLimitBlock", ("circulation.override-item-limit-block.post",)),
    )  # fmt: skip


def test_the_limit_counts_only_when_reached_and_when_the_rule_names_a_type():
    assert check_out(limited(True, True, True, already=1)).action == "checkedout"
    assert check_out(limited(True, False, False, already=9)).action == "checkedout"
    assert check_out(replace(limited(True, True, True), terms=terms())).action == "checkedout"


def test_all_reasons_are_listed_in_their_order():
    asked = CheckOut(NOW, "", "user-1", "item-1", proxy_barcode="proxy-1")
    assert [violation.message for violation in refused(asked)] == [
        "Check out must be performed at a service point",
        NOT_FOUND,
        NOT_FOUND,
        "No item with barcode item-1 could be found",
    ]
    asked = replace(
        limited(False, True, False),
        user=Borrower("Doe, Jane", INACTIVE, (BLOCKED,)),
        item=replace(ITEM, status="Aged to lost", has_open_loan=True, requested_by_another=True),
        terms=terms(loanable=False, loans={"itemLimit": 2}),
    )
    codes = [violation.code for violation in refused(asked)]
    assert codes[:2] == ["USER_IS_BLOCKED_AUTOMATICALLY", "USER_IS_INACTIVE_OR_EXPIRED"]
    assert codes[2:] == [None, "ITEM_HAS_OPEN_LOAN", None, "ITEM_LIMIT_MATERIAL_TYPE", "ITEM_NOT_LOANABLE"]


def test_staff_who_may_override_lend_all_the_same():
    overrides = staff(Block.PATRON, Block.ITEM_LIMIT, Block.ITEM_NOT_LOANABLE, due_date="2026-03-12")
    asked = replace(
        limited(True, True, True, overrides=overrides),
        user=Borrower("Doe, Jane", blocks=(BLOCKED,)),
        terms=terms(loanable=False, loans={"itemLimit": 2}),
    )
    assert check_out(asked) == CheckOutDecision("checkedOutThroughOverride", "The dean asked", at("2026-03-12"))


def test_overriding_a_patron_block_leaves_the_due_date_to_the_policy():
    asked = replace(ASKED, overrides=staff(Block.PATRON, due_date="2026-03-12"))
    assert check_out(asked).due_date is None


@pytest.mark.parametrize("block", [Block.PATRON, Block.ITEM_LIMIT, Block.ITEM_NOT_LOANABLE])
def test_staff_who_may_not_override_are_told_which_permission_they_lack(block):
    [violation] = refused(replace(ASKED, overrides=staff(block, permitted=False)))
    assert violation == Violation(
        "Insufficient override permissions", (), "INSUFFICIENT_OVERRIDE_PERMISSIONS",
        block=OverridableBlock(block.value, (PERMISSIONS[block],)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("due_date", "comment", "messages"),
    [
        (
            None, " ",
            ["Override should be performed with the comment specified",
             "Override should be performed with due date specified"],
        ),
        ("2026-03-01T12:00", "why", ["Due date should be later than loan date"]),
    ],
)  # fmt: skip
def test_an_override_needs_a_comment_and_a_due_date_in_the_future(due_date, comment, messages):
    overrides = staff(Block.ITEM_NOT_LOANABLE, comment=comment, due_date=due_date)
    asked = replace(ASKED, terms=terms(loanable=False), overrides=overrides)
    assert [violation.message for violation in refused(asked)] == messages


@pytest.mark.parametrize(
    ("active", "expires", "status"),
    [
        (True, None, PatronStatus.ACTIVE),
        (True, "2026-03-02", PatronStatus.ACTIVE),
        (True, "2026-02-28", PatronStatus.INACTIVE),
        (False, None, PatronStatus.INACTIVE),
        (None, "2026-02-28", PatronStatus.UNKNOWN),
    ],
)
def test_a_patron_is_active_until_told_otherwise_or_expired(active, expires, status):
    assert patron_status(active, expires and at(expires), NOW) is status
