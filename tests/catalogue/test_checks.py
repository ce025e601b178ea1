"""The rules that a record must keep by itself, and FOLIO's words for breaking them."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.catalogue import BY_TABLE
from octavo.catalogue.fees_checks import check_not_automatic
from octavo.errors import BadRequest, Invalid, Problem, Violation
from octavo_models.blocks import MAX_LOST_ITEMS, MAX_OUTSTANDING_BALANCE
from octavo_models.fees import AUTOMATIC_TYPES

ID = "b0b9c0a4-1a9f-4a43-a5ef-0a0c0a5c6c4e"
OTHER = "3a40852d-49fd-4df2-a1f9-6e2641a6e91f"
PERIOD = {"duration": 1, "intervalId": "Days"}


def check(table: str, **record: Any) -> None:
    kind = BY_TABLE[table]
    assert kind.check is not None
    kind.check(kind.record.from_wire(record))


def refusals(table: str, **record: Any) -> tuple[Violation, ...]:
    with pytest.raises(Invalid) as refused:
        check(table, **record)
    return refused.value.violations


def refusal(table: str, **record: Any) -> Violation:
    (violation,) = refusals(table, **record)
    return violation


def loan(**more: Any) -> dict[str, Any]:
    return {"itemId": ID, "loanDate": "2026-01-01", "action": "checkedout", **more}


@pytest.mark.parametrize("status", [{}, {"status": {"name": "Open"}}])
def test_an_open_loan_belongs_to_somebody(status: dict[str, Any]):
    assert refusal("loan", **loan(**status)) == Violation("Open loan must have a user ID")
    check("loan", **loan(userId=OTHER, **status))


@pytest.mark.parametrize("name", ["Closed", "open", None])
def test_a_loan_that_is_not_exactly_open_may_belong_to_nobody(name: str | None):
    check("loan", **loan(status={"name": name}))


def request(level: str, **more: Any) -> dict[str, Any]:
    return {
        "requestLevel": level, "requestType": "Hold", "requestDate": "2026-01-01", "requesterId": OTHER, "instanceId": ID,
        "status": "Open - Not yet filled", "fulfillmentPreference": "Hold Shelf", **more,
    }  # fmt: skip


def test_an_item_request_names_item_and_holdings():
    check("request", **request("Item", itemId=ID, holdingsRecordId=ID))
    assert [violation.message for violation in refusals("request", **request("Item"))] == [
        "Item ID in item level request should not be absent",
        "Holdings record ID in item level request should not be absent",
    ]


def test_a_title_request_names_both_or_neither():
    check("request", **request("Title"))
    check("request", **request("Title", itemId=ID, holdingsRecordId=ID))
    expected = Violation("Title level request must have both itemId and holdingsRecordId or neither")
    assert refusal("request", **request("Title", itemId=ID)) == expected
    assert refusal("request", **request("Title", holdingsRecordId=ID)) == expected


def condition(message: str | None, **flags: bool) -> dict[str, Any]:
    all_off = {"blockBorrowing": False, "blockRenewals": False, "blockRequests": False}
    return {"id": ID, "name": "Lost", "valueType": "Integer", "message": message, **all_off, **flags}


@pytest.mark.parametrize("flag", ["blockBorrowing", "blockRenewals", "blockRequests"])
@pytest.mark.parametrize("message", [None, "", " \t"])
def test_a_condition_that_blocks_has_a_message(flag: str, message: str | None):
    violation = refusal("patron_block_conditions", **condition(message, **{flag: True}))
    assert violation.message == "Message to be displayed is a required field if one or more blocked actions selected"
    assert (violation.parameters, violation.code, violation.type) == ((("patron block condition id", ID),), "-1", "1")


def test_a_condition_with_a_message_blocks_something():
    violation = refusal("patron_block_conditions", **condition("Too many"))
    assert violation.message == "One or more blocked actions must be selected for message to be displayed to be used"


def test_conditions_with_both_or_neither_are_fine():
    check("patron_block_conditions", **condition(None))
    check("patron_block_conditions", **condition("Too many", blockRenewals=True))


def limit(condition_id: str, value: Any) -> dict[str, Any]:
    return {"id": ID, "patronGroupId": OTHER, "conditionId": condition_id, "value": value}


@pytest.mark.parametrize("value", [0, "10", 10.0, 999999])
def test_counted_limits_are_whole_numbers(value: Any):
    check("patron_block_limits", **limit(MAX_LOST_ITEMS, value))


@pytest.mark.parametrize(("value", "shown"), [(-1, "-1.0"), (10.2, "10.2"), (1000000, "1000000.0")])
def test_counted_limits_out_of_range(value: Any, shown: str):
    violation = refusal("patron_block_limits", **limit(MAX_LOST_ITEMS, value))
    assert violation.message == "Must be blank or an integer from 0 to 999999"
    assert violation.parameters == (("value", shown),)


@pytest.mark.parametrize("value", [0, 0.01, 15, 999999.99])
def test_balances_may_have_fractions(value: Any):
    check("patron_block_limits", **limit(MAX_OUTSTANDING_BALANCE, value))


@pytest.mark.parametrize("value", [-0.01, 1000000, 999999.991])
def test_balances_out_of_range(value: Any):
    violation = refusal("patron_block_limits", **limit(MAX_OUTSTANDING_BALANCE, value))
    assert violation.message == "Must be blank or a number from 0.00 to 999999.99"


@given(st.decimals(-(10**7), 10**7, places=3))
def test_a_balance_that_is_accepted_is_in_range(value: Any):
    try:
        check("patron_block_limits", **limit(MAX_OUTSTANDING_BALANCE, str(value)))
    except Invalid:
        assert value < 0 or value > 999999
    else:
        assert 0 <= value < 1000000


def test_a_user_has_one_address_of_each_type():
    home, work = {"addressTypeId": ID}, {"addressTypeId": OTHER}
    check("users", personal={"lastName": "Austen", "addresses": [home, work]})
    check("users")
    with pytest.raises(BadRequest, match=r"^Users are limited to one address per addresstype$"):
        check("users", personal={"lastName": "Austen", "addresses": [home, work, home]})


def location(*service_points: str) -> dict[str, Any]:
    units = {"institutionId": ID, "campusId": ID, "libraryId": ID}
    return {
        "name": "Stacks", "code": "ST", "primaryServicePoint": ID, "servicePointIds": list(service_points), **units,
    }  # fmt: skip


def test_a_location_is_served_by_its_primary_service_point():
    check("location", **location(ID, OTHER))
    violation = refusal("location", **location(OTHER))
    assert violation.message == "A Location's Primary Service point must be included as a Service Point."
    assert violation.parameters == (("primaryServicePoint", ID),)


def test_a_location_without_service_points_breaks_two_rules():
    assert [violation.message for violation in refusals("location", **location())] == [
        "A location must have at least one Service Point assigned.",
        "A Location's Primary Service point must be included as a Service Point.",
    ]


def test_a_location_names_a_service_point_once():
    assert refusal("location", **location(ID, ID)).message == "A Service Point can only appear once on a Location."


def service_point(**more: Any) -> dict[str, Any]:
    return {"name": "Desk", "code": "D", "discoveryDisplayName": "The desk", **more}


def test_only_a_pickup_place_has_a_hold_shelf():
    check("service_point", **service_point())
    check("service_point", **service_point(pickupLocation=True, holdShelfExpiryPeriod=PERIOD))
    assert refusal("service_point", **service_point(pickupLocation=True)).message == (
        "Hold shelf expiry period must be specified when service point can be used for pickup."
    )
    assert refusal("service_point", **service_point(holdShelfExpiryPeriod=PERIOD)).message == (
        "Hold shelf expiry period cannot be specified when service point cannot be used for pickup"
    )


@pytest.mark.parametrize("automatic_id", AUTOMATIC_TYPES)
def test_automatic_fee_types_stay_as_they_are(automatic_id: str):
    expected = Violation("Attempt to change an automatic fee/fine type")
    assert refusal("feefines", id=automatic_id.upper(), feeFineType="Mine") == expected
    with pytest.raises(Invalid):
        check_not_automatic(automatic_id)


def test_other_fee_types_may_be_automatic_too():
    check("feefines", id=str(uuid4()), feeFineType="Overdue fine", automatic=True)
    check("feefines", feeFineType="Damage")


def test_staff_slips_have_name_and_template():
    check("staff_slips", name="Hold", template="<p></p>")
    for record, text in (({"name": "", "template": "x"}, "Name"), ({"name": "Hold", "template": ""}, "Template")):
        with pytest.raises(BadRequest, match=f"^{text} is a required property$"):
            check("staff_slips", **record)


def policy(**more: Any) -> dict[str, Any]:
    return {"name": "three weeks", "loanable": True, "renewable": True, **more}


FIXED = {"profileId": "fixed", "fixedDueDateScheduleId": ID}


@pytest.mark.parametrize(
    "accepted",
    [
        {},
        {"loansPolicy": {"profileId": "Rolling", "period": PERIOD}},
        {"loansPolicy": FIXED},
        {"loansPolicy": FIXED, "renewalsPolicy": {"differentPeriod": True, "alternateFixedDueDateScheduleId": ID}},
        {"loanable": False, "renewable": False},
        {"loanable": False, "loansPolicy": FIXED},
        {
            "renewable": False,
            "loansPolicy": FIXED,
            "requestManagement": {"holds": {"renewItemsWithRequest": True, "alternateRenewalLoanPeriod": PERIOD}},
        },
    ],
    ids=str,
)
def test_loan_policies_without_contradiction(accepted: dict[str, Any]):
    check("loan_policy", **policy(**accepted))


@pytest.mark.parametrize(
    ("refused", "key", "message"),
    [
        (
            {"loansPolicy": FIXED, "renewalsPolicy": {"differentPeriod": True}},
            "alternateFixedDueDateScheduleId",
            "Alternate fixed due date cannot be null if renewable is true, different period is true and profile is fixed",
        ),
        (
            {"renewable": False, "renewalsPolicy": {"alternateFixedDueDateScheduleId": ID}},
            "alternateFixedDueDateScheduleId",
            f"Alternate fixed due date cannot be {ID} if renewable is false, different period is null and profile is null",
        ),
        (
            {"loansPolicy": {"profileId": "FIXED"}},
            "fixedDueDateScheduleId",
            "Fixed due date cannot be null if loanable is true and profile is of type fixed",
        ),
        (
            {"loanable": False, "loansPolicy": {"profileId": "Rolling"}},
            "fixedDueDateScheduleId",
            "Fixed due date cannot be null if loanable is false and profile is of type fixed",
        ),
        (
            {
                "loansPolicy": FIXED,
                "requestManagement": {"holds": {"renewItemsWithRequest": True, "alternateRenewalLoanPeriod": PERIOD}},
            },
            "alternateRenewalLoanPeriod",
            "Alternate Renewal Loan Period for Holds is not allowed for policies with Fixed profile",
        ),
        (
            {
                "loansPolicy": FIXED,
                "renewalsPolicy": {
                    "differentPeriod": True, "alternateFixedDueDateScheduleId": ID, "period": PERIOD,
                },
            },
            "period",
            "Period in RenewalsPolicy is not allowed for policies with Fixed profile",
        ),
    ],
)  # fmt: skip
def test_loan_policies_that_contradict_themselves(refused: dict[str, Any], key: str, message: str):
    violation = refusal("loan_policy", **policy(**refused))
    assert violation.message == message
    assert [name for name, _ in violation.parameters] == [key]


def schedule(*ranges: tuple[str, str, str]) -> dict[str, Any]:
    dates = [{"from": f"2026-{start}", "to": f"2026-{to}", "due": f"2026-{due}"} for start, to, due in ranges]
    return {"name": "Terms", "schedules": dates}


def test_due_date_schedules_run_forward():
    check("fixed_due_date_schedule", **schedule(("01-01", "06-30", "07-15"), ("07-01", "07-01", "07-01")))
    found = refusals(
        "fixed_due_date_schedule",
        **schedule(("08-01", "06-30", "07-15"), ("06-30", "01-01", "07-15"), ("01-01", "06-30", "02-01")),
    )
    start = "Unable to save fixed loan date. Date range not valid"
    assert [violation.message for violation in found] == [
        f"{start} from date after due date",
        f"{start} from date after to date",
        f"{start} to date after due date",
    ]
    assert found[2].parameters == (("to", "2026-06-30T00:00:00.000+00:00"),)


def test_fines_are_not_negative():
    check("overdue_fine_policy", name="Fine", overdueFine={"quantity": 0, "intervalId": "day"})
    found = refusals(
        "overdue_fine_policy", name="Fine", overdueFine={"quantity": -1}, overdueRecallFine={"quantity": -0.5}
    )
    assert found == (
        Violation("Quantity must not be negative.", (("overdueFine.quantity", "-1.00"),)),
        Violation("Quantity must not be negative.", (("overdueRecallFine.quantity", "-0.50"),)),
    )


def test_processing_fees_are_not_negative():
    check("lost_item_fee_policy", name="Lost", lostItemProcessingFee="0.00")
    violation = refusal("lost_item_fee_policy", name="Lost", lostItemProcessingFee=-1)
    assert violation.message == "The value must greater than or equal to 0"
    assert violation.parameters == (("lostItemProcessingFee", "-1.00"),)


@pytest.mark.parametrize(
    ("table", "values", "text"),
    [
        ("loan", {"itemId": ID}, "Cannot have more than one open loan for the same item"),
        (
            "request",
            {"itemId": ID, "position": "1"},
            "Cannot have more than one request with the same position in the queue",
        ),
        ("user_request_preference", {"userId": ID}, "Request preference for specified user already exists"),
        ("users", {"username": "ann"}, "User with this username already exists"),
        ("users", {"barcode": "1"}, "This barcode has already been taken"),
        ("departments", {"code": "X"}, "Department with this code already exists"),
        ("proxyfor", {"userId": ID, "proxyUserId": OTHER}, "Proxy relationship already exists"),
        ("service_point", {"code": "D"}, "Service Point Exists"),
        ("feefines", {"feeFineType": "A", "ownerId": ID}, "Unable to process request"),
        ("patron_notice_policy", {"name": "N"}, "'N' name in not unique"),
        (
            "lost_item_fee_policy",
            {"name": "L"},
            "The Lost item fee policy name entered already exists. Please enter a different name.",
        ),
    ],
)
def test_what_a_duplicate_is_told(table: str, values: dict[str, str | None], text: str):
    assert _duplicate(table, values).text == text


def test_the_duplicate_external_system_id_names_the_constraint():
    assert "violates unique constraint: ext 1" in _duplicate("users", {"externalSystemId": "EXT 1"}).text


def test_a_taken_position_is_told_beside_the_message():
    problem = _duplicate("request", {"itemId": ID, "position": "2"})
    assert isinstance(problem, Invalid)
    assert problem.violations[0].extra == {"itemId": ID, "position": 2}


def _duplicate(table: str, values: dict[str, str | None]) -> Problem:
    rule = next(rule for rule in BY_TABLE[table].unique if rule.fields == tuple(values))
    assert rule.says is not None
    return rule.says(values)
