"""Two or more callers at once, verb by verb: some order of them explains what the server says and does."""

import pytest

from model.acts import VERBS, Act
from model.stage import STORIES
from model.telling import Telling
from model.test_cut_connections import FEE, LENT, LOST, WAITING, money
from model.test_once_told import BRANCH, MAIN, check_in, check_out, hold, of, request, wait
from model.town import Town

OTHER_FEE = "loan Lost item processing fee 1"
OVERDUE = (LENT, wait(40))
AGED = (*OVERDUE, Act("age_to_lost"), wait(4))
CLAIMED = (LENT, of("claim_returned", "loan"))
RENEWAL = Act("renew", {"patron": "Ada", "item": "emma 1", "override": None})
FORGET = Act("anonymise", {"patron": "Ada"})
#: How often each race is run.
ROUNDS = 5 if STORIES else 1


def change(request: str, pickup: str, expires: int | None = None) -> Act:
    return Act("update_request", {"request": request, "pickup": pickup, "expires": expires})


def cancel(request: str) -> Act:
    return Act("cancel", {"request": request, "patron": None})


def move(request: str, item: str) -> Act:
    return Act("move", {"request": request, "item": item, "kind": None})


def reorder(*requests: str) -> Act:
    return Act("reorder", {"target": "emma 1", "places": {key: place for place, key in enumerate(requests, start=1)}})


def due(days: int) -> Act:
    return Act("change_due_date", {"loan": "loan", "days": days})


#: What happens before, and what then happens at once.
RACES: dict[str, tuple[tuple[Act, ...], tuple[Act, ...]]] = {
    "two borrow the last copy": ((), (check_out("one", "Ada", "emma 1"), check_out("two", "Ben", "emma 1"))),
    "one borrows both films": ((), (check_out("one", "Ada", "vertigo 1"), check_out("two", "Ada", "vertigo 2"))),
    "two desks take it back": ((LENT,), (check_in("emma 1"), check_in("emma 1", BRANCH))),
    "renewed twice": ((LENT, wait(1)), (RENEWAL, RENEWAL)),
    "renewed and recalled": ((LENT, wait(1)), (RENEWAL, request("recall", "Ben", "emma 1", "Recall"))),
    "renewed and given another date": ((LENT, wait(1)), (RENEWAL, due(2), due(40))),
    "two dates": ((LENT,), (due(5), due(9))),
    "lent while it is paged": ((), (LENT, hold("page", "Ben", "emma 1"))),
    "requested by two": ((LENT,), (hold("one", "Ben", "emma 1"), request("two", "Cleo", "emma 1", "Recall"))),
    "requested twice by one": ((LENT,), (hold("one", "Ben", "emma 1"), request("two", "Ben", "emma 1", "Recall"))),
    "cancelled by staff and patron": (WAITING, (cancel("first"), Act("cancel", {"request": "first", "patron": "Ben"}))),
    "cancelled and filled": (WAITING, (cancel("first"), check_in("emma 1"))),
    "changed by two": (WAITING, (change("first", BRANCH), change("first", MAIN, 9))),
    "changed and filled": (WAITING, (change("first", BRANCH), check_in("emma 1"))),
    "deleted and filled": (WAITING, (Act("delete_request", {"request": "first"}), check_in("emma 1"))),
    "deleted twice": (WAITING, (Act("delete_request", {"request": "first"}), Act("delete_request", {"request": "first"}))),
    "moved to two": (WAITING, (move("first", "emma 2"), move("first", "emma 3"))),
    "two moved to one": (WAITING, (move("first", "emma 2"), move("second", "emma 2"))),
    "moved and filled": (WAITING, (move("first", "emma 2"), check_in("emma 1"))),
    "reordered by two": ((*WAITING, hold("third", "Dan", "emma 1")), (
        reorder("second", "third", "first"), reorder("third", "first", "second"))),
    "reordered and cancelled": (WAITING, (reorder("second", "first"), cancel("first"))),
    "reordered and filled": (WAITING, (reorder("second", "first"), check_in("emma 1"))),
    "expired twice": ((*WAITING, check_in("emma 1"), wait(23)), (Act("expire"), Act("expire"))),
    "expired and fetched": ((*WAITING, check_in("emma 1"), wait(23)), (Act("expire"), check_out("late", "Ben", "emma 1"))),
    "expired and cancelled": ((*WAITING, check_in("emma 1"), wait(23)), (Act("expire"), cancel("first"))),
    "declared lost twice": ((LENT,), (of("declare_lost", "loan"), of("declare_lost", "loan"))),
    "declared lost and returned": ((LENT,), (of("declare_lost", "loan"), check_in("emma 1"))),
    "declared lost and claimed returned": ((LENT,), (of("declare_lost", "loan"), of("claim_returned", "loan"))),
    "claimed returned twice": ((LENT,), (of("claim_returned", "loan"), of("claim_returned", "loan"))),
    "claimed returned and renewed": ((LENT, wait(1)), (of("claim_returned", "loan"), RENEWAL)),
    "missing and found": (CLAIMED, (of("declare_missing", "loan"), check_in("emma 1", MAIN, "Found by library"))),
    "missing twice": (CLAIMED, (of("declare_missing", "loan"), of("declare_missing", "loan"))),
    "aged twice": (OVERDUE, (Act("age_to_lost"), Act("age_to_lost"))),
    "aged and returned": (OVERDUE, (Act("age_to_lost"), check_in("emma 1"))),
    "aged and renewed": (OVERDUE, (Act("age_to_lost"), RENEWAL)),
    "billed twice": (AGED, (Act("bill_lost"), Act("bill_lost"))),
    "billed and returned": (AGED, (Act("bill_lost"), check_in("emma 1"))),
    "billed and declared lost": (AGED, (Act("bill_lost"), of("declare_lost", "loan"))),
    "the last two payments": (LOST, (money("pay"), Act("act", {"verb": "pay", "charge": OTHER_FEE, "amount": "5"}))),
    "paid twice": (LOST, (money("pay", "20"), money("pay", "20"))),
    "paid and returned": (LOST, (money("pay"), check_in("emma 1"))),
    "paid and waived": (LOST, (money("pay"), money("waive"))),
    "waived twice": (LOST, (money("waive", "20"), money("waive", "20"))),
    "transferred twice": (LOST, (money("transfer", "20"), money("transfer", "20"))),
    "refunded twice": ((*LOST, money("pay", "20")), (money("refund", "15"), money("refund", "15"))),
    "refunded and returned": ((*LOST, money("pay", "20")), (money("refund", "15"), check_in("emma 1"))),
    "a charge cancelled twice": (LOST, (Act("cancel_charge", {"charge": FEE}), Act("cancel_charge", {"charge": FEE}))),
    "a charge cancelled and paid": (LOST, (Act("cancel_charge", {"charge": FEE}), money("pay"))),
    "forgotten twice": ((LENT, check_in("emma 1")), (FORGET, FORGET)),
    "forgotten while it is returned": ((LENT,), (FORGET, check_in("emma 1"))),
    "an item edited while it is lent": ((), (LENT, Act("edit_item", {"item": "emma 1", "home": "branch stacks"}))),
    "a loan edited while it is returned": ((LENT,), (of("edit_loan", "loan"), check_in("emma 1"))),
}  # fmt: skip
#: What nobody does twice at once: the clock, records that are stored as they are sent, and the parts of timers.
_ALONE = {"wait", "charge", "block", "edit_patron", "edit_desk", "expire_one", "age_one", "bill_one"}


@pytest.mark.parametrize("name", RACES)
async def test_some_order_explains_the_outcome(town: Town, name: str) -> None:
    before, at_once = RACES[name]
    for _ in range(ROUNDS):
        telling = Telling(town, by_title=False)
        await telling.begin()
        await telling.given(before)
        await telling.at_once(at_once)


def test_every_verb_takes_part() -> None:
    assert {act.verb for _, acts in RACES.values() for act in acts} == set(VERBS) - _ALONE
