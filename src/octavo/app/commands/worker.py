"""`octavo worker`."""

import asyncio
import contextlib
import signal

from octavo.app import logs, serving
from octavo.app.background import room
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, settings_from
from octavo.app.commands.telling import tell
from octavo.app.database import database
from octavo.app.settings import Settings
from octavo.store import tenants
from octavo.store.pool import Pool, connect
from octavo.store.tx import Store
from octavo.worker.marks import Marks


def worker(as_json: AsJson = False, database_url: DatabaseUrl = None, data_dir: DataDir = None) -> None:
    """Publish events, deliver webhooks and run timers, for servers that run with OCTAVO_WORKER=false.

    Example: octavo worker --database-url postgresql://octavo@db/octavo
    """
    settings = settings_from(database_url, data_dir)
    logs.configure(settings.log_level, settings.log_format)
    with database(settings) as url:
        serving.drive(_run(settings, url, as_json=as_json))


async def _run(settings: Settings, url: str, *, as_json: bool) -> None:
    await _check(url)
    pool, changed = Pool(url, settings.worker_connections), Marks()
    work = asyncio.create_task(room(settings, url, Store(pool, changed.add), changed).work())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    tell({"working": True}, "Octavo works in the background", as_json=as_json)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        await pool.close()


async def _check(url: str) -> None:
    connection = await connect(url)
    try:
        await tenants.check(connection)
    finally:
        await connection.close()
