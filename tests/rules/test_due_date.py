"""When a loan is due, with the reasoning beside each date."""

from zoneinfo import ZoneInfo

import pytest

from octavo.errors import Invalid
from octavo.rules.due_date import check_out_due_date, recall_due_date, renewal_due_date
from octavo.rules.periods import BadPeriod, PeriodFault, later, minutes_in
from octavo_models.policies import FeePeriod, LoanPolicy, Period
from rules.policies import NAMED, at, period, schedule, terms

UTC = ZoneInfo("UTC")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


def told(caught) -> list[tuple[str, str | None]]:
    assert all(violation.parameters == NAMED for violation in caught.value.violations)
    return [(violation.message, violation.code) for violation in caught.value.violations]


@pytest.mark.parametrize(
    ("lent", "start", "zone", "due", "because"),
    [
        ("30 Minutes", "2026-01-15T10:00", UTC, "2026-01-15T10:30", "half an hour is half an hour"),
        ("3 Weeks", "2026-01-15T10:00", UTC, "2026-02-05T10:00", "21 days, over the end of the month"),
        ("1 Months", "2026-01-15T10:00", UTC, "2026-02-15T10:00", "the same day of the next month"),
        ("1 Months", "2026-01-31T10:00", UTC, "2026-02-28T10:00", "February has no 31st"),
        ("1 Months", "2028-01-31T10:00", UTC, "2028-02-29T10:00", "in a leap year it has a 29th"),
        ("12 Months", "2028-02-29T10:00", UTC, "2029-02-28T10:00", "a year after a leap day"),
        ("2 Months", "2026-11-30T10:00", UTC, "2027-01-30T10:00", "over the end of the year"),
        ("1 Months", "2026-12-31T10:00", UTC, "2027-01-31T10:00", "December to January"),
        ("1 Days", "2028-02-28T10:00", UTC, "2028-02-29T10:00", "the leap day is a day"),
        ("1 Days", "2026-03-07T12:00-05:00", NEW_YORK, "2026-03-08T12:00-04:00", "that day has 23 hours"),
        ("24 Hours", "2026-03-07T12:00-05:00", NEW_YORK, "2026-03-08T13:00-04:00", "24 hours are 24 hours"),
        ("1 Days", "2026-10-31T12:00-04:00", NEW_YORK, "2026-11-01T12:00-05:00", "that day has 25 hours"),
        ("4 Hours", "2026-10-25T00:30+02:00", BERLIN, "2026-10-25T03:30+01:00", "02:30 comes twice that night"),
        ("1 Days", "2026-03-28T02:30+01:00", BERLIN, "2026-03-29T03:30+02:00", "02:30 is skipped that night"),
        ("1 Months", "2026-01-30T22:00-05:00", NEW_YORK, "2026-02-28T22:00-05:00", "it is the 31st only in UTC"),
        ("2 Weeks", "2026-03-20T23:30+01:00", BERLIN, "2026-04-03T23:30+02:00", "no extra day in summer time"),
    ],
)  # fmt: skip
def test_a_rolling_loan_is_due_a_period_after_it_was_made(lent, start, zone, due, because):
    found = check_out_due_date(terms(lent), at(start), zone, hold_waiting=False)
    assert found.at == at(due), because
    assert not found.changed_by_hold


SPRING = schedule(
    ("2026-01-01T00:00:00Z", "2026-05-31T23:59:59Z", "2026-06-15T23:59:59Z"),
    ("2026-06-01T00:00:00Z", "2026-09-30T23:59:59Z", "2026-10-15T23:59:59Z"),
)


@pytest.mark.parametrize(
    ("lent", "profile", "start", "due", "because"),
    [
        ("1 Weeks", "Rolling", "2026-02-01T10:00", "2026-02-08T10:00", "the schedule's date is later"),
        ("1 Months", "rolling", "2026-05-30T10:00", "2026-06-15T23:59:59", "the schedule's date is earlier"),
        (None, "Fixed", "2026-02-01T10:00", "2026-06-15T23:59:59", "a fixed loan is due with its term"),
        (None, "FIXED", "2026-06-01T00:00", "2026-10-15T23:59:59", "the first instant belongs to the term"),
        (None, "Fixed", "2026-05-31T23:59:59", "2026-06-15T23:59:59", "and so does the last"),
    ],
)
def test_a_schedule_limits_a_rolling_loan_and_decides_a_fixed_one(lent, profile, start, due, because):
    found = check_out_due_date(terms(lent, profile=profile, limit=SPRING), at(start), UTC, hold_waiting=False)
    assert found.at == at(due), because


ALTERNATE = {"alternateCheckoutLoanPeriod": period("2 Days")}


@pytest.mark.parametrize(
    ("profile", "limit", "holds", "due", "changed"),
    [
        ("Rolling", None, ALTERNATE, "2026-02-03T10:00", True),
        ("Rolling", SPRING, ALTERNATE, "2026-02-03T10:00", True),
        ("Rolling", None, {}, "2026-02-22T10:00", False),
        ("Fixed", SPRING, ALTERNATE, "2026-02-03T10:00", False),
        ("Fixed", SPRING, {}, "2026-06-15T23:59:59", False),
    ],
)
def test_a_waiting_hold_shortens_a_new_loan_where_the_policy_says_so(profile, limit, holds, due, changed):
    asked = terms("3 Weeks", profile=profile, limit=limit, holds=holds)
    found = check_out_due_date(asked, at("2026-02-01T10:00"), UTC, hold_waiting=True)
    assert (found.at, found.changed_by_hold) == (at(due), changed)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (terms(profile="Circular"), 'profile "Circular" in the loan policy is not recognised'),
        (terms(profile=None), 'profile "" in the loan policy is not recognised'),
        (terms(None), "the loan period in the loan policy is not recognised"),
        (terms("3 fortnights"), 'the interval "fortnights" in the loan policy is not recognised'),
        (terms("3 weeks"), 'the interval "weeks" in the loan policy is not recognised'),
        (terms("0 Days"), 'the duration "0" in the loan policy is invalid'),
        (terms("2000000000 Days"), 'the duration "2000000000" in the loan policy is invalid'),
        (terms("2000000000 Months"), 'the duration "2000000000" in the loan policy is invalid'),
        (terms("2000000000 Hours", limit=SPRING), 'the duration "2000000000" in the loan policy is invalid'),
        (terms(limit=schedule()), "loan date falls outside of the date ranges in the loan policy"),
        (terms(profile="Fixed"), "loan date falls outside of the date ranges in the loan policy"),
    ],
)
def test_a_policy_that_cannot_be_used_for_lending_is_told(asked, message):
    with pytest.raises(Invalid) as caught:
        check_out_due_date(asked, at("2026-02-01T10:00"), UTC, hold_waiting=False)
    assert told(caught) == [(message, None)]


def test_a_policy_without_a_part_about_lending_cannot_be_used():
    bare = LoanPolicy.from_wire({"name": "Bare", "loanable": True, "renewable": True})
    asked = type(terms())(bare)
    assert (asked.renewals.unlimited, asked.holds.renew_items_with_request) == (None, None)
    with pytest.raises(Invalid, match='profile "" in the loan policy'):
        check_out_due_date(asked, at("2026-02-01T10:00"), UTC, hold_waiting=False)


DUE, NOW = at("2026-03-10T10:00"), at("2026-03-01T12:00")
AUTUMN = schedule(("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-03-20T10:00:00Z"))
HOLD_PERIOD = {"alternateRenewalLoanPeriod": period("1 Days")}


@pytest.mark.parametrize(
    ("asked", "hold_first", "due", "because"),
    [
        (terms(), False, "2026-03-31T10:00", "three weeks from the due date"),
        (terms(renewals={"renewFromId": "SYSTEM_DATE"}), False, "2026-03-22T12:00", "three weeks from now"),
        (
            terms(renewals={"differentPeriod": True, "period": period("5 Days")}), False,
            "2026-03-15T10:00", "renewals have a period of their own",
        ),
        (terms(holds=HOLD_PERIOD), True, "2026-03-11T10:00", "a hold waits, and holds have a period"),
        (terms(holds=HOLD_PERIOD), False, "2026-03-31T10:00", "no hold waits"),
        (terms(), True, "2026-03-31T10:00", "a hold waits, but holds have no period"),
        (terms(limit=AUTUMN), False, "2026-03-20T10:00", "the loan's schedule limits the renewal"),
        (
            terms(limit=AUTUMN, renewals={"differentPeriod": True, "period": period("9 Weeks")}), False,
            "2026-03-20T10:00", "without a schedule for renewals that of the loan limits them too",
        ),
        (
            terms(limit=AUTUMN, renewal_limit=SPRING, renewals={"differentPeriod": True, "period": period("9 Weeks")}),
            False, "2026-05-12T10:00", "the schedule for renewals takes its place",
        ),
        (terms(profile="Fixed", limit=SPRING), False, "2026-06-15T23:59:59", "the term in which it is renewed"),
        (
            terms(profile="Fixed", limit=AUTUMN, renewal_limit=SPRING, renewals={"differentPeriod": True}),
            False, "2026-06-15T23:59:59", "renewals have terms of their own",
        ),
    ],
)  # fmt: skip
def test_a_renewed_loan_is_due(asked, hold_first, due, because):
    assert renewal_due_date(asked, DUE, NOW, UTC, hold_first=hold_first) == at(due), because


@pytest.mark.parametrize(
    ("asked", "message", "code"),
    [
        (terms(profile="x"), 'profile "x" in the loan policy is not recognised', "LOAN_POLICY_PROFILE_NOT_RECOGNIZED"),
        (
            terms(renewals={"renewFromId": "CURRENT_DUE_DATE_TIME"}),
            "cannot determine when to renew from", "LOAN_POLICY_RENEW_FROM_NOT_RECOGNIZED",
        ),
        (
            terms(renewals={"differentPeriod": True}),
            "the loan period in the loan policy is not recognised", "LOAN_POLICY_RENEWAL_PERIOD_NOT_RECOGNIZED",
        ),
        (
            terms("1 hour"),
            'the interval "hour" in the loan policy is not recognised',
            "LOAN_POLICY_RENEWAL_PERIOD_INTERVAL_NOT_RECOGNIZED",
        ),
        (
            terms("0 Days"),
            'the duration "0" in the loan policy is invalid', "LOAN_POLICY_RENEWAL_PERIOD_DURATION_INVALID",
        ),
        (
            terms(limit=schedule()),
            "renewal date falls outside of date ranges in the loan policy",
            "RENEWAL_DATE_OUTSIDE_LOAN_POLICY_DATE_RANGES",
        ),
        (
            terms(profile="Fixed", limit=SPRING, renewals={"differentPeriod": True}),
            "renewal date falls outside of date ranges in fixed loan policy",
            "RENEWAL_DATE_OUTSIDE_FIXED_LOAN_POLICY_DATE_RANGES",
        ),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_used_for_renewing_is_told_with_a_code(asked, message, code):
    with pytest.raises(Invalid) as caught:
        renewal_due_date(asked, DUE, NOW, UTC, hold_first=False)
    assert told(caught) == [(message, code)]


GUARANTEE = {"minimumGuaranteedLoanPeriod": period("2 Weeks"), "recallReturnInterval": period("5 Days")}


@pytest.mark.parametrize(
    ("recalls", "loan_date", "due_date", "due", "because"),
    [
        (None, "2026-02-01", "2026-03-10", "2026-03-01T12:00", "nothing is promised: back at once"),
        (GUARANTEE, "2026-02-01", "2026-03-10", "2026-03-06T12:00", "five days, the guarantee is over"),
        (GUARANTEE, "2026-02-28", "2026-04-10", "2026-03-14", "two weeks were guaranteed"),
        (GUARANTEE, "2026-02-01", "2026-03-04", "2026-03-04", "it is due even earlier"),
        (GUARANTEE, "2026-01-01", "2026-02-20", "2026-02-20", "an overdue loan is not extended"),
        (
            {**GUARANTEE, "allowRecallsToExtendOverdueLoans": True}, "2026-01-01", "2026-02-20",
            "2026-03-06T12:00", "unless the policy allows that",
        ),
        (
            {
                **GUARANTEE, "allowRecallsToExtendOverdueLoans": True,
                "alternateRecallReturnInterval": period("1 Days"),
            },
            "2026-01-01", "2026-02-20", "2026-03-02T12:00", "with an interval of its own for overdue loans",
        ),
        (
            {
                **GUARANTEE, "allowRecallsToExtendOverdueLoans": True,
                "alternateRecallReturnInterval": period("1 Days"),
            },
            "2026-02-01", "2026-03-04", "2026-03-06T12:00", "which is not for others; they are extended too",
        ),
    ],
)  # fmt: skip
def test_a_recalled_loan_is_due(recalls, loan_date, due_date, due, because):
    asked = terms(recalls=recalls)
    assert recall_due_date(asked, at(loan_date), at(due_date), NOW, UTC) == at(due), because


def test_every_bad_period_of_the_recall_settings_is_told():
    recalls = {"minimumGuaranteedLoanPeriod": period("0 Days"), "recallReturnInterval": period("5 days")}
    with pytest.raises(Invalid) as caught:
        recall_due_date(terms(recalls=recalls), NOW, DUE, NOW, UTC)
    assert told(caught) == [
        ('the interval "days" in "recallReturnInterval" is not recognized', None),
        ('the duration "0" in "minimumGuaranteedLoanPeriod" is invalid', None),
    ]


def test_periods_are_compared_in_minutes():
    known = {"Minutes": 2, "Hours": 120, "Days": 2880, "Weeks": 20_160, "Months": 89_280, "fortnight": 2}
    assert {name: minutes_in(Period(duration=2, interval_id=name)) for name in known} == known
    assert minutes_in(FeePeriod(duration=1, interval_id="Years")) == 525_600
    assert minutes_in(FeePeriod(duration=3)) == 3
    assert minutes_in(FeePeriod()) == minutes_in(None) == 0


def test_no_period_at_all_cannot_be_added():
    with pytest.raises(BadPeriod) as caught:
        later(NOW, None, UTC)
    assert caught.value.fault is PeriodFault.MISSING
