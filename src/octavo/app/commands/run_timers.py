"""`octavo run-timers`."""

import asyncio
from datetime import timedelta

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
from octavo.app.commands.telling import PARTLY, end, tell
from octavo.app.database import database
from octavo.app.mail import mailer_of
from octavo.http.dispatch import utc_now
from octavo.store import tenants
from octavo.store.pool import Pool
from octavo.store.tx import Store
from octavo.worker.timers import Ran, Timer, every_timer, run_due


def run_timers(as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Do for every tenant what is to be done once in a while: expired requests, memberships and visits.

    Meant to be called every minute; each timer runs when its own period is over. Exit code 3 where one has
    failed.

    Example: octavo run-timers --json
    """
    settings = settings_from(database_url, data_dir)
    timers = every_timer(timedelta(days=settings.event_days), mailer_of(settings))
    with database(settings) as url:
        ran = asyncio.run(_run(url, timers))
    told = [{"tenant": one.tenant, "timer": one.timer, "changed": one.changed} for one in ran]
    tell(told, *map(_told, ran), as_json=as_json)
    if any(one.changed is None for one in ran):
        end(PARTLY)


async def _run(url: str, timers: tuple[Timer, ...]) -> list[Ran]:
    pool = Pool(url, size=1)
    try:
        async with pool.acquire() as connection:
            await tenants.check(connection)
            names = await tenants.names(connection)
        return [ran async for ran in run_due(Store(pool), names, utc_now, timers)]
    finally:
        await pool.close()


def _told(ran: Ran) -> str:
    return f"{ran.tenant}\t{ran.timer}\t{'failed' if ran.changed is None else f'{ran.changed} changed'}"
