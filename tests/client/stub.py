"""A server of prepared answers, for clients that are given its transport instead of the network."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from octavo_client import AsyncClient, Client, Login, Retries, Token

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
URL = "http://stub"
USER = "3f2a0a52-5a3e-4a43-9d2f-0f6d9f0c6a01"
ITEM = "7d9dfe70-0158-489d-a7ed-2789eac277b3"
LOAN_ID = "9a171a89-baca-4f1a-b2c4-d7253854864e"
LOAN = {"id": LOAN_ID, "itemId": ITEM, "loanDate": "2026-03-01T10:00:00Z", "action": "checkedout"}
AT_ONCE = Retries(times=2, first=0.0)

Answer = httpx.Response | Callable[[httpx.Request], httpx.Response]


def ok(document: Any = None, status: int = 200, /, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=document, headers=headers)


def done() -> httpx.Response:
    return httpx.Response(204)


def logged_in(token: str = "access-1", *, seconds: int = 600, refresh: str | None = "refresh-1") -> httpx.Response:
    cookies = [("Set-Cookie", f"folioAccessToken={token}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=None")]
    if refresh:
        cookies.append(("Set-Cookie", f"folioRefreshToken={refresh}; Path=/authn; Secure; HttpOnly; SameSite=None"))
    expiry = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return httpx.Response(201, json={"accessTokenExpiration": expiry}, headers=cookies)


@dataclass
class Stub:
    """Gives its answers one after the other, and keeps what it was asked."""

    answers: Iterator[Answer]
    now: datetime = NOW
    requests: list[httpx.Request] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def client(self, credentials: Login | Token | None = None, retries: Retries = AT_ONCE) -> Client:
        return Client(URL, "diku", credentials, retries=retries, transport=self.transport, clock=lambda: self.now)

    def async_client(self, credentials: Login | Token | None = None, retries: Retries = AT_ONCE) -> AsyncClient:
        transport = httpx.MockTransport(self._answer_later)
        return AsyncClient(URL, "diku", credentials, retries=retries, transport=transport, clock=lambda: self.now)

    async def _answer_later(self, request: httpx.Request) -> httpx.Response:
        """Let other callers come in between, as a network does."""
        answer = self._answer(request)
        await asyncio.sleep(0)
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self.answers)
        if not isinstance(answer, httpx.Response):
            return answer(request)
        return httpx.Response(answer.status_code, headers=answer.headers.multi_items(), content=answer.content)


def stub(*answers: Answer) -> Stub:
    return Stub(iter(answers))


def refuse_connection(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("connection refused")
