"""Settings, circulation rules and staff slips (mod-circulation-storage, mod-settings, mod-users)."""

from octavo.catalogue.settings_checks import check_staff_slip
from octavo.errors import BadRequest, Problem
from octavo.store.record_type import RecordType, Unique
from octavo_models.settings import (
    CIRCULATION_RULES,
    CIRCULATION_SETTINGS,
    SETTINGS_ENTRIES,
    STAFF_SLIPS,
    USER_SETTINGS,
)

_SEARCH_SLIP = "e6e29ec1-1a76-4913-bbd3-65f4ffd94e03"


def _key_taken(values: dict[str, str | None]) -> Problem:
    expression = "lower(f_unaccent(jsonb ->> 'key'::text))"
    return BadRequest(f"{expression} value already exists in table settings: {values['key']}")


CIRCULATION_SETTING = RecordType(
    CIRCULATION_SETTINGS,
    table="circulation_settings",
    permission="circulation-storage.circulation-settings",
    unique=(Unique(("name",)),),
)

CIRCULATION_RULE_SET = RecordType(
    CIRCULATION_RULES,
    table="circulation_rules",
    permission="circulation-storage.circulation-rules",
)

STAFF_SLIP = RecordType(
    STAFF_SLIPS,
    table="staff_slips",
    permission="circulation-storage.staff-slips",
    unique=(Unique(("name",)),),
    check=check_staff_slip,
)

SETTINGS_ENTRY = RecordType(
    SETTINGS_ENTRIES,
    table="settings_entry",
    permission="mod-settings.entries",
    index=(("scope", "key"),),
    unique=(Unique(("scope", "key", "userId")),),
    result_info=True,
)

USER_SETTING = RecordType(
    USER_SETTINGS,
    table="settings",
    permission="users.settings",
    unique=(Unique(("key",), says=_key_taken),),
    versioned=True,
)
