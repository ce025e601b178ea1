"""What a patron may expect of each loan before anything is tried: may it be renewed, until when, and if not, why not."""

from dataclasses import dataclass
from datetime import datetime

from octavo.errors import Invalid, Violation
from octavo.services.circulation_rules import known_rules
from octavo.services.desk import AtDesk, calendars_of
from octavo.services.patron_blocks import PatronBlocks, load_blocks
from octavo.services.renew import decided
from octavo.store import loan_outlook as store
from octavo.store.loan_outlook import OpenLoan, Terms
from octavo.store.tx import Tx
from octavo_models.inventory import Item
from octavo_models.loan import Loan


@dataclass(frozen=True)
class LoanOutlook:
    """An open loan as its patron sees it. renewed_until: None where `refusals` say why it cannot be renewed."""

    loan: Loan
    item: Item
    instance_id: str | None
    title: str
    author: str
    material: str
    renewed_until: datetime | None
    refusals: tuple[Violation, ...]

    @property
    def renewable(self) -> bool:
        """Tell whether it would be renewed if it were tried now."""
        return self.renewed_until is not None


async def loans_of(tx: Tx, user_id: str) -> list[LoanOutlook]:
    """Return a patron's open loans by due date, in at most three statements, however many they are."""
    known = known_rules()
    found = await store.load_open_loans(tx, user_id, known.digests)
    if not found:
        return []
    parts = [_Part(one, AtDesk(one.desk, known), Loan.model_validate_json(one.loan)) for one in found]
    policies = {policy for part in parts if (policy := part.policy_id)}
    desks = {desk for part in parts if (desk := part.loan.checkout_service_point_id)}
    terms = await store.load_terms(tx, policies, desks, calendars_of(None, tx.now))
    blocks = await load_blocks(tx, user_id)
    return [_outlook(part, terms, blocks) for part in parts]


@dataclass(frozen=True)
class _Part:
    found: OpenLoan
    at_desk: AtDesk
    loan: Loan

    @property
    def policy_id(self) -> str | None:
        """Return the loan policy that applies, None where the rules cannot be used."""
        try:
            return self.at_desk.policy_id("l")
        except Invalid:
            return None


def _outlook(part: _Part, terms: Terms, blocks: PatronBlocks) -> LoanOutlook:
    found, item = part.found, part.at_desk.item
    assert item, "an open loan has an item"  # noqa: S101
    situation = store.situation_of(found, part.policy_id, terms, part.loan.checkout_service_point_id)
    until, refusals = None, tuple[Violation, ...]()
    try:
        until = decided(blocks, part.at_desk, situation, part.loan).due_date
    except Invalid as refused:
        refusals = refused.violations
    return LoanOutlook(
        part.loan, item, found.instance_id, found.title or "", found.author or "", found.material or "", until, refusals
    )
