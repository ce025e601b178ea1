"""After how long the records of a library forget, as the setting `retention` says it, where FOLIO has no setting of its own.

The value names kinds of records with a period each: `{"fees": {"duration": 12, "intervalId": "Months"}}`. What is not
named is kept, as in FOLIO. Loans and requests have settings of their own (`rules.loan_history`, `rules.request_anonymisation`).
"""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from octavo.rules.periods import BadPeriod, earlier
from octavo_models.policies import Period

#: The name of the setting.
SETTING: Final = "retention"

#: The kinds of records it can name, and since when the period counts.
KINDS: Final = {
    "fees": "closed fees and fines, since the last action: they forget the patron, comments go",
    "lostItems": "what lost items were to cost, since that was decided: it is deleted",
    "checkIns": "check-ins, since they happened: they forget who checked in",
    "printEvents": "notes of printed slips, since the printing: they are deleted",
    "messages": "messages, since they were sent: they are deleted, after 30 days at the latest",
    "registrations": "registrations that nobody has made into a user, since the last change: they are deleted",
}


def forgets_before(value: Any, kind: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return until when records of a kind must have been over to be forgotten now, None where they are kept.

    value: of the setting, decoded. What cannot be read keeps everything: nothing is forgotten by mistake.
    """
    try:
        return earlier(now, Period.from_wire(value[kind]), zone)
    except (BadPeriod, KeyError, TypeError, ValidationError):
        return None
