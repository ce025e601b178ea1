"""Check-out, check-in, renewal, and what staff find out about a lent item: the reference for each (see `world`)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from model.charging import charge_loss, fine, give_back, turns_up_in_time
from model.people import active, blocks
from model.queueing import put_on_shelf
from model.world import (
    CHARGING_DESK,
    CLAIMED,
    CLOSED,
    GUARANTEED,
    HELD_LOAN_PERIOD,
    HOMES,
    KINDS,
    LOAN_PERIOD,
    LOST,
    MOST_RENEWALS,
    OPEN,
    RECALL_INTERVAL,
    WAITING,
    Item,
    Loan,
    Refused,
    Unknown,
    World,
    renumber,
)

NOT_FOR_LENDING = (*LOST, CLAIMED)
FOUND, BROUGHT = "Found by library", "Returned by patron"
RESOLVED = {FOUND: "checkedInFoundByLibrary", BROUGHT: "checkedInReturnedByPatron"}


def check_out(world: World, key: str, patron: str, item: str, override: str | None = None) -> None:
    """Lend an item. override: `patron` lifts blocks; `not loanable` lends what is not lent otherwise, for two days."""
    reasons = [] if override == "patron" else blocks(world, patron, "borrowing", manual_first=True)
    if not active(world, patron):
        reasons.append("Cannot check out to inactive user")
    reasons += list(_not_free(world, patron, world.items[item]))
    kind = KINDS[world.items[item].kind]
    if kind.limit is not None and _counted(world, patron, world.items[item].kind) >= kind.limit:
        reasons.append(f"Patron has reached maximum limit of {kind.limit} items for material type")
    if not kind.loanable and override != "not loanable":
        reasons.append("Item is not loanable")
    if reasons:
        raise Refused(*reasons)
    _lend(world, Loan(key, patron, item, world.now, world.now, ""), override)


def _not_free(world: World, patron: str, item: Item) -> Iterator[str]:
    if item.status == "Checked out":
        yield "Item is already checked out"
    elif item.status in NOT_FOR_LENDING:
        yield f"{item.title} ({item.kind}) (Barcode: {item.name}) has the item status {item.status} and cannot be checked out"
        yield "Cannot check out item that already has an open loan"
    first = world.next_in_line(item.name)
    if first and first.patron != patron:
        yield (
            f"{item.title} (Barcode: {item.name}) cannot be checked out to user {patron}, Ann"
            " because it has been requested by another patron"
        )


def _counted(world: World, patron: str, kind: str) -> int:
    return sum(world.items[loan.item].kind == kind and loan.item_status != CLAIMED for loan in world.loans_of(patron))


def _lend(world: World, loan: Loan, override: str | None) -> None:
    item, queue = world.items[loan.item], world.queue_for(loan.item)
    loan.due = _due(world, loan, queue)
    if override == "not loanable":
        loan.due = world.now + timedelta(days=2)
    first = world.next_in_line(loan.item)
    if first:
        first.status, first.position = "Closed - Filled", None
        renumber([one for one in queue if one is not first])
    if world.recall_of(loan.item) and override != "not loanable":
        _shorten(world, loan)
    item.status, item.destination = "Checked out", None
    loan.note("checkedOutThroughOverride" if override else "checkedout")
    world.loans[loan.key] = loan


def _due(world: World, loan: Loan, queue) -> datetime:
    held = any(one.kind == "Hold" and one.status == WAITING and one.item in (None, loan.item) for one in queue)
    due = world.now + (HELD_LOAN_PERIOD if held else LOAN_PERIOD)
    return _before_membership_ends(world, loan, due)


def _before_membership_ends(world: World, loan: Loan, due: datetime) -> datetime:
    expires = world.patrons[loan.patron].expires
    return min(due, expires) if expires else due


def recall(world: World, loan: Loan) -> None:
    """Tell a loan that its item is recalled; that shortens it once."""
    loan.note("recallrequested")
    if not loan.recalled:
        _shorten(world, loan)


def _shorten(world: World, loan: Loan) -> None:
    loan.recalled = True
    wanted = world.now + RECALL_INTERVAL
    if loan.due >= world.now and wanted <= loan.due:
        loan.due = max(wanted, loan.lent + GUARANTEED)


def check_in(world: World, item: str, desk: str, resolution: str | None = None) -> None:
    """Take an item back, and send it where it goes next."""
    copy, loan = world.items[item], world.open_loan(item)
    if copy.status == CLAIMED and resolution is None:
        raise Refused("Item is claimed returned, a resolution is required to check in")
    before = copy.status
    _send_on(world, copy, desk)
    if loan:
        loan.status, loan.item_status, loan.returned = CLOSED, copy.status, world.now
        loan.note(RESOLVED[resolution] if before == CLAIMED else "checkedin")
        found = before == CLAIMED and resolution == FOUND
        _settle(world, loan, before, "Cancelled item returned", fined=not found, due=loan.due)
    elif before == "Lost and paid":
        paid = [one for one in world.loans.values() if one.item == item and one.action == "closedLoan"]
        if paid and turns_up_in_time(world, paid[-1]):
            give_back(world, paid[-1], "Cancelled item returned")


def _send_on(world: World, item: Item, desk: str) -> None:
    request = world.next_in_line(item.name)
    if request is None:
        home = HOMES[item.home]
        item.status = "Available" if desk == home else "In transit"
        item.destination = None if desk == home else home
        return
    put_on_shelf(world, request, item, desk)


def _settle(world: World, loan: Loan, before: str, reason: str, *, fined: bool, due: datetime) -> None:
    """Charge for the delay, and give back the fees of an item that was lost."""
    was_lost = before in LOST or (before == CLAIMED and loan.lost_at is not None)
    in_time = turns_up_in_time(world, loan)
    if was_lost and in_time:
        give_back(world, loan, reason)
    if fined and (in_time or not was_lost):
        fine(world, loan, due)


def renew(world: World, patron: str, item: str, override: str | None = None) -> None:
    """Renew a loan. override: `renewal` lifts what staff may lift, and offers a due date in five weeks."""
    loan, copy = world.open_loan(item), world.items[item]
    if loan is None:
        raise Refused("Item is not on loan")
    if loan.patron != patron:
        raise Refused("Cannot renew item checked out to different user")
    firm = [] if active(world, patron) else ["Cannot renew loan when user is inactive or expired"]
    firm += blocks(world, patron, "renewing", manual_first=True)
    due = world.now + LOAN_PERIOD
    if override:
        due = _renewed_by_override(world, loan, copy, firm)
    else:
        reasons = firm + list(_not_renewable(world, loan, copy, due))
        if reasons:
            raise Refused(*reasons)
        due = _before_membership_ends(world, loan, due)
    old, before = loan.due, copy.status
    loan.due, loan.renewals = due, loan.renewals + 1
    if loan.recalled is not None and world.recall_of(item) is None:
        loan.recalled = False
    loan.note("renewedThroughOverride" if override else "renewed")
    lost = (loan.declared_lost, loan.aged_to_lost)
    _settle(world, loan, before, "Cancelled item renewed", fined=True, due=old)
    if before in LOST and any(lost):
        copy.status = loan.item_status = "Checked out"
        loan.declared_lost = loan.aged_to_lost = loan.bill_at = None
        loan.billed = False


def _not_renewable(world: World, loan: Loan, item: Item, due: datetime) -> Iterator[str]:
    kind = KINDS[item.kind]
    reasons = (
        ("item is not loanable", not kind.loanable),
        ("items cannot be renewed when there is an active recall request", world.recall_of(item.name)),
        (f"item is {item.status}", item.status in LOST),
        ("loan at maximum renewal number", kind.renewable and loan.renewals >= MOST_RENEWALS),
        ("loan is not renewable", not kind.renewable),
        ("Items with this loan policy cannot be renewed when there is an active, pending hold request", _held(world, item)),
        (f"item is {CLAIMED}", item.status == CLAIMED),
        ("renewal would not change the due date", kind.loanable and due <= loan.due),
    )
    return (reason for reason, holds in reasons if holds)


def _held(world: World, item: Item) -> bool:
    first = world.next_in_line(item.name)
    return first is not None and first.kind == "Hold"


def _renewed_by_override(world: World, loan: Loan, item: Item, firm: list[str]) -> datetime:
    if item.status == CLAIMED:
        firm.append(f"item is {CLAIMED}")
    if firm:
        raise Refused(*firm)
    kind = KINDS[item.kind]
    offered, computed = world.now + timedelta(weeks=5), world.now + LOAN_PERIOD
    if not (kind.loanable and kind.renewable):
        return offered
    if computed <= loan.due:
        if offered <= loan.due:
            raise Refused("renewal would not change the due date")
        return offered
    reasons = (loan.renewals >= MOST_RENEWALS, world.recall_of(item.name), item.status in LOST, _held(world, item))
    if not any(reasons):
        raise Refused(
            "Override renewal does not match any of expected cases: item is not loanable, item is not renewable, "
            "reached number of renewals limit,renewal date falls outside of the date ranges in the loan policy, "
            "items cannot be renewed when there is an active recall request, item is Declared lost, "
            "item is Aged to lost, renewal would not change the due date, loan has reminder fees"
        )
    return computed


def _open(world: World, key: str) -> tuple[Loan, Item]:
    loan = world.loans.get(key)
    if loan is None:
        raise Unknown
    if loan.status == CLOSED:
        raise Refused("Loan is closed")
    return loan, world.items[loan.item]


def declare_lost(world: World, loan: str) -> None:
    """Note that an item is lost, and charge for it; what was charged for an earlier loss of it is given back first."""
    lent, item = _open(world, loan)
    if item.status == "Declared lost":
        raise Refused("The item is already declared lost")
    if HOMES[item.home] != CHARGING_DESK:
        raise Refused("No fee/fine owner found for item's permanent location")
    if lent.lost_at is not None:
        give_back(world, lent, "Cancelled item declared lost")
    lent.declared_lost, lent.aged_to_lost, lent.bill_at, lent.billed = world.now, None, None, False
    _found_out(lent, item, "declaredLost", "Declared lost")
    charge_loss(world, lent)


def claim_returned(world: World, loan: str) -> None:
    """Note that the patron says to have returned the item."""
    _found_out(*_open(world, loan), "claimedReturned", CLAIMED)


def declare_missing(world: World, loan: str) -> None:
    """Give up an item that its patron claims to have returned."""
    lent, item = _open(world, loan)
    if item.status != CLAIMED:
        raise Refused("Item is not Claimed returned")
    lent.status = CLOSED
    _found_out(lent, item, "markedMissing", "Missing")


def _found_out(loan: Loan, item: Item, action: str, status: str) -> None:
    item.status = loan.item_status = status
    loan.note(action)


def change_due_date(world: World, loan: str, days: int) -> None:
    """Give a loan another due date, some days from now."""
    lent, item = _open(world, loan)
    if item.status in NOT_FOR_LENDING:
        raise Refused(f"item is {item.status}")
    lent.due = world.now + timedelta(days=days)
    if world.recall_of(item.name) is None:
        lent.recalled = None
    lent.note("dueDateChanged")


def age_to_lost(world: World) -> None:
    """Give up what is overdue by a week, or by three days where it was recalled."""
    for loan in list(world.loans):
        age_one(world, loan)


def age_one(world: World, loan: str) -> None:
    one = world.loans[loan]
    item = world.items[one.item]
    allowed = timedelta(days=3) if one.recalled else timedelta(weeks=1)
    if one.status == OPEN and item.status not in NOT_FOR_LENDING and one.due + allowed < world.now:
        one.aged_to_lost, one.billed = world.now, False
        one.bill_at = world.now + timedelta(days=1)
        _found_out(one, item, "itemAgedToLost", "Aged to lost")


def bill_lost(world: World) -> None:
    """Charge for what was given up a day ago; what nobody charges for stays unbilled."""
    for loan in list(world.loans):
        bill_one(world, loan)


def bill_one(world: World, loan: str) -> None:
    one = world.loans[loan]
    item = world.items[one.item]
    due = one.bill_at is not None and one.bill_at <= world.now and not one.billed
    if one.status == OPEN and item.status == "Aged to lost" and due and HOMES[item.home] == CHARGING_DESK:
        one.billed = True
        one.history.append(one.action)
        charge_loss(world, one)
