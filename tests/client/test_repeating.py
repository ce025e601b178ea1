"""What is sent again and what is not, when the network or the server fails: over real connections."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from client.flaky import ANSWER, LOSE, Asked, Flaky, before, flaky
from client.stub import ITEM, LOAN, LOAN_ID, done, stub
from client.world import World
from octavo_client import AsyncClient, Client, Login, NotFound, Retries, TooMany, Unavailable, Unreachable
from octavo_models.loan import Loan, LoanStatus

FAST = Retries(times=3, first=0.001)
A_LOAN = Loan.from_wire(LOAN)


def answers(asked: Asked) -> httpx.Response:
    """Answer as Octavo would, of whom there is one loan."""
    if asked.path == "/openapi.json":
        return httpx.Response(200, json={"info": {"title": "Octavo"}})
    return httpx.Response(204) if asked.method in ("PUT", "DELETE") else httpx.Response(201, json=LOAN)


@pytest.fixture
def server() -> Iterator[Flaky]:
    with flaky(answers) as state:
        yield state


def client(server: Flaky, posts: bool | None = None) -> Client:
    return Client(server.url, "diku", retries=replace(FAST, posts=posts))


Perform = Callable[[Client], Any]
IDEMPOTENT: dict[str, Perform] = {
    "GET": lambda c: c.loans.get(LOAN_ID),
    "PUT": lambda c: c.loans.replace(A_LOAN),
    "DELETE": lambda c: c.loans.delete(LOAN_ID),
}


@pytest.mark.parametrize("fates", [[LOSE], [LOSE, LOSE, LOSE], [503, LOSE, 429]], ids=str)
@pytest.mark.parametrize("method", IDEMPOTENT)
def test_what_may_be_done_twice_is_sent_again(server: Flaky, method: str, fates: list[int]) -> None:
    server.fates = list(fates)
    with client(server) as one:
        IDEMPOTENT[method](one)
    assert [asked.method for asked in server.asked] == [method] * (len(fates) + 1)


@pytest.mark.parametrize("fates", [[LOSE], [503], [429, LOSE, 503]], ids=str)
def test_a_post_is_sent_again_under_its_key_to_a_server_that_keeps_keys(server: Flaky, fates: list[int]) -> None:
    server.fates = list(fates)
    with client(server) as one:
        assert one.loans.create(A_LOAN).id == LOAN_ID
        server.fates = [LOSE]
        one.loans.create(A_LOAN)
    posts = server.of("POST")
    assert len(posts) == len(fates) + 3
    assert len({asked.headers["idempotency-key"] for asked in posts}) == 2
    assert len({asked.body for asked in posts}) == 1
    assert [asked.path for asked in server.of("GET")] == ["/openapi.json"]  # asked once, and only when it mattered


def test_nobody_asks_who_the_server_is_while_all_goes_well(server: Flaky) -> None:
    with client(server) as one:
        server.fates = [429]
        one.loans.create(A_LOAN)
    assert server.of("GET") == []


@pytest.mark.parametrize("posts", [None, False])
@pytest.mark.parametrize(("fate", "kind"), [(LOSE, Unreachable), (503, Unavailable)])
def test_a_post_that_may_be_done_is_not_sent_again_to_a_folio(
    fate: int, kind: type[Exception], posts: bool | None
) -> None:
    with flaky(lambda asked: httpx.Response(404) if asked.path == "/openapi.json" else answers(asked)) as folio:
        folio.fates = [429, fate]
        with client(folio, posts=posts) as one, pytest.raises(kind) as caught:
            one.loans.create(A_LOAN)
        assert len(folio.of("POST")) == 2  # 429 says that nothing was done
        assert len(folio.of("GET")) == (posts is None)
        assert getattr(caught.value, "maybe_done", True)


def test_a_post_that_only_asks_is_sent_again_to_anybody(server: Flaky) -> None:
    server.answer = lambda _: httpx.Response(200, json={"accountId": "a", "amount": "1.00", "allowed": True})
    server.fates = [LOSE, 503]
    with client(server, posts=False) as one:
        assert one.fees.accounts.check("pay", ITEM, "1").allowed
    assert len(server.asked) == 3


def test_it_can_be_said_that_keys_are_kept(server: Flaky) -> None:
    server.fates = [LOSE]
    with client(server, posts=True) as one:
        one.loans.create(A_LOAN)
    assert [asked.method for asked in server.asked] == ["POST", "POST"]


def test_a_deletion_that_was_done_and_not_answered_is_done(server: Flaky) -> None:
    there = [LOAN_ID]
    server.answer = lambda _: httpx.Response(204 if there and there.pop() else 404, text="loan not found")
    server.fates = [LOSE]
    with client(server) as one:
        one.loans.delete(LOAN_ID)
        with pytest.raises(NotFound):
            one.loans.delete(LOAN_ID)


def test_the_client_gives_up_in_the_end(server: Flaky) -> None:
    server.fates = [LOSE] * 9
    with client(server) as one, pytest.raises(Unreachable) as caught:
        one.loans.get(LOAN_ID)
    assert caught.value.maybe_done
    assert len(server.asked) == 1 + 3


def test_where_nobody_listens_nothing_is_done() -> None:
    with flaky(answers) as server:
        gone = server.url
    with Client(gone, "diku", retries=FAST) as one, pytest.raises(Unreachable) as caught:
        one.loans.create(A_LOAN)
    assert not caught.value.maybe_done


async def test_the_asyncio_client_repeats_too(server: Flaky) -> None:
    server.fates = [LOSE, 503, 429]
    async with AsyncClient(server.url, "diku", retries=FAST) as one:
        assert (await one.loans.create(A_LOAN)).id == LOAN_ID
    assert len(server.of("POST")) == 4


def test_a_server_that_is_gone_for_good_is_not_asked_who_it_was() -> None:
    def lost(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("connection reset")

    server = stub(*[lost] * 9)
    with pytest.raises(Unreachable, match="connection reset") as caught:
        server.client().loans.create(A_LOAN)
    assert caught.value.maybe_done
    assert server.paths == ["/loan-storage/loans"] + ["/openapi.json"] * 3


@pytest.mark.parametrize("body", [b"", b"[]", b'{"info": {"title": "Another"}}'])
def test_a_server_that_does_not_say_that_it_is_octavo_is_a_folio(body: bytes) -> None:
    server = stub(httpx.Response(503), httpx.Response(200, content=body))
    with pytest.raises(Unavailable):
        server.client().loans.create(A_LOAN)


def test_a_login_is_sent_again_after_a_lost_connection(server: Flaky) -> None:
    server.answer = _lets_in
    server.fates = [LOSE, ANSWER, LOSE]
    with Client(server.url, "diku", Login("a", "b"), retries=FAST) as one:
        one.loans.get(LOAN_ID)
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == [
        "login-with-expiry", "login-with-expiry", LOAN_ID, LOAN_ID, "logout",
    ]  # fmt: skip


def _lets_in(asked: Asked) -> httpx.Response:
    if asked.path.startswith("/authn"):
        cookie = {"Set-Cookie": "folioAccessToken=t; Path=/"}
        return httpx.Response(201, json={"accessTokenExpiration": "2100-01-01T00:00:00Z"}, headers=cookie)
    return answers(asked)


def test_too_long_a_pause_is_not_waited_for() -> None:
    server = stub(httpx.Response(429, headers={"Retry-After": "61"}), done())
    with pytest.raises(TooMany):
        server.client().loans.delete(LOAN_ID)
    assert len(server.requests) == 1


def closed_loan(user_id: str) -> Loan:
    return Loan(
        user_id=user_id, item_id=str(uuid4()), loan_date="2026-03-01T10:00:00Z", action="checkedin",
        status=LoanStatus(name="Closed"),
    )


async def test_octavo_does_once_what_it_is_told_twice(world: World) -> None:
    patron, item, desk = await world.library.patron(), await world.library.item(), world.library.ids["main desk"]

    def lend() -> tuple[str | None, int]:
        with flaky(before(world.okapi)) as lossy, connected(lossy, world) as one:
            one.circulation.check_ins.count()  # logs in
            lossy.fates = [LOSE, LOSE]
            loan = one.circulation.check_out(item["barcode"], patron["barcode"], desk)
            lossy.fates = [LOSE]
            one.loans.create(closed_loan(patron["id"]))
            assert len(lossy.of("POST")) == 1 + 3 + 2
            return loan.id, one.loans.count(f'userId=="{patron["id"]}"')

    loan_id, loans = await asyncio.to_thread(lend)
    assert loan_id
    assert loans == 2


async def test_a_folio_is_not_told_twice(world: World) -> None:
    user_id = str(uuid4())

    def store() -> int:
        with flaky(before(world.okapi, folio=True)) as lossy, connected(lossy, world) as one:
            one.loans.count()
            lossy.fates = [LOSE]
            with pytest.raises(Unreachable) as caught:
                one.loans.create(closed_loan(user_id))
            assert caught.value.maybe_done
            return one.loans.count(f'userId=="{user_id}"')

    assert await asyncio.to_thread(store) == 1


def connected(server: Flaky, world: World) -> Client:
    return Client(server.url, world.tenant, Login(world.username, world.password), retries=FAST)
