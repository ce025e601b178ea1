"""A session with a server: who asks, with which token, how often it is tried. Nothing here touches the network.

What is to be done is written as flows: generators that yield steps and are sent the response to each.
The two senders carry the steps out, one blocking, one awaiting.
"""

import json
import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from octavo_client.calls import Call
from octavo_client.errors import Unauthenticated, Unreachable, Unreadable, refusal, retry_after
from octavo_models.scalars import parse_instant

T = TypeVar("T")
Clock = Callable[[], datetime]

_ACCESS, _REFRESH = "folioAccessToken", "folioRefreshToken"
_LATER = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
_LOGIN_REFUSED = (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.UNPROCESSABLE_ENTITY)


@dataclass(frozen=True)
class Login:
    """A user's name and password; the session logs in, and renews its token before it expires."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Token:
    """A token from elsewhere; it is sent as it is and never renewed."""

    value: str = field(repr=False)


@dataclass(frozen=True)
class ApiKey:
    """The key of a patron tool, for the edge side."""

    value: str = field(repr=False)


Credentials = Login | Token | ApiKey


@dataclass(frozen=True)
class Retries:
    """How often a request is sent again after 429, 503 and a lost connection, and how long the pauses are, in seconds.

    A pause is what the server asks for, else `first`, twice that, four times that, … with a random part.
    When the server asks for more than `longest`, the request is given up.

    posts: whether the server keeps Idempotency-Keys, so that a POST that it may have done already can be sent again:
    True, False, or None to find out when it matters (Octavo says so in /openapi.json; FOLIO keeps none).
    """

    times: int = 4
    first: float = 0.5
    longest: float = 60.0
    posts: bool | None = None

    def pause(self, attempt: int, asked: float | None) -> float | None:
        """Return the pause before the attempt numbered `attempt` (the first repetition is 1), or None to give up."""
        if attempt > self.times or (asked is not None and asked > self.longest):
            return None
        if asked is not None:
            return asked
        full = min(self.longest, self.first * 2 ** (attempt - 1))
        return random.uniform(full / 2, full)  # noqa: S311 - keeps clients from coming back all at once, guards nothing  # nosec B311


@dataclass(frozen=True)
class Send:
    """A step: wait, then send the request. The flow is sent the response."""

    request: httpx.Request
    after: float = 0.0


@dataclass(frozen=True)
class Alone:
    """A step: go through another flow, one at a time for the whole session."""

    flow: "Flow[None]"


Flow = Generator[Send | Alone, Any, T]


@dataclass(frozen=True)
class _Tokens:
    access: str
    refresh: str | None
    renew_at: datetime


class Session:
    """What one client knows while it lives: server, tenant, credentials, tokens."""

    def __init__(
        self, url: str, tenant: str | None, credentials: Credentials | None, retries: Retries, clock: Clock
    ) -> None:
        if httpx.URL(url).scheme not in ("http", "https"):
            raise ValueError(f"not the address of a server, http://… or https://…: {url}")
        self._url = url.rstrip("/")
        self._login = credentials if isinstance(credentials, Login) else None
        self._retries = retries
        self._clock = clock
        self._standing = {"Accept": "application/json, text/plain"}
        if tenant:
            self._standing["X-Okapi-Tenant"] = tenant
        if isinstance(credentials, ApiKey):
            self._standing["Authorization"] = f"apikey {credentials.value}"
        forever = datetime.max.replace(tzinfo=UTC)
        self._tokens = _Tokens(credentials.value, None, forever) if isinstance(credentials, Token) else None
        self._keeps_keys = retries.posts

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return self._clock()

    def exchange(self, call: Call[Any]) -> Flow[httpx.Response]:
        """Send a call, with a token that is good, and return the response of success.

        A POST carries one Idempotency-Key however often it is sent. Raises the refusal of any other response, and
        Unreachable where none came.
        """
        headers = {"Idempotency-Key": str(uuid4()), **call.headers} if call.method == "POST" else call.headers
        response = yield from self._attempt(call, headers)
        if response.status_code == httpx.codes.UNAUTHORIZED and self._login:
            self._distrust(response.request.headers.get("X-Okapi-Token"))
            response = yield from self._attempt(call, headers)
        if not response.is_success:
            raise refusal(response, self._clock())
        return response

    def farewell(self) -> Flow[None]:
        """Log out, where the session has logged in."""
        if self._login and self._tokens:
            yield Send(self._request("POST", "/authn/logout", {"Cookie": _cookies(self._tokens)}))
            self._tokens = None

    def _attempt(self, call: Call[Any], headers: Mapping[str, str]) -> Flow[httpx.Response]:
        if self._needs_token():
            yield Alone(self._renew())
        token = {"X-Okapi-Token": self._tokens.access} if self._tokens else {}
        request = self._request(call.method, call.path, {**token, **headers}, call.parameters, call.content)
        return (yield from self._persist(request, repeatable=call.asks_only or call.method != "POST"))

    def _persist(self, request: httpx.Request, *, repeatable: bool = True) -> Flow[httpx.Response]:
        """Send a request until the server has time for it; one that must not be done twice only while it was not done.

        It was not done when there was no connection and at 429. It may have been done when the connection was lost on
        the way, and at 503: in a FOLIO that can be the answer of a module behind the one that was asked.
        """
        attempt, pause, maybe_done = 0, 0.0, False
        while True:
            attempt += 1
            outcome = yield from self._send(request, pause)
            if isinstance(outcome, httpx.Response) and outcome.status_code not in _LATER:
                return _gone(outcome) if maybe_done else outcome
            maybe_done = maybe_done or _may_be_done(outcome)
            asked = retry_after(outcome, self._clock()) if isinstance(outcome, httpx.Response) else None
            following = self._retries.pause(attempt, asked)
            if following is None or (maybe_done and not (repeatable or (yield from self._learn_whether_keys_are_kept()))):
                break
            pause = following
        if isinstance(outcome, Unreachable):
            raise outcome
        return outcome

    def _send(self, request: httpx.Request, pause: float) -> Flow[httpx.Response | Unreachable]:
        try:
            response: httpx.Response = yield Send(request, pause)
        except Unreachable as failure:
            return failure
        return response

    def _learn_whether_keys_are_kept(self) -> Flow[bool]:
        """Tell whether the server answers a POST again, instead of doing it again, when its key comes again."""
        if self._keeps_keys is None:
            try:
                response = yield from self._persist(self._request("GET", "/openapi.json", {}))
            except Unreachable:
                return False
            self._keeps_keys = _is_octavo(response)
        return self._keeps_keys

    def _needs_token(self) -> bool:
        return self._login is not None and (self._tokens is None or self._tokens.renew_at <= self._clock())

    def _distrust(self, access: str | None) -> None:
        """Have the token renewed before its time, unless that has happened meanwhile."""
        if self._tokens and self._tokens.access == access:
            self._tokens = replace(self._tokens, renew_at=self._clock())

    def _renew(self) -> Flow[None]:
        """Refresh the token, or log in; do nothing when that happened while this flow waited for its turn."""
        if self._login is None or not self._needs_token():
            return
        if self._tokens and self._tokens.refresh:
            headers = {"Cookie": _cookies(self._tokens)}
            response = yield from self._persist(self._request("POST", "/authn/refresh", headers))
            if response.is_success:
                self._tokens = self._tokens_of(response)
                return
            self._tokens = replace(self._tokens, refresh=None)
        body = json.dumps({"username": self._login.username, "password": self._login.password}).encode()
        response = yield from self._persist(self._request("POST", "/authn/login-with-expiry", {}, content=body))
        if response.status_code in _LOGIN_REFUSED:
            raise Unauthenticated(response.status_code, refusal(response, self._clock()).text)
        if not response.is_success:
            raise refusal(response, self._clock())
        self._tokens = self._tokens_of(response)

    def _tokens_of(self, response: httpx.Response) -> _Tokens:
        """Read the tokens from the cookies.

        How long the access token lives is told by its Max-Age, which does not ask whose clock is right, else by the body.
        """
        now = self._clock()
        cookies = SimpleCookie()
        for header in response.headers.get_list("set-cookie"):
            cookies.load(header)
        try:
            seconds = cookies[_ACCESS]["max-age"]
            ends = None if seconds else parse_instant(response.json()["accessTokenExpiration"])
            life = ends - now if ends else timedelta(seconds=int(seconds))
            refresh = cookies[_REFRESH].value if _REFRESH in cookies else None
            return _Tokens(cookies[_ACCESS].value, refresh, now + life - min(timedelta(minutes=1), life / 10))
        except (KeyError, TypeError, ValueError):
            raise Unreadable("the answer to the login has no access token, or does not say when it expires") from None

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        parameters: Mapping[str, str | list[str]] | None = None,
        content: bytes | None = None,
    ) -> httpx.Request:
        kind = {} if content is None else {"Content-Type": "application/json"}
        return httpx.Request(
            method,
            self._url + path,
            params=parameters or None,
            headers={**self._standing, **kind, **headers},
            content=content,
        )


def _may_be_done(outcome: httpx.Response | Unreachable) -> bool:
    if isinstance(outcome, Unreachable):
        return outcome.maybe_done
    return outcome.status_code == httpx.codes.SERVICE_UNAVAILABLE


def _gone(response: httpx.Response) -> httpx.Response:
    """Return what a repeated request came to: a record that is no longer there was deleted the first time."""
    if response.request.method == "DELETE" and response.status_code == httpx.codes.NOT_FOUND:
        return httpx.Response(httpx.codes.NO_CONTENT, request=response.request)
    return response


def _is_octavo(response: httpx.Response) -> bool:
    try:
        return bool(response.json()["info"]["title"] == "Octavo")
    except (ValueError, KeyError, TypeError):
        return False


def _cookies(tokens: _Tokens) -> str:
    refresh = f"; {_REFRESH}={tokens.refresh}" if tokens.refresh else ""
    return f"{_ACCESS}={tokens.access}{refresh}"
