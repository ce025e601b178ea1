"""What has changed in the library, as Octavo tells it page by page; and the addresses to which it tells it by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from octavo_client import calls
from octavo_client.calls import Call, Page, Query, Walk, path_of
from octavo_client.collection import Records
from octavo_client.operations import Api, S, operation, walking
from octavo_models.shown import EventPage, ToldEvent
from octavo_models.webhook import WEBHOOKS, NewWebhook, Webhook, WebhookSecret


@dataclass(frozen=True)
class EventBatch(Page[ToldEvent]):
    """Events in the order in which they were told. `next` is the position to go on after, `more` whether to go on now."""

    next: int
    more: bool


class Webhooks(Records[S, Webhook]):
    """The addresses to which events are posted, signed and in order."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, WEBHOOKS)

    @operation
    def create(self, webhook: Webhook) -> Call[NewWebhook]:
        """Register an address; the secret that signs what is sent there is told this once."""
        return Call("POST", WEBHOOKS.path, calls.model(NewWebhook), body=webhook)

    @operation
    def renew_secret(self, webhook_id: str) -> Call[str]:
        """Give a webhook another secret, and return it; it is told this once."""
        read = calls.part(WebhookSecret, lambda answer: answer.secret)
        return Call("POST", path_of(WEBHOOKS.path, webhook_id, "secret"), read)


class Events(Api[S]):
    """Events. `topics` are names such as `circulation.loan`, all of them by default."""

    @property
    def webhooks(self) -> Webhooks[S]:
        """Return the addresses to which events are posted."""
        return Webhooks(self._sender)

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
