"""What blocks a patron now: computed from loans and charges whenever it is asked for, in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from octavo.errors import NotFound, Violation
from octavo.rules import blocks as rules
from octavo.rules.blocks import Action, AutomatedBlock, Blocked, Condition, Limit, ManualBlock, OpenFee, OpenLoan
from octavo.rules.overrides import Overrides
from octavo.rules.periods import minutes_in
from octavo.store.blocks import Standing, load_standing
from octavo.store.tx import Tx
from octavo_models.policies import Period
from octavo_models.scalars import parse_instant

_NO_OVERRIDES = Overrides()


@dataclass(frozen=True)
class PatronBlocks:
    """A patron's blocks at one moment, automated and manual."""

    automated: list[AutomatedBlock]
    manual: list[ManualBlock]
    now: datetime

    def manual_violations(self, action: Action, overrides: Overrides = _NO_OVERRIDES) -> list[Violation]:
        """Return the one refusal that names all manual blocks of an action, or none."""
        return rules.manual_violations(self.manual, action, self.now, overrides)

    def automated_violations(self, action: Action, overrides: Overrides = _NO_OVERRIDES) -> list[Violation]:
        """Return one refusal for each automated block of an action."""
        return rules.automated_violations(self.automated, action, overrides)


async def load_blocks(tx: Tx, user_id: str) -> PatronBlocks:
    """Return what blocks a patron now; somebody unknown is not blocked. One statement."""
    return blocks_of(await load_standing(tx, user_id), tx.now)


def blocks_of(standing: Standing, now: datetime) -> PatronBlocks:
    """Return what blocks the patron whose standing has been loaded."""
    return PatronBlocks(_automated(standing, now), [_manual(entry) for entry in standing.manual], now)


async def automated_blocks(tx: Tx, user_id: str) -> list[dict[str, Any]]:
    """Return a patron's automated blocks in wire form (mod-patron-blocks)."""
    return [
        {
            "patronBlockConditionId": block.condition_id,
            "blockBorrowing": block.blocks.borrowing,
            "blockRenewals": block.blocks.renewals,
            "blockRequests": block.blocks.requests,
            "message": block.message,
        }
        for block in _automated(await load_standing(tx, user_id), tx.now)
    ]


async def user_summary(tx: Tx, user_id: str) -> dict[str, Any]:
    """Return a patron's open loans and charges in wire form. Raises NotFound where there are none."""
    standing = await load_standing(tx, user_id, whole=True)
    if not standing.loans and not standing.fees:
        raise NotFound(f"User summary for user ID {user_id} not found")
    loans = [{key: value for key, value in loan.items() if value is not None} for loan in standing.loans]
    fees = [
        {key: float(value) if key == "balance" else value for key, value in fee.items() if value is not None}
        for fee in standing.fees
    ]
    return {"id": user_id, "userId": user_id, "openLoans": loans, "openFeesFines": fees}


def _automated(standing: Standing, now: datetime) -> list[AutomatedBlock]:
    conditions = [_condition(entry) for entry in standing.conditions]
    return rules.automated_blocks(
        [_loan(entry) for entry in standing.loans],
        [OpenFee(Decimal(entry["balance"]), entry["loanId"]) for entry in standing.fees],
        [Limit(entry["conditionId"], Decimal(entry["value"])) for entry in standing.limits],
        {condition.id: condition for condition in conditions},
        now,
    )


def _loan(entry: Mapping[str, Any]) -> OpenLoan:
    grace = entry["gracePeriod"]
    return OpenLoan(
        entry["loanId"],
        parse_instant(entry["dueDate"]) if entry["dueDate"] else None,
        entry["recall"],
        entry["itemLost"],
        entry["itemClaimedReturned"],
        minutes_in(Period.from_wire(grace)) if grace else 0,
    )


def _condition(entry: Mapping[str, Any]) -> Condition:
    blocked = Blocked(entry["blockBorrowing"], entry["blockRenewals"], entry["blockRequests"])
    return Condition(entry["id"], blocked, entry.get("message") or "")


def _manual(entry: Mapping[str, Any]) -> ManualBlock:
    expires = entry.get("expirationDate")
    blocked = Blocked(bool(entry.get("borrowing")), bool(entry.get("renewals")), bool(entry.get("requests")))
    return ManualBlock(entry["desc"], blocked, parse_instant(expires) if expires else None)
