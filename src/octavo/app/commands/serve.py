"""`octavo serve`."""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from octavo import telemetry
from octavo.app import logs, serving, wiring
from octavo.app import workers as several
from octavo.app.background import room
from octavo.app.commands.options import AsJson, DatabaseUrl, DataDir, EdgePort, Host, Port, Workers, settings_from
from octavo.app.commands.telling import tell
from octavo.app.database import database
from octavo.app.postgres import EmbeddedPostgres, PostgresError
from octavo.app.settings import Settings
from octavo.store import access, events, tenants
from octavo.store.announcements import listen
from octavo.store.pool import Pool, Unreachable, connect
from octavo.store.tx import Store
from octavo.worker.marks import Marks
from octavo.worker.room import announce

log = logging.getLogger("octavo.serve")

_PAUSE_SECONDS = 1.0
_COLLECTED_AT = 20_000


def serve(
    database_url: DatabaseUrl = None,
    data_dir: DataDir = None,
    host: Host = None,
    port: Port = None,
    edge_port: EdgePort = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Start the server; it stops at Ctrl-C or SIGTERM when the requests under way are done.

    Example: octavo serve --data-dir /var/lib/octavo --port 9130 --workers 2
    """
    settings = settings_from(database_url, data_dir, host, port, edge_port, workers)
    logs.configure(settings.log_level, settings.log_format)

    def ready(okapi: str, edge: str) -> None:
        tell({"okapi": okapi, "edge": edge}, f"Octavo listens on {okapi} and {edge}", as_json=as_json)

    with database(settings) as url:
        run(settings, url, ready)


def run(settings: Settings, url: str, ready: Callable[[str, str], Any]) -> None:
    """Serve until asked to stop, in as many processes as are wanted; `ready` gets the two base URLs once they answer."""
    asyncio.run(_check(url, embedded=settings.database_url is None))
    sockets = [serving.listen(settings.host, port) for port in (settings.port, settings.edge_port)]
    okapi, edge = (f"http://{settings.host}:{made.getsockname()[1]}" for made in sockets)

    def serves() -> None:
        ready(okapi, edge)

    if settings.workers > 1:
        several.Workers(settings.workers, _work, (settings, url, sockets)).run(serves)
    else:
        serving.drive(_serve(settings, url, sockets, serves))


def _work(settings: Settings, url: str, sockets: list[socket.socket], serving_now: Event) -> None:
    """Be one of several workers."""
    logs.configure(settings.log_level, settings.log_format)
    serving.drive(_serve(settings, url, sockets, serving_now.set))


async def _serve(settings: Settings, url: str, sockets: list[socket.socket], ready: Callable[[], Any]) -> None:
    if settings.traces_url:
        telemetry.trace_to(settings.traces_url)
    async with assembled(settings, url) as octavo:
        _spare_the_collector()
        sides = list(zip((octavo.okapi, octavo.edge), sockets, strict=True))
        await serving.run(sides, ready, settings, octavo.bell.close)


def _spare_the_collector() -> None:
    """Have the garbage collector look at what requests leave behind, not at the whole program over and over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECTED_AT)


@contextlib.asynccontextmanager
async def assembled(settings: Settings, url: str) -> AsyncIterator[wiring.Octavo]:
    """Put the server together over a pool of connections, listening to what other workers announce.

    An embedded PostgreSQL that is killed is started again.
    """
    pool, worker_pool = Pool(url, settings.connections), Pool(url, settings.worker_connections)
    changed = Marks()
    octavo = wiring.assemble(Store(pool, changed.add), settings)
    lost = asyncio.Event()

    def listening(hears: bool) -> None:  # noqa: FBT001 - a switch
        octavo.registry.listening(hears)
        if not hears:
            lost.set()

    tasks = [
        asyncio.create_task(listen(url, access.CHANNEL, octavo.registry.heard, listening)),
        asyncio.create_task(listen(url, events.PUBLISHED, octavo.bell.ring, lambda _hears: octavo.bell.ring_all())),
        asyncio.create_task(_background(settings, url, Store(worker_pool, changed.add), changed)),
        asyncio.create_task(_count(pool)),
    ]
    if settings.database_url is None:
        tasks.append(asyncio.create_task(_keep_running(settings.data_dir, url, lost)))
    try:
        yield octavo
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(pool.close(), worker_pool.close())


async def _background(settings: Settings, url: str, store: Store, changed: Marks) -> None:
    """Do what happens by itself, or tell the process that does it what has changed."""
    if settings.worker:
        await room(settings, url, store, changed).work()
    else:
        await announce(store, changed)


async def _count(pool: Pool) -> None:
    """Tell the metrics how the pool is doing, for ever."""
    while True:
        for state, count in pool.counts.items():
            telemetry.CONNECTIONS.labels(state).set(count)
        await asyncio.sleep(_PAUSE_SECONDS)


async def _keep_running(data_dir: Path, url: str, lost: asyncio.Event) -> None:
    """Start the embedded PostgreSQL again whenever it is gone; it recovers everything that was committed.

    `lost` is set when a connection broke or could not be made, which may have other reasons, too.
    """
    while True:
        while not await _answers(url, data_dir):  # noqa: ASYNC110 - PostgreSQL has no event to wait for
            await asyncio.sleep(_PAUSE_SECONDS)
        await lost.wait()
        lost.clear()


async def _answers(url: str, data_dir: Path) -> bool:
    """Tell whether PostgreSQL lets us in; where nobody is behind its door, start it."""
    try:
        connection = await connect(url)
    except Unreachable as problem:
        if not problem.refused:
            return False
        log.warning("PostgreSQL is gone and is started again")
        return await asyncio.to_thread(_started, data_dir)
    connection.terminate()
    return True


def _started(data_dir: Path) -> bool:
    try:
        with EmbeddedPostgres(data_dir):  # it stays: this process has another hold on it
            return True
    except (PostgresError, OSError) as reason:
        log.error("PostgreSQL cannot be started again: %s", reason)  # noqa: TRY400 - the reason says it all
        return False


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
