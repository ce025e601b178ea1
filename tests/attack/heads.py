"""Heads of requests that no library writes: smuggled, split, huge, out of every alphabet. The server answers or hangs up."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
from hypothesis import strategies as st

from attack.hunting import hunt
from attack.outcome import Outcome, attack
from attack.victim import TENANT, Victim

_MARK = "x-smuggled"
_NAMES = ["X-Okapi-Token", "X-Okapi-Tenant", "X-Okapi-User-Id", "X-Okapi-Request-Id", "X-Okapi-Url", "X-Forwarded-For", "Authorization",
          "Cookie", "Idempotency-Key", "If-Match", "If-None-Match", "Accept-Encoding", "Content-Type", "Content-Length", "Transfer-Encoding",
          "Host", "Connection", "Expect", "Upgrade", "X"]  # fmt: skip
_VALUES = [b"", b" ", b"\t", b"a\r\nX-Smuggled: 1", b"a\nX-Smuggled: 1", b"a\rX-Smuggled: 1", b"\r\n X-Smuggled: 1", b"%0d%0aX-Smuggled:%201",
           b"\x00", b"\xff\xfe", b"chunked", b"identity, chunked", b"0", b"-1", b"1e3", b"99999999999999999999", b"100-continue", b"websocket",
           b"close", b'"', b"*", b"W/", b"a" * 8000, "ü😀".encode(), b"folioAccessToken=;folioAccessToken==a", b"=;" * 2000, b"gzip;q=0, *"]  # fmt: skip
_TARGETS = [b"/users", b"/_/version", b"/groups", b"/authn/login", b"//users", b"/users?query=%", b"/users/%0d%0aX-Smuggled:%201", b"*", b"/",
            b"http://other/users", b"/users#x", b"/\xff", b"/users?limit=1&limit=1" + b"&a=b" * 300, b"/" + b"a/" * 4000, b"/%"]  # fmt: skip
_METHODS = [b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"BREW", b"get", b""]
_VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"", b"HTTP/1.1\x00"]
_BODIES = [b"", b"{}", b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\n", b"GET /users HTTP/1.1\r\nHost: x\r\n\r\n"]


def _requests() -> st.SearchStrategy[bytes]:
    lines = st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(_VALUES) | st.binary(max_size=20)), max_size=6)
    return st.builds(
        lambda method, target, version, headers, body: b"".join(
            [method, b" ", target, b" ", version, b"\r\nHost: x\r\nConnection: close\r\n",
             *(name.encode() + b": " + value + b"\r\n" for name, value in headers), b"\r\n", body]
        ),
        st.sampled_from(_METHODS), st.sampled_from(_TARGETS), st.sampled_from(_VERSIONS), lines, st.sampled_from(_BODIES),
    )  # fmt: skip


@attack("heads of requests", "answered below 500 or hung up on; nothing smuggled into an answer")
def attack_heads(outcome: Outcome, victim: Victim, tries: int) -> None:
    """Send them over bare sockets, to both sides."""

    def ask(request: bytes) -> None:
        for base in (victim.okapi, victim.edge):
            _check(_exchanged(base, request), request)

    hunt(outcome, tries, _requests(), ask)
    outcome.times *= 2
    outcome.tried = "CRLF, smuggling, odd methods, huge values"
    _check_alive(victim, outcome)
    _check_echoes(victim, outcome)


def _exchanged(base: str, request: bytes) -> bytes:
    address = urlsplit(base)
    answer = b""
    where = (address.hostname or "", address.port or 0)
    with socket.create_connection(where, timeout=10) as connection, suppress(ConnectionError):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            answer += part
    return answer


def _check(answer: bytes, request: bytes) -> None:
    if not answer:
        return
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1")
    status = int(head.split(" ", 2)[1])
    assert status < 500 or status in (501, 505), (status, request[:300])
    assert _MARK not in {line.partition(":")[0].lower() for line in head.split("\r\n")}, (head, request[:300])


def _check_alive(victim: Victim, outcome: Outcome) -> None:
    with victim.client(victim.admin_token) as client:
        outcome.check(client.get("/users?limit=1").status_code == 200, "the server does not serve any more")


def _check_echoes(victim: Victim, outcome: Outcome) -> None:
    """What a client chooses and the answer repeats: the request's id, and ids in `Location`."""
    for given in ("a" * 300, 'x" onload=', "a b", "é", "1;x"):
        answer = httpx.get(f"{victim.okapi}/_/version", headers={"X-Okapi-Request-Id": given.encode()}, timeout=30)
        echoed = answer.headers["x-okapi-request-id"]
        outcome.check(echoed == given if given == "1;x" else echoed != given, f"a request id is repeated unread: {echoed!r}")
        outcome.times += 1
    followed = httpx.get(
        f"{victim.okapi}/users", timeout=10,
        headers={"X-Okapi-Token": victim.admin_token, "X-Okapi-Tenant": TENANT, "X-Okapi-Url": "http://127.0.0.1:1"},
    )  # fmt: skip
    outcome.check(followed.status_code == 200, f"X-Okapi-Url has an effect: {followed.status_code}")
