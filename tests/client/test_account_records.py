"""The account's records are those of the documentation: its examples are read and printed without loss."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from octavo_models.account import Account, Hold, HoldRequest
from octavo_models.registration import ExternalPatron, ExternalPatrons

ITEM = {
    "instanceId": "6e024cd5-c19a-4fe0-a2cd-64ce5814c694",
    "itemId": "7d9dfe70-0158-489d-a7ed-2789eac277b3",
    "title": "Some Book About Something",
    "author": "Some Guy; Another Guy",
}
HOLD = {
    "requestId": "8bbac557-d66f-4571-bbbf-47a107cc1589",
    "item": ITEM,
    "queuePosition": 1,
    "requestDate": "2018-06-02T08:16:30.000+00:00",
    "pickupLocationId": "ebab9ccc-4ece-4f35-bc82-01f3325abed8",
    "status": "Open - Not yet filled",
}
ACCOUNT = {
    "totalCharges": {"amount": 50.0, "isoCurrencyCode": "USD"},
    "totalChargesCount": 1,
    "totalLoans": 1,
    "totalHolds": 1,
    "charges": [
        {
            "item": ITEM,
            "chargeAmount": {"amount": 50.0, "isoCurrencyCode": "USD"},
            "accrualDate": "2018-01-31T00:00:01.000+00:00",
            "state": "Paid Partially",
            "reason": "damage - rebinding",
            "feeFineId": "881c628b-e1c4-4711-b9d7-090af40f6a8f",
        }
    ],
    "holds": [HOLD],
    "loans": [
        {
            "id": "9a171a89-baca-4f1a-b2c4-d7253854864e",
            "item": ITEM,
            "loanDate": "2018-06-01T11:12:00.000+00:00",
            "dueDate": "2525-01-01T11:12:00.000+00:00",
            "overdue": False,
        }
    ],
}
PATRON = {
    "generalInfo": {"externalSystemId": "ext-1", "firstName": "Kapil", "middleName": "", "lastName": "Sony"},
    "addressInfo": {"addressLine0": "1 Main St", "city": "Metropolis", "province": "NY", "zip": "1", "country": "USA"},
    "contactInfo": {"email": "kapil@example.org"},
    "preferredEmailCommunication": ["Support", "Programs", "Services"],
}


@pytest.mark.parametrize(("kind", "document"), [(Account, ACCOUNT), (Hold, HOLD), (ExternalPatron, PATRON)])
def test_what_is_read_is_printed_again(kind: Any, document: dict[str, Any]) -> None:
    assert json.loads(kind.from_wire(document).to_wire()) == document


def test_empty_lists_are_printed() -> None:
    totals = {name: value for name, value in ACCOUNT.items() if not isinstance(value, list)}
    printed = json.loads(Account.from_wire(totals).to_wire())
    assert printed == {**totals, "charges": [], "holds": [], "loans": []}


def test_dates_are_instants() -> None:
    hold = Hold.from_wire({**HOLD, "requestDate": "2018-06-02T10:16:30+0200"})
    assert json.loads(hold.to_wire())["requestDate"] == HOLD["requestDate"]


def test_a_hold_keeps_what_it_does_not_know() -> None:
    assert json.loads(Hold.from_wire({**HOLD, "note": 1}).to_wire())["note"] == 1


@pytest.mark.parametrize("missing", ["requestDate", "pickupLocationId"])
def test_a_wish_for_a_hold_needs_a_date_and_a_place(missing: str) -> None:
    with pytest.raises(ValidationError) as caught:
        HoldRequest.from_wire({name: value for name, value in HOLD.items() if name != missing})
    assert [(error["type"], error["loc"]) for error in caught.value.errors()] == [("missing", (missing,))]


def test_every_missing_part_of_a_registration_is_told() -> None:
    with pytest.raises(ValidationError) as caught:
        ExternalPatron.from_wire({"generalInfo": {"firstName": "x"}, "contactInfo": {}, "more": 1})
    assert {".".join(map(str, error["loc"])) for error in caught.value.errors()} == {
        "generalInfo.externalSystemId", "generalInfo.lastName", "addressInfo", "contactInfo.email", "more",
    }  # fmt: skip


def test_a_user_without_address_can_be_shown() -> None:
    listed = {"externalPatrons": [{"generalInfo": {"lastName": "x"}, "contactInfo": {}}], "totalRecords": 1}
    [patron] = ExternalPatrons.from_wire(listed).external_patrons
    assert patron.address_info is None
