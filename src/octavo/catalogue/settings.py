"""Settings, circulation rules and staff slips (mod-circulation-storage, mod-settings, mod-users)."""

from octavo.catalogue.settings_checks import check_staff_slip
from octavo.errors import BadRequest, Problem
from octavo.store.record_type import RecordType, Unique
from octavo_models.settings import (
    CIRCULATION_RULES,
    CIRCULATION_SETTINGS,
    SETTINGS_ENTRIES,
    STAFF_SLIPS,
    TLR_FEATURE_TOGGLE_JOBS,
    USER_SETTINGS,
)

#: The slips that every tenant has from the start, by the ids that FOLIO gives them.
_SLIPS = {
    "6a6e72f0-69da-4b4c-8254-7154679e9d88": "Hold",
    "f838cdaf-555a-473f-abf1-f35ef6ab8ae1": "Transit",
    "1ed55c5c-64d9-40eb-8b80-7438a262288b": "Request delivery",
    "8812bae1-2738-442c-bc20-fe4bb38a11f8": "Pick slip",
    "0b52bca7-db17-4e91-a740-7872ed6d7323": "Due date receipt",
    "e6e29ec1-1a76-4913-bbd3-65f4ffd94e03": "Search slip (Hold requests)",
    "e6e29ec1-1a76-4913-bbd3-65f4ffd94e04": "Transit (mediated requests)",
}


def _key_taken(values: dict[str, str | None]) -> Problem:
    expression = "lower(f_unaccent(jsonb ->> 'key'::text))"
    return BadRequest(f"{expression} value already exists in table settings: {values['key']}")


CIRCULATION_SETTING = RecordType(
    CIRCULATION_SETTINGS,
    table="circulation_settings",
    event="circulation.circulation-settings",
    permission="circulation-storage.circulation-settings",
    unique=(Unique(("name",)),),
)

CIRCULATION_RULE_SET = RecordType(
    CIRCULATION_RULES,
    table="circulation_rules",
    event="circulation.rules",
    permission="circulation-storage.circulation-rules",
)

STAFF_SLIP = RecordType(
    STAFF_SLIPS,
    table="staff_slips",
    permission="circulation-storage.staff-slips",
    unique=(Unique(("name",)),),
    check=check_staff_slip,
    defaults=tuple({"id": id_, "name": name, "active": True, "template": "<p></p>"} for id_, name in _SLIPS.items()),
)

TLR_FEATURE_TOGGLE_JOB = RecordType(
    TLR_FEATURE_TOGGLE_JOBS,
    table="tlr_feature_toggle_job",
    permission="tlr-feature-toggle-job-storage.tlr-feature-toggle-jobs",
    index=("status",),
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
