"""Patrons: what blocks them, how they are edited, how loans forget them (see `world`)."""

from datetime import datetime, timedelta
from math import ceil

from model.world import CLAIMED, CLOSED, LOST, OPEN, Loan, World

ACTIONS = ("borrowing", "renewing", "requesting")
#: What blocks a patron automatically, in order: the limit, the most that is allowed, and from what it keeps.
LIMITS = {
    "charged out": (3, ACTIONS),
    "lost": (1, ("borrowing", "requesting")),
    "overdue": (1, ("borrowing", "renewing")),
    "overdue recalls": (0, ("requesting",)),
    "days of overdue recall": (3, ("borrowing",)),
    "balance": (40, ACTIONS),
}


def active(world: World, patron: str) -> bool:
    """Tell whether a patron may borrow at all."""
    one = world.patrons[patron]
    return one.active and not (one.expires and one.expires < world.now)


def blocks(world: World, patron: str, action: str, *, manual_first: bool) -> list[str]:
    """Return what a patron who is kept from something is told."""
    manual = [f"Patron blocked from {action}"] if action in world.patrons[patron].blocked_from else []
    automated = [told for told, kept_from in automated_blocks(world, patron).items() if action in kept_from]
    return manual + automated if manual_first else automated + manual


def automated_blocks(world: World, patron: str) -> dict[str, list[str]]:
    """Return what blocks a patron automatically, and from what."""
    counted = [loan for loan in world.loans_of(patron) if loan.item_status != CLAIMED]
    measured = _measured(world, patron, counted)
    found = {}
    for name, (most, actions) in LIMITS.items():
        reached = measured[name] > most
        kept_from = [
            action for action in actions
            if reached or (name == "charged out" and action == "borrowing" and measured[name] == most)
        ]  # fmt: skip
        if kept_from:
            found[name] = kept_from
    return found


def _measured(world: World, patron: str, loans: list[Loan]) -> dict[str, float]:
    overdue = [loan for loan in loans if _minutes_over(world, loan) > 0]
    recalled = [loan for loan in overdue if loan.recalled]
    claimed = {loan.key for loan in world.loans_of(patron) if loan.item_status == CLAIMED}
    owed = [one for one in world.charges.values() if one.patron == patron and one.status == OPEN and one.loan not in claimed]
    return {
        "charged out": len(loans),
        "lost": sum(loan.item_status in LOST for loan in loans),
        "overdue": len(overdue),
        "overdue recalls": len(recalled),
        "days of overdue recall": max((ceil(_minutes_over(world, loan) / 1440) for loan in recalled), default=0),
        "balance": float(sum(one.remaining for one in owed)),
    }


def _minutes_over(world: World, loan: Loan) -> int:
    return max(0, int((world.now - loan.due) / timedelta(minutes=1)))


def block(world: World, patron: str, actions: frozenset[str]) -> None:
    """Let staff keep a patron from some actions, none at all once the block is taken away."""
    world.patrons[patron].blocked_from = actions


def edit_patron(world: World, patron: str, active: bool, expires: datetime | None) -> None:
    """Change a patron's record."""
    world.patrons[patron].active, world.patrons[patron].expires = active, expires


def edit_item(world: World, item: str, home: str) -> None:
    """Give an item another place on the shelves."""
    world.items[item].home = home


def edit_desk(world: World, desk: str, shelf_days: int) -> None:
    """Change for how long items wait on the hold shelf of a desk."""
    world.shelf_days[desk] = shelf_days


def edit_loan(world: World, loan: str) -> None:
    """Store a loan again with another remark."""
    one = world.loans[loan]
    one.history.append(one.action)


def anonymise(world: World, patron: str) -> None:
    """Let the closed loans of a patron that cost nothing forget who borrowed."""
    for loan in world.loans.values():
        if loan.patron == patron and loan.status == CLOSED and not any(world.charges_of(loan)):
            loan.patron = None
            loan.history.append(loan.action)


def wait(world: World, hours: int) -> None:
    """Let time pass."""
    world.now += timedelta(hours=hours)


