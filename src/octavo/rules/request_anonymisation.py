"""When closed requests forget who wanted the item, as the setting `requestAnonymization` says it (FOLIO mod-circulation)."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from octavo.rules.periods import BadPeriod, earlier
from octavo_models.policies import Period
from octavo_models.record import OpenPart
from octavo_models.scalars import Natural, Text

#: The name of the setting.
SETTING: Final = "requestAnonymization"

#: The units of a delay as periods have them: FOLIO writes `hours`, `hour` or `hour(s)` for each. A year is 12 months.
_UNITS: Final = {"minute": ("Minutes", 1), "hour": ("Hours", 1), "day": ("Days", 1), "month": ("Months", 1), "year": ("Months", 12)}


class RequestAnonymisation(OpenPart):
    """The value of the setting. mode: never, immediately or delayed, in any case of letters."""

    mode: Text = "never"
    delay: Natural = 0
    delay_unit: Text = "hours"


def read_setting(value: Any) -> RequestAnonymisation:
    """Return the setting; without one, or with one that nobody can read, no request forgets anything."""
    try:
        return RequestAnonymisation.from_wire(value) if isinstance(value, dict) else RequestAnonymisation()
    except ValidationError:
        return RequestAnonymisation()


def forgets_before(setting: RequestAnonymisation, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return until when requests must have been closed to forget their requesters now, None where none does."""
    mode = setting.mode.lower()
    if mode == "immediately":
        return now
    unit = _UNITS.get(setting.delay_unit.lower().removesuffix("(s)").removesuffix("s"))
    if mode != "delayed" or unit is None:
        return None
    interval, factor = unit
    try:
        return earlier(now, Period(duration=setting.delay * factor, interval_id=interval), zone)
    except BadPeriod:
        return None
