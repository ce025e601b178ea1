"""A walk through a collection: every record once, in the order of ids, never by offset."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.stub import LOAN, ok, stub


def loans(*numbers: int) -> httpx.Response:
    return ok({"loans": [{**LOAN, "id": f"{number:08x}-0158-489d-a7ed-2789eac277b3"} for number in numbers]})


def collection(size: int) -> Any:
    """Return a handler that serves `size` loans as the server does: after the id in the query, up to the limit."""

    def serve(request: httpx.Request) -> httpx.Response:
        query = request.url.params["query"]
        after = int(query[4:12], 16) if query.startswith("id>") else -1
        return loans(*range(after + 1, min(size, after + 1 + int(request.url.params["limit"]))))

    return serve


@settings(deadline=None)
@given(size=st.integers(0, 12), page=st.integers(1, 5))
def test_every_record_comes_once_and_in_order(size: int, page: int) -> None:
    server = stub(*[collection(size)] * (size + 1))
    ids = [loan.id for loan in server.client().loans.iterate(size=page)]
    assert [int((text or "")[:8], 16) for text in ids] == list(range(size))
    assert len(server.requests) == size // page + 1


async def test_the_asyncio_client_iterates_too() -> None:
    server = stub(loans(1, 2), loans(3))
    assert [loan.id async for loan in server.async_client().loans.iterate(size=2)] == [
        f"0000000{number}-0158-489d-a7ed-2789eac277b3" for number in (1, 2, 3)
    ]


def test_pages_follow_by_id_and_are_not_counted() -> None:
    server = stub(loans(1, 2), loans())
    assert len(list(server.client().loans.iterate('status.name=="Open" or a==b', size=2))) == 2
    first, second = (request.url.params for request in server.requests)
    assert first["query"] == '(status.name=="Open" or a==b) sortBy id'
    assert second["query"] == 'id>"00000002-0158-489d-a7ed-2789eac277b3" and (status.name=="Open" or a==b) sortBy id'
    assert "offset" not in first
    assert second["totalRecords"] == "none"


def test_without_a_query_everything_comes() -> None:
    server = stub(loans())
    assert list(server.client().loans.iterate()) == []
    assert server.last.url.params["query"] == "cql.allRecords=1 sortBy id"


def test_nothing_is_asked_before_the_first_record_is_wanted() -> None:
    server = stub(loans(1, 2))
    walk = server.client().loans.iterate(size=2)
    assert server.requests == []
    assert next(walk).id
    assert len(server.requests) == 1


def test_a_sorted_query_is_refused() -> None:
    with pytest.raises(ValueError, match="sortBy"):
        stub().client().loans.iterate("a==b SORTBY loanDate")


def test_the_word_may_stand_in_a_value() -> None:
    server = stub(loans())
    assert list(server.client().loans.iterate(r'title=="how to \"sortby\" rank"')) == []


def test_events_follow_each_other_by_position() -> None:
    def told(*positions: int, more: bool) -> httpx.Response:
        events = [{"position": position, "topic": "diku.circulation.loan", "event": {}} for position in positions]
        return ok({"events": events, "next": positions[-1] + 5, "more": more})

    server = stub(told(3, 4, more=True), told(11, more=False))
    events = list(server.client().events.iterate(2, topics=["circulation.loan", "users.users"]))
    assert [event.position for event in events] == [3, 4, 11]
    assert [request.url.params["after"] for request in server.requests] == ["2", "9"]
    assert server.last.url.params["topics"] == "circulation.loan,users.users"
