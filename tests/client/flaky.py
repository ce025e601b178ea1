"""A real HTTP server on loopback that loses connections and is busy as it is told to, alone or before another server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

#: What becomes of one request: done and answered, done but not answered, or refused with a status.
ANSWER, LOSE = 200, 0


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Flaky:
    """What the server is to do with its next requests, and what it was asked; then it answers everything."""

    url: str = ""
    fates: list[int] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    answer: Callable[[Asked], httpx.Response] = lambda _: httpx.Response(404)
    turn: Any = field(default_factory=threading.Lock)

    def fate(self, asked: Asked) -> int:
        with self.turn:
            self.asked.append(asked)
            return self.fates.pop(0) if self.fates and asked.path != "/openapi.json" else ANSWER

    def of(self, method: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == method]


@contextmanager
def flaky(answer: Callable[[Asked], httpx.Response]) -> Iterator[Flaky]:
    """Run a server in a thread that answers as `answer` says, when it answers."""
    state = Flaky(answer=answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: Flaky) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            fate = state.fate(asked)
            if fate > ANSWER:
                self._reply(httpx.Response(fate, headers={"Retry-After": "0"}))
                return
            done = state.answer(asked)
            if fate == ANSWER:
                self._reply(done)

        def _reply(self, answer: httpx.Response) -> None:
            self.send_response(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name.lower() not in ("content-length", "transfer-encoding", "content-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names are the library's

    return Handler


def before(server: str, *, folio: bool = False) -> Callable[[Asked], httpx.Response]:
    """Return the answers of another server; as a FOLIO, it knows neither Idempotency-Keys nor /openapi.json."""

    def forward(asked: Asked) -> httpx.Response:
        if folio and asked.path == "/openapi.json":
            return httpx.Response(404, text="No suitable module found for path /openapi.json")
        dropped = {"host", "connection", "accept-encoding", *({"idempotency-key"} if folio else ())}
        headers = {name: value for name, value in asked.headers.items() if name not in dropped}
        return httpx.request(asked.method, server + asked.path, headers=headers, content=asked.body, timeout=30)

    return forward
