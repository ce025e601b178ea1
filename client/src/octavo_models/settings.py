"""How a library has set up its circulation: settings, circulation rules, staff slips."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from octavo_models.record import Endpoint, Record
from octavo_models.scalars import Flag, Text, Uuid, Whole


class CirculationSetting(Record):
    """A setting of circulation, such as `TLR`; its value is an object of the setting's own form."""

    id: Uuid
    name: Text
    value: dict[str, Any]


class CirculationRules(Record):
    """The rules that choose a loan's policies, as text in their own language. A tenant has one such record."""

    rules_as_text: Text


class StaffSlip(Record):
    """A slip that staff print, as a template."""

    read_only: ClassVar[frozenset[str]] = frozenset({"metadata"})

    name: Text
    description: Text | None = None
    active: Flag = True
    template: Text
    is_request_slip: Flag | None = None


class TlrFeatureToggleJob(Record):
    """What is to be done with open requests because title level requests were switched on or off."""

    status: Literal["open", "in-progress", "done", "failed"] | None = None
    number_of_updated_requests: Whole | None = None
    errors: list[Text] = Field(default_factory=list)


class SettingsEntry(Record):
    """A setting of any application, for all users or for one."""

    id: Uuid
    scope: Text
    key: Text
    value: Any
    user_id: Uuid | None = None


class UserSetting(Record):
    """A setting of the users application (FOLIO /user/settings)."""

    version: Whole | None = Field(default=None, alias="_version")
    scope: Text
    key: Text
    value: Any
    user_id: Uuid | None = None


CIRCULATION_SETTINGS = Endpoint(
    CirculationSetting, "/circulation-settings-storage/circulation-settings", many="circulationSettings"
)
CIRCULATION_RULES = Endpoint(CirculationRules, "/circulation-rules-storage", many="circulationRules")
STAFF_SLIPS = Endpoint(StaffSlip, "/staff-slips-storage/staff-slips", many="staffSlips")
TLR_FEATURE_TOGGLE_JOBS = Endpoint(
    TlrFeatureToggleJob, "/tlr-feature-toggle-job-storage/tlr-feature-toggle-jobs", many="tlrFeatureToggleJobs"
)
SETTINGS_ENTRIES = Endpoint(SettingsEntry, "/settings/entries", many="items")
USER_SETTINGS = Endpoint(UserSetting, "/user/settings", many="settings")
