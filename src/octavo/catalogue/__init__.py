"""Every record type, one declaration each.

`ALL_TYPES` is the whole catalogue; from it come the tables, the routes, what CQL can ask, and the reference.
"""

from typing import Any, Final

from octavo.catalogue import (
    access,
    actual_cost,
    blocks,
    calendars,
    fees,
    inventory,
    loans,
    locations,
    patrons,
    policies,
    reference,
    requests,
    sessions,
    settings,
)
from octavo.store.record_type import RecordType

ALL_TYPES: Final[tuple[RecordType[Any], ...]] = (
    patrons.GROUP,
    patrons.ADDRESS_TYPE,
    patrons.DEPARTMENT,
    patrons.USER,
    patrons.PROXY,
    patrons.STAGING_USER,
    *reference.REFERENCE_TYPES,
    locations.SERVICE_POINT,
    locations.SERVICE_POINTS_USER,
    locations.INSTITUTION,
    locations.CAMPUS,
    locations.LIBRARY,
    locations.LOCATION,
    calendars.CALENDAR,
    inventory.INSTANCE,
    inventory.HOLDINGS_RECORD,
    inventory.ITEM,
    inventory.BOUND_WITH_PART,
    inventory.INSTANCE_RELATIONSHIP,
    inventory.PRECEDING_SUCCEEDING_TITLE,
    policies.FIXED_DUE_DATE_SCHEDULE,
    policies.LOAN_POLICY,
    policies.REQUEST_POLICY,
    policies.PATRON_NOTICE_POLICY,
    policies.OVERDUE_FINE_POLICY,
    policies.LOST_ITEM_FEE_POLICY,
    loans.LOAN,
    sessions.PATRON_ACTION_SESSION,
    sessions.CHECK_IN,
    requests.CANCELLATION_REASON,
    requests.REQUEST,
    requests.REQUEST_PREFERENCE,
    blocks.PATRON_BLOCK_CONDITION,
    blocks.PATRON_BLOCK_LIMIT,
    blocks.MANUAL_BLOCK,
    blocks.MANUAL_BLOCK_TEMPLATE,
    fees.OWNER,
    fees.FEE_FINE,
    fees.ACCOUNT,
    fees.FEE_FINE_ACTION,
    fees.PAYMENT,
    fees.WAIVE,
    fees.TRANSFER,
    fees.REFUND,
    fees.COMMENT,
    actual_cost.ACTUAL_COST_RECORD,
    settings.CIRCULATION_SETTING,
    settings.CIRCULATION_RULE_SET,
    settings.STAFF_SLIP,
    settings.SETTINGS_ENTRY,
    settings.USER_SETTING,
    access.PERMISSION,
    access.PERMISSION_USER,
)

BY_TABLE: Final = {kind.table: kind for kind in ALL_TYPES}
BY_PATH: Final = {kind.path: kind for kind in ALL_TYPES}
