"""Who may borrow what: everything that can refuse a check-out (FOLIO mod-circulation).

`check_out` looks at facts that the service has loaded and answers at once with every refusal, in the
order of VALIDATORS, or with the action to be written to the loan.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from octavo.errors import Violation, raise_all
from octavo.rules.circulation_rules import Match
from octavo.rules.due_date import LoanTerms
from octavo.rules.overrides import Block, Overrides
from octavo.rules.patron_status import PatronStatus

CHECKED_OUT = "Checked out"
CHECKED_OUT_ACTION, CHECKED_OUT_THROUGH_OVERRIDE = "checkedout", "checkedOutThroughOverride"
NOT_FOR_CHECK_OUT = frozenset({"Declared lost", "Claimed returned", "Aged to lost", "Intellectual item"})

# Which of patron group, material type and loan type the winning rule names: the words and the code.
_ITEM_LIMITS = {
    (True, True, True): (
        "combination of patron group, material type and loan type",
        "ITEM_LIMIT_PATRON_GROUP_MATERIAL_TYPE_LOAN_TYPE",
    ),
    (True, True, False): ("combination of patron group and material type", "ITEM_LIMIT_PATRON_GROUP_MATERIAL_TYPE"),
    (True, False, True): ("combination of patron group and loan type", "ITEM_LIMIT_PATRON_GROUP_LOAN_TYPE"),
    (False, True, True): ("combination of material type and loan type", "ITEM_LIMIT_MATERIAL_TYPE_LOAN_TYPE"),
    (False, True, False): ("material type", "ITEM_LIMIT_MATERIAL_TYPE"),
    (False, False, True): ("loan type", "ITEM_LIMIT_LOAN_TYPE"),
}


@dataclass(frozen=True)
class Borrower:
    """What the rule asks about the patron. full_name: "Last, First". blocks: manual, then automated."""

    full_name: str
    status: PatronStatus = PatronStatus.ACTIVE
    blocks: tuple[Violation, ...] = ()


@dataclass(frozen=True)
class Proxy:
    """What the rule asks about somebody who borrows for the patron."""

    status: PatronStatus = PatronStatus.ACTIVE
    relationship_valid: bool = True
    is_borrower: bool = False


@dataclass(frozen=True)
class ItemToLend:
    """What the rule asks about the item and what waits for it."""

    title: str
    material_type: str
    status: str
    has_open_loan: bool = False
    requested_by_another: bool = False


@dataclass(frozen=True)
class CheckOut:
    """A check-out that somebody asks for; what could not be found is None.

    rule: the line of the circulation rules that chose the loan policy. loans_under_limit: the patron's open
    loans, those claimed returned left out, whose items meet that line's material and loan types.
    """

    loan_date: datetime
    service_point_id: str | None
    user_barcode: str
    item_barcode: str
    user: Borrower | None = None
    item: ItemToLend | None = None
    proxy_barcode: str | None = None
    proxy: Proxy | None = None
    terms: LoanTerms | None = None
    rule: Match | None = None
    loans_under_limit: int = 0
    overrides: Overrides = field(default_factory=Overrides)


@dataclass(frozen=True)
class CheckOutDecision:
    """What to write to the loan; `due_date` only where staff chose it for an item that is not loanable."""

    action: str
    action_comment: str | None = None
    due_date: datetime | None = None


def check_out(asked: CheckOut) -> CheckOutDecision:
    """Return what to write to the loan, or raise Invalid with every refusal."""
    raise_all(violation for validator in VALIDATORS for violation in validator(asked))
    overrides = asked.overrides
    if not _BLOCKS & overrides.requested:
        return CheckOutDecision(CHECKED_OUT_ACTION)
    chosen = overrides.due_date if Block.ITEM_NOT_LOANABLE in overrides.requested else None
    return CheckOutDecision(CHECKED_OUT_THROUGH_OVERRIDE, overrides.comment, chosen)


def _service_point(asked: CheckOut) -> Iterator[Violation]:
    if not asked.service_point_id:
        yield _refusal("Check out must be performed at a service point", servicePointId=asked.service_point_id)


def _user_found(asked: CheckOut) -> Iterator[Violation]:
    if asked.user is None:
        yield _refusal(
            "Could not find user with matching barcode", "USER_BARCODE_NOT_FOUND", userBarcode=asked.user_barcode
        )


def _patron_blocks(asked: CheckOut) -> Iterator[Violation]:
    if Block.PATRON in asked.overrides.requested:
        yield from asked.overrides.insufficient(Block.PATRON)
    elif asked.user:
        yield from asked.user.blocks


def _proxy_found(asked: CheckOut) -> Iterator[Violation]:
    if asked.proxy_barcode is not None and asked.proxy is None:
        yield _refusal(
            "Could not find user with matching barcode", "USER_BARCODE_NOT_FOUND", proxyUserBarcode=asked.proxy_barcode
        )


def _user_active(asked: CheckOut) -> Iterator[Violation]:
    status = asked.user.status if asked.user else PatronStatus.ACTIVE
    if status is PatronStatus.INACTIVE:
        yield _refusal(
            "Cannot check out to inactive user", "USER_IS_INACTIVE_OR_EXPIRED", userBarcode=asked.user_barcode
        )
    if status is PatronStatus.UNKNOWN:
        yield _refusal(
            "Cannot determine if user is active or not",
            "USER_STATUS_CANNOT_BE_DETERMINED",
            userBarcode=asked.user_barcode,
        )


def _proxy_active(asked: CheckOut) -> Iterator[Violation]:
    status = asked.proxy.status if asked.proxy else PatronStatus.ACTIVE
    if status is PatronStatus.INACTIVE:
        yield _refusal("Cannot check out via inactive proxying user", proxyUserBarcode=asked.proxy_barcode)
    if status is PatronStatus.UNKNOWN:
        yield _refusal("Cannot determine if proxying user is active or not", proxyUserBarcode=asked.proxy_barcode)


def _proxy_valid(asked: CheckOut) -> Iterator[Violation]:
    if asked.proxy is None:
        return
    if asked.proxy.is_borrower:
        yield _refusal(
            "User cannot be proxy for themselves",
            "USER_CANNOT_BE_PROXY_FOR_THEMSELVES",
            proxyUserBarcode=asked.proxy_barcode,
        )
    elif not asked.proxy.relationship_valid:
        yield _refusal(
            "Cannot check out item via proxy when relationship is invalid", proxyUserBarcode=asked.proxy_barcode
        )


def _item_found(asked: CheckOut) -> Iterator[Violation]:
    if asked.item is None:
        yield _refusal(f"No item with barcode {asked.item_barcode} could be found", itemBarcode=asked.item_barcode)


def _item_status(asked: CheckOut) -> Iterator[Violation]:
    item = asked.item
    if item is None:
        return
    if item.status == CHECKED_OUT:
        yield _refusal("Item is already checked out", itemBarcode=asked.item_barcode)
    elif item.status in NOT_FOR_CHECK_OUT:
        yield _refusal(
            f"{item.title} ({item.material_type}) (Barcode: {asked.item_barcode}) has the item status {item.status}"
            " and cannot be checked out",
            itemBarcode=asked.item_barcode,
        )


def _no_open_loan(asked: CheckOut) -> Iterator[Violation]:
    if asked.item and asked.item.has_open_loan and asked.item.status != CHECKED_OUT:
        yield _refusal(
            "Cannot check out item that already has an open loan", "ITEM_HAS_OPEN_LOAN", itemBarcode=asked.item_barcode
        )


def _not_requested_by_another(asked: CheckOut) -> Iterator[Violation]:
    if asked.item and asked.user and asked.item.requested_by_another:
        yield _refusal(
            f"{asked.item.title} (Barcode: {asked.item_barcode}) cannot be checked out to user {asked.user.full_name}"
            " because it has been requested by another patron",
            userBarcode=asked.user_barcode,
        )


def _item_limit(asked: CheckOut) -> Iterator[Violation]:
    yield from asked.overrides.insufficient(Block.ITEM_LIMIT)
    if asked.terms is None or asked.rule is None or Block.ITEM_LIMIT in asked.overrides.requested:
        return
    limit = asked.terms.loans.item_limit
    limited = _ITEM_LIMITS.get((asked.rule.patron_group, asked.rule.material_type, asked.rule.loan_type))
    if limit is None or limited is None or asked.loans_under_limit < limit:
        return
    what, code = limited
    yield Violation(
        f"Patron has reached maximum limit of {limit} items for {what}",
        (("itemBarcode", asked.item_barcode), ("itemLimit", str(limit))),
        code,
        block=asked.overrides.offer(Block.ITEM_LIMIT),
    )


def _loanable(asked: CheckOut) -> Iterator[Violation]:
    yield from asked.overrides.insufficient(Block.ITEM_NOT_LOANABLE)
    if asked.terms is None or asked.terms.policy.loanable or Block.ITEM_NOT_LOANABLE in asked.overrides.requested:
        return
    policy = asked.terms.policy
    yield Violation(
        "Item is not loanable",
        (("itemBarcode", asked.item_barcode), ("loanPolicyId", policy.id), ("loanPolicyName", policy.name)),
        "ITEM_NOT_LOANABLE",
        block=asked.overrides.offer(Block.ITEM_NOT_LOANABLE),
    )


def _override_form(asked: CheckOut) -> Iterator[Violation]:
    overrides = asked.overrides
    if any(overrides.overrides(block) for block in _BLOCKS) and not overrides.has_comment:
        yield _refusal("Override should be performed with the comment specified", comment=overrides.comment)
    if not overrides.overrides(Block.ITEM_NOT_LOANABLE):
        return
    if overrides.due_date is None:
        yield _refusal("Override should be performed with due date specified", dueDate=None)
    elif overrides.due_date <= asked.loan_date:
        yield _refusal("Due date should be later than loan date", dueDate=overrides.due_date.isoformat())


_BLOCKS = frozenset({Block.PATRON, Block.ITEM_LIMIT, Block.ITEM_NOT_LOANABLE})
_Validator = Callable[[CheckOut], Iterator[Violation]]

#: Every reason to refuse a check-out, in the order in which they are listed.
VALIDATORS: tuple[_Validator, ...] = (
    _service_point,
    _user_found,
    _patron_blocks,
    _proxy_found,
    _user_active,
    _proxy_active,
    _proxy_valid,
    _item_found,
    _item_status,
    _no_open_loan,
    _not_requested_by_another,
    _item_limit,
    _loanable,
    _override_form,
)


def _refusal(message: str, code: str | None = None, /, **parameters: str | None) -> Violation:
    return Violation(message, tuple(parameters.items()), code)
