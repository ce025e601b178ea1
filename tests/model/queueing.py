"""Requests and their queues: the reference for placing, moving, ordering, changing and ending them (see `world`)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from model.people import active, blocks
from model.world import HOMES, KINDS, ON_SHELF, WAITING, Item, Loan, Refused, Request, Unknown, World, renumber

CANCELLED, UNFILLED, NOT_FETCHED = "Closed - Cancelled", "Closed - Unfilled", "Closed - Pickup expired"
#: What an item's status allows to be requested.
_WAIT = ("Hold", "Recall")
FITTING = {
    "Available": ("Page",), "Checked out": _WAIT, "Awaiting pickup": _WAIT, "Awaiting delivery": _WAIT,
    "In transit": _WAIT, "Paged": _WAIT, "Missing": ("Hold",),
}  # fmt: skip


def request(world: World, key: str, patron: str, target: str, kind: str, pickup: str | None, expires: int | None = None) -> None:
    """Request an item or, by its name, a title. expires: after how many days it is not wanted any more."""
    until = None if expires is None else world.end_of_day(world.now + timedelta(days=expires))
    if target in world.items:
        asked = Request(key, patron, world.items[target].title, target, "Item", kind, pickup, until, None)
        _place(world, asked, world.items[target], list(_against_item(world, asked)))
        return
    if not world.by_title:
        raise Refused('Request level must be one of the following: "Item"')
    asked = Request(key, patron, target, None, "Title", kind, pickup, until, None)
    copy = {"Page": _pageable, "Recall": _recallable}.get(kind, lambda *_: None)(world, asked)
    _place(world, asked, copy, list(_against_title(world, asked, copy)))


def hold(world: World, key: str, patron: str, item: str, pickup: str) -> None:
    """Place a patron's own request: the type is the first of the policy that fits the item."""
    copy = world.items[item]
    fitting = FITTING.get(copy.status, ("Hold",))
    kind = next((one for one in KINDS[copy.kind].requests if one in fitting), None)
    if kind is None:
        raise Refused("Cannot find a valid request type for this item")
    request(world, key, patron, item, kind, pickup)


def _against_item(world: World, asked: Request) -> Iterator[str]:
    """Yield every reason not to request an item; a request that is moved there stands against itself only if it is there."""
    if not active(world, asked.patron):
        yield "Inactive users cannot make requests"
    yield from _repeated(world, asked)
    yield from blocks(world, asked.patron, "requesting", manual_first=False)
    item = world.items[asked.item]
    fits = asked.kind in FITTING.get(item.status, ())
    refusal = f"{asked.kind} requests are not allowed for this patron and item combination"
    if not fits:
        yield refusal
    loan = world.open_loan(item.name)
    if loan and loan.patron == asked.patron:
        yield "This requester already has this item on loan"
    if fits and asked.kind not in KINDS[item.kind].requests:
        yield refusal


def _against_title(world: World, asked: Request, copy: Item | None) -> Iterator[str]:
    pageable = _pageable(world, asked)
    if asked.kind == "Page" and copy is None:
        yield "Cannot create page TLR for this instance ID - no pageable available items found"
    if asked.kind == "Recall" and copy is None:
        yield "Request has no loan or recallable item"
    if not active(world, asked.patron):
        yield "Inactive users cannot make requests"
    yield from _repeated(world, asked)
    yield from blocks(world, asked.patron, "requesting", manual_first=False)
    if any(world.items[loan.item].title == asked.title for loan in world.loans_of(asked.patron)):
        yield "This requester already has a loan for one of the instance's items"
    if asked.kind != "Page" and pageable:
        yield f"{asked.kind} title level request not allowed: pageable available item found for instance"


def _repeated(world: World, asked: Request) -> Iterator[str]:
    """Yield the first reason, in the order of the queue, why the patron waits already."""
    for other in world.queue(asked.title, asked.item):
        if other.patron != asked.patron or other is asked:
            continue
        if asked.level == other.level == "Item":
            what = "this item" if other.item == asked.item else None
        elif world.by_title:
            what = "this instance" if other.level == "Title" else "one of the instance's items"
        else:
            what = None
        if what:
            yield f"This requester already has an open request for {what}"
            return


def _copies(world: World, title: str) -> list[Item]:
    return [item for item in world.items.values() if item.title == title]


def _allows(item: Item, kind: str) -> bool:
    return kind in FITTING.get(item.status, ()) and kind in KINDS[item.kind].requests


def _pageable(world: World, asked: Request) -> Item | None:
    """Return the available copy nearest to where it will be fetched."""
    found = [item for item in _copies(world, asked.title) if item.status == "Available" and _allows(item, "Page")]
    return min(found, key=lambda item: HOMES[item.home] != asked.pickup if asked.pickup else 0, default=None)


def _recallable(world: World, asked: Request) -> Item | None:
    """Return the copy whose loan is not recalled yet, or least often, and is due first; copies not on loan come last."""

    def order(item: Item) -> tuple[bool, int, datetime]:
        loan = world.open_loan(item.name)
        recalls = sum(one.kind == "Recall" and one.item == item.name and one.is_open for one in world.requests.values())
        return loan is None, recalls, loan.due if loan else world.now

    def is_own(loan: Loan | None) -> bool:
        return loan is not None and loan.patron == asked.patron

    found = [item for item in _copies(world, asked.title) if _allows(item, "Recall") and not is_own(world.open_loan(item.name))]
    return min(found, key=order, default=None)


def _place(world: World, asked: Request, copy: Item | None, reasons: list[str]) -> None:
    if reasons:
        raise Refused(*reasons)
    asked.item = copy.name if copy else None
    asked.position = len(world.queue(asked.title, asked.item)) + 1
    world.requests[asked.key] = asked
    if copy:
        _take_effect(world, asked, copy)


def _take_effect(world: World, asked: Request, copy: Item) -> None:
    from model.lending import recall  # noqa: PLC0415 - loans and requests change one another

    loan = world.open_loan(copy.name)
    if asked.kind == "Page" and copy.status == "Available":
        copy.status = "Paged"
    elif asked.kind == "Hold" and loan:
        loan.note("holdrequested")
    elif asked.kind == "Recall" and loan:
        recall(world, loan)


def put_on_shelf(world: World, filled: Request, item: Item, desk: str) -> None:
    """Let an item that comes in fill a request: it waits here, goes to where it is wanted, or is delivered."""
    queue = world.queue_for(item.name)
    filled.item = item.name
    begun = [one for one in queue if one.status != WAITING or one is filled]
    if filled.status == WAITING:
        begun = [one for one in begun if one is not filled] + [filled]
    renumber(begun + [one for one in queue if one not in begun])
    item.destination = None
    if filled.pickup is None:
        item.status, filled.status = "Awaiting delivery", "Open - Awaiting delivery"
    elif filled.pickup == desk:
        item.status = "Awaiting pickup"
        if filled.status != ON_SHELF:
            filled.shelf_expires = world.end_of_day(world.now + timedelta(days=world.shelf_days[desk]))
        filled.status = ON_SHELF
    else:
        item.status, filled.status, item.destination = "In transit", "Open - In transit", filled.pickup
    if filled.status != ON_SHELF:
        filled.shelf_expires = None


def _open(world: World, key: str) -> Request:
    found = world.requests.get(key)
    if found is None:
        raise Unknown
    if not found.is_open:
        raise Refused("The Request has already been closed")
    return found


def _leave(world: World, left: Request) -> None:
    """Let a request leave its queue; an item that was fetched for it alone is free."""
    others = [one for one in world.queue(left.title, left.item) if one is not left]
    if left.item and world.items[left.item].status == "Paged" and not any(one.item == left.item for one in others):
        world.items[left.item].status = "Available"
    renumber(others)


def close(world: World, key: str, status: str) -> None:
    ended = _open(world, key)
    _leave(world, ended)
    ended.status, ended.position = status, None


def cancel(world: World, request: str, patron: str | None = None) -> None:
    """Cancel a request; a patron cancels only their own."""
    if patron and request in world.requests and world.requests[request].patron != patron:
        raise Unknown
    close(world, request, CANCELLED)


def delete_request(world: World, request: str) -> None:
    """Delete a request."""
    if request not in world.requests:
        raise Unknown
    deleted = world.requests[request]
    if deleted.is_open:
        _leave(world, deleted)
    del world.requests[request]


def update_request(world: World, request: str, pickup: str, expires: int | None) -> None:
    """Let a request be picked up elsewhere, or not be wanted after some days."""
    changed = _open(world, request)
    changed.pickup = pickup
    changed.expires = None if expires is None else world.end_of_day(world.now + timedelta(days=expires))


def move(world: World, request: str, item: str, kind: str | None) -> None:
    """Move a request to another copy. An available one is paged; in a queue of items it stands last."""
    moved, copy = _open(world, request), world.items[item]
    kind = "Page" if copy.status == "Available" else kind or moved.kind
    if moved.level == "Title" and "Hold" in (moved.kind, kind):
        raise Refused("Not allowed to move from/to Hold TLR")
    if copy.title != moved.title:
        raise Refused("Request can only be moved to an item with the same instance ID")
    if (moved.level, moved.kind, moved.item) == ("Title", "Page", item):
        raise Refused("Not allowed to move title level page request to the same item")
    asked = Request("", moved.patron, moved.title, item, "Item", kind, moved.pickup, moved.expires, None)
    here = moved.item == item
    reasons = list(_against_item(world, asked if here else _without(world, moved, asked)))
    if not here:
        world.requests[request] = moved
    if reasons:
        raise Refused(*reasons)
    _arrive(world, moved, copy, kind)


def _without(world: World, moved: Request, asked: Request) -> Request:
    """Look at a request as if it stood nowhere yet. The caller puts it back."""
    del world.requests[moved.key]
    return asked


def _arrive(world: World, moved: Request, copy: Item, kind: str) -> None:
    if not world.by_title:
        _leave(world, moved)
        moved.position = len(world.queue_for(copy.name)) + 1
    elif moved.item:
        _set_free(world, moved)
    moved.level = "Title" if (moved.level, kind) == ("Title", "Page") else "Item"
    moved.item, moved.kind, moved.status, moved.shelf_expires = copy.name, kind, WAITING, None
    _take_effect(world, moved, copy)


def _set_free(world: World, left: Request) -> None:
    others = [one for one in world.queue(left.title, left.item) if one is not left]
    if world.items[left.item].status == "Paged" and not any(one.item == left.item for one in others):
        world.items[left.item].status = "Available"


def reorder(world: World, target: str, places: dict[str, int]) -> None:
    """Put the queue of an item or a title into another order."""
    if world.by_title is (target in world.items):
        state = "ENABLED" if world.by_title else "DISABLED"
        raise Refused(f"Refuse to reorder request queue, TLR feature status is {state}.")
    queue = world.queue_for(target) if target in world.items else world.queue(target, None)
    if {one.key for one in queue} != set(places):
        raise Refused("There is inconsistency between provided reordered queue and existing queue.")
    if sorted(places.values()) != list(range(1, len(places) + 1)):
        raise Refused("Positions must have sequential order.")
    _check_displaced(world, queue, places)
    for one in queue:
        one.position = places[one.key]


def _check_displaced(world: World, queue: list[Request], places: dict[str, int]) -> None:
    begun = [one for one in queue if one.status != WAITING]
    if world.by_title:
        if any(places[one.key] > len(begun) for one in begun):
            raise Refused("Requests can not be displaced from top positions when fulfillment begun.")
    elif queue and places[queue[0].key] != 1:
        if queue[0].kind == "Page":
            raise Refused("Page requests can not be displaced from position 1.")
        if queue[0] in begun:
            raise Refused("Requests can not be displaced from position 1 when fulfillment begun.")


def expired(world: World) -> list[str]:
    """Return the requests that have waited, or whose item has waited, for too long; the longest first."""
    ends = {WAITING: lambda one: one.expires, ON_SHELF: lambda one: one.shelf_expires}
    waited = [(ends[one.status](one), key) for key, one in world.requests.items() if one.status in ends]
    return [key for end, key in sorted((end, key) for end, key in waited if end and end < world.now)]


def expire(world: World) -> None:
    """Close what has waited for too long."""
    for request in expired(world):
        expire_one(world, request)


def expire_one(world: World, request: str) -> None:
    if request in expired(world):
        close(world, request, UNFILLED if world.requests[request].status == WAITING else NOT_FETCHED)
