"""Slips of requests that staff have printed: which, when and by whom."""

from typing import Annotated

from pydantic import Field, StringConstraints

from octavo_models.record import Endpoint, OpenPart, Part, Record
from octavo_models.scalars import Instant, Text, Uuid, Whole

_Filled = Annotated[Text, StringConstraints(pattern=r"\S")]


class PrintEvent(Record):
    """One request's slip, printed once."""

    request_id: Uuid
    requester_id: Uuid
    requester_name: Text
    print_event_date: Instant


class PrintEventEntry(OpenPart):
    """The slips of some requests, printed together."""

    request_ids: Annotated[list[Uuid], Field(min_length=1)]
    requester_id: Uuid
    requester_name: _Filled
    print_event_date: Instant


class PrintEventsStatusQuery(Part):
    """Asks what has been printed for some requests."""

    request_ids: Annotated[list[Uuid], Field(min_length=1)]


class PrintEventsStatus(Part):
    """How often a request's slip was printed, and when and by whom for the last time."""

    request_id: Uuid
    requester_id: Uuid | None = None
    requester_name: Text | None = None
    count: Whole
    print_event_date: Instant | None = None


# Events are told by whole entries and read as statuses: nothing is served at the path itself.
PRINT_EVENTS = Endpoint(PrintEvent, "/print-events-storage/print-events", many="printEvents")
