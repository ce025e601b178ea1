"""Taking bodies in: each within bounds of size and time, all together within bounds of memory.

A body is read before anybody knows who sends it, so strangers must not be able to keep much of the server busy.
"""

import asyncio
from collections.abc import AsyncIterable
from dataclasses import dataclass

from octavo.errors import TooLarge, TooSlow, Unavailable

_MEBIBYTE = 1024 * 1024


@dataclass
class Intake:
    """Reads bodies of `largest` bytes at most, each within `seconds`, and of `together` bytes at the same time."""

    seconds: float = 60.0
    largest: int = 16 * _MEBIBYTE
    together: int = 128 * _MEBIBYTE
    held: int = 0

    async def read(self, chunks: AsyncIterable[bytes]) -> bytes:
        """Return a whole body. Raises TooLarge, TooSlow, Unavailable."""
        body = bytearray()
        try:
            async with asyncio.timeout(self.seconds):
                async for chunk in chunks:
                    body += chunk
                    self.held += len(chunk)
                    self._check(len(body))
        except TimeoutError:
            raise TooSlow(f"the body did not arrive within {self.seconds:g} seconds") from None
        finally:
            self.held -= len(body)
        return bytes(body)

    def _check(self, size: int) -> None:
        if size > self.largest:
            raise TooLarge(f"the body is larger than {self.largest // _MEBIBYTE} MiB")
        if self.held > self.together:
            raise Unavailable("too many large requests at once, try again")
