"""The heads of requests stay within bounds, whatever a client sends; others are served meanwhile."""

import contextlib
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from postgres_processes import clean_up
from servers import Served, running


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that waits for nobody."""
    data_dir = tmp_path_factory.mktemp("impatient") / "data"
    with running("--data-dir", str(data_dir), OCTAVO_HEAD_SECONDS="1", OCTAVO_BODY_SECONDS="1") as server:
        yield server
    clean_up(Path(data_dir))


def connect(server: Served) -> socket.socket:
    address = urlsplit(server.okapi)
    made = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
    made.settimeout(10)
    return made


def said(connection: socket.socket) -> bytes:
    """Return everything until the server hangs up."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    "start",
    [b"", b"GET", b"GET /_/version HTTP/1.1\r\n", b"GET /_/version HTTP/1.1\r\nHost: x\r\nX: ",
     b"GET /_/version HTTP/1.1\r\nHost: x\r\n\r\nGET /_/ver"],
)  # fmt: skip
def test_a_head_that_does_not_come_is_given_up(impatient: Served, start: bytes) -> None:
    with connect(impatient) as connection:
        connection.sendall(start)
        answer = said(connection)
    assert answer.rpartition(b"HTTP/1.1 ")[2].startswith(b"408 ")


def test_a_head_that_drips_in_is_given_up(impatient: Served) -> None:
    started = time.monotonic()
    with connect(impatient) as connection, contextlib.suppress(OSError):
        connection.sendall(b"GET / HTTP/1.1\r\n")
        while time.monotonic() - started < 8:
            connection.sendall(b"X: y\r\n")
            time.sleep(0.1)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("part", [b"X: y\r\n", b"y"], ids=["many lines", "one line"])
def test_a_head_that_grows_too_large_is_given_up(impatient: Served, part: bytes) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"GET /_/version HTTP/1.1\r\nHost: x\r\nX: ")
        with contextlib.suppress(OSError):
            for _ in range(100):
                connection.sendall(part * (10_000 // len(part)))
        answer = said(connection)
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""  # the answer may be lost where the kernel resets


@pytest.mark.parametrize("version", ["0.9", "2.0", "3.0"])
def test_no_other_version_of_http_is_spoken(impatient: Served, version: str) -> None:
    with connect(impatient) as connection:
        connection.sendall(f"GET /_/version HTTP/{version}\r\nHost: x\r\n\r\n".encode())
        answer = said(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_an_address_may_be_long(impatient: Served) -> None:
    answer = httpx.get(f"{impatient.okapi}/_/version?x={'y' * 50_000}")
    assert answer.status_code == 200


def test_a_body_that_does_not_come_is_answered(impatient: Served) -> None:
    with connect(impatient) as connection:
        connection.sendall(b"POST /authn/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        answer = said(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"the body did not arrive within 1 second" in answer


def test_many_who_dawdle_do_not_keep_others_waiting(impatient: Served) -> None:
    """Half of them send no head, half no body; none has a worker or a connection to the database to himself."""
    with ExitStack() as dawdlers:
        for number in range(200):
            dawdler = dawdlers.enter_context(connect(impatient))
            dawdler.sendall(b"GET / HTT" if number % 2 else b"POST /groups HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        slowest = 0.0
        for _ in range(20):
            started = time.monotonic()
            assert httpx.get(f"{impatient.okapi}/_/proxy/tenants/nobody", timeout=5).status_code == 404
            slowest = max(slowest, time.monotonic() - started)
    assert slowest < 2
