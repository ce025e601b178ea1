"""Server-sent events on the wire (WHATWG HTML, 9.2)."""

from typing import Final

MEDIA_TYPE: Final = "text/event-stream"


def message(position: int, name: str, data: bytes) -> bytes:
    """Return one event; `data` is JSON, which has no line breaks."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (position, name.encode(), data)


def heartbeat(position: int) -> bytes:
    """Return what keeps proxies and clients from giving a silent stream up, and tells how far it has come."""
    return b": still here\nid: %d\n\n" % position


def comment(text: str) -> bytes:
    """Return a line for whoever looks at the stream; clients do not see it."""
    return f": {text}\n\n".encode()


def retry_after(milliseconds: int) -> bytes:
    """Tell the client how long to wait before it connects again."""
    return b"retry: %d\n\n" % milliseconds
