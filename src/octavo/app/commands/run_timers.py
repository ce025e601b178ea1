"""`octavo run-timers`."""

import asyncio
from datetime import timedelta

import orjson
import typer

from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
from octavo.app.database import database
from octavo.http.dispatch import utc_now
from octavo.store import tenants
from octavo.store.pool import Pool
from octavo.store.tx import Store
from octavo.worker.timers import Ran, Timer, every_timer, run_due

_SOME_FAILED = 2


def run_timers(as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Do for every tenant what is to be done once in a while: expired requests, memberships and visits.

    Meant to be called every minute; each timer runs when its own period is over. Ends with 2 where one has failed.
    Example: octavo run-timers.
    """
    settings = settings_from(database_url, data_dir)
    with database(settings) as url:
        ran = asyncio.run(_run(url, every_timer(timedelta(days=settings.event_days))))
    for one in ran:
        typer.echo(_told(one, as_json=as_json))
    if any(one.changed is None for one in ran):
        raise typer.Exit(_SOME_FAILED)


async def _run(url: str, timers: tuple[Timer, ...]) -> list[Ran]:
    pool = Pool(url, size=1)
    try:
        async with pool.acquire() as connection:
            await tenants.check(connection)
            names = await tenants.names(connection)
        return [ran async for ran in run_due(Store(pool), names, utc_now, timers)]
    finally:
        await pool.close()


def _told(ran: Ran, *, as_json: bool) -> str:
    if as_json:
        return orjson.dumps({"tenant": ran.tenant, "timer": ran.timer, "changed": ran.changed}).decode()
    return f"{ran.tenant}\t{ran.timer}\t{'failed' if ran.changed is None else f'{ran.changed} changed'}"
