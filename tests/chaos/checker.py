"""What must be true of what clients were told and of what is stored: pure functions, each returns what breaks its rule."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

#: What a client may be told in the end: done, or refused for a reason of the library's.
EXPECTED = {200, 201, 204, 409, 422}


@dataclass
class Operation:
    """Something that a client wanted: what it asked, when (seconds), and what it was told in the end."""

    client: int
    kind: str
    item: str
    key: str
    path: str
    body: Json
    start: float
    end: float | None = None
    status: int | None = None
    told: Json = field(default_factory=dict)
    tries: int = 0
    replayed: bool = False

    @property
    def done(self) -> bool:
        return self.status in {200, 201, 204}


@dataclass(frozen=True)
class Entry:
    """A row of a loan's history."""

    loan: str
    operation: str
    doc: Json


@dataclass(frozen=True)
class Event:
    """An event, published or waiting."""

    topic: str
    record: str
    operation: str
    old: Json | None
    new: Json | None


@dataclass(frozen=True)
class Found:
    """What is stored in the end. history and events: in order. records: of each topic, by id."""

    records: dict[str, dict[str, Json]]
    history: Sequence[Entry]
    events: Sequence[Event]

    @property
    def loans(self) -> dict[str, Json]:
        return self.records["circulation.loan"]

    @property
    def requests(self) -> dict[str, Json]:
        return self.records["circulation.request"]


@dataclass(frozen=True)
class Limit:
    """How many of some items a patron may have at once."""

    items: Collection[str]
    number: int


def violations(operations: Sequence[Operation], found: Found, limit: Limit) -> list[str]:
    """Return everything that is wrong."""
    return [
        *ill_answered(operations), *lent_twice(operations), *lost_or_doubled(operations, found),
        *open_twice(found.history), *torn_queues(found.requests.values()), *untold_changes(found),
        *torn_events(found), *exceeded(found.history, limit),
    ]  # fmt: skip


def ill_answered(operations: Iterable[Operation]) -> list[str]:
    """Everybody learns what became of their wish, and it is done or refused: no error of the server's."""
    return [
        f"{one.kind} {one.key} was {'never answered' if one.status is None else f'answered {one.status}'}"
        for one in operations if one.status not in EXPECTED
    ]  # fmt: skip


def lent_twice(operations: Sequence[Operation]) -> list[str]:
    """Between two check-outs of an item that follow each other there is a check-in, as clients saw them happen."""
    wrong = []
    for item in sorted({one.item for one in operations}):
        lent = sorted(
            (one for one in operations if one.item == item and one.kind == "check-out" and one.done), key=_end
        )
        back = [one for one in operations if one.item == item and one.kind == "check-in" and one.status in {200, None}]
        for first, second in pairwise(lent):
            if not any(one.start < _end(second) and _end(one) > first.start for one in back):
                wrong.append(f"item {item} was lent twice: {first.key} and {second.key}")
    return wrong


def _end(one: Operation) -> float:
    return one.end if one.end is not None else float("inf")


def lost_or_doubled(operations: Sequence[Operation], found: Found) -> list[str]:
    """What was acknowledged is stored, once; what was refused is not."""
    known = all(one.status is not None for one in operations)
    done: dict[str, list[Operation]] = defaultdict(list)
    for one in operations:
        if one.done:
            done[one.kind].append(one)
    loans = [one.told["id"] for kind in ("check-out", "loan") for one in done[kind]]
    returned = [one.told["loan"]["id"] for one in done["check-in"] if "loan" in one.told]
    renewed = [one.told["id"] for one in done["renew"]]
    requests = [one.told["requestId"] for one in done["hold"]]
    cancelled = {one.told["requestId"] for one in done["cancel"]}
    told_of = [
        ("loan", Counter(loans), Counter(list(found.loans))),
        ("return", Counter(returned), _returns(found.history)),
        ("renewal", Counter(renewed), Counter({key: loan.get("renewalCount", 0) for key, loan in found.loans.items()})),
        ("hold", Counter(requests), Counter(list(found.requests))),
    ]
    wrong = [line for what, told, stored in told_of for line in _compared(what, told, stored, known=known)]
    wrong += [
        f"hold {one} was cancelled, and is {found.requests[one]['status']}"
        for one in sorted(cancelled & found.requests.keys()) if found.requests[one]["status"] != "Closed - Cancelled"
    ]  # fmt: skip
    return wrong


def _returns(history: Iterable[Entry]) -> Counter[str]:
    """Count how often each loan was closed after it had been open."""
    returns: Counter[str] = Counter()
    still_open: set[str] = set()
    for entry in history:
        if _is_open(entry):
            still_open.add(entry.loan)
        elif entry.loan in still_open:
            still_open.discard(entry.loan)
            returns[entry.loan] += 1
    return returns


def _compared(what: str, told: Counter[str], stored: Counter[str], *, known: bool) -> list[str]:
    """Compare what was acknowledged with what is stored; more may be stored only where an answer is unknown."""
    lost = [f"{what} {key}: acknowledged {count} times, stored {stored[key]} times" for key, count in (told - stored).items()]
    more = stored - told if known else Counter()
    return lost + [f"{what} {key}: stored {stored[key]} times, acknowledged {told[key]} times" for key in more]


def _is_open(entry: Entry) -> bool:
    return entry.operation != "D" and entry.doc["status"]["name"] == "Open"


def open_twice(history: Iterable[Entry]) -> list[str]:
    """An item has at most one open loan at all times."""
    lent: dict[str, str] = {}
    wrong = []
    for entry in history:
        item = entry.doc["itemId"]
        if not _is_open(entry):
            if lent.get(item) == entry.loan:
                del lent[item]
        elif lent.setdefault(item, entry.loan) != entry.loan:
            wrong.append(f"item {item} has two open loans: {lent[item]} and {entry.loan}")
    return wrong


def torn_queues(requests: Iterable[Json]) -> list[str]:
    """The open requests for an item stand at 1…n; a closed one stands nowhere."""
    queues: dict[str, list[int]] = defaultdict(list)
    wrong = []
    for request in requests:
        if request["status"].startswith("Open"):
            queues[request["itemId"]].append(request.get("position", 0))
        elif "position" in request:
            wrong.append(f"request {request['id']} is closed at position {request['position']}")
    for item, positions in queues.items():
        if sorted(positions) != list(range(1, len(positions) + 1)):
            wrong.append(f"the queue for item {item} is {sorted(positions)}")
    return wrong


def untold_changes(found: Found) -> list[str]:
    """A loan's history begins with its creation and ends with the loan as it is; there is none of what never was."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in found.history:
        entries[entry.loan].append(entry)
    wrong = [f"loan {key} has no history" for key in found.loans.keys() - entries.keys()]
    for key, told in entries.items():
        if [entry.operation for entry in told] != ["I"] + ["U"] * (len(told) - 1):
            wrong.append(f"the history of loan {key} is {[entry.operation for entry in told]}")
        if told[-1].doc != found.loans.get(key):
            wrong.append(f"loan {key} has changed without history")
    return wrong


def torn_events(found: Found) -> list[str]:
    """Of each record the events say creation and every change, each from where the last one ended, to what is stored.

    The events of loans are their history: as many, in that order, with the same documents.
    """
    told: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in found.events:
        told[event.topic, event.record].append(event)
    wrong = []
    for topic, records in found.records.items():
        of_topic = {record: events for (named, record), events in told.items() if named == topic}
        wrong += [f"{topic} {record} has no events" for record in records.keys() - of_topic.keys()]
        for record, events in of_topic.items():
            wrong += [f"{topic} {record}: {torn}" for torn in _torn(events, records.get(record))]
    history: dict[str, list[tuple[str, Json | None]]] = defaultdict(list)
    for entry in found.history:
        history[entry.loan].append((entry.operation, entry.doc))
    for loan, entries in history.items():
        if [(event.operation, event.new) for event in told["circulation.loan", loan]] != entries:
            wrong.append(f"the events of loan {loan} are not its history")
    return wrong


def _torn(events: Sequence[Event], stored: Json | None) -> list[str]:
    wrong = []
    if events[0].operation != "I":
        wrong.append(f"the first event is {events[0].operation}")
    if any(second.old != first.new for first, second in pairwise(events)):
        wrong.append("an event does not begin where the last one ended")
    if events[-1].new != stored:
        wrong.append("the last event is not what is stored")
    return wrong


def exceeded(history: Iterable[Entry], limit: Limit) -> list[str]:
    """Nobody ever has more of the limited items than allowed."""
    has: dict[str, set[str]] = defaultdict(set)
    wrong = []
    for entry in history:
        if entry.doc["itemId"] not in limit.items:
            continue
        loans = has[entry.doc["userId"]]
        loans.discard(entry.loan)
        if _is_open(entry):
            loans.add(entry.loan)
        if len(loans) > limit.number:
            wrong.append(f"patron {entry.doc['userId']} has {len(loans)} of the limited items, {limit.number} are allowed")
    return wrong
