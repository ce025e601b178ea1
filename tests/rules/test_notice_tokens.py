"""The tokens of notices, from records."""

import pytest

from octavo.rules.notice_tokens import (
    for_patron,
    grouped_tokens,
    item_tokens,
    loan_tokens,
    money,
    notice_tokens,
    request_tokens,
    user_tokens,
)

HOME, WORK = "home", "work"
USER = {
    "barcode": "P1",
    "personal": {
        "firstName": "Ann", "lastName": "Reader", "email": "a@b",
        "addresses": [
            {"addressTypeId": HOME, "city": "Bath", "primaryAddress": True},
            {"addressTypeId": WORK, "city": "Ely"},
        ],
    },
}  # fmt: skip


def test_the_reader():
    tokens = user_tokens({"user": USER, "group": "students"})
    assert tokens == {
        "firstName": "Ann", "preferredFirstName": "Ann", "lastName": "Reader", "barcode": "P1", "patronGroup": "students",
        "city": "Bath",
    }  # fmt: skip
    assert user_tokens({"user": USER, "request": {"deliveryAddressTypeId": WORK}})["city"] == "Ely"
    assert user_tokens({"user": USER, "request": {"deliveryAddressTypeId": "gone"}})["city"] == "Bath"
    assert user_tokens({"user": None}) == {}


@pytest.mark.parametrize(
    ("policy", "renewals", "allowed", "remaining"),
    [
        ({"renewalsPolicy": {"unlimited": True}}, 3, "unlimited", "unlimited"),
        ({"renewalsPolicy": {"numberAllowed": 2.0}}, 1, "2", "1"),
        ({"renewalsPolicy": {"numberAllowed": 2}}, 5, "2", "0"),
        ({}, None, "0", "0"),
        (None, 1, None, None),
    ],
)
def test_the_renewals_of_a_loan(policy, renewals, allowed, remaining):
    tokens = loan_tokens({"loan": {"renewalCount": renewals, "dueDate": "d"}, "loanPolicy": policy})
    assert (tokens.get("numberOfRenewalsAllowed"), tokens.get("numberOfRenewalsRemaining")) == (allowed, remaining)
    assert tokens["numberOfRenewalsTaken"] == str(renewals or 0)


def test_a_work_without_item():
    contributors = [{"name": "Austen, Jane", "primary": True}, {"name": "Brock, C. E."}, {}]
    tokens = item_tokens({"title": {"title": "Emma", "contributors": contributors}})
    assert tokens == {"title": "Emma", "primaryContributor": "Austen, Jane", "allContributors": "Austen, Jane; Brock, C. E."}
    assert item_tokens({"title": {"title": "Emma", "contributors": None}}) == {"title": "Emma"}
    assert item_tokens({}) == {}


@pytest.mark.parametrize(
    ("reason", "told"),
    [({"name": "n", "publicDescription": "p"}, "p"), ({"name": "n"}, "n"), (None, None)],
)
def test_why_a_request_was_cancelled(reason, told):
    tokens = request_tokens({"request": {"id": "r", "cancellationAdditionalInformation": "sorry"}, "cancellationReason": reason})
    assert (tokens["requestID"], tokens["additionalInfo"], tokens.get("reasonForCancellation")) == ("r", "sorry", told)


def test_a_charge_and_what_was_done():
    account = {
        "amount": 1.5, "remaining": 0, "feeFineType": "Overdue fine", "feeFineOwner": "Desk",
        "paymentStatus": {"name": "Paid fully"}, "metadata": {"createdDate": "2030-01-01T00:00:00Z"},
    }  # fmt: skip
    action = {"typeAction": "Paid fully", "dateAction": "2030-01-02T00:00:00Z", "amountAction": 1.5, "balance": 0}
    tokens = notice_tokens({"user": USER, "account": account, "action": action, "chargeComment": "STAFF : x \n PATRON : be kind"})
    assert tokens["feeCharge"] == {
        "owner": "Desk", "type": "Overdue fine", "paymentStatus": "Paid fully", "amount": "1.50", "remainingAmount": "0.00",
        "chargeDate": "2030-01-01T00:00:00Z", "chargeDateTime": "2030-01-01T00:00:00Z", "additionalInfo": "be kind",
    }  # fmt: skip
    assert tokens["feeAction"]["amount"] == "1.50"
    assert "loan" not in tokens
    assert "request" not in tokens


def test_several_loans_in_one_notice():
    two = [{"user": USER, "loan": {"dueDate": due}, "itemTokens": {"title": due, "volume": None}} for due in ("1", "2")]
    tokens = grouped_tokens("loans", two)
    assert [one["item"] for one in tokens["loans"]] == [{"title": "1"}, {"title": "2"}]
    assert tokens["item"] == {"title": "1"}


@pytest.mark.parametrize(
    ("comment", "told"), [(None, None), ("", None), ("STAFF : secret", None), ("PATRON : please", "please"), ("PATRON : ", None)]
)
def test_what_of_a_remark_is_for_the_patron(comment, told):
    assert for_patron(comment) == told


@pytest.mark.parametrize(("amount", "shown"), [(None, None), (0, "0.00"), (1.005, "1.00"), (12, "12.00")])
def test_money(amount, shown):
    assert money(amount) == shown
