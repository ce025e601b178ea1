"""The HTTP parser of the server, with bounds that uvicorn has none of: how large the head of a request is, how slow, how old."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_VERSIONS = ("1.0", "1.1")
_LARGEST_HEAD = 64 * 1024
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def bounded(seconds: float) -> type[HttpToolsProtocol]:
    """Return the protocol that gives a client so many seconds for each head, the first byte of the first included."""

    class Bounded(_BoundedProtocol):
        head_seconds = seconds

    return Bounded


class _BoundedProtocol(HttpToolsProtocol):
    """Closes connections whose head of a request grows too large or does not come to an end."""

    head_seconds: float
    _in_head = True
    _head_size = 0
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._keep_within_bounds()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._in_head:
            self._in_head, self._head_size = True, 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._arrived()
        if self.parser.get_http_version() not in _VERSIONS:
            raise ValueError("a version of HTTP that nobody here speaks")  # answered 400 by the caller
        super().on_headers_complete()

    def _keep_within_bounds(self) -> None:
        if self._head_size > _LARGEST_HEAD:
            self._refuse(_TOO_LARGE)
        elif self._end is None:
            self._wait()

    def _wait(self) -> None:
        self._end = self.loop.call_later(self.head_seconds, self._refuse, _TOO_SLOW)

    def _arrived(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _refuse(self, answer: bytes) -> None:
        self._arrived()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
