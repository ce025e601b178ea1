"""The verbs of every record type: what HTTP, import and commands do to a record is the same."""

from typing import Any, TypeVar

from octavo.services import calendars, fees, inventory, policies, settings, templates, users
from octavo.services.verbs import Verbs, plain
from octavo.store.record_type import RecordType
from octavo_models.record import Record

R = TypeVar("R", bound=Record)

#: The types that ask for something besides the plain statements.
SPECIAL: dict[RecordType[Any], Verbs[Any]] = {
    **users.VERBS,
    **inventory.VERBS,
    **policies.VERBS,
    **fees.VERBS,
    **settings.VERBS,
    **calendars.VERBS,
    **templates.VERBS,
}


def verbs_of(kind: RecordType[R]) -> Verbs[R]:
    """Return what creating, replacing and removing a record of a type means."""
    return SPECIAL.get(kind) or plain(kind)
