"""The tenant's locale, kept as FOLIO's mod-settings keeps it: a settings entry of its own."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from octavo.store.tx import Tx
from octavo_models.locale import Locale

SCOPE = "stripes-core.prefs.manage"
KEY = "tenantLocaleSettings"


def locale_value(tx: Tx) -> str:
    """Return the SQL expression for the locale object, NULL where none is set."""
    return f"""(SELECT locale.doc -> 'value' FROM {tx.table("settings_entry")} locale
        WHERE locale.scope = public.octavo_fold('{SCOPE}') AND locale.key = public.octavo_fold('{KEY}')
          AND locale.user_id IS NULL LIMIT 1)"""


def currency(tx: Tx) -> str:
    """Return the SQL expression for the tenant's currency, USD where none is set."""
    return f"coalesce({locale_value(tx)} ->> 'currency', '{Locale().currency}')"


async def load_entry(tx: Tx) -> tuple[str | None, Locale]:
    """Return the id of the settings entry that holds the locale, and the locale."""
    row = await tx.connection.fetchrow(
        f"""SELECT entry.id, entry.doc -> 'value' FROM {tx.table("settings_entry")} entry
            WHERE entry.scope = public.octavo_fold($1::text) AND entry.key = public.octavo_fold($2::text)
              AND entry.user_id IS NULL""",
        SCOPE, KEY,
    )
    if row is None:
        return None, Locale()
    return str(row[0]), read_locale(row[1])


@lru_cache(maxsize=1024)
def read_locale(value: bytes | None) -> Locale:
    """Return a stored locale, or the default where there is none."""
    return Locale() if value is None else Locale.model_validate_json(value)


def zone_of(locale: Locale) -> ZoneInfo:
    """Return the tenant's time zone."""
    return ZoneInfo(locale.timezone)
