"""How often one API key, or one address, may ask: a token bucket for each, in this process."""

from collections.abc import Hashable
from datetime import datetime
from math import ceil

from octavo.errors import TooMany

_MANY = 10_000


class RateLimit:
    """Lets everyone do `burst` requests at once and `rate` a second in the long run; `text` says who asked too often."""

    def __init__(self, rate: float, burst: int, text: str = "Too many requests with this API key") -> None:
        """Start with full buckets."""
        self._rate = rate
        self._burst = burst
        self._text = text
        self._buckets: dict[Hashable, tuple[float, datetime]] = {}

    def take(self, key: Hashable, now: datetime) -> None:
        """Count one request. Raises TooMany, with the seconds until the next one is due."""
        left = self._left(key, now)
        if left < 1:
            self._buckets[key] = (left, now)
            raise TooMany(self._text, retry_after=max(1, ceil((1 - left) / self._rate)))
        if len(self._buckets) >= _MANY:
            self._drop_full(now)
        self._buckets[key] = (left - 1, now)

    def _left(self, key: Hashable, now: datetime) -> float:
        left, seen = self._buckets.get(key, (float(self._burst), now))
        return min(self._burst, left + max(0.0, (now - seen).total_seconds()) * self._rate)

    def _drop_full(self, now: datetime) -> None:
        """Forget those who could start anew anyway, so that strangers do not fill the memory."""
        for key in [key for key in self._buckets if self._left(key, now) >= self._burst]:
            del self._buckets[key]
