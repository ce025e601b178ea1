"""The checker finds what is planted, and nothing where nothing is wrong."""

from copy import deepcopy
from typing import Any

import pytest

from chaos import checker
from chaos.checker import Entry, Event, Found, Limit, Operation

FILM, BOOK = "film", "book"
LIMIT = Limit([FILM, "other film"], 1)


def loan(name: str, status: str = "Open", item: str = FILM, user: str = "ann", **more: Any) -> dict[str, Any]:
    return {"id": name, "itemId": item, "userId": user, "status": {"name": status}, **more}


def operation(kind: str, start: float, end: float | None, status: int | None = 201, **told: Any) -> Operation:
    return Operation(1, kind, FILM, f"{kind} at {start}", "/", {}, start, end, status, told)


def history() -> list[Entry]:
    """A film is lent, renewed and returned, and lent to somebody else."""
    return [
        Entry("one", "I", loan("one")), Entry("one", "U", loan("one", renewalCount=1)),
        Entry("one", "U", loan("one", "Closed", renewalCount=1)), Entry("two", "I", loan("two", user="bob")),
    ]  # fmt: skip


def found() -> Found:
    """What is stored after that, with somebody waiting and somebody who does not any more."""
    entries = history()
    loans = {entry.loan: entry.doc for entry in entries}
    requests = {
        "first": {"id": "first", "itemId": FILM, "status": "Open - Not yet filled", "position": 1},
        "second": {"id": "second", "itemId": FILM, "status": "Open - Not yet filled", "position": 2},
        "gone": {"id": "gone", "itemId": FILM, "status": "Closed - Cancelled"},
    }
    events, last = [], {}
    for entry in entries:
        events.append(Event("circulation.loan", entry.loan, entry.operation, last.get(entry.loan), entry.doc))
        last[entry.loan] = entry.doc
    events += [Event("circulation.request", name, "I", None, request) for name, request in requests.items()]
    return Found(deepcopy({"circulation.loan": loans, "circulation.request": requests}), entries, events)


def operations() -> list[Operation]:
    """What the clients were told meanwhile."""
    return [
        operation("check-out", 1, 2, id="one"), operation("renew", 3, 4, 200, id="one"),
        operation("check-in", 5, 6, 200, loan={"id": "one"}), operation("check-out", 7, 8, id="two"),
        operation("check-out", 9, 10, 422), operation("hold", 11, 12, requestId="first"),
        operation("hold", 13, 14, requestId="second"), operation("hold", 15, 16, requestId="gone"),
        operation("cancel", 17, 18, 200, requestId="gone"),
    ]  # fmt: skip


def test_where_nothing_is_wrong_nothing_is_found() -> None:
    assert checker.violations(operations(), found(), LIMIT) == []


@pytest.mark.parametrize("status", [None, 500, 404])
def test_who_is_not_answered_or_told_of_an_error_is_found(status: int | None) -> None:
    (wrong,) = checker.ill_answered([operation("hold", 1, 2, status)])
    assert "never answered" in wrong if status is None else f"answered {status}" in wrong


def test_an_item_lent_to_two_people_at_once_is_found() -> None:
    first, back, second = operations()[0], operations()[2], operations()[3]
    assert checker.lent_twice([first, back, second]) == []
    assert checker.lent_twice([first, second])
    assert checker.lent_twice([operation("check-in", 0, 0.5, 200), first, second])
    assert checker.lent_twice([first, second, operation("check-in", 9, 10, 200)])


def test_a_check_in_that_nobody_heard_of_again_may_have_been_done() -> None:
    first, second = operations()[0], operations()[3]
    assert checker.lent_twice([first, operation("check-in", 3, None, None), second]) == []


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5])
def test_what_was_done_twice_is_found(number: int) -> None:
    """Something is stored of which nobody was told."""
    told = operations()
    told.pop(number)
    assert len(checker.lost_or_doubled(told, found())) == 1
    told.append(operation("loan", 20, None, None))
    assert checker.lost_or_doubled(told, found()) == []


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5])
def test_what_was_lost_is_found(number: int) -> None:
    """Somebody was told of something that is not stored."""
    told = operations()
    lost = deepcopy(told[number])
    lost.told = {"id": "lost", "requestId": "lost", "loan": {"id": "lost"}}
    (wrong,) = checker.lost_or_doubled([*told, lost], found())
    assert "acknowledged 1 times, stored 0 times" in wrong


def test_a_cancellation_that_was_lost_is_found() -> None:
    stored = found()
    stored.requests["gone"].update(status="Open - Not yet filled", position=3)
    assert checker.lost_or_doubled(operations(), stored) == ["hold gone was cancelled, and is Open - Not yet filled"]


def test_two_open_loans_of_an_item_are_found_though_one_is_over_in_the_end() -> None:
    entries = history()
    entries.insert(1, Entry("three", "I", loan("three")))
    entries.append(Entry("three", "U", loan("three", "Closed")))
    assert checker.open_twice(history()) == []
    assert "three" in checker.open_twice(entries)[0]


@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_gap_in_a_queue_and_two_in_one_place_are_found(position: int) -> None:
    requests = found().requests
    requests["second"]["position"] = position
    assert len(checker.torn_queues(requests.values())) == 1


def test_a_closed_request_in_a_queue_is_found() -> None:
    requests = found().requests
    requests["gone"]["position"] = 3
    assert checker.torn_queues(requests.values()) == ["request gone is closed at position 3"]


def test_changes_without_history_are_found() -> None:
    stored = found()
    stored.loans["two"]["dueDate"] = "later"
    assert checker.untold_changes(stored) == ["loan two has changed without history"]
    stored = found()
    del stored.loans["two"]
    assert checker.untold_changes(stored) == ["loan two has changed without history"]
    stored = found()
    stored.loans["three"] = loan("three")
    assert checker.untold_changes(stored) == ["loan three has no history"]
    without_creation = Found(found().records, found().history[1:], found().events)
    assert checker.untold_changes(without_creation) == ["the history of loan one is ['U', 'U']"]


@pytest.mark.parametrize("number", range(7))
def test_an_event_too_few_or_too_many_or_out_of_order_is_found(number: int) -> None:
    stored, events = found(), list(found().events)
    assert checker.torn_events(stored) == []
    missing = [*events[:number], *events[number + 1 :]]
    assert checker.torn_events(Found(stored.records, stored.history, missing))
    if number < 4:
        twice = [*events[: number + 1], *events[number:]]
        assert checker.torn_events(Found(stored.records, stored.history, twice))
    if number < 2:
        turned = [*events[:number], events[number + 1], events[number], *events[number + 2 :]]
        assert checker.torn_events(Found(stored.records, stored.history, turned))


def test_an_event_that_tells_something_else_than_what_is_stored_is_found() -> None:
    stored = found()
    stored.requests["gone"]["status"] = "Closed - Filled"
    assert checker.torn_events(stored) == ["circulation.request gone: the last event is not what is stored"]


def test_one_film_too_many_is_found_though_it_is_returned_in_the_end() -> None:
    entries = history()
    entries.insert(1, Entry("three", "I", loan("three", item="other film")))
    entries.insert(2, Entry("three", "U", loan("three", "Closed", item="other film")))
    assert checker.exceeded(history(), LIMIT) == []
    assert checker.exceeded(entries, LIMIT) == ["patron ann has 2 of the limited items, 1 are allowed"]
    assert checker.exceeded(entries, Limit([FILM], 1)) == []
