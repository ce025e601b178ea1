"""Remembering what was looked up: so many things, each until its time, none longer than it is true."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """A bounded store of looked-up values; the one unused for longest makes room."""

    def __init__(self, size: int) -> None:
        """Make room for `size` values."""
        self._size = size
        self._values: OrderedDict[K, tuple[V, datetime]] = OrderedDict()
        self._events = 0

    @property
    def events(self) -> int:
        """Return how often something was forgotten. What was looked up before must not be kept after."""
        return self._events

    def recall(self, key: K, now: datetime) -> V | None:
        """Return the value, or None where there is none or its time is over."""
        entry = self._values.get(key)
        if entry is None:
            return None
        if entry[1] <= now:
            del self._values[key]
            return None
        self._values.move_to_end(key)
        return entry[0]

    def keep(self, key: K, value: V, until: datetime, since: int) -> None:
        """Remember a value that was looked up when `events` was `since`; a change meanwhile makes it worthless."""
        if since != self._events:
            return
        self._values[key] = (value, until)
        self._values.move_to_end(key)
        if len(self._values) > self._size:
            self._values.popitem(last=False)

    def forget(self, key: K) -> None:
        """Forget one value."""
        self._events += 1
        self._values.pop(key, None)

    def forget_where(self, concerns: Callable[[K, V], bool]) -> None:
        """Forget the values that something concerns."""
        self._events += 1
        for key in [key for key, (value, _) in self._values.items() if concerns(key, value)]:
            del self._values[key]
