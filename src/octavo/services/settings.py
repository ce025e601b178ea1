"""Writing settings: circulation settings are known by their name, settings of users guard what must not change."""

from dataclasses import replace
from typing import Any

from octavo.catalogue.settings import CIRCULATION_SETTING, USER_SETTING
from octavo.errors import BadRequest
from octavo.services.verbs import Verbs, plain
from octavo.store import records
from octavo.store import settings as store
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx
from octavo_models.settings import CirculationSetting, UserSetting

_PICTURES = "PROFILE_PICTURE_CONFIG"
_LARGEST_PICTURE = 10  # megabytes


async def set_circulation_setting(tx: Tx, setting: CirculationSetting) -> bytes:
    """Store a setting, or give the one that already has its name the new value, and return what is stored."""
    return await store.upsert_by_name(tx, CIRCULATION_SETTING, setting)


async def replace_user_setting(tx: Tx, setting_id: str, setting: UserSetting, if_match: str | None) -> bytes:
    """Replace a setting of the users application. Raises BadRequest, NotFound, Conflict."""
    if setting.id is not None and setting.id != setting_id:
        raise BadRequest("Setting id in the body is not the id in the path")
    if setting.key == _PICTURES:
        stored = await records.load(tx, USER_SETTING, setting_id)
        _check_pictures(setting.value, stored.value)
    return await records.replace(tx, USER_SETTING, setting_id, setting, if_match)


def _check_pictures(new: Any, old: Any) -> None:
    if _member(new, "encryptionKey") != _member(old, "encryptionKey"):
        raise BadRequest("Cannot update the Encryption key")
    size = _member(new, "maxFileSize")
    if isinstance(size, int | float) and size > _LARGEST_PICTURE:
        raise BadRequest("Max file size should not exceed more than 10 megabytes")


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


VERBS: dict[RecordType[Any], Verbs[Any]] = {
    CIRCULATION_SETTING: replace(plain(CIRCULATION_SETTING), create=set_circulation_setting),
    USER_SETTING: replace(plain(USER_SETTING), replace=replace_user_setting, statements=2),
}
