"""Hearing what other workers announce: one connection that listens, for as long as the server runs."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import asyncpg

from octavo.store.pool import LOST, Unreachable, connect

log = logging.getLogger("octavo.announcements")

_LIVENESS_SECONDS = 10.0
_PAUSE_SECONDS = 1.0


async def listen(url: str, channel: str, heard: Callable[[str], None], listening: Callable[[bool], None]) -> None:
    """Hand every announcement on a channel to `heard`, until cancelled; a lost connection is made anew.

    `listening` is told True once nothing can be missed any more, and False as soon as something can, and again
    whenever the connection could not be made.
    """
    while True:
        try:
            await _listen_once(url, channel, heard, listening)
        except (Unreachable, *LOST, asyncpg.PostgresError) as reason:
            log.warning("not listening to %s: %s", channel, str(reason) or type(reason).__name__)
        finally:
            listening(False)  # noqa: FBT003 - the callback's only argument
        await asyncio.sleep(_PAUSE_SECONDS)


async def _listen_once(
    url: str, channel: str, heard: Callable[[str], None], listening: Callable[[bool], None]
) -> None:
    connection = await connect(url)
    lost = asyncio.Event()

    def on_loss(_connection: Any) -> None:
        listening(False)  # noqa: FBT003
        lost.set()

    def on_notice(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        heard(str(payload))

    connection.add_termination_listener(on_loss)
    try:
        async with asyncio.timeout(_LIVENESS_SECONDS / 2):
            await connection.add_listener(channel, on_notice)
        listening(True)  # noqa: FBT003
        while not await _passed(lost):
            await connection.fetchval("SELECT 1", timeout=_LIVENESS_SECONDS / 2)
    finally:
        connection.remove_termination_listener(on_loss)
        connection.terminate()


async def _passed(lost: asyncio.Event) -> bool:
    """Wait for the next check; True when the connection is gone."""
    try:
        await asyncio.wait_for(lost.wait(), _LIVENESS_SECONDS)
    except TimeoutError:
        return False
    return True
