"""`octavo serve`."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

from octavo.app import serving, wiring
from octavo.app.commands.options import DatabaseUrl, DataDir, EdgePort, Host, Port, settings_from
from octavo.app.database import database
from octavo.app.settings import Settings
from octavo.store import access, tenants
from octavo.store.announcements import listen
from octavo.store.pool import Pool, connect
from octavo.store.tx import Store


def serve(
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    edge_port: EdgePort = None,
) -> None:
    """Start the server. Example: octavo serve --data-dir /var/lib/octavo --port 9130."""
    settings = settings_from(database_url, data_dir, host, port, edge_port)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with database(settings) as url:
        asyncio.run(run(settings, url, lambda okapi, edge: print(f"Octavo listens on {okapi} and {edge}", flush=True)))  # noqa: T201


async def run(settings: Settings, url: str, ready: Callable[[str, str], Any]) -> None:
    """Serve until asked to stop; `ready` gets the two base URLs once both sides answer."""
    await _check(url, embedded=settings.database_url is None)
    sockets = [serving.listen(settings.host, port) for port in (settings.port, settings.edge_port)]
    okapi, edge = (f"http://{settings.host}:{made.getsockname()[1]}" for made in sockets)
    async with assembled(settings, url) as octavo:
        sides = list(zip((octavo.okapi, octavo.edge), sockets, strict=True))
        await serving.run(sides, lambda: ready(okapi, edge), settings.log_level)


@contextlib.asynccontextmanager
async def assembled(settings: Settings, url: str) -> AsyncIterator[wiring.Octavo]:
    """Put the server together over a pool of connections, listening to what other workers announce."""
    pool = Pool(url, settings.connections)
    octavo = wiring.assemble(Store(pool), settings)
    listener = asyncio.create_task(listen(url, access.CHANNEL, octavo.registry.heard, octavo.registry.listening))
    try:
        yield octavo
    finally:
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener
        await pool.close()


async def _check(url: str, *, embedded: bool) -> None:
    """Refuse a database of another version; an embedded one that is still empty is prepared first."""
    connection = await connect(url)
    try:
        empty = await connection.fetchval("SELECT to_regclass('octavo.tenant') IS NULL")
        if not (embedded and empty):
            await tenants.check(connection)
            return
    finally:
        await connection.close()
    async with tenants.administration(url) as administering:
        await tenants.prepare(administering)
