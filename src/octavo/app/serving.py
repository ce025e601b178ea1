"""Running the two sides of the server in one process until somebody asks it to stop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from octavo.app.http_protocol import bounded
from octavo.app.settings import Settings

_DRAIN_SECONDS = 10


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs several of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def drive(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end, by uvloop where it is installed."""
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(work)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; a port that is taken is said plainly. Port 0 takes any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as reason:
        made.close()
        raise SystemExit(f"cannot listen on {host}:{port}: {reason.strerror}") from None
    made.listen(2048)
    return made


async def run(
    sides: list[tuple[Any, socket.socket]], ready: Callable[[], Any], settings: Settings, stopping: Callable[[], Any]
) -> None:
    """Serve each app on its socket; call `ready` once all of them answer; return after SIGINT or SIGTERM.

    stopping: called as soon as one of them has come, so that answers without an end can end.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(sides, settings):
        ready()
        await stop.wait()
        stopping()


@contextlib.asynccontextmanager
async def serving(sides: list[tuple[Any, socket.socket]], settings: Settings) -> AsyncIterator[None]:
    """Serve each app on its socket for as long as a block lasts; answer then what has been asked already."""
    servers = [_Server(_config(app, settings)) for app, _ in sides]
    tasks = [
        asyncio.create_task(server.serve(sockets=[made])) for server, (_, made) in zip(servers, sides, strict=True)
    ]
    while not all(  # noqa: ASYNC110 - the server has no event to wait for
        server.started or task.done() for server, task in zip(servers, tasks, strict=True)
    ):
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=bounded(settings.head_seconds),
        ws="none",
        lifespan="off",
        access_log=False,
        log_level=settings.log_level,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        timeout_keep_alive=75,
    )
