"""Delivering events to webhooks: in order for each, again until somebody takes them, and none waits for another."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

from octavo.errors import NotFound
from octavo.rules.retries import is_given_up, pause_after
from octavo.rules.signatures import sign
from octavo.services.webhooks import suspend
from octavo.store import events, webhooks
from octavo.store.events import Event
from octavo.store.tx import Store
from octavo.store.webhooks import Due
from octavo.telemetry import DELIVERIES
from octavo.worker.loops import attempted
from octavo.worker.marks import Marks
from octavo.worker.sending import TIME_OUT, Channel, NotDelivered, Sender
from octavo_models.webhook import Webhook

log = logging.getLogger("octavo.webhooks")

#: For how long a webhook is held by whoever delivers to it; longer than one delivery takes.
_HELD: Final = timedelta(seconds=4 * TIME_OUT)
#: How many webhooks one process delivers to at once.
_AT_ONCE: Final = 20


class Deliverer:
    """Delivers published events. news: the tenants that may have some; patience: how long a webhook may fail."""

    def __init__(
        self, store: Store, news: Marks, clock: Callable[[], datetime], sender: Sender, patience: timedelta
    ) -> None:
        """Keep what it works with."""
        self._store = store
        self._news = news
        self._clock = clock
        self._sender = sender
        self._patience = patience
        self._name = str(uuid4())
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Deliver whatever there is to deliver, until cancelled."""
        async with asyncio.TaskGroup() as deliveries:
            while True:
                for tenant in await self._news.take():
                    await attempted(f"looking for webhooks of {tenant}", partial(self._begin, tenant, deliveries))

    async def _begin(self, tenant: str, deliveries: asyncio.TaskGroup) -> None:
        now = self._clock()
        async with self._store.read(tenant, now) as tx:
            due = await webhooks.claim_due(tx, self._name, now + _HELD)
        for one in due:
            deliveries.create_task(self._deliver_safely(tenant, one))

    async def _deliver_safely(self, tenant: str, due: Due) -> None:
        async with self._room:
            await attempted(f"delivering to webhook {due.id}", partial(self.deliver, tenant, due))
        # More may have come while it was held.
        self._news.add(tenant)

    async def deliver(self, tenant: str, due: Due) -> None:
        """Deliver everything that a webhook has not had yet, and let go of it."""
        webhook = Webhook.model_validate_json(due.document)
        async with self._sender.channel(webhook.url) as channel:
            try:
                await self._deliver_all(tenant, due, webhook, channel)
            except NotDelivered as reason:
                await self._failed(tenant, due, reason)
                return
        async with self._store.read(tenant, self._clock()) as tx:
            await webhooks.let_go(tx, due.id, self._name)

    async def _deliver_all(self, tenant: str, due: Due, webhook: Webhook, channel: Channel) -> None:
        position, more = due.position, True
        while more:
            async with self._store.read(tenant, self._clock()) as tx:
                batch = await events.read_after(tx, position, webhook.topics)
            for event in batch.events:
                await self._post(tenant, due, event, channel)
                if not await self._advance(tenant, due, event.position):
                    return
            position, more = batch.seen, batch.more
            if not await self._advance(tenant, due, position):
                return

    async def _advance(self, tenant: str, due: Due, position: int) -> bool:
        now = self._clock()
        async with self._store.read(tenant, now) as tx:
            return await webhooks.advance(tx, due.id, self._name, position, now + _HELD)

    async def _post(self, tenant: str, due: Due, event: Event, channel: Channel) -> None:
        body, timestamp = event.payload(tenant), int(self._clock().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "octavo",
            "X-Okapi-Tenant": tenant,
            "X-Octavo-Event-Id": event.id,
            "X-Octavo-Topic": f"{tenant}.{event.topic}",
            "X-Octavo-Timestamp": str(timestamp),
            "X-Octavo-Signature": sign(due.secret, timestamp, body),
        }
        await channel.post(body, headers)
        DELIVERIES.labels("delivered").inc()

    async def _failed(self, tenant: str, due: Due, reason: NotDelivered) -> None:
        DELIVERIES.labels("failed").inc()
        now = self._clock()
        async with self._store.transaction(tenant, now) as tx:
            failing = await webhooks.note_failure(tx, due.id, self._name)
            if failing is None:
                return
            pause = pause_after(failing.failures)
            await webhooks.try_again_at(tx, due.id, self._name, now + pause)
            log.info("webhook %s of tenant %s, failure %d: %s", due.id, tenant, failing.failures, reason)
            if reason.gone or is_given_up(failing.since, self._patience, now):
                log.warning("webhook %s of tenant %s is suspended: %s", due.id, tenant, reason)
                try:
                    await suspend(tx, due.id, str(reason))
                except NotFound:
                    return
        asyncio.get_running_loop().call_later(pause.total_seconds(), self._news.add, tenant)
