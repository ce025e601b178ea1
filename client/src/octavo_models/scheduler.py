"""Timers: what is done once in a while for a tenant, and how often (FOLIO mod-scheduler)."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints

from octavo_models.record import Endpoint, OpenPart, OpenRecord
from octavo_models.scalars import Flag, Text

TimerUnit = Literal["second", "minute", "hour", "day"]
_SECONDS: dict[TimerUnit, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


class TimerEntry(OpenPart):
    """What a timer calls, and after how many units again; the number is a text, as in FOLIO."""

    methods: list[Text]
    path_pattern: Text
    unit: TimerUnit
    delay: Annotated[Text, StringConstraints(pattern=r"^[1-9][0-9]{0,6}$")]

    @property
    def period(self) -> timedelta:
        """Return how long the timer waits."""
        return timedelta(seconds=int(self.delay) * _SECONDS[self.unit])


class TimerDescriptor(OpenRecord):
    """A timer of a tenant; one that is not enabled does not run."""

    enabled: Flag = True
    routing_entry: TimerEntry


TIMER_DESCRIPTORS = Endpoint(TimerDescriptor, "/scheduler/timers", many="timerDescriptors")
