"""Who may renew what, and until when: change the renewal rule here (FOLIO mod-circulation).

`renew` returns what becomes of the loan, or raises Invalid with every reason at once. A reason is one small
function in DENIALS; their order is the order in which a patron reads them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from octavo.errors import Invalid, Violation
from octavo.rules.closed_library import Place, settle
from octavo.rules.due_date import FIXED, LoanTerms, due_in_schedule, renewal_due_date
from octavo.rules.overrides import Block, Overrides
from octavo.rules.patron_status import PatronStatus

AGED_TO_LOST, DECLARED_LOST, CLAIMED_RETURNED = "Aged to lost", "Declared lost", "Claimed returned"
CHECKED_OUT = "Checked out"
RENEWED, RENEWED_THROUGH_OVERRIDE = "renewed", "renewedThroughOverride"

_LOST_CODES = {
    AGED_TO_LOST: "ITEM_AGED_TO_LOST_NOT_RENEWABLE",
    DECLARED_LOST: "ITEM_DECLARED_LOST_NOT_RENEWABLE",
}


@dataclass(frozen=True)
class LoanToRenew:
    """What the rule asks about a loan, its item and the requests for it.

    recall_id: the first open recall of this item. hold_first: the first request for this item, or for its
    title without an item, is a hold. reminders_billed: how many reminders have cost the patron money.
    """

    item_id: str
    item_status: str
    due_date: datetime
    renewal_count: int = 0
    recall_id: str | None = None
    hold_first: bool = False
    reminders_billed: int = 0


@dataclass(frozen=True)
class Renewer:
    """What the rule asks about the patron. blocks: manual, then automated (`rules.blocks`)."""

    status: PatronStatus = PatronStatus.ACTIVE
    expires: datetime | None = None
    blocks: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class RenewalTerms:
    """Under which rules a loan is renewed, where, and what staff want overridden.

    reminders_allow_renewal: the overdue fine policy's `allowRenewalOfItemsWithReminderFees`.
    """

    loan: LoanTerms
    place: Place
    overrides: Overrides = field(default_factory=Overrides)
    reminders_allow_renewal: bool = True


@dataclass(frozen=True)
class Renewal:
    """What becomes of the loan.

    item_status: the item's new status, None where it keeps its own. recalled: whether a recall is still
    open; where none is, the mark `dueDateChangedByRecall` goes. lost_fees_refunded: the item was lost.
    """

    due_date: datetime
    renewal_count: int
    action: str = RENEWED
    action_comment: str | None = None
    item_status: str | None = None
    recalled: bool = False
    changed_by_near_expire_user: bool = False
    lost_fees_refunded: bool = False


@dataclass(frozen=True)
class _Case:
    loan: LoanToRenew
    patron: Renewer
    terms: RenewalTerms
    now: datetime

    @property
    def overrides(self) -> Overrides:
        return self.terms.overrides

    def refusal(self, message: str, code: str, block: Block | None = None) -> Violation:
        """Return a violation that names the loan policy."""
        return self._with(self.terms.loan.violation(message, code), block)

    def item_refusal(self, code: str, block: Block | None = None) -> Violation:
        """Return a violation that names the item and its status."""
        text = f"item is {self.loan.item_status}"
        return self._with(Violation(text, (("itemId", self.loan.item_id),), code), block)

    def bare_refusal(self, message: str, code: str, block: Block, **parameters: str | None) -> Violation:
        """Return a violation that does not name the loan policy."""
        return self._with(Violation(message, tuple(parameters.items()), code), block)

    def _with(self, violation: Violation, block: Block | None) -> Violation:
        offer = self.overrides.offer(block) if block else None
        return Violation(violation.message, violation.parameters, violation.code, block=offer)


def renew(loan: LoanToRenew, patron: Renewer, terms: RenewalTerms, now: datetime) -> Renewal:
    """Return the renewed loan, or raise Invalid with every reason at once."""
    case = _Case(loan, patron, terms, now)
    if {Block.RENEWAL, Block.RENEWAL_DUE_DATE_REQUIRED} & terms.overrides.requested:
        return _renew_by_override(case)
    violations = [violation for denial in DENIALS for violation in denial(case)]
    due, reasons = _proposed(case, hold_first=loan.hold_first)
    if terms.loan.policy.loanable:
        violations += reasons
    if violations or due is None:
        raise Invalid(*violations)
    return _renewed(case, due)


def _inactive_patron(case: _Case) -> Iterator[Violation]:
    if case.patron.status is PatronStatus.INACTIVE:
        yield Violation(
            "Cannot renew loan when user is inactive or expired",
            (("reason", "User is inactive."),),
            "USER_IS_INACTIVE_OR_EXPIRED",
        )
    if case.patron.status is PatronStatus.UNKNOWN:
        yield Violation(
            "Cannot determine if user is active.",
            (("reason", "Cannot determine if user active."),),
            "USER_STATUS_CANNOT_BE_DETERMINED",
        )


def _patron_blocks(case: _Case) -> Iterator[Violation]:
    yield from case.overrides.insufficient(Block.PATRON)
    if Block.PATRON not in case.overrides.requested:
        yield from case.patron.blocks


def _reminders(case: _Case) -> Iterator[Violation]:
    if case.loan.reminders_billed > 0 and not case.terms.reminders_allow_renewal:
        yield case.bare_refusal(
            "Renewals not allowed for loans with reminders.", "RENEWAL_BLOCKED_BY_REMINDER_FEES", Block.RENEWAL
        )


def _not_loanable(case: _Case) -> Iterator[Violation]:
    if not case.terms.loan.policy.loanable:
        yield case.refusal("item is not loanable", "ITEM_NOT_LOANABLE", Block.RENEWAL_DUE_DATE_REQUIRED)


def _recalled(case: _Case) -> Iterator[Violation]:
    if case.loan.recall_id is not None:
        yield case.bare_refusal(
            "items cannot be renewed when there is an active recall request",
            "RENEWAL_BLOCKED_BY_RECALL",
            Block.RENEWAL,
            requestId=case.loan.recall_id,
        )


def _lost(case: _Case) -> Iterator[Violation]:
    if case.loan.item_status in _LOST_CODES:
        yield case.item_refusal(_LOST_CODES[case.loan.item_status], Block.RENEWAL)


def _renewal_limit(case: _Case) -> Iterator[Violation]:
    if _limit_reached(case):
        yield case.refusal("loan at maximum renewal number", "LOAN_RENEWAL_LIMIT_REACHED", Block.RENEWAL)


def _not_renewable(case: _Case) -> Iterator[Violation]:
    if not case.terms.loan.policy.renewable:
        yield case.refusal("loan is not renewable", "LOAN_NOT_RENEWABLE", Block.RENEWAL)


def _hold_waiting(case: _Case) -> Iterator[Violation]:
    if _held(case):
        yield case.bare_refusal(
            "Items with this loan policy cannot be renewed when there is an active, pending hold request",
            "RENEWAL_BLOCKED_BY_HOLD_REQUEST",
            Block.RENEWAL,
        )


def _contradictory_policy(case: _Case) -> Iterator[Violation]:
    terms = case.terms.loan
    if not case.loan.hold_first or terms.profile != FIXED:
        return
    fixed = "Item's loan policy has fixed profile but"
    if terms.holds.alternate_renewal_loan_period is not None:
        yield case.refusal(
            f"{fixed} alternative renewal period for holds is specified",
            "FIXED_LOAN_POLICY_HAS_ALTERNATE_RENEWAL_PERIOD_FOR_HOLDS",
        )
    if terms.renewals.different_period and terms.renewals.period is not None:
        yield case.refusal(f"{fixed} renewal period is specified", "FIXED_LOAN_POLICY_HAS_RENEWAL_PERIOD")


def _claimed_returned(case: _Case) -> Iterator[Violation]:
    if case.loan.item_status == CLAIMED_RETURNED:
        yield case.item_refusal("ITEM_CLAIMED_RETURNED_NOT_RENEWABLE")


_Denial = Callable[[_Case], Iterator[Violation]]

#: Every reason to refuse a renewal, in the order in which they are listed.
DENIALS: tuple[_Denial, ...] = (
    _inactive_patron,
    _patron_blocks,
    _reminders,
    _not_loanable,
    _recalled,
    _lost,
    _renewal_limit,
    _not_renewable,
    _hold_waiting,
    _contradictory_policy,
    _claimed_returned,
)
#: Those that no renewal override lifts.
FIRM_DENIALS: tuple[_Denial, ...] = (_inactive_patron, _patron_blocks, _claimed_returned)


def _limit_reached(case: _Case) -> bool:
    renewals, policy = case.terms.loan.renewals, case.terms.loan.policy
    reached = case.loan.renewal_count >= (renewals.number_allowed or Decimal(0))
    return policy.renewable and not renewals.unlimited and reached


def _held(case: _Case) -> bool:
    return case.loan.hold_first and not case.terms.loan.holds.renew_items_with_request


def _proposed(case: _Case, *, hold_first: bool) -> tuple[datetime | None, list[Violation]]:
    """Return the computed due date, or why there is none; also why it is no gain."""
    offer = case.overrides.offer(Block.RENEWAL_DUE_DATE_REQUIRED)
    try:
        due = renewal_due_date(
            case.terms.loan, case.loan.due_date, case.now, case.terms.place.zone, hold_first=hold_first
        )
    except Invalid as invalid:
        return None, [Violation(v.message, v.parameters, v.code, block=offer) for v in invalid.violations]
    return due, [] if due > case.loan.due_date else [_no_gain(case)]


def _no_gain(case: _Case) -> Violation:
    return case.refusal(
        "renewal would not change the due date",
        "RENEWAL_WOULD_NOT_CHANGE_DUE_DATE",
        Block.RENEWAL_DUE_DATE_REQUIRED,
    )


def _renewed(case: _Case, due: datetime) -> Renewal:
    settled = settle(
        due,
        case.terms.loan,
        case.terms.place,
        started=case.now,
        limit=due_in_schedule(case.terms.loan.renewal_limit, case.now),
        patron_expires=case.patron.expires,
    )
    overridden = case.overrides.overrides(Block.PATRON)
    return Renewal(
        settled.at,
        case.loan.renewal_count + 1,
        action=RENEWED_THROUGH_OVERRIDE if overridden else RENEWED,
        action_comment=case.overrides.comment if overridden else None,
        recalled=case.loan.recall_id is not None,
        changed_by_near_expire_user=settled.changed_by_near_expire_user,
    )


def _renew_by_override(case: _Case) -> Renewal:
    violations = [violation for denial in FIRM_DENIALS for violation in denial(case)]
    violations += case.overrides.insufficient(Block.RENEWAL, Block.RENEWAL_DUE_DATE_REQUIRED)
    if not case.overrides.has_comment:
        violations.append(
            Violation(
                "Override renewal request must have a comment",
                (("comment", None),),
                "OVERRIDE_RENEWAL_COMMENT_REQUIRED",
            )
        )
    if violations:
        raise Invalid(*violations)
    lost = case.loan.item_status in _LOST_CODES
    return Renewal(
        _due_by_override(case),
        case.loan.renewal_count + 1,
        action=RENEWED_THROUGH_OVERRIDE,
        action_comment=case.overrides.comment,
        item_status=CHECKED_OUT if lost else None,
        recalled=case.loan.recall_id is not None,
        lost_fees_refunded=lost,
    )


def _due_by_override(case: _Case) -> datetime:
    """Return the computed due date where it is a gain, else the one that staff chose."""
    policy, chosen = case.terms.loan.policy, case.overrides.due_date
    proposed, no_gain = _proposed(case, hold_first=False)
    if proposed is None or not (policy.loanable and policy.renewable):
        return _chosen(
            chosen,
            "New due date must be specified when due date calculation fails",
            "OVERRIDE_RENEWAL_DUE_DATE_REQUIRED",
        )
    if not no_gain:
        _require_reason_to_override(case)
        return proposed
    due = _chosen(
        chosen,
        "New due date is required when renewal would not change the due date",
        "OVERRIDE_RENEWAL_DUE_DATE_REQUIRED_WHEN_DUE_DATE_UNCHANGED",
    )
    if due <= case.loan.due_date:
        raise Invalid(_no_gain(case))
    return due


def _chosen(due: datetime | None, message: str, code: str) -> datetime:
    if due is None:
        raise Invalid(Violation(message, (("dueDate", "null"),), code))
    return due


def _require_reason_to_override(case: _Case) -> None:
    reasons = (_limit_reached(case), case.loan.recall_id, case.loan.item_status in _LOST_CODES, _held(case))
    if any(reasons) or case.loan.reminders_billed > 0:
        return
    raise Invalid(
        case.refusal(
            "Override renewal does not match any of expected cases: item is not loanable, item is not renewable, "
            "reached number of renewals limit,renewal date falls outside of the date ranges in the loan policy, "
            "items cannot be renewed when there is an active recall request, item is Declared lost, "
            "item is Aged to lost, renewal would not change the due date, loan has reminder fees",
            "OVERRIDE_RENEWAL_NOT_ALLOWED_FOR_CURRENT_LOAN",
        )
    )
