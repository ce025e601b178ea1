"""The worker room: everything that runs in the background, inside `octavo serve` or as `octavo worker`."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from octavo.rules.destinations import Destinations
from octavo.services.mailer import Mailer
from octavo.store import events
from octavo.store.announcements import listen
from octavo.store.tx import Store
from octavo.worker.deliverer import Deliverer
from octavo.worker.loops import for_ever
from octavo.worker.marks import Marks
from octavo.worker.publisher import SWEEP, Publisher, announce_marked, every_tenant
from octavo.worker.sending import Sender
from octavo.worker.timers import every_timer, run_due

#: How often it is seen to that due timers run, in seconds; each has its own, longer, period.
_TIMERS_EVERY: Final = 20.0


@dataclass
class Room:
    """What works in the background.

    changed: the tenants whose records may have changed since they were published. allowed: to where webhooks may send;
    patience: how long one may fail. kept: how long events are kept. mailer: what sends messages to people.
    """

    store: Store
    url: str
    clock: Callable[[], datetime]
    changed: Marks
    allowed: Destinations
    patience: timedelta
    kept: timedelta
    mailer: Mailer | None = None
    news: Marks = field(default_factory=Marks)

    async def work(self) -> None:
        """Publish events, deliver them, and run the timers, until cancelled."""
        publisher = Publisher(self.store, self.changed, self.clock)
        deliverer = Deliverer(self.store, self.news, self.clock, Sender(self.allowed), self.patience)
        await _together(
            for_ever("publishing", publisher.publish_marked),
            for_ever("looking for events to publish", publisher.sweep, SWEEP),
            for_ever("timers", self._run_timers, _TIMERS_EVERY),
            for_ever("looking for webhooks that are behind", self._look_at_all, SWEEP),
            deliverer.run(),
            listen(self.url, events.WAITING, self.changed.add, lambda _hears: None),
            listen(self.url, events.PUBLISHED, self.news.add, lambda _hears: None),
        )

    async def _run_timers(self) -> None:
        every = every_timer(self.kept, self.mailer)
        async for _ in run_due(self.store, await every_tenant(self.store), self.clock, every):
            pass

    async def _look_at_all(self) -> None:
        self.news.add_all(await every_tenant(self.store))


async def announce(store: Store, changed: Marks) -> None:
    """Tell a worker in another process what has changed, until cancelled."""

    async def step() -> None:
        await announce_marked(store, changed)

    await for_ever("announcing changes", step)


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as group:
        for one in work:
            group.create_task(one)
