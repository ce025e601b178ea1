"""The routes of every record type that has no file of its own here: its declaration and its verbs say it all."""

from typing import Any

from octavo.catalogue import ALL_TYPES
from octavo.catalogue.access import PERMISSION, PERMISSION_USER
from octavo.catalogue.blocks import MANUAL_BLOCK, PATRON_BLOCK_CONDITION, PATRON_BLOCK_LIMIT
from octavo.catalogue.calendars import CALENDAR
from octavo.catalogue.emails import EMAIL
from octavo.catalogue.fees import (
    ACCOUNT,
    COMMENT,
    FEE_FINE,
    FEE_FINE_ACTION,
    OWNER,
    PAYMENT,
    REFUND,
    TRANSFER,
    TRANSFER_CRITERIA,
    WAIVE,
)
from octavo.catalogue.loans import LOAN
from octavo.catalogue.notices import SCHEDULED_NOTICE
from octavo.catalogue.patrons import STAGING_USER, USER
from octavo.catalogue.policies import FIXED_DUE_DATE_SCHEDULE, LOAN_POLICY, REQUEST_POLICY
from octavo.catalogue.print_events import PRINT_EVENT
from octavo.catalogue.requests import CANCELLATION_REASON, REQUEST
from octavo.catalogue.scheduler import TIMER_DESCRIPTOR
from octavo.catalogue.sessions import CHECK_IN, PATRON_ACTION_SESSION
from octavo.catalogue.settings import CIRCULATION_RULE_SET, CIRCULATION_SETTING, SETTINGS_ENTRY, STAFF_SLIP
from octavo.catalogue.templates import TEMPLATE
from octavo.catalogue.webhooks import WEBHOOK
from octavo.http.routes import Route
from octavo.services.record_verbs import SPECIAL
from octavo.store.record_type import RecordType
from octavo.web.records import clear_route, record_routes

#: The types whose routes stand in files of their own.
ELSEWHERE: frozenset[RecordType[Any]] = frozenset(
    {
        USER,
        STAGING_USER,
        LOAN,
        PATRON_ACTION_SESSION,
        CHECK_IN,
        SCHEDULED_NOTICE,
        EMAIL,
        TEMPLATE,
        PRINT_EVENT,
        REQUEST,
        PATRON_BLOCK_CONDITION,
        PATRON_BLOCK_LIMIT,
        MANUAL_BLOCK,
        OWNER,
        FEE_FINE,
        ACCOUNT,
        FEE_FINE_ACTION,
        PAYMENT,
        WAIVE,
        TRANSFER,
        REFUND,
        TRANSFER_CRITERIA,
        COMMENT,
        WEBHOOK,
        CALENDAR,
        CIRCULATION_SETTING,
        CIRCULATION_RULE_SET,
        SETTINGS_ENTRY,
        TIMER_DESCRIPTOR,
        PERMISSION,
        PERMISSION_USER,
    }
)

#: The types all of whose records can be deleted at once.
_CLEARED: tuple[RecordType[Any], ...] = (CANCELLATION_REASON, FIXED_DUE_DATE_SCHEDULE, LOAN_POLICY, REQUEST_POLICY, STAFF_SLIP)


def routes_of(kind: RecordType[Any]) -> list[Route]:
    """Return the five routes of a type, with what its verbs do besides the plain statements."""
    verbs = SPECIAL.get(kind)
    if verbs is None:
        return record_routes(kind)
    return record_routes(
        kind, create=verbs.create, replace=verbs.replace, remove=verbs.remove, statements=verbs.statements
    )


ROUTES: tuple[Route, ...] = (
    *(route for kind in ALL_TYPES if kind not in ELSEWHERE for route in routes_of(kind)),
    *map(clear_route, _CLEARED),
)
