"""Logging in, staying logged in, coming back when the server is busy, logging out."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.stub import LOAN, LOAN_ID, NOW, Stub, done, logged_in, ok, refuse_connection, stub
from octavo_client import Client, Login, Refused, Retries, Token, TooMany, Unauthenticated, Unavailable, Unreadable
from octavo_models.loan import Loan

READER = Login("diku_admin", "secret")
LOGIN, REFRESH, LOGOUT = "/authn/login-with-expiry", "/authn/refresh", "/authn/logout"
LOAN_PATH = f"/loan-storage/loans/{LOAN_ID}"


def loan() -> httpx.Response:
    return ok(LOAN)


def denied(_request: httpx.Request | None = None) -> httpx.Response:
    return httpx.Response(401, text="Invalid token")


def busy(after: str = "0", status: int = 503) -> httpx.Response:
    return httpx.Response(status, headers={"Retry-After": after})


def test_the_client_logs_in_once_before_its_first_call() -> None:
    server = stub(logged_in(), loan(), loan())
    client = server.client(READER)
    client.loans.get(LOAN_ID)
    client.loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOAN_PATH, LOAN_PATH]
    assert json.loads(server.requests[0].content) == {"username": "diku_admin", "password": "secret"}
    assert "X-Okapi-Token" not in server.requests[0].headers
    assert [request.headers["X-Okapi-Token"] for request in server.requests[1:]] == ["access-1", "access-1"]


def test_a_token_is_sent_as_it_is() -> None:
    server = stub(loan(), denied())
    client = server.client(Token("from-elsewhere"))
    client.loans.get(LOAN_ID)
    assert server.last.headers["X-Okapi-Token"] == "from-elsewhere"
    with pytest.raises(Unauthenticated):
        client.loans.get(LOAN_ID)
    client.close()
    assert len(server.requests) == 2


def test_without_credentials_no_token_is_sent() -> None:
    server = stub(loan())
    server.client().loans.get(LOAN_ID)
    assert "X-Okapi-Token" not in server.last.headers


def test_secrets_are_not_shown() -> None:
    assert "secret" not in repr(READER)
    assert "secret" not in repr(Token("secret"))


@pytest.mark.parametrize(("seconds", "late"), [(600, 541), (100, 91)])
def test_the_token_is_refreshed_before_it_expires(seconds: int, late: int) -> None:
    server = stub(logged_in(seconds=seconds), loan(), loan(), logged_in("access-2", seconds=9999), loan())
    client = server.client(READER)
    client.loans.get(LOAN_ID)
    server.now = NOW + timedelta(seconds=late - 2)
    client.loans.get(LOAN_ID)
    server.now = NOW + timedelta(seconds=late)
    client.loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOAN_PATH, LOAN_PATH, REFRESH, LOAN_PATH]
    assert server.requests[3].headers["Cookie"] == "folioAccessToken=access-1; folioRefreshToken=refresh-1"
    assert server.last.headers["X-Okapi-Token"] == "access-2"


@pytest.mark.parametrize("ahead", [timedelta(hours=-5), timedelta(hours=5)])
def test_a_wrong_clock_does_not_shorten_the_life_of_a_token(ahead: timedelta) -> None:
    server = stub(logged_in(), loan(), loan(), logged_in("access-2"), loan())
    server.now = NOW + ahead
    client = server.client(READER)
    client.loans.get(LOAN_ID)
    client.loans.get(LOAN_ID)
    server.now += timedelta(minutes=9, seconds=1)
    client.loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOAN_PATH, LOAN_PATH, REFRESH, LOAN_PATH]


def test_without_a_max_age_the_body_tells_how_long_a_token_lives() -> None:
    cookie = {"Set-Cookie": "folioAccessToken=access-1; Path=/"}
    entered = ok({"accessTokenExpiration": "2026-03-02T10:10:00Z"}, 201, **cookie)
    server = stub(entered, loan(), logged_in("access-2"), loan())
    client = server.client(READER)
    client.loans.get(LOAN_ID)
    server.now = NOW + timedelta(minutes=9)
    client.loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOAN_PATH, LOGIN, LOAN_PATH]


def test_a_refused_refresh_leads_to_a_new_login() -> None:
    server = stub(logged_in(), loan(), httpx.Response(422), logged_in("access-2", seconds=9999), loan())
    client = server.client(READER)
    client.loans.get(LOAN_ID)
    server.now = NOW + timedelta(seconds=700)
    client.loans.get(LOAN_ID)
    assert server.paths[2:] == [REFRESH, LOGIN, LOAN_PATH]


def test_without_a_refresh_token_the_client_logs_in_again() -> None:
    server = stub(logged_in(refresh=None), loan(), logged_in("access-2", seconds=9999), loan())
    client = server.client(READER)
    client.loans.get(LOAN_ID)
    server.now = NOW + timedelta(seconds=700)
    client.loans.get(LOAN_ID)
    assert server.paths[2:] == [LOGIN, LOAN_PATH]


def test_a_call_is_repeated_once_with_a_new_token() -> None:
    server = stub(logged_in(), denied(), logged_in("access-2"), ok(LOAN, 201))
    server.client(READER).loans.create(Loan.from_wire(LOAN))
    assert server.paths == [LOGIN, "/loan-storage/loans", REFRESH, "/loan-storage/loans"]
    refused, repeated = server.requests[1], server.requests[3]
    assert repeated.headers["X-Okapi-Token"] == "access-2"
    assert repeated.headers["Idempotency-Key"] == refused.headers["Idempotency-Key"]
    assert repeated.content == refused.content


def test_a_second_refusal_is_final() -> None:
    server = stub(logged_in(), denied(), logged_in("access-2"), denied())
    with pytest.raises(Unauthenticated, match="Invalid token"):
        server.client(READER).loans.get(LOAN_ID)


@pytest.mark.parametrize("status", [400, 401, 422])
def test_a_wrong_password_is_told(status: int) -> None:
    answer = httpx.Response(status, json={"errors": [{"message": "Wrong username or password"}]})
    with pytest.raises(Unauthenticated, match="Wrong username or password"):
        stub(answer).client(READER).loans.get(LOAN_ID)


def test_a_login_may_fail_for_other_reasons() -> None:
    with pytest.raises(Refused, match="boom"):
        stub(httpx.Response(500, text="boom")).client(READER).loans.get(LOAN_ID)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(201, json={"accessTokenExpiration": "2026-03-02T10:10:00Z"}),
        httpx.Response(201, json={}, headers={"Set-Cookie": "folioAccessToken=a"}),
        httpx.Response(201, json={"accessTokenExpiration": "soon"}, headers={"Set-Cookie": "folioAccessToken=a"}),
        httpx.Response(201, text="welcome"),
        httpx.Response(201, json=["welcome"]),
    ],
)
def test_a_login_that_brings_no_token_is_unreadable(answer: httpx.Response) -> None:
    with pytest.raises(Unreadable):
        stub(answer).client(READER).loans.get(LOAN_ID)


def test_closing_logs_out() -> None:
    server = stub(logged_in(), loan(), httpx.Response(204))
    with server.client(READER) as client:
        client.loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOAN_PATH, LOGOUT]
    assert server.last.headers["Cookie"] == "folioAccessToken=access-1; folioRefreshToken=refresh-1"


async def test_the_asyncio_client_logs_in_and_out_too() -> None:
    server = stub(logged_in(), denied(), logged_in("access-2", refresh=None), loan(), httpx.Response(204))
    async with server.async_client(READER) as client:
        await client.loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOAN_PATH, REFRESH, LOAN_PATH, LOGOUT]
    assert server.last.headers["Cookie"] == "folioAccessToken=access-2"


async def test_closing_does_not_fail_when_the_server_is_gone() -> None:
    with stub(logged_in(), loan(), refuse_connection).client(READER) as client:
        client.loans.get(LOAN_ID)
    async with stub(logged_in(), loan(), refuse_connection).async_client(READER) as awaiting:
        await awaiting.loans.get(LOAN_ID)


def crowd(*, rejecting: str | None = None) -> Stub:
    """Return a server for many callers: it rejects one token, and gives a new one at each login or refresh."""
    tokens = iter(range(1, 20))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path in (LOGIN, REFRESH):
            return logged_in(f"access-{next(tokens)}")
        return denied() if request.headers["X-Okapi-Token"] == rejecting else loan()

    return stub(*[answer] * 40)


@pytest.mark.parametrize(("rejecting", "renewals"), [(None, [LOGIN]), ("access-1", [LOGIN, REFRESH])])
async def test_callers_at_the_same_time_share_one_login(rejecting: str | None, renewals: list[str]) -> None:
    server = crowd(rejecting=rejecting)
    client = server.async_client(READER)
    await asyncio.gather(*(client.loans.get(LOAN_ID) for _ in range(8)))
    assert [path for path in server.paths if path.startswith("/authn")] == renewals


@pytest.mark.parametrize(("rejecting", "renewals"), [(None, [LOGIN]), ("access-1", [LOGIN, REFRESH])])
def test_threads_share_one_login(rejecting: str | None, renewals: list[str]) -> None:
    server = crowd(rejecting=rejecting)
    client = server.client(READER)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client.loans.get, [LOAN_ID] * 8))
    assert [path for path in server.paths if path.startswith("/authn")] == renewals


async def test_who_gives_up_while_logging_in_keeps_nobody_waiting() -> None:
    server = crowd()
    client = server.async_client(READER)
    first = asyncio.create_task(client.loans.get(LOAN_ID))
    await asyncio.sleep(0)
    others = [asyncio.create_task(client.loans.get(LOAN_ID)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    assert {loan.id for loan in await asyncio.gather(*others)} == {LOAN_ID}
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failed_login_is_told_to_everybody_who_waited() -> None:
    server = stub(*[httpx.Response(422, text="Wrong username or password")] * 4)
    client = server.async_client(READER)
    told = await asyncio.gather(*(client.loans.get(LOAN_ID) for _ in range(4)), return_exceptions=True)
    assert [type(error) for error in told] == [Unauthenticated] * 4


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_is_asked_again(status: int) -> None:
    answers = [busy(status=status), busy(status=status), ok(LOAN, 201)]
    server = stub(*answers)
    keeps_keys = Retries(times=2, first=0.0, posts=True)
    assert server.client(retries=keeps_keys).loans.create(Loan.from_wire(LOAN)).id == LOAN_ID
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 1
    assert len({request.content for request in server.requests}) == 1
    again = stub(*answers)
    assert (await again.async_client().loans.get(LOAN_ID)).id == LOAN_ID
    assert len(again.requests) == 3


def test_the_login_waits_for_a_busy_server_too() -> None:
    server = stub(busy(), logged_in(), loan())
    server.client(READER).loans.get(LOAN_ID)
    assert server.paths == [LOGIN, LOGIN, LOAN_PATH]


def test_the_client_gives_up_in_the_end() -> None:
    server = stub(busy(), busy(), busy())
    with pytest.raises(Unavailable):
        server.client().loans.get(LOAN_ID)
    assert len(server.requests) == 3


def test_the_client_does_not_wait_longer_than_it_may() -> None:
    server = stub(busy("3600", 429))
    with pytest.raises(TooMany) as caught:
        server.client().loans.get(LOAN_ID)
    assert caught.value.retry_after == 3600
    assert len(server.requests) == 1


def test_no_other_refusal_is_repeated() -> None:
    server = stub(httpx.Response(500))
    with pytest.raises(Refused):
        server.client().loans.get(LOAN_ID)
    assert len(server.requests) == 1


@given(attempt=st.integers(1, 8), first=st.floats(0.01, 5), longest=st.floats(1, 60))
def test_pauses_double_and_have_an_end(attempt: int, first: float, longest: float) -> None:
    pause = Retries(times=8, first=first, longest=longest).pause(attempt, None)
    assert pause is not None
    full = min(longest, first * 2 ** (attempt - 1))
    assert full / 2 <= pause <= full


def test_the_server_decides_on_the_pause() -> None:
    assert Retries(longest=60).pause(1, 7.0) == 7.0
    assert Retries(longest=60).pause(1, 61.0) is None
    assert Retries(times=2).pause(3, 0.0) is None


def test_without_a_clock_the_time_is_that_of_the_machine() -> None:
    with Client("http://stub", "diku", READER, transport=stub(logged_in(), loan(), done()).transport) as client:
        assert client.loans.get(LOAN_ID).id == LOAN_ID
