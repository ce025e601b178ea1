"""The timers: what is to be done once in a while for every tenant, and how often."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import NAMESPACE_URL, uuid5

from octavo.services import (
    actual_cost,
    age_to_lost,
    anonymise_by_time,
    anonymise_requests,
    expire,
    messages,
    my_requests,
    notices,
    register_online,
    reminder_fees,
    retention,
    toggle_titles,
)
from octavo.services.expire import Begin
from octavo.services.mailer import Mailer
from octavo.services.scheduled_notices import ROUNDS, send_due
from octavo.store import events, replays
from octavo.store.timers import claim, load_periods, load_ran
from octavo.store.tx import Store, Tx
from octavo.telemetry import TIMER_SECONDS, TIMERS_RUN
from octavo_models.scheduler import TimerDescriptor, TimerEntry

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


#: Every timer that depends on no setting, named like the route that does the same for the tenant of its caller, where
#: there is one; periods are FOLIO's.
TIMERS: tuple[Timer, ...] = (
    Timer("/scheduled-request-expiration", timedelta(minutes=2), expire.expire_requests),
    Timer("/circulation/scheduled-age-to-lost", timedelta(minutes=30), age_to_lost.age_to_lost),
    Timer("/circulation/scheduled-age-to-lost-fee-charging", timedelta(minutes=35), age_to_lost.charge_aged_to_lost),
    Timer("/circulation/actual-cost-expiration-by-timeout", timedelta(minutes=20), actual_cost.expire_actual_costs),
    Timer("/circulation/scheduled-anonymize-processing", timedelta(minutes=60), anonymise_by_time.count_anonymised),
    Timer(
        "/circulation/scheduled-request-anonymize-processing",
        timedelta(minutes=60),
        anonymise_requests.count_anonymised_requests,
    ),
    Timer("suspensions of holds that are over", timedelta(minutes=5), my_requests.end_suspensions),
    Timer("registrations never confirmed", timedelta(hours=1), register_online.forget_unconfirmed),
    Timer("/users/expire/timer", timedelta(minutes=1), in_one_go(expire.expire_users)),
    Timer(
        "/circulation/notice-session-expiration-by-timeout", timedelta(minutes=3), in_one_go(expire.end_idle_sessions)
    ),
    Timer("occasions to tell patrons of", timedelta(minutes=1), notices.tell_occasions),
    *(Timer(f"/circulation/{name}", timedelta(minutes=2), partial(send_due, which=which)) for name, which in ROUNDS.items()),
    Timer("/circulation/scheduled-digital-reminders-processing", timedelta(minutes=30), reminder_fees.send_reminders),
    Timer("records kept for as long as the setting `retention` says", timedelta(hours=1), retention.forget_by_time),
    Timer("messages kept too long", timedelta(hours=1), in_one_go(messages.forget_old_messages)),
    Timer("/tlr-feature-toggle-job/start", timedelta(minutes=5), in_one_go(toggle_titles.run_toggle_job)),
    Timer("answers kept under an Idempotency-Key", timedelta(hours=1), in_one_go(replays.forget_old)),
)


def calling() -> frozenset[str]:
    """Return the paths of the timers that a library may run more or less often."""
    return frozenset(timer.name for timer in TIMERS if timer.name.startswith("/"))


def descriptors() -> list[TimerDescriptor]:
    """Return the timers as each tenant has them at first."""
    return [
        TimerDescriptor(
            id=str(uuid5(NAMESPACE_URL, path)),
            routing_entry=TimerEntry(
                methods=["POST"], path_pattern=path, unit="minute", delay=str(timer.period // timedelta(minutes=1))
            ),
        )
        for path, timer in sorted((timer.name, timer) for timer in TIMERS if timer.name in calling())
    ]


def every_timer(kept: timedelta, mailer: Mailer | None = None) -> tuple[Timer, ...]:
    """Return all timers, also those that depend on settings. kept: for how long published events are kept.

    mailer: what sends messages to people; without one they wait.
    """
    return (
        *TIMERS,
        Timer("events that are kept no longer", timedelta(hours=1), partial(_forget_events, kept=kept)),
        Timer("messages to be sent", timedelta(minutes=1), partial(messages.send_messages, mailer=mailer)),
    )


async def _forget_events(begin: Begin, kept: timedelta) -> int:
    """Forget events that happened too long ago, batch by batch, and return how many."""
    forgotten = 0
    while True:
        async with begin() as tx:
            done = await events.forget_before(tx, tx.now - kept)
        forgotten += done
        if done < events.FORGOTTEN_AT_ONCE:
            return forgotten


@dataclass(frozen=True)
class Ran:
    """A timer that was due for a tenant, and how many records it changed; None where it failed."""

    tenant: str
    timer: str
    changed: int | None


async def run_due(
    store: Store, tenants: Iterable[str], clock: Callable[[], datetime], timers: Iterable[Timer] = TIMERS
) -> AsyncIterator[Ran]:
    """Run the timers that are due, each once for each tenant, as often as the tenant wants it.

    One that fails stops no other and waits for its next turn. Where none is due a tenant costs one statement; each that
    is gets claimed when its turn has come, so that a worker that ends meanwhile has claimed none it has not begun.
    """
    every = tuple(timers)
    async with store.connections.acquire() as connection:
        ran_at = await load_ran(connection)
    for tenant in tenants:
        async with store.read(tenant, clock()) as tx:
            chosen = await load_periods(tx)
        for timer in every:
            period = chosen.get(timer.name, timer.period)
            if period is None or not _may_be_due(ran_at.get((tenant, timer.name)), clock(), period):
                continue
            if await _claimed(store, tenant, timer.name, clock(), period):
                yield Ran(tenant, timer.name, await _changed(store, tenant, timer, clock()))


def _may_be_due(ran_at: datetime | None, now: datetime, period: timedelta) -> bool:
    """Tell whether a timer is due unless somebody has run it since; whoever claims it finds out."""
    return ran_at is None or ran_at <= now - period


async def _claimed(store: Store, tenant: str, name: str, now: datetime, period: timedelta) -> bool:
    async with store.connections.acquire() as connection:
        return await claim(connection, tenant, name, now, period)


async def _changed(store: Store, tenant: str, timer: Timer, now: datetime) -> int | None:
    with TIMER_SECONDS.labels(timer.name).time():
        try:
            changed = await timer.run(partial(store.transaction, tenant, now))
        except Exception:
            log.exception("timer %s failed for tenant %s", timer.name, tenant)
            TIMERS_RUN.labels(timer.name, "failed").inc()
            return None
    TIMERS_RUN.labels(timer.name, "done").inc()
    return changed
