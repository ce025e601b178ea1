"""Loan policies and schedules for the tests of the rules, as short as a sentence."""

from datetime import UTC, datetime
from typing import Any

from octavo.rules.due_date import LoanTerms
from octavo_models.policies import FixedDueDateSchedule, LoanPolicy

POLICY_ID = "d9cd0bed-1b49-4b5e-a7bd-064b8d177231"
NAMED = (("loanPolicyId", POLICY_ID), ("loanPolicyName", "Books"))


def at(text: str) -> datetime:
    """Read an instant; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def period(text: str) -> dict[str, Any]:
    """Read "3 Weeks"."""
    duration, interval = text.split()
    return {"duration": int(duration), "intervalId": interval}


def schedule(*entries: tuple[str, str, str]) -> FixedDueDateSchedule:
    """Make a schedule of (from, to, due)."""
    ranges = [{"from": start, "to": to, "due": due} for start, to, due in entries]
    return FixedDueDateSchedule.from_wire({"name": "Terms", "schedules": ranges})


def loan_policy(
    lent: str | None = "3 Weeks",
    *,
    profile: str | None = "Rolling",
    loanable: bool = True,
    renewable: bool = True,
    loans: dict[str, Any] | None = None,
    renewals: dict[str, Any] | None = None,
    holds: dict[str, Any] | None = None,
    recalls: dict[str, Any] | None = None,
) -> LoanPolicy:
    """Make a loan policy that lends for a period and renews from the due date as often as one likes."""
    own = {"profileId": profile, "period": period(lent) if lent else None, **(loans or {})}
    again = {"unlimited": True, "renewFromId": "CURRENT_DUE_DATE", "differentPeriod": False, **(renewals or {})}
    return LoanPolicy.from_wire(
        {
            "id": POLICY_ID,
            "name": "Books",
            "loanable": loanable,
            "renewable": renewable,
            "loansPolicy": own,
            "renewalsPolicy": again,
            "requestManagement": {"holds": holds, "recalls": recalls},
        }
    )


def terms(
    lent: str | None = "3 Weeks",
    *,
    limit: FixedDueDateSchedule | None = None,
    renewal_limit: FixedDueDateSchedule | None = None,
    **parts: Any,
) -> LoanTerms:
    """Make the terms of a loan."""
    return LoanTerms(loan_policy(lent, **parts), limit, renewal_limit)
