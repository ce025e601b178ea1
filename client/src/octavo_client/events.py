"""What has changed in the library, as Octavo tells it page by page (`GET /events`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from octavo_client import calls
from octavo_client.calls import Call, Page, Query, Walk
from octavo_client.operations import Api, S, operation, walking
from octavo_models.shown import EventPage, ToldEvent


@dataclass(frozen=True)
class EventBatch(Page[ToldEvent]):
    """Events in the order in which they were told. `next` is the position to go on after, `more` whether to go on now."""

    next: int
    more: bool


class Events(Api[S]):
    """Events. `topics` are names such as `circulation.loan`, all of them by default."""

    @operation
    def page(self, after: int | None = None, *, topics: Sequence[str] = ()) -> Call[EventBatch]:
        """Return events after a position, else the oldest that are kept. Refused with 410 if those after it are gone."""
        return _page(after, topics)

    @walking
    def iterate(self, after: int | None = None, *, topics: Sequence[str] = ()) -> Walk[ToldEvent]:
        """Yield every event after a position, and end with the latest; keep its position to go on later."""

        def following(page: Page[ToldEvent]) -> Call[EventBatch] | None:
            return _page(page.next, topics) if isinstance(page, EventBatch) and page.more else None

        return Walk(_page(after, topics), following)


def _page(after: int | None, topics: Sequence[str]) -> Call[EventBatch]:
    read = calls.model(EventPage)

    def batch(response: httpx.Response) -> EventBatch:
        page = read(response)
        return EventBatch(page.events, None, page.next, page.more)

    query: Query = {"after": after, "topics": ",".join(topics) or None}
    return Call("GET", "/events", batch, query)
