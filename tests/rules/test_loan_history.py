"""When closed loans forget who borrowed the item: each row says why."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from octavo.rules.loan_history import FOREVER, ClosedLoan, MayBeDue, may_be_due, read_setting, reason_to_remember

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAYS = {"duration": 3, "intervalId": "Days"}


def decide(value: Any, **loan: Any) -> str | None:
    return reason_to_remember(read_setting(value), ClosedLoan("one", **{"closed_at": None, **loan}), NOW, ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("loan", "days", "reason"),
    [
        ("immediately", 0, None),
        ("never", 1000, "neverAnonymizeLoans"),
        ("interval", 2, "loanClosedPeriodNotPassed"),
        ("interval", 4, None),
    ],
)
def test_loans_forget_as_the_setting_says(loan: str, days: int, reason: str | None) -> None:
    value = {"closingType": {"loan": loan}, "loan": DAYS}
    assert decide(value, closed_at=NOW - timedelta(days=days)) == reason


@pytest.mark.parametrize(
    ("fee_fine", "facts", "reason"),
    [
        ("immediately", {"has_open_fees": True}, "feesAndFinesOpen"),
        ("immediately", {}, None),
        ("interval", {"has_open_fees": True, "fees_closed_at": NOW - timedelta(days=9)}, "intervalAfterFeesAndFinesCloseNotPassed"),
        ("interval", {"fees_closed_at": NOW - timedelta(days=2)}, "intervalAfterFeesAndFinesCloseNotPassed"),
        ("interval", {"fees_closed_at": NOW - timedelta(days=4)}, None),
        ("interval", {}, "intervalAfterFeesAndFinesCloseNotPassed"),
        ("never", {}, "neverAnonymizeLoansWithFeesAndFines"),
    ],
)
def test_loans_with_fees_may_be_treated_by_themselves(fee_fine: str, facts: Any, reason: str | None) -> None:
    value = {"closingType": {"loan": "immediately", "feeFine": fee_fine}, "feeFine": DAYS, "treatEnabled": True}
    assert decide(value, has_fees=True, **facts) == reason
    assert decide(value) is None
    assert decide({**value, "treatEnabled": False}, has_fees=True, **facts) is None


@pytest.mark.parametrize("value", [None, "immediately", [], {"closingType": {"loan": "soon"}}, {}])
def test_without_a_setting_that_can_be_read_nothing_is_forgotten(value: Any) -> None:
    assert decide(value) == "neverAnonymizeLoans"


@pytest.mark.parametrize("period", [None, {"duration": 0, "intervalId": "Days"}, {"duration": 1, "intervalId": "Moons"}])
def test_a_period_that_nobody_understands_never_passes(period: Any) -> None:
    value = {"closingType": {"loan": "interval"}, "loan": period} if period else {"closingType": {"loan": "interval"}}
    assert decide(value, closed_at=NOW - timedelta(days=999)) == "loanClosedPeriodNotPassed"


@pytest.mark.parametrize("interval", ["Minutes", "Hours", "Days", "Weeks", "Months"])
@pytest.mark.parametrize("duration", [1, 2, 12])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Apia"])
def test_no_loan_that_is_due_is_left_out_of_those_looked_at(interval: str, duration: int, zone: str) -> None:
    period = {"duration": duration, "intervalId": interval}
    closing = {"loan": "interval", "feeFine": "interval"}
    setting = read_setting({"closingType": closing, "loan": period, "feeFine": period, "treatEnabled": True})
    here, due, looked_at = ZoneInfo(zone), 0, 0
    for now in (NOW, datetime(2026, 2, 28, 23, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)):
        among = may_be_due(setting, now, here)
        assert among.closed_until is not None
        assert among.fees_until == among.closed_until
        for hours in range(0, 24 * 400, 5):
            loan = ClosedLoan("one", now - timedelta(hours=hours))
            if reason_to_remember(setting, loan, now, here) is None:
                due += 1
                assert loan.closed_at is not None
                assert loan.closed_at <= among.closed_until
            looked_at += loan.closed_at is not None and loan.closed_at <= among.closed_until
    assert due <= looked_at <= due + 3 * 24


@pytest.mark.parametrize(
    ("value", "among"),
    [
        (None, MayBeDue(None, charged=True, fees_until=None)),
        ({"closingType": {"loan": "never", "feeFine": "immediately"}}, MayBeDue(None, charged=True, fees_until=None)),
        ({"closingType": {"loan": "immediately"}}, MayBeDue(FOREVER, charged=True, fees_until=None)),
        (
            {"closingType": {"loan": "never", "feeFine": "immediately"}, "treatEnabled": True},
            MayBeDue(None, charged=False, fees_until=FOREVER),
        ),
        ({"closingType": {"loan": "immediately"}, "treatEnabled": True}, MayBeDue(FOREVER, charged=False, fees_until=None)),
        ({"closingType": {"loan": "interval"}}, MayBeDue(None, charged=True, fees_until=None)),
        (
            {"closingType": {"loan": "interval"}, "loan": {"duration": 1, "intervalId": "Moons"}},
            MayBeDue(None, charged=True, fees_until=None),
        ),
        (
            {"closingType": {"loan": "interval"}, "loan": {"duration": 0, "intervalId": "Days"}},
            MayBeDue(None, charged=True, fees_until=None),
        ),
    ],
)
def test_the_setting_says_which_loans_are_looked_at(value: Any, among: MayBeDue) -> None:
    assert may_be_due(read_setting(value), NOW, ZoneInfo("UTC")) == among
