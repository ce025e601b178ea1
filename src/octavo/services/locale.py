"""Reading and setting the tenant's locale."""

from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from octavo.catalogue.settings import SETTINGS_ENTRY
from octavo.errors import BadRequest
from octavo.store import locale as store
from octavo.store import records
from octavo.store.tx import Tx
from octavo_models.locale import Locale
from octavo_models.settings import SettingsEntry

_CODE_LENGTH = 3


async def read_locale(tx: Tx) -> Locale:
    """Return the tenant's locale, with FOLIO's defaults for what is not set."""
    _, locale = await store.load_entry(tx)
    return locale


async def zone(tx: Tx) -> ZoneInfo:
    """Return the tenant's time zone."""
    return store.zone_of(await read_locale(tx))


async def set_locale(tx: Tx, locale: Locale) -> None:
    """Set the tenant's locale; dates and charges follow it from now on. Raises BadRequest."""
    _check(locale)
    entry_id, _ = await store.load_entry(tx)
    entry = SettingsEntry(
        id=entry_id or str(uuid4()), scope=store.SCOPE, key=store.KEY, value=locale.model_dump(by_alias=True)
    )
    if entry_id:
        await records.save(tx, SETTINGS_ENTRY, entry)
    else:
        await records.insert(tx, SETTINGS_ENTRY, entry)


def _check(locale: Locale) -> None:
    try:
        ZoneInfo(locale.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest("timezone must be a name of the IANA time zone database, such as Europe/Berlin") from None
    if len(locale.currency) != _CODE_LENGTH or not (locale.currency.isascii() and locale.currency.isupper()):
        raise BadRequest("currency must be a code of ISO 4217, such as USD")
