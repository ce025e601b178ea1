"""Loan, request, notice and fee policies, fixed due date schedules (mod-circulation-storage, mod-feesfines)."""

from octavo.catalogue import policies_checks as checks
from octavo.errors import Invalid, Problem, Violation
from octavo.store.record_type import RecordType, Reference, Unique
from octavo_models.policies import (
    FIXED_DUE_DATE_SCHEDULES,
    LOAN_POLICIES,
    LOST_ITEM_FEE_POLICIES,
    OVERDUE_FINE_POLICIES,
    PATRON_NOTICE_POLICIES,
    REQUEST_POLICIES,
)


def _name_taken(kind: str, code: str) -> Unique:
    message = f"The {kind} policy name entered already exists. Please enter a different name."
    return Unique(("name",), says=lambda _: Invalid(Violation(message, code=code)))


def _notice_name_taken(values: dict[str, str | None]) -> Problem:
    return Invalid(Violation(f"'{values['name']}' name in not unique", code="duplicate.name"))


FIXED_DUE_DATE_SCHEDULE = RecordType(
    FIXED_DUE_DATE_SCHEDULES,
    table="fixed_due_date_schedule",
    permission="circulation-storage.fixed-due-date-schedules",
    unique=(Unique(("name",)),),
    check=checks.check_schedule,
)

LOAN_POLICY = RecordType(
    LOAN_POLICIES,
    table="loan_policy",
    permission="circulation-storage.loan-policies",
    references=(
        Reference("loansPolicy.fixedDueDateScheduleId", "fixed_due_date_schedule"),
        Reference("renewalsPolicy.alternateFixedDueDateScheduleId", "fixed_due_date_schedule"),
    ),
    check=checks.check_loan_policy,
)

REQUEST_POLICY = RecordType(
    REQUEST_POLICIES,
    table="request_policy",
    permission="circulation-storage.request-policies",
    unique=(Unique(("name",)),),
)

PATRON_NOTICE_POLICY = RecordType(
    PATRON_NOTICE_POLICIES,
    table="patron_notice_policy",
    permission="circulation-storage.patron-notice-policies",
    unique=(Unique(("name",), says=_notice_name_taken),),
)

OVERDUE_FINE_POLICY = RecordType(
    OVERDUE_FINE_POLICIES,
    table="overdue_fine_policy",
    permission="overdue-fines-policies",
    unique=(_name_taken("Overdue fine", "feesfines.policy.overdue.duplicate"),),
    check=checks.check_overdue_fine_policy,
)

LOST_ITEM_FEE_POLICY = RecordType(
    LOST_ITEM_FEE_POLICIES,
    table="lost_item_fee_policy",
    permission="lost-item-fees-policies",
    unique=(_name_taken("Lost item fee", "feesfines.policy.lost.duplicate"),),
    check=checks.check_lost_item_fee_policy,
)
