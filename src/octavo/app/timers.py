"""The timers: what is to be done once in a while for every tenant, and how often."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from octavo.services import actual_cost, age_to_lost, anonymise_by_time, expire, messages, notices, reminder_fees
from octavo.services.expire import Begin
from octavo.services.mailer import Mailer
from octavo.services.scheduled_notices import ROUNDS, send_due
from octavo.store import replays
from octavo.store.timers import claim
from octavo.store.tx import Store, Tx

log = logging.getLogger("octavo.timers")


@dataclass(frozen=True)
class Timer:
    """Something to be done every `period`. run: does it for one tenant and returns how many records it changed."""

    name: str
    period: timedelta
    run: Callable[[Begin], Awaitable[int]]


def in_one_go(work: Callable[[Tx], Awaitable[int]]) -> Callable[[Begin], Awaitable[int]]:
    """Return work that needs one transaction as a timer runs it."""

    async def run(begin: Begin) -> int:
        async with begin() as tx:
            return await work(tx)

    return run


#: The name of the timer that sends what waits in the outbox.
SENDING = "messages to be sent"
#: Every timer that needs no more than the database, named like the route that does the same for the tenant of its caller, where there is one; periods are
#: FOLIO's.
TIMERS: tuple[Timer, ...] = (
    Timer("/scheduled-request-expiration", timedelta(minutes=2), expire.expire_requests),
    Timer("/circulation/scheduled-age-to-lost", timedelta(minutes=30), age_to_lost.age_to_lost),
    Timer("/circulation/scheduled-age-to-lost-fee-charging", timedelta(minutes=35), age_to_lost.charge_aged_to_lost),
    Timer("/circulation/actual-cost-expiration-by-timeout", timedelta(minutes=20), actual_cost.expire_actual_costs),
    Timer("/circulation/scheduled-anonymize-processing", timedelta(minutes=60), anonymise_by_time.count_anonymised),
    Timer("/users/expire/timer", timedelta(minutes=1), in_one_go(expire.expire_users)),
    Timer(
        "/circulation/notice-session-expiration-by-timeout", timedelta(minutes=3), in_one_go(expire.end_idle_sessions)
    ),
    Timer("occasions to tell patrons of", timedelta(minutes=1), notices.tell_occasions),
    *(Timer(f"/circulation/{name}", timedelta(minutes=2), partial(send_due, which=which)) for name, which in ROUNDS.items()),
    Timer("/circulation/scheduled-digital-reminders-processing", timedelta(minutes=30), reminder_fees.send_reminders),
    Timer("messages kept too long", timedelta(hours=1), in_one_go(messages.forget_old_messages)),
    Timer("answers kept under an Idempotency-Key", timedelta(hours=1), in_one_go(replays.forget_old)),
)


def timers(mailer: Mailer | None) -> tuple[Timer, ...]:
    """Return every timer there is; messages to people are sent by a mail server, where one is set up."""
    return (*TIMERS, Timer(SENDING, timedelta(minutes=1), partial(messages.send_messages, mailer=mailer)))


@dataclass(frozen=True)
class Ran:
    """A timer that was due for a tenant, and how many records it changed; None where it failed."""

    tenant: str
    timer: str
    changed: int | None


async def run_due(
    store: Store, tenants: Iterable[str], clock: Callable[[], datetime], timers: Iterable[Timer] = TIMERS
) -> AsyncIterator[Ran]:
    """Run the timers that are due, each once for each tenant. One that fails stops no other and waits for its next turn."""
    every = tuple(timers)
    for tenant in tenants:
        for timer in every:
            if await _is_due(store, tenant, timer, clock()):
                yield Ran(tenant, timer.name, await _changed(store, tenant, timer, clock()))


async def _is_due(store: Store, tenant: str, timer: Timer, now: datetime) -> bool:
    async with store.connections.acquire() as connection:
        return await claim(connection, tenant, timer.name, now, timer.period)


async def _changed(store: Store, tenant: str, timer: Timer, now: datetime) -> int | None:
    try:
        return await timer.run(partial(store.transaction, tenant, now))
    except Exception:
        log.exception("timer %s failed for tenant %s", timer.name, tenant)
        return None
