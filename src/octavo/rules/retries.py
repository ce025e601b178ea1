"""When something that failed is tried again, and when it is given up."""

from datetime import datetime, timedelta
from typing import Final

_LONGEST: Final = timedelta(hours=1)
_DOUBLINGS: Final = 12


def pause_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: one second, twice as long each time, at most an hour."""
    return min(timedelta(seconds=2 ** min(max(failures - 1, 0), _DOUBLINGS)), _LONGEST)


def is_given_up(failing_since: datetime, patience: timedelta, now: datetime) -> bool:
    """Tell whether something has failed for so long that it is tried no more."""
    return now - failing_since >= patience
