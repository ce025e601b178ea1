"""When a patron's visit to the desk is over, as the setting `other_settings` says it (FOLIO mod-circulation)."""

from datetime import timedelta
from typing import Any, Final

#: The name of the setting.
SETTING: Final = "other_settings"
#: After how long without anything done a visit is over where the library says nothing.
USUAL: Final = timedelta(minutes=3)
_LONGEST: Final = timedelta(days=1)


def length_of_visit(value: Any) -> timedelta:
    """Return after how long without anything done at the desk a visit is over.

    The setting's `checkoutTimeoutDuration` is in minutes and may be a text; it counts if `checkoutTimeout` is on. What
    nobody can read as such a time, or is longer than a day, counts for nothing.
    """
    if not isinstance(value, dict) or str(value.get("checkoutTimeout")).lower() != "true":
        return USUAL
    try:
        minutes = float(value.get("checkoutTimeoutDuration") or 0)
    except (TypeError, ValueError):
        return USUAL
    seconds = minutes * 60
    return timedelta(seconds=seconds) if 0 < seconds <= _LONGEST.total_seconds() else USUAL
