"""How often one API key may ask: a token bucket for each, in this process."""

from datetime import datetime
from math import ceil
from uuid import UUID

from octavo.errors import TooMany


class RateLimit:
    """Lets everyone do `burst` requests at once and `rate` a second in the long run."""

    def __init__(self, rate: float, burst: int) -> None:
        """Start with full buckets."""
        self._rate = rate
        self._burst = burst
        self._buckets: dict[UUID, tuple[float, datetime]] = {}

    def take(self, key: UUID, now: datetime) -> None:
        """Count one request. Raises TooMany, with the seconds until the next one is due."""
        left, seen = self._buckets.get(key, (float(self._burst), now))
        left = min(self._burst, left + max(0.0, (now - seen).total_seconds()) * self._rate)
        if left < 1:
            self._buckets[key] = (left, now)
            raise TooMany("Too many requests with this API key", retry_after=max(1, ceil((1 - left) / self._rate)))
        self._buckets[key] = (left - 1, now)
