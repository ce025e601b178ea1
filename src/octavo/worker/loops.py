"""Work that goes on for as long as the process lives."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from octavo.errors import Unavailable
from octavo.store.pool import TryAgain

log = logging.getLogger("octavo.worker")

_PAUSE_SECONDS = 1.0


async def for_ever(what: str, step: Callable[[], Awaitable[None]], every: float = 0.0) -> None:
    """Do a step again and again, `every` seconds after its end, until cancelled; a failure is told to the log."""
    while True:
        done = await attempted(what, step)
        await asyncio.sleep(every if done else max(every, _PAUSE_SECONDS))


async def attempted(what: str, step: Callable[[], Awaitable[None]]) -> bool:
    """Do a step and tell whether it went well."""
    try:
        await step()
    except (Unavailable, TryAgain):
        log.info("%s: the database is away or busy, trying again", what)
    except Exception:
        log.exception("%s failed, trying again", what)
    else:
        return True
    return False
