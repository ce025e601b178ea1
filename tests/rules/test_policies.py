"""Policies on the wire: what is required, what is left out, what is refused."""

import json

import pytest
from pydantic import ValidationError

from octavo_models.policies import (
    FIXED_DUE_DATE_SCHEDULES,
    LOAN_POLICIES,
    LOST_ITEM_FEE_POLICIES,
    OVERDUE_FINE_POLICIES,
    PATRON_NOTICE_POLICIES,
    REQUEST_POLICIES,
)

POINT = "3a40852d-49fd-4df2-a1f9-6e2641a6e91f"
TERM = {
    "from": "2026-01-01T00:00:00.000+00:00",
    "to": "2026-05-31T00:00:00.000+00:00",
    "due": "2026-06-15T00:00:00.000+00:00",
}
NOTICE = {"templateId": POINT, "format": "Email", "realTime": True, "sendOptions": {"sendWhen": "Due date"}}
REMINDERS = {"reminderSchedule": [{"interval": 2, "timeUnitId": "week", "reminderFee": 1.5, "noticeTemplateId": POINT}]}
NOTICES = {"loanNotices": [], "feeFineNotices": [], "requestNotices": []}


@pytest.mark.parametrize(
    ("endpoint", "sent", "added"),
    [
        (LOAN_POLICIES, {"name": "A", "loanable": True, "renewable": False}, {}),
        (LOAN_POLICIES, {"name": "A", "loanable": True, "renewable": False, "renewalsPolicy": {"ours": 1}}, {}),
        (FIXED_DUE_DATE_SCHEDULES, {"name": "A"}, {"schedules": []}),
        (FIXED_DUE_DATE_SCHEDULES, {"name": "A", "schedules": [TERM]}, {}),
        (REQUEST_POLICIES, {"name": "A"}, {"requestTypes": []}),
        (REQUEST_POLICIES, {"name": "A", "requestTypes": ["Hold"], "allowedServicePoints": {"Hold": [POINT]}}, {}),
        (PATRON_NOTICE_POLICIES, {"name": "A"}, NOTICES),
        (PATRON_NOTICE_POLICIES, {**NOTICES, "name": "A", "loanNotices": [NOTICE]}, {}),
        (OVERDUE_FINE_POLICIES, {"name": "A", "overdueFine": {"quantity": 0.5, "intervalId": "day"}}, {}),
        (OVERDUE_FINE_POLICIES, {"name": "A", "reminderFeesPolicy": REMINDERS}, {}),
        (LOST_ITEM_FEE_POLICIES, {"name": "A", "itemAgedLostOverdue": {"duration": 1, "intervalId": "Years"}}, {}),
    ],
)
def test_a_policy_comes_back_as_it_was_sent_with_its_lists(endpoint, sent, added):
    assert json.loads(endpoint.record.from_wire(sent).to_wire()) == {**sent, **added}


@pytest.mark.parametrize(
    ("endpoint", "sent", "kind"),
    [
        (LOAN_POLICIES, {"loanable": True, "renewable": True}, "missing"),
        (LOAN_POLICIES, {"name": "A", "loanable": True, "renewable": True, "loansPolicy": {"itemLimit": 0}}, "greater_than_equal"),
        (LOAN_POLICIES, {"name": "A", "loanable": True, "renewable": True, "extra": 1}, "extra_forbidden"),
        (FIXED_DUE_DATE_SCHEDULES, {"name": "A", "schedules": [{"from": TERM["from"], "to": TERM["to"]}]}, "missing"),
        (REQUEST_POLICIES, {"name": "A", "requestTypes": ["Steal"]}, "literal_error"),
        (REQUEST_POLICIES, {"name": "A", "allowedServicePoints": {"Page": []}}, "too_short"),
        (PATRON_NOTICE_POLICIES, {"name": "A", "loanNotices": [{**NOTICE, "format": "Fax"}]}, "literal_error"),
        (OVERDUE_FINE_POLICIES, {"name": "A", "overdueFine": {"intervalId": "days"}}, "literal_error"),
        (LOST_ITEM_FEE_POLICIES, {"name": "A", "itemAgedLostOverdue": {"duration": 0}}, "greater_than_equal"),
    ],
)  # fmt: skip
def test_what_breaks_the_schema_is_refused(endpoint, sent, kind):
    with pytest.raises(ValidationError) as caught:
        endpoint.record.from_wire(sent)
    assert [error["type"] for error in caught.value.errors()] == [kind]


def test_a_service_point_named_twice_is_kept_once():
    points = {"Hold": [POINT, POINT.upper()]}
    policy = REQUEST_POLICIES.record.from_wire({"name": "A", "allowedServicePoints": points})
    assert policy.allowed_service_points.hold == [POINT]
