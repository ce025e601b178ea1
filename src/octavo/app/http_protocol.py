"""The server's end of a connection: HTTP/1.1 from bytes to ASGI and back, within bounds of size and time.

uvicorn starts and stops the server and owns its sockets; llhttp reads. What lies between a request and its application
is here, as it takes a good part of the time of a short request (docs/decisions/0008), and because a head that is too
large or too slow must be given up.
"""

import asyncio
import logging
from collections import deque
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import httptools
from uvicorn import Config
from uvicorn.server import ServerState

log = logging.getLogger("octavo.http")

_VERSIONS = frozenset({"1.0", "1.1"})
_LARGEST_HEAD = 64 * 1024
_MUCH_BODY = 64 * 1024
_BODYLESS = frozenset({204, 304})
_STATUS_LINES: Final = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}
_CLOSE = b"connection: close\r\n"
_ASGI = {"version": "3.0", "spec_version": "2.3"}
_SAY_NOTHING = b""
_OFFERS = frozenset({b"connection", b"upgrade", b"http2-settings"})
_GONE = {"type": "http.disconnect"}


def _refusal(status: int) -> bytes:
    return _STATUS_LINES[status] + _CLOSE + b"content-length: 0\r\n\r\n"


_TOO_LARGE, _TOO_SLOW, _NOT_HTTP, _FAILED = _refusal(431), _refusal(408), _refusal(400), _refusal(500)


def bounded(seconds: float) -> type[asyncio.Protocol]:
    """Return the protocol that gives a client so many seconds for each head, the first byte of the first included."""

    class Bounded(_Connection):
        head_seconds = seconds

    return Bounded


class _Connection(asyncio.Protocol):
    """One connection: its requests are answered in the order in which they come.

    It waits for a head (`head_seconds`), for the next request (uvicorn's `timeout_keep_alive`), or for the application,
    as long as that takes. One timer serves all waiting: it looks when it is time, and again later if it was too early.
    """

    head_seconds: float
    transport: Any

    def __init__(self, config: Config, server_state: ServerState, **_: Any) -> None:
        """Be made by uvicorn's server, once a connection."""
        self.loop = asyncio.get_running_loop()
        self.state: Any = server_state
        self.app: Any = config.app
        self._proxied = config.loaded_app  # it believes what trusted proxies say of the client
        self._idle_seconds = config.timeout_keep_alive
        self._parser = self._new_parser()
        self._in_head, self._head_size = True, 0
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._is_proxied = self._expects_go_ahead = False
        self._reading: _Exchange | None = None
        self._answering: _Exchange | None = None
        self._waiting: deque[_Exchange] = deque()
        self._until: float | None = None
        self._too_late = _TOO_SLOW
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._drained: asyncio.Event | None = None
        self._usual_of: list[tuple[bytes, bytes]] = []
        self._usual = b""

    # What the event loop says

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self._client = (str(peer[0]), int(peer[1])) if isinstance(peer, tuple) else None
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        self.state.connections.add(self)
        self._wait(self.head_seconds, _TOO_SLOW)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.state.connections.discard(self)
        if self._timer:
            self._timer.cancel()
        self.resume_writing()
        self._waiting.clear()
        if self._answering:
            self._answering.client_has_gone()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_size += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self._refuse(_NOT_HTTP)
            return
        if self._in_head:
            self._keep_within_bounds()

    def pause_writing(self) -> None:
        self._drained = asyncio.Event()

    def resume_writing(self) -> None:
        if self._drained:
            self._drained.set()
            self._drained = None

    def shutdown(self) -> None:
        """Close as soon as what is being answered is answered: uvicorn asks for it."""
        if self._answering:
            self._end_after_this()
        else:
            self.transport.close()

    # What the parser says

    def _parse(self, data: bytes) -> None:
        """Have everything read. Where another protocol is offered the parser stops; it is told of the request without the offer."""
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                head, self._parser = self._without_offer(), self._new_parser()
                data = head + data[upgrade.args[0] :]
            else:
                return

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # Else what comes with a request that says `close` makes that one fail too.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def on_message_begin(self) -> None:
        if not self._in_head:
            self._in_head, self._head_size = True, 0
        self._url, self._headers = b"", []
        self._is_proxied = self._expects_go_ahead = False

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        self._headers.append((name, value))
        if name.startswith(b"x-forwarded-"):
            self._is_proxied = True
        elif name == b"expect" and value.lower() == b"100-continue":
            self._expects_go_ahead = True

    def on_headers_complete(self) -> None:
        self._in_head, self._until = False, None
        version = self._parser.get_http_version()
        if version not in _VERSIONS:
            raise ValueError("a version of HTTP that nobody here speaks")  # the parser fails with it: 400
        if self._parser.should_upgrade():
            self._in_head = True
            return  # the parser stops here; it goes on as if nothing had been offered
        keep_alive = version != "1.0" and self._parser.should_keep_alive()
        self._reading = exchange = _Exchange(
            self, self._scope(version), keep_alive=keep_alive, expects_go_ahead=self._expects_go_ahead
        )
        exchange.app = self._proxied if self._is_proxied else self.app
        if self._answering is None:
            self._answer(exchange)
        else:
            self._waiting.append(exchange)
            self.transport.pause_reading()

    def on_body(self, body: bytes) -> None:
        if self._reading and self._reading.take(body) > _MUCH_BODY:
            self.transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._reading:
            self._reading.has_all()
            self._reading = None

    def _without_offer(self) -> bytes:
        """Return the head just read without its offer to speak another protocol, which nobody here takes."""
        kept = [pair for pair in self._headers if pair[0] not in _OFFERS]
        if len(kept) == len(self._headers):
            return b"\0"  # CONNECT offers by its name alone; this is no HTTP, and refused as such
        first = b"%b %b HTTP/1.1\r\n" % (self._parser.get_method(), self._url)
        return first + b"".join([b"%b: %b\r\n" % pair for pair in kept]) + b"\r\n"

    def _scope(self, version: str) -> dict[str, Any]:
        url = self._url
        if url.startswith(b"/") and b"#" not in url:
            raw_path, _, query = url.partition(b"?")
        else:
            parsed = httptools.parse_url(url)
            raw_path, query = parsed.path or b"/", parsed.query or b""
        path = raw_path.decode("latin-1")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "method": self._parser.get_method().decode("ascii"),
            "scheme": self._scheme,
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": self._headers,
            "client": self._client,
        }

    # Answering

    def _answer(self, exchange: "_Exchange") -> None:
        self._answering = exchange
        exchange.task = self.loop.create_task(exchange.run())
        self.state.tasks.add(exchange.task)

    def answered(self, exchange: "_Exchange", *, complete: bool) -> None:
        """Go on to the next request, or wait for it."""
        self.state.tasks.discard(exchange.task)
        self._answering = None
        if self._reading is exchange:
            self._reading = None  # nobody wants the rest of its body
        if self.transport.is_closing():
            return
        if not complete or not exchange.keep_alive:
            self.transport.close()
            return
        self.transport.resume_reading()
        if self._waiting:
            self._answer(self._waiting.popleft())
        elif not self._in_head:
            self._wait(self._idle_seconds, _SAY_NOTHING)

    async def write(self, data: bytes) -> None:
        """Write, and wait before it while the client does not keep up."""
        if self._drained:
            await self._drained.wait()
        self.transport.write(data)

    def usual_headers(self) -> bytes:
        """Return what stands in every answer; uvicorn's server makes it anew every second."""
        if self._usual_of is not self.state.default_headers:
            self._usual_of = self.state.default_headers
            self._usual = b"".join([b"%b: %b\r\n" % pair for pair in self._usual_of])
        return self._usual

    # Bounds

    def _keep_within_bounds(self) -> None:
        if self._head_size > _LARGEST_HEAD:
            self._refuse(_TOO_LARGE)
        elif self._until is None or self._too_late is not _TOO_SLOW:
            self._wait(self.head_seconds, _TOO_SLOW)

    def _wait(self, seconds: float, too_late: bytes) -> None:
        """Wait for so long; then say this and hang up."""
        self._until, self._too_late = self.loop.time() + seconds, too_late
        if self._timer is None or self._timer_at > self._until:
            self._look_at(self._until)

    def _look_at(self, moment: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer_at, self._timer = moment, self.loop.call_at(moment, self._look)

    def _look(self) -> None:
        """Hang up where the time is over; else look again when it may be."""
        now = self.loop.time()
        if self._until is None or self._answering:
            self._look_at(now + min(self.head_seconds, self._idle_seconds))
        elif self._until > now:
            self._look_at(self._until)
        else:
            self._refuse(self._too_late)

    def _refuse(self, answer: bytes) -> None:
        """Hang up, but not before what was asked earlier is answered: an answer out of turn would be taken for that."""
        if self._answering:
            self._end_after_this()
        elif not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def _end_after_this(self) -> None:
        assert self._answering is not None  # noqa: S101 - both callers have looked
        self._waiting.clear()
        self._answering.keep_alive = False
        self.transport.pause_reading()


class _Exchange:
    """A request and its answer, as the application sees them (ASGI)."""

    __slots__ = (
        "_body", "_chunked", "_connection", "_delivered", "_done", "_expects_go_ahead", "_gone", "_head", "_more", "_news", "_started",
        "app", "keep_alive", "scope", "task",
    )  # fmt: skip
    app: Any
    task: asyncio.Task[None]

    def __init__(
        self, connection: _Connection, scope: dict[str, Any], *, keep_alive: bool, expects_go_ahead: bool
    ) -> None:
        self._connection, self.scope, self.keep_alive = connection, scope, keep_alive
        self._expects_go_ahead = expects_go_ahead
        self._body, self._more, self._delivered = b"", True, False
        self._news: asyncio.Event | None = None
        self._head = b""
        self._started = self._chunked = self._done = self._gone = False

    async def run(self) -> None:
        """Have the request answered."""
        try:
            await self.app(self.scope, self.receive, self.send)
        except Exception:
            log.exception("%s failed outside of every route", self.scope["method"])
            if not self._started and not self._gone:
                await self._connection.write(_FAILED)
        finally:
            self._connection.answered(self, complete=self._done)

    # What the connection tells

    def take(self, body: bytes) -> int:
        """Take a part of the body, and return how much of it the application has not seen yet."""
        self._body += body
        self._wake()
        return len(self._body)

    def has_all(self) -> None:
        """Take note that the body is complete."""
        self._more = False
        self._wake()

    def client_has_gone(self) -> None:
        """Take note that nobody waits for the answer."""
        self._gone = True
        self._wake()

    def _wake(self) -> None:
        if self._news:
            self._news.set()

    # What the application asks for

    async def receive(self) -> dict[str, Any]:
        """Return the next part of the body, or, after the last one, that the client has gone, once it has."""
        while not self._gone and not self._body and (self._more or self._delivered):
            if self._expects_go_ahead:
                self._expects_go_ahead = False
                await self._connection.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if self._more:
                self._connection.transport.resume_reading()
            self._news = asyncio.Event()
            await self._news.wait()
        if self._gone:
            return _GONE
        body, self._body, self._delivered = self._body, b"", not self._more
        return {"type": "http.request", "body": body, "more_body": self._more}

    async def send(self, message: dict[str, Any]) -> None:
        """Send the head of the answer, kept until the body comes where that is no stream, or a part of the body."""
        if self._gone:
            return
        if message["type"] == "http.response.start":
            self._head = self._printed(message["status"], message["headers"])
            if not self._chunked:
                return
        else:
            self._done = not message.get("more_body", False)
        data, self._head = self._head + self._framed(message.get("body", b"")), b""
        self._started = True
        if data:
            await self._connection.write(data)

    def _printed(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        own = b"".join([b"%b: %b\r\n" % pair for pair in headers])
        if not own.count(b"\n") == own.count(b"\r") == len(headers):
            raise ValueError("a header of an answer has more than one line")
        lines = [_STATUS_LINES[status], self._connection.usual_headers(), own]
        names = [name for name, _ in headers]
        if status not in _BODYLESS and b"content-length" not in names:
            if self.scope["http_version"] == "1.1":
                self._chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
            else:
                self.keep_alive = False  # the end of the connection is the end of the body
        if b"connection" in names:
            self.keep_alive = False  # nothing else is ever said of it
        elif not self.keep_alive:
            lines.append(_CLOSE)
        lines.append(b"\r\n")
        return b"".join(lines)

    def _framed(self, body: bytes) -> bytes:
        if self.scope["method"] == "HEAD":
            return b""
        if not self._chunked:
            return body
        piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return piece + b"0\r\n\r\n" if self._done else piece
