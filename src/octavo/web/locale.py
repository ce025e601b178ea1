"""GET and PUT /locale (FOLIO mod-settings)."""

from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.routes import Route
from octavo.services import locale as service
from octavo_models.locale import Locale


async def _read(call: Call) -> Reply:
    async with call.read() as tx:
        return ok((await service.read_locale(tx)).to_wire())


async def _set(call: Call) -> Reply:
    locale = read_body(Locale, call.body)
    async with call.transaction() as tx:
        await service.set_locale(tx, locale)
    return NO_CONTENT


ROUTES = (
    Route("GET", "/locale", "mod-settings.locale.item.get", _read, "Read the tenant's locale", 1, answer=Locale),
    Route(
        "PUT", "/locale", "mod-settings.locale.item.put", _set, "Set the tenant's locale", 4,
        body=Locale, success=204, errors=(400, 422),
    ),
)
