"""What people might do next in a world: mostly what makes sense there, now and then what does not.

Each chooser returns an act of its kind. `pick` chooses one of a list: that is how a test decides what happens.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from model.acts import Act
from model.lending import BROUGHT, FOUND
from model.people import ACTIONS
from model.world import DESKS, HOMES, World

Pick = Callable[[Sequence[Any]], Any]
Chooser = Callable[[World, str, Pick], Act]

KINDS_OF_REQUEST = ("Hold", "Page", "Recall")
AMOUNTS = ("1", "4.50", "5", "10", "30", "0", "-1", "60")


def _often(pick: Pick, likely: list[Any], others: list[Any]) -> Any:
    """Pick one of the likely ones, where there are any, three times out of four."""
    return pick(likely if likely and pick((True, True, True, False)) else others)


def check_out(world: World, key: str, pick: Pick) -> Act:
    """Lend: often to whoever comes first for the item."""
    item = _often(pick, [name for name in world.items if world.open_loan(name) is None], list(world.items))
    first = world.next_in_line(item)
    patron = _often(pick, [first.patron] if first else [], list(world.patrons))
    override = pick([None] * 6 + ["patron", "not loanable"])
    return Act("check_out", {"key": key, "patron": patron, "item": item, "override": override})


def check_in(world: World, key: str, pick: Pick) -> Act:
    return Act("check_in", {"item": pick(list(world.items)), "desk": pick(DESKS), "resolution": pick((None, FOUND, BROUGHT))})


def renew(world: World, key: str, pick: Pick) -> Act:
    lent = [loan for loan in world.loans.values() if loan.status == "Open" and pick((True, True, False))]
    patron, item = (lent[0].patron, lent[0].item) if lent else (pick(list(world.patrons)), pick(list(world.items)))
    return Act("renew", {"patron": patron, "item": item, "override": pick((None, None, "renewal"))})


def request(world: World, key: str, pick: Pick) -> Act:
    titles = sorted({item.title for item in world.items.values()}) * 2 if world.by_title else ["Emma"]
    return Act(
        "request",
        {
            "key": key, "patron": pick(list(world.patrons)), "target": pick([*world.items, *titles]), "kind": pick(KINDS_OF_REQUEST),
            "pickup": pick([*DESKS, *DESKS, None]), "expires": pick([None, None, 0, 5]),
        },
    )  # fmt: skip


def hold(world: World, key: str, pick: Pick) -> Act:
    return Act("hold", {"key": key, "patron": pick(list(world.patrons)), "item": pick(list(world.items)), "pickup": pick(DESKS)})


def _request(world: World, pick: Pick) -> Any:
    return _often(pick, [one.key for one in world.requests.values() if one.is_open], list(world.requests))


def cancel(world: World, key: str, pick: Pick) -> Act:
    request = _request(world, pick)
    patron = world.requests[request].patron
    return Act("cancel", {"request": request, "patron": pick([None, patron, patron, *world.patrons])})


def delete_request(world: World, key: str, pick: Pick) -> Act:
    return Act("delete_request", {"request": _request(world, pick)})


def update_request(world: World, key: str, pick: Pick) -> Act:
    return Act("update_request", {"request": _request(world, pick), "pickup": pick(DESKS), "expires": pick((None, 1, 9))})


def move(world: World, key: str, pick: Pick) -> Act:
    request = _request(world, pick)
    copies = [name for name, item in world.items.items() if item.title == world.requests[request].title]
    item = pick(copies * 3 + list(world.items))
    return Act("move", {"request": request, "item": item, "kind": pick((None, None, *KINDS_OF_REQUEST))})


def reorder(world: World, key: str, pick: Pick) -> Act:
    """Reorder the queue of an item or a title; now and then the wrong one, or with two in one place."""
    one = world.requests[_request(world, pick)]
    queue = [each.key for each in world.queue(one.title, one.item)]
    target = one.title if world.by_title or one.item is None else one.item
    places: list[int] = []
    for _ in queue:
        places.append(pick([place for place in range(1, len(queue) + 1) if place not in places]))
    if places and pick((False, False, False, True)):
        places[0] = places[-1]
    target = pick([target] * 6 + [one.title, one.item or "emma 1"])
    return Act("reorder", {"target": target, "places": dict(zip(queue, places, strict=True))})


def _loan(world: World, pick: Pick) -> Any:
    return _often(pick, [one.key for one in world.loans.values() if one.status == "Open"], list(world.loans))


def declare_lost(world: World, key: str, pick: Pick) -> Act:
    return Act("declare_lost", {"loan": _loan(world, pick)})


def claim_returned(world: World, key: str, pick: Pick) -> Act:
    return Act("claim_returned", {"loan": _loan(world, pick)})


def declare_missing(world: World, key: str, pick: Pick) -> Act:
    return Act("declare_missing", {"loan": _loan(world, pick)})


def change_due_date(world: World, key: str, pick: Pick) -> Act:
    return Act("change_due_date", {"loan": _loan(world, pick), "days": pick((-30, -2, 1, 14, 40))})


def edit_loan(world: World, key: str, pick: Pick) -> Act:
    return Act("edit_loan", {"loan": pick(list(world.loans))})


def charge(world: World, key: str, pick: Pick) -> Act:
    return Act("charge", {"key": key, "patron": pick(list(world.patrons)), "amount": pick((5, 10, 45))})


def act(world: World, key: str, pick: Pick) -> Act:
    """Pay and the like: often all that is owed."""
    owed = world.charges[pick(list(world.charges))]
    whole = [str(owed.remaining), str(owed.paid_left + owed.moved_left)]
    verb = pick(("pay", "pay", "waive", "transfer", "refund"))
    return Act("act", {"verb": verb, "charge": owed.key, "amount": _often(pick, whole, list(AMOUNTS))})


def cancel_charge(world: World, key: str, pick: Pick) -> Act:
    return Act("cancel_charge", {"charge": pick(list(world.charges))})


def timers(world: World, key: str, pick: Pick) -> Act:
    return Act(pick(("expire", "age_to_lost", "bill_lost")))


def wait(world: World, key: str, pick: Pick) -> Act:
    return Act("wait", {"hours": pick((1, 24, 24 * 4, 24 * 9, 24 * 22))})


def block(world: World, key: str, pick: Pick) -> Act:
    actions = frozenset(action for action in ACTIONS if pick((False, False, True)))
    return Act("block", {"patron": pick(list(world.patrons)), "actions": actions})


def anonymise(world: World, key: str, pick: Pick) -> Act:
    return Act("anonymise", {"patron": pick(list(world.patrons))})


def edit_patron(world: World, key: str, pick: Pick) -> Act:
    expires = pick((None, None, world.now + timedelta(days=5), world.now - timedelta(days=1)))
    return Act("edit_patron", {"patron": pick(list(world.patrons)), "active": pick((True, True, False)), "expires": expires})


def edit_item(world: World, key: str, pick: Pick) -> Act:
    return Act("edit_item", {"item": pick(list(world.items)), "home": pick(list(HOMES))})


def edit_desk(world: World, key: str, pick: Pick) -> Act:
    return Act("edit_desk", {"desk": pick(DESKS), "shelf_days": pick((2, 21))})


#: Every chooser, and which records of the world there must be for it.
CHOOSERS: dict[Chooser, str | None] = {
    check_out: None, check_in: None, request: None, hold: None, renew: "loans", declare_lost: "loans",
    claim_returned: "loans", declare_missing: "loans", change_due_date: "loans", edit_loan: "loans",
    cancel: "requests", delete_request: "requests", update_request: "requests", move: "requests", reorder: "requests",
    charge: None, act: "charges", cancel_charge: "charges", timers: None, wait: None, block: None,
    anonymise: "loans", edit_patron: None, edit_item: None, edit_desk: None,
}  # fmt: skip


def possible(world: World, chooser: Chooser) -> bool:
    """Tell whether there is anything that this can be done to."""
    needed = CHOOSERS[chooser]
    return needed is None or bool(getattr(world, needed))
