"""Events, as a stream of server-sent events or page by page for those who come by once in a while."""

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Final

import orjson

from octavo.errors import BadRequest, Gone, TooMany, Unavailable
from octavo.http import sse
from octavo.http.bell import Bell, rings
from octavo.http.call import Call, Reply, ok
from octavo.http.routes import Route
from octavo.store import events
from octavo.store.events import Batch, Bounds

PERMISSION: Final = "octavo.events.get"
#: After how many seconds of silence a line is sent that keeps the connection open.
HEARTBEAT_SECONDS: Final = 15.0
#: How long a stream lasts, in seconds. The client connects again by itself, and is asked again who it is.
_LONGEST: Final = 600.0
#: How many streams one process serves at once.
_MOST_STREAMS: Final = 500
_RECONNECT_MILLISECONDS: Final = 2000
_DO_NOT_KEEP: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventPages:
    """The route of events; `bell` rings when there are new ones."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._streams = 0

    def routes(self) -> tuple[Route, ...]:
        """Return the routes."""
        return (
            Route("GET", "/events", PERMISSION, self.read_events, "Stream what changes, or list it page by page", 2,
                  query=("topics", "after"), errors=(400, 410, 429)),
        )  # fmt: skip

    async def read_events(self, call: Call) -> Reply:
        """Tell what has changed after a position: whoever accepts `text/event-stream` is told all that follows, too."""
        wanted = _read_topics(call)
        streamed = sse.MEDIA_TYPE in call.headers.get("accept", "")
        async with call.read() as tx:
            position = _start(call, await events.load_bounds(tx), streamed=streamed)
            batch = None if streamed else await events.read_after(tx, position, wanted)
        if batch is not None:
            return ok(_page(call.caller.tenant, batch))
        if self._streams >= _MOST_STREAMS:
            raise TooMany("too many event streams are open", retry_after=30)
        return Reply(
            200, content_type=sse.MEDIA_TYPE, headers=_DO_NOT_KEEP, stream=self._stream(call, position, wanted)
        )

    async def _stream(self, call: Call, position: int, wanted: list[str]) -> AsyncGenerator[bytes, None]:
        """Yield events as they are published, until it is time to connect again; no more than one batch is in memory."""
        self._streams += 1
        end = asyncio.get_running_loop().time() + _LONGEST
        try:
            yield sse.retry_after(_RECONNECT_MILLISECONDS)
            while not self._bell.closed and asyncio.get_running_loop().time() < end:
                ring = self._bell.next_ring(call.caller.tenant)
                async with call.read() as tx:
                    batch = await events.read_after(tx, position, wanted)
                for event in batch.events:
                    yield sse.message(event.position, _name(call.caller.tenant, event.topic), event.payload(call.caller.tenant))
                position = batch.seen
                if not batch.more and not await rings(ring, HEARTBEAT_SECONDS):
                    yield sse.heartbeat(position)
        except Unavailable:
            yield sse.comment("the database is not available, connect again")
        finally:
            self._streams -= 1


def _page(tenant: str, batch: Batch) -> bytes:
    told = [
        b'{"position":%d,"topic":%b,"event":%b}'
        % (event.position, orjson.dumps(_name(tenant, event.topic)), event.payload(tenant))
        for event in batch.events
    ]
    return b'{"events":[%b],"next":%d,"more":%b}' % (b",".join(told), batch.seen, b"true" if batch.more else b"false")


def _name(tenant: str, topic: str) -> str:
    """Return the name of a topic as FOLIO's modules have it on Kafka, without the name of the environment."""
    return f"{tenant}.{topic}"


def _read_topics(call: Call) -> list[str]:
    named = [name for name in call.query.get("topics", "").split(",") if name]
    known = events.topics()
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise BadRequest(f"no such topic: {', '.join(unknown)[:200]}; the topics are {', '.join(known)}")
    return named


def _start(call: Call, bounds: Bounds, *, streamed: bool) -> int:
    """Return the position after which to begin. Without one a stream begins now, a list at the oldest that is kept."""
    text = call.headers.get("last-event-id") or call.query.get("after")
    if not text:
        return bounds.newest if streamed else bounds.forgotten
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise BadRequest(f"not the position of an event: {text[:40]}")
    position = int(text)
    if position < bounds.forgotten:
        raise Gone(
            f"events up to {bounds.forgotten} are kept no longer: read the records anew and go on after {bounds.forgotten}"
        )
    if position > bounds.newest:
        raise BadRequest(f"there is no event {position} yet, the newest is {bounds.newest}")
    return position
