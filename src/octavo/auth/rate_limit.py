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
        left, seen = self._buckets.pop(key, (float(self._burst), now))
        left = min(self._burst, left + max(0.0, (now - seen).total_seconds()) * self._rate)
        if len(self._buckets) >= _MANY:
            del self._buckets[next(iter(self._buckets))]  # who has not asked for longest starts anew
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise TooMany(self._text, retry_after=max(1, ceil((1 - left) / self._rate)))

    def give_back(self, key: Hashable) -> None:
        """Take back the counting of one request."""
        if key in self._buckets:
            left, seen = self._buckets[key]
            self._buckets[key] = (min(self._burst, left + 1), seen)
