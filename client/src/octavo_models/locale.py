"""The tenant's locale: what language, time zone and currency the library works in (FOLIO mod-settings, /locale)."""

from octavo_models.record import OpenPart
from octavo_models.scalars import Text


class Locale(OpenPart):
    """Language (`en-US`), IANA time zone, ISO 4217 currency, and numbering system (`latn`) of a tenant."""

    locale: Text = "en-US"
    timezone: Text = "UTC"
    currency: Text = "USD"
    numbering_system: Text = "latn"
