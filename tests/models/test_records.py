"""What clients may send and get back: loans, blocks, users, items and the rest, property by property."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from octavo.catalogue import ALL_TYPES, BY_PATH
from octavo_models.blocks import PatronBlockCondition
from octavo_models.fees import Account, FeeFine
from octavo_models.inventory import Instance, Item
from octavo_models.loan import Loan, LoanHistoryEntry, is_date_text
from octavo_models.record import OpenRecord, Record
from octavo_models.request import Request
from octavo_models.scalars import format_instant, parse_instant
from octavo_models.session import CheckIn, PatronActionSession
from octavo_models.settings import CirculationSetting
from octavo_models.user import StagingUser, User

ID = "b0b9c0a4-1a9f-4a43-a5ef-0a0c0a5c6c4e"

LOAN_OF_THE_SEED = {
    "id": "cf23adf0-61ba-4887-bf82-956c4aae2260",
    "userId": "df7f4993-8c14-4a0f-ab63-93975ab01c76",
    "proxyUserId": "346ad017-dac1-417d-9ed8-0ac7eeb886aa",
    "itemId": "cb20f34f-b773-462f-a091-b233cc96b9e6",
    "loanDate": "2017-03-01T23:11:00-01:00",
    "dueDate": "2017-03-15T23:11:00-01:00",
    "itemEffectiveLocationIdAtCheckOut": "07f83048-6737-4c6a-a3bc-c49cd9beaa38",
    "checkoutServicePointId": "8bb53832-c9fb-47ef-986d-5b1a498a8b30",
    "checkinServicePointId": "8bb53832-c9fb-47ef-986d-5b1a498a8b30",
    "status": {"name": "Open"},
    "action": "checkedout",
    "itemStatus": "Checked out",
    "renewalCount": 0,
    "overdueFinePolicyId": "27b56832-c9fb-47ef-986d-5b1a498a8b89",
    "lostItemPolicyId": "82b53832-c9fb-47ef-986a-5b1a498a8b61",
}
CONDITION_OF_THE_SEED = {
    "id": "72b67965-5b73-4840-bc0b-be8f3f6e047e",
    "name": "Maximum number of lost items",
    "blockBorrowing": True,
    "blockRenewals": True,
    "blockRequests": True,
    "valueType": "Integer",
    "message": "The maximum number of lost items has been reached",
}
SESSION = {"patronId": ID, "loanId": ID, "actionType": "Check-out"}
LOAN = {"itemId": ID, "loanDate": "2026-01-01", "action": "checkedout"}
ACCOUNT = {
    "amount": 10, "remaining": "7.50", "status": {"name": "Open"}, "paymentStatus": {"name": "Outstanding"},
    "userId": ID, "feeFineId": ID, "ownerId": ID,
}  # fmt: skip
INSTANCE = {"title": "Emma", "source": "FOLIO", "instanceTypeId": ID}
ITEM = {"holdingsRecordId": ID, "materialTypeId": ID, "permanentLoanTypeId": ID, "status": {"name": "Available"}}


def wire(record: Record) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(record.to_wire())
    return printed


def complaints(model: type[Record], record: dict[str, Any]) -> list[tuple[str, str]]:
    """Return type and place of everything that is wrong with a record."""
    with pytest.raises(ValidationError) as wrong:
        model.from_wire(record)
    return [(error["type"], ".".join(map(str, error["loc"]))) for error in wrong.value.errors()]


def test_the_loan_of_the_seed_comes_back_with_its_dates():
    kept = wire(Loan.from_wire(LOAN_OF_THE_SEED))
    assert kept == {**LOAN_OF_THE_SEED, "dueDate": "2017-03-16T00:11:00.000+00:00"}


def test_the_policy_id_of_the_seed_that_is_no_id_is_refused():
    broken = {**LOAN_OF_THE_SEED, "lostItemPolicyId": "82b53832-c9fb-47ef-986j-5b1a498a8b61"}
    assert complaints(Loan, broken) == [("string_pattern_mismatch", "lostItemPolicyId")]


def test_the_condition_of_the_seed_comes_back():
    assert wire(PatronBlockCondition.from_wire(CONDITION_OF_THE_SEED)) == CONDITION_OF_THE_SEED


def test_a_condition_needs_an_id():
    nameless = {key: value for key, value in CONDITION_OF_THE_SEED.items() if key != "id"}
    assert complaints(PatronBlockCondition, nameless) == [("missing", "id")]


@pytest.mark.parametrize("kind", ALL_TYPES, ids=lambda kind: kind.table)
def test_unknown_properties_are_kept_by_open_types_and_refused_by_the_others(kind: Any):
    with pytest.raises(ValidationError) as wrong:
        kind.record.from_wire({"noSuchProperty": 1, "id": "no id"})
    refused = ("extra_forbidden", ("noSuchProperty",)) in [
        (error["type"], error["loc"]) for error in wrong.value.errors()
    ]
    assert refused != issubclass(kind.record, OpenRecord)


def test_the_open_types_are_those_whose_schemas_are_open():
    assert {kind.path for kind in ALL_TYPES if issubclass(kind.record, OpenRecord)} == {
        "/groups", "/patron-block-conditions", "/patron-block-limits", "/scheduler/timers", "/templates",
    }  # fmt: skip


def test_an_open_type_gives_back_what_it_does_not_know():
    assert wire(PatronBlockCondition.from_wire({**CONDITION_OF_THE_SEED, "colour": "red"}))["colour"] == "red"


def test_python_names_are_not_wire_names():
    assert ("extra_forbidden", "user_id") in complaints(Loan, {**LOAN, "user_id": ID})


def test_a_loan_without_status_is_open():
    loan = Loan.from_wire(LOAN)
    assert loan.status.name == "Open"
    assert Loan.from_wire({**LOAN, "status": {}}).status.name is None


def test_nested_parts_of_a_loan_are_open_or_closed_as_in_folio():
    billing = {"lostItemHasBeenBilled": "true", "note": "kept"}
    use = {"status": "Held", "note": "kept"}
    kept = wire(Loan.from_wire({**LOAN, "agedToLostDelayedBilling": billing, "forUseAtLocation": use}))
    assert kept["agedToLostDelayedBilling"] == {"lostItemHasBeenBilled": True, "note": "kept"}
    assert kept["forUseAtLocation"] == use
    assert complaints(Loan, {**LOAN, "status": {"name": "Open", "note": 1}}) == [("extra_forbidden", "status.note")]
    assert complaints(Loan, {**LOAN, "reminders": {"lastFeeBilled": {"x": 1}}}) == [
        ("extra_forbidden", "reminders.lastFeeBilled.x")
    ]


def test_both_bad_dates_of_a_loan_are_reported():
    with pytest.raises(ValidationError) as wrong:
        Loan.from_wire({**LOAN, "loanDate": "foo", "returnDate": "bar"})
    assert [(error["type"], error["msg"]) for error in wrong.value.errors()] == [
        ("malformed", "loan date must be a date time (in RFC3339 format)"),
        ("malformed", "return date must be a date time (in RFC3339 format)"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2017", "123", "2017-W10", "2017-W10-3", "2017-060", "2016-366", "T10:00", "2017-03", "2016-02-29",
        "2017-03-01t22:34:11z", "2017-03-01T22:34:11,5", "2017-03-01T22:34:11.123456-04:00", "2017-03-01T22",
        "2017-03-01T22:34:11+0100", "2017-03-01T",
    ],
)  # fmt: skip
def test_dates_are_read_as_leniently_as_folio_does(text: str):
    assert is_date_text(text)
    assert Loan.from_wire({**LOAN, "loanDate": text}).loan_date == text


@pytest.mark.parametrize(
    "text",
    [
        "", "foo", "T", " 2017", "2017-03-01 22:34:11", "2017-02-30", "2015-02-29", "2017-366", "2017-000", "2017-13",
        "2017-W54", "2017-03-01T24:00", "2017-03-01T22:34:60", "20170301T223411Z", "2017-03-01T22:34:11+25:00",
    ],
)  # fmt: skip
def test_dates_that_folio_cannot_read_either(text: str):
    assert not is_date_text(text)


@given(st.datetimes(), st.sampled_from(["", "Z", "+00:00", "-11:30"]))
def test_every_iso_date_time_is_readable(moment: Any, offset: str):
    assert is_date_text(moment.isoformat() + offset)


@given(st.text())
def test_any_text_is_either_a_date_or_not(text: str):
    assert is_date_text(text) in (True, False)


def test_a_history_row_holds_the_loan_and_when_it_was_so():
    row = {
        "id": ID, "operation": "I", "createdDate": "2026-01-01T10:00:00", "creationDate": "2026-01-01T10:00:00",
        "loan": {**LOAN, "id": ID},
    }  # fmt: skip
    entry = LoanHistoryEntry.from_wire(row)
    assert (entry.loan.action, entry.created_date) == ("checkedout", entry.creation_date)


@pytest.mark.parametrize("field", ["sessionId", "patronId", "loanId"])
@pytest.mark.parametrize("bad", ["abc", "00000000-0000-0000-0000-000000000000", "01890a5d-ac96-774b-bcce-b302099a8057"])
def test_sessions_take_ids_of_version_1_to_5_only(field: str, bad: str):
    assert complaints(PatronActionSession, {**SESSION, field: bad}) == [("string_pattern_mismatch", field)]


def test_a_session_is_a_check_out_or_a_check_in():
    assert complaints(PatronActionSession, {**SESSION, "actionType": "Renew"}) == [("literal_error", "actionType")]


def test_a_queue_is_not_negative():
    check_in = {"occurredDateTime": "2026-01-01T10:00:00Z", "itemId": ID, "servicePointId": ID, "performedByUserId": ID}
    assert CheckIn.from_wire({**check_in, "requestQueueSize": 0}).request_queue_size == 0
    assert complaints(CheckIn, {**check_in, "requestQueueSize": -1}) == [("greater_than_equal", "requestQueueSize")]


def test_a_user_may_be_empty_and_shows_its_lists():
    assert wire(User.from_wire({})) == {"departments": [], "proxyFor": [], "preferredEmailCommunication": []}
    assert wire(User.from_wire({"personal": {"lastName": "Austen"}}))["personal"] == {
        "lastName": "Austen", "addresses": [], "preferredContactTypeIds": [],
    }  # fmt: skip


def test_a_user_is_read_leniently():
    user = User.from_wire({"barcode": 12345, "active": "true", "username": " ann ", "departments": [ID, ID.upper()]})
    assert (user.barcode, user.active, user.username, user.departments) == ("12345", True, "ann", [ID])


def test_a_user_chooses_each_topic_once():
    assert User.from_wire({"preferredEmailCommunication": ["Support", "Programs", "Support"]}).preferred_email_communication == [
        "Support", "Programs",
    ]  # fmt: skip
    assert complaints(User, {"preferredEmailCommunication": ["Gossip"]}) == [
        ("literal_error", "preferredEmailCommunication.0")
    ]


def test_a_person_has_a_last_name():
    assert complaints(User, {"personal": {"firstName": "Jane"}}) == [("missing", "personal.lastName")]


def test_who_registers_starts_unverified_in_the_first_tier():
    person = StagingUser.from_wire(
        {"generalInfo": {"firstName": "Jane", "lastName": "Austen"}, "contactInfo": {"email": "j@example.org"}}
    )
    assert (person.status, person.is_email_verified) == ("TIER-1", False)
    assert complaints(StagingUser, {"generalInfo": {}, "contactInfo": {}}) == [
        ("missing", "generalInfo.firstName"), ("missing", "generalInfo.lastName"), ("missing", "contactInfo.email"),
    ]  # fmt: skip


def test_money_is_exact_inside_and_a_number_outside():
    account = Account.from_wire(ACCOUNT)
    assert str(account.remaining) == "7.50"
    assert b'"amount":10.0' in account.to_wire()
    assert wire(account)["remaining"] == 7.5
    assert wire(account)["contributors"] == []


def test_a_payment_status_is_one_of_folios():
    assert complaints(Account, {**ACCOUNT, "paymentStatus": {"name": "Lost"}}) == [
        ("literal_error", "paymentStatus.name")
    ]


def test_a_fee_type_is_not_automatic_unless_it_says_so():
    assert FeeFine.from_wire({"feeFineType": "Damage"}).automatic is False


def test_headings_of_older_instances_are_understood():
    instance = Instance.from_wire({**INSTANCE, "series": ["Penguin classics"], "subjects": [{"value": "Marriage"}]})
    assert instance.series[0].value == "Penguin classics"
    assert wire(instance)["subjects"] == [{"value": "Marriage"}]


def test_the_version_of_a_record_may_be_text():
    assert Item.from_wire({**ITEM, "_version": "2"}).version == 2
    assert wire(Item.from_wire({**ITEM, "_version": "2"}))["_version"] == 2


def test_an_item_has_one_of_folios_statuses():
    assert complaints(Item, {**ITEM, "status": {"name": "Eaten"}}) == [("literal_error", "status.name")]


@pytest.mark.parametrize(
    ("path", "made_by_the_server"),
    [
        ("/item-storage/items", {"effectiveLocationId", "effectiveCallNumberComponents", "effectiveShelvingOrder"}),
        ("/holdings-storage/holdings", {"effectiveLocationId"}),
        ("/accounts", {"holdingsRecordId", "instanceId"}),
        ("/departments", {"usageNumber"}),
        ("/request-storage/requests", {"awaitingPickupRequestClosedDate"}),
        ("/patron-block-limits", {"metadata"}),
    ],
)
def test_what_only_the_server_writes(path: str, made_by_the_server: set[str]):
    assert made_by_the_server <= BY_PATH[path].record.read_only


def test_a_request_with_everything_wrong_is_told_everything():
    assert complaints(Request, {"proxyUserId": "12345", "status": "Open", "requestLevel": "Item"}) == [
        ("missing", "requestType"),
        ("missing", "requestDate"),
        ("literal_error", "status"),
        ("missing", "requesterId"),
        ("string_pattern_mismatch", "proxyUserId"),
        ("missing", "instanceId"),
        ("missing", "fulfillmentPreference"),
    ]


def test_the_value_of_a_circulation_setting_is_an_object():
    assert complaints(CirculationSetting, {"id": ID, "name": "TLR", "value": "on"}) == [("dict_type", "value")]


@given(st.integers(1, 9999), st.integers(0, 13), st.integers(0, 32), st.integers(0, 25), st.integers(0, 61), st.integers(0, 999))
def test_an_instant_means_the_same_whether_or_not_it_is_printed_as_it_is_stored(year, month, day, hour, minute, millis):
    stored = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:59.{millis:03}+00:00"
    assert _read(stored) == _read(stored.replace("+00:00", "Z"))


def _read(text: str) -> str:
    try:
        return format_instant(parse_instant(text))
    except ValueError:
        return "none"
