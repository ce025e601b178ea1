"""Who may request what: every refusal, in the order in which it is listed."""

from dataclasses import replace

import pytest

from octavo.errors import BadRequest, Invalid, OverridableBlock, Violation
from octavo.rules.lost_item import LOST_AND_PAID
from octavo.rules.overrides import Block, Overrides
from octavo.rules.patron_status import PatronStatus
from octavo.rules.queue import Queued, hold_first, hold_waiting, next_in_line, open_recall, requested_by_another
from octavo.rules.request_types import BY_ITEM_STATUS, type_for_patron, types_for_status
from octavo.rules.requests import (
    Circumstances,
    NewRequest,
    RequestedItem,
    RequestedTitle,
    Requester,
    check_form,
    check_pickup,
    check_request,
)
from octavo.rules.transitions import (
    ACCOUNT,
    ITEM,
    LOAN,
    REQUEST,
    ImpossibleChange,
    changed,
    loan_status_after,
    may_become,
)
from octavo.services.paid_loans import LOST
from octavo_models.policies import RequestPolicy
from rules.policies import at

POLICY = RequestPolicy.from_wire(
    {"id": "334e5a9e-94f9-4673-8d1d-ab552863886b", "name": "All", "requestTypes": ["Hold", "Page", "Recall"]}
)
DESK, OTHER = "3a40852d-49fd-4df2-a1f9-6e2641a6e91f", "c4c90014-c8c9-4ade-8f24-b5e313319f4b"
ASKED = NewRequest(
    "Hold", id="request-1", instance_id="instance-1", holdings_record_id="holdings-1", item_id="item-1",
    requester_id="user-1", request_date=at("2026-03-01"), pickup_service_point_id=DESK,
)  # fmt: skip
FOUND = Circumstances(requester=Requester("group-1"), item=RequestedItem("Checked out", POLICY))
TITLE = replace(ASKED, request_level="Title", holdings_record_id=None, item_id=None)
TITLE_FOUND = replace(FOUND, item=None, title=RequestedTitle(), title_level_requests=True)
BLOCK = Violation("Enough", (), "USER_IS_BLOCKED_AUTOMATICALLY")
MANUAL = Violation("Patron blocked from requesting", (("reason", "Noise"),), "USER_IS_BLOCKED_MANUALLY")


def refused(asked, found):
    with pytest.raises(Invalid) as caught:
        check_request(asked, found)
    return [(violation.message, dict(violation.parameters), violation.code) for violation in caught.value.violations]


def test_what_nothing_speaks_against_is_accepted():
    check_form(ASKED, title_level_requests=False)
    check_request(ASKED, FOUND)
    check_form(TITLE, title_level_requests=True)
    check_request(TITLE, TITLE_FOUND)
    check_request(replace(TITLE, request_type="Page"), replace(TITLE_FOUND, title=RequestedTitle("item-7")))
    delivery = replace(ASKED, fulfillment_preference="Delivery", pickup_service_point_id=None, status="Closed - Filled")
    check_form(delivery, title_level_requests=False)
    check_request(delivery, FOUND)


def test_a_status_that_does_not_exist_cannot_be_read():
    with pytest.raises(BadRequest) as caught:
        check_form(replace(ASKED, status="Open"), title_level_requests=False)
    assert caught.value.text == (
        'Request status must be one of the following: "Open - Not yet filled", "Open - Awaiting pickup", '
        '"Open - In transit", "Open - Awaiting delivery", "Closed - Filled", "Closed - Cancelled", '
        '"Closed - Unfilled", "Closed - Pickup expired"'
    )


@pytest.mark.parametrize(
    ("asked", "titles", "violation"),
    [
        (
            TITLE, False,
            Violation(
                'Request level must be one of the following: "Item"',
                (("requestLevel", "Title"),), "REQUEST_LEVEL_IS_NOT_ALLOWED",
            ),
        ),
        (
            replace(ASKED, request_level="Shelf"), True,
            Violation(
                'Request level must be one of the following: "Item", "Title"',
                (("requestLevel", "Shelf"),), "REQUEST_LEVEL_IS_NOT_ALLOWED",
            ),
        ),
        (
            replace(ASKED, fulfillment_preference="Drone"), True,
            Violation(
                "Fulfillment preference must be one of the following: Hold Shelf, Delivery",
                (("fulfillmentPreference", "Drone"),), "FULFILLMENT_PREFERENCE_IS_NOT_ALLOWED",
            ),
        ),
    ],
)  # fmt: skip
def test_a_level_or_preference_that_does_not_exist_is_refused_at_once(asked, titles, violation):
    with pytest.raises(Invalid) as caught:
        check_form(asked, title_level_requests=titles)
    assert caught.value.violations == (violation,)


def queue(*requests):
    return replace(FOUND, queue=requests)


def item(status="Checked out", types=("Hold", "Page", "Recall"), points=None, **parts):
    policy = RequestPolicy.from_wire(
        {"id": POLICY.id, "name": "Some", "requestTypes": list(types), "allowedServicePoints": points}
    )
    return replace(FOUND, item=RequestedItem(status, policy, **parts))


NOT_ALLOWED = "Hold requests are not allowed for this patron and item combination"
COMBINATION = "REQUEST_NOT_ALLOWED_FOR_PATRON_ITEM_COMBINATION"
IDS = {"requesterId": "user-1", "instanceId": "instance-1"}

REFUSALS = [
    (replace(ASKED, instance_id=None), FOUND, "Cannot create a request with no instance ID", {"instanceId": None}, None),
    (
        replace(ASKED, item_id=None, holdings_record_id=None), FOUND,
        "Cannot create an item level request with no item ID", {"itemId": None}, None,
    ),
    (
        replace(ASKED, holdings_record_id=None), FOUND,
        "Cannot create a request with item ID but no holdings record ID", {"holdingsRecordId": None}, None,
    ),
    (
        replace(TITLE, holdings_record_id="holdings-1"), TITLE_FOUND,
        "Cannot create a title level page request for this instance ID with no item ID",
        {"itemId": None, "instanceId": "instance-1"}, "CANNOT_CREATE_PAGE_TLR_WITHOUT_ITEM_ID",
    ),
    (replace(ASKED, request_date=None), FOUND, "Cannot create a request with no requestDate", {"requestDate": None}, None),
    (ASKED, replace(FOUND, instance_exists=False), "Instance does not exist", {"instanceId": "instance-1"}, None),
    (
        replace(TITLE, request_type="Page"), TITLE_FOUND,
        "Cannot create page TLR for this instance ID - no pageable available items found",
        {"instanceId": "instance-1"}, None,
    ),
    (
        replace(TITLE, request_type="Recall"), replace(TITLE_FOUND, title=RequestedTitle(recallable=False)),
        "Request has no loan or recallable item", {"loan": None}, None,
    ),
    (
        replace(ASKED, proxy_user_id="proxy-1"), replace(FOUND, proxy_valid=False),
        "proxyUserId is not valid", {"proxyUserId": "proxy-1"}, None,
    ),
    (
        replace(ASKED, pickup_service_point_id=None), FOUND,
        "Hold shelf fulfillment requests require a Pickup service point", {"id": "request-1"},
        "HOLD_SHELF_REQUESTS_REQUIRE_PICKUP_SERVICE_POINT",
    ),
    (
        ASKED, replace(FOUND, pickup_exists=False),
        "Pickup service point does not exist", {"pickupServicePointId": DESK}, None,
    ),
    (
        ASKED, replace(FOUND, pickup_location=False),
        "Service point is not a pickup location", {"pickupServicePointId": DESK},
        "SERVICE_POINT_IS_NOT_PICKUP_LOCATION",
    ),
    (
        ASKED, replace(FOUND, requester=None),
        "A valid user and patron group are required. User is null", {"userId": None}, None,
    ),
    (
        ASKED, replace(FOUND, requester=Requester(None)),
        "A valid patron group is required. PatronGroup ID is null", {"PatronGroupId": None}, None,
    ),
    (
        ASKED, replace(FOUND, requester=Requester("group-1", PatronStatus.INACTIVE)),
        "Inactive users cannot make requests", {"requesterId": "user-1", "itemId": "item-1"}, None,
    ),
    (
        ASKED, queue(Queued("r0", "user-2", "Hold", item_id="item-1"), Queued("r1", "user-1", "Hold", item_id="item-1")),
        "This requester already has an open request for this item",
        {"requesterId": "user-1", "itemId": "item-1", "requestId": "r1"}, "ITEM_ALREADY_REQUESTED",
    ),
    (
        TITLE, replace(TITLE_FOUND, queue=(Queued("r1", "user-1", "Hold", "Title"), Queued("r2", "user-1", "Hold"))),
        "This requester already has an open request for this instance",
        {**IDS, "requestId": "r1"}, "INSTANCE_ALREADY_REQUESTED",
    ),
    (
        TITLE, replace(TITLE_FOUND, queue=(Queued("r1", "user-1", "Hold", item_id="item-5"),)),
        "This requester already has an open request for one of the instance's items",
        {**IDS, "requestId": "r1"}, "ITEM_OF_THIS_INSTANCE_ALREADY_REQUESTED",
    ),
    (ASKED, replace(FOUND, item=None), "Item does not exist", {"itemId": "item-1"}, None),
    (ASKED, item("Available"), NOT_ALLOWED, {"requestType": "Hold"}, COMBINATION),
    (ASKED, item(types=["Recall"]), NOT_ALLOWED, {"requestType": "Hold"}, COMBINATION),
    (ASKED, item("Available", types=[]), NOT_ALLOWED, {"requestType": "Hold"}, COMBINATION),
    (
        ASKED, item(loan_id="loan-1", borrower_id="user-1"),
        "This requester already has this item on loan",
        {"itemId": "item-1", "userId": "user-1", "loanId": "loan-1"}, "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN",
    ),
    (
        TITLE, replace(TITLE_FOUND, title=RequestedTitle(loan=("item-5", "loan-5"))),
        "This requester already has a loan for one of the instance's items",
        {"userId": "user-1", "itemId": "item-5", "loanId": "loan-5"},
        "REQUESTER_ALREADY_HAS_LOAN_FOR_ONE_OF_INSTANCES_ITEMS",
    ),
    (
        ASKED, item(points={"Hold": [OTHER]}),
        "One or more Pickup locations are no longer available",
        {"pickupServicePointId": DESK, "requestType": "Hold", "requestPolicyId": POLICY.id},
        "REQUEST_PICKUP_SERVICE_POINT_IS_NOT_ALLOWED",
    ),
    (
        TITLE, replace(TITLE_FOUND, title=RequestedTitle(hold_allowed=False)),
        "Hold requests are not allowed for this patron and title combination", IDS,
        "REQUEST_NOT_ALLOWED_FOR_PATRON_TITLE_COMBINATION",
    ),
    *(
        (
            replace(TITLE, request_type=kind), replace(TITLE_FOUND, title=RequestedTitle("item-7")),
            f"{kind} title level request not allowed: pageable available item found for instance",
            {"itemId": "item-7", "instanceId": "instance-1"},
            "HOLD_AND_RECALL_TLR_NOT_ALLOWED_PAGEABLE_AVAILABLE_ITEM_FOUND",
        )
        for kind in ("Hold", "Recall")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "found", "message", "parameters", "code"), REFUSALS)
def test_one_reason_alone_is_told_in_its_own_words(asked, found, message, parameters, code):
    assert refused(asked, found) == [(message, parameters, code)]


@pytest.mark.parametrize(
    "found",
    [
        item(points={"Hold": [DESK, OTHER]}),
        item(points={"Recall": [OTHER]}),
        item(loan_id="loan-1", borrower_id="user-2"),
        queue(Queued("r1", "user-1", "Hold", item_id="item-5")),
        queue(Queued("r1", "user-1", "Hold", "Title")),
    ],
)
def test_what_concerns_others_is_no_reason(found):
    check_request(ASKED, found)


def test_blocks_are_listed_automated_first_unless_staff_override_them():
    blocked = replace(FOUND, requester=Requester("g", automated_blocks=(BLOCK,), manual_blocks=(MANUAL,)))
    assert [code for _, _, code in refused(ASKED, blocked)] == [BLOCK.code, MANUAL.code]
    overrides = Overrides(frozenset({Block.PATRON}), permissions=frozenset({"circulation.override-patron-block.post"}))
    check_request(replace(ASKED, overrides=overrides), blocked)
    with pytest.raises(Invalid) as caught:
        check_request(replace(ASKED, overrides=replace(overrides, permissions=frozenset())), blocked)
    [violation] = caught.value.violations
    assert violation.block == OverridableBlock("patronBlock", ("circulation.override-patron-block.post",))


def test_all_reasons_are_listed_in_their_order():
    messages = [message for message, _, _ in refused(NewRequest("Hold"), Circumstances())]
    assert messages == [
        "Cannot create a request with no instance ID",
        "Cannot create an item level request with no item ID",
        "Cannot create a request with no requestDate",
        "Hold shelf fulfillment requests require a Pickup service point",
        "A valid user and patron group are required. User is null",
    ]
    found = replace(
        item("Available", types=[], loan_id="loan-1", borrower_id="user-1"),
        requester=Requester(None, PatronStatus.INACTIVE, (BLOCK,), (MANUAL,)),
        queue=(Queued("r1", "user-1", "Hold", item_id="item-1"),),
    )
    assert [code for _, _, code in refused(ASKED, found)] == [
        None, None, "ITEM_ALREADY_REQUESTED", BLOCK.code, MANUAL.code, COMBINATION,
        "REQUESTER_ALREADY_HAS_THIS_ITEM_ON_LOAN",
    ]  # fmt: skip


def test_a_changed_request_must_still_name_a_place_to_pick_up():
    check_pickup(ASKED, FOUND)
    with pytest.raises(Invalid, match="Pickup service point does not exist"):
        check_pickup(ASKED, replace(FOUND, pickup_exists=False))


def test_the_status_of_an_item_decides_which_types_fit():
    assert types_for_status("Available") == {"Page"}
    assert types_for_status("Restricted") == {"Page", "Hold", "Recall"}
    assert types_for_status("Awaiting delivery") == {"Hold", "Recall"}
    assert types_for_status("Missing") == types_for_status("Order closed") == {"Hold"}
    assert sum(not types for types in BY_ITEM_STATUS.values()) == 10


@pytest.mark.parametrize(
    ("status", "types", "chosen"),
    [
        ("Available", ["Hold", "Page", "Recall"], "Page"),
        ("Checked out", ["Page", "Recall", "Hold"], "Recall"),
        ("Checked out", ["Hold", "Recall"], "Hold"),
        ("Missing", ["Recall", "Hold"], "Hold"),
        ("Aged to lost", ["Recall", "Hold"], "Hold"),
    ],
)
def test_a_patrons_hold_gets_the_first_type_of_the_policy_that_fits(status, types, chosen):
    assert type_for_patron("item-1", status, types) == chosen


def test_a_patrons_hold_that_no_type_fits_is_refused():
    with pytest.raises(Invalid) as caught:
        type_for_patron("item-1", "Available", ["Hold"])
    assert caught.value.violations == (
        Violation(
            "Cannot find a valid request type for this item",
            (("itemId", "item-1"),),
            "CANNOT_FIND_VALID_REQUEST_FOR_ITEM",
        ),
    )


MINE = Queued("r1", "user-1", "Hold", item_id="item-1")
RECALL = Queued("r2", "user-2", "Recall", item_id="item-1")
ANY_ITEM = Queued("r3", "user-3", "Hold", "Title")
ELSEWHERE = Queued("r4", "user-4", "Hold", item_id="item-2")


def test_the_queue_tells_what_waits_for_an_item():
    assert next_in_line([ELSEWHERE, ANY_ITEM, MINE], "item-1") == ANY_ITEM
    assert next_in_line([ELSEWHERE], "item-1") is None
    assert hold_waiting([ELSEWHERE, ANY_ITEM], "item-1")
    assert not hold_waiting([ELSEWHERE, RECALL, replace(MINE, status="Open - Awaiting pickup")], "item-1")
    assert hold_first([ELSEWHERE, ANY_ITEM, RECALL], "item-1")
    assert not hold_first([RECALL, MINE], "item-1")
    assert not hold_first([], "item-1")
    assert open_recall([MINE, RECALL], "item-1") == RECALL
    assert open_recall([MINE], "item-1") is None
    assert requested_by_another([RECALL, MINE], "item-1", "user-1")
    assert not requested_by_another([MINE, RECALL], "item-1", "user-1")
    assert not requested_by_another([ELSEWHERE], "item-1", "user-1")


@pytest.mark.parametrize(
    ("table", "before", "after", "allowed"),
    [
        (ITEM, "Available", "Paged", True),
        (ITEM, "Checked out", "Available", True),
        (ITEM, "Checked out", "Paged", False),
        (ITEM, "Intellectual item", "Checked out", False),
        (ITEM, "Claimed returned", "Checked out", False),
        (ITEM, "Claimed returned", "Missing", True),
        (ITEM, "Aged to lost", "Checked out", True),
        (REQUEST, "Open - Not yet filled", "Closed - Cancelled", True),
        (REQUEST, "Closed - Cancelled", "Open - Not yet filled", False),
        (REQUEST, "Closed - Filled", "Closed - Filled", True),
        (ACCOUNT, "Open", "Closed", True),
        (ACCOUNT, "Closed", "Open", True),
        (ACCOUNT, "Paid", "Open", False),
    ],
)
def test_a_state_may_become_another(table, before, after, allowed):
    assert may_become(table, before, after) is allowed
    if allowed:
        assert changed(table, before, after) == after
    else:
        with pytest.raises(ImpossibleChange, match=f"{before} cannot become {after}"):
            changed(table, before, after)


def test_paying_for_a_lost_item_closes_its_loan_by_a_statement_that_the_tables_allow():
    assert all(may_become(ITEM, status, LOST_AND_PAID) for status in LOST)
    assert loan_status_after("closedLoan", "Open") == "Closed"


def test_every_state_that_a_table_leads_to_is_in_the_table():
    for table in (ITEM, REQUEST, ACCOUNT):
        assert set().union(*table.values()) <= set(table)


def test_an_action_needs_a_loan_of_the_right_status():
    assert loan_status_after("checkedout", None) == "Open"
    assert loan_status_after("renewed", "open") == "Open"
    assert loan_status_after("staffInfoAdded", "Closed") == "Closed"
    assert loan_status_after("checkedin", "Open") == "Closed"
    for action, status in (("checkedout", "Open"), ("declaredLost", "Closed"), ("renewed", None), ("checkedin", "Lent")):
        with pytest.raises(ImpossibleChange, match=f"a loan that is {status} cannot be {action}"):
            loan_status_after(action, status)
    assert len(LOAN) == 20
