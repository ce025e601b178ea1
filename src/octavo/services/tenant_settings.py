"""What a tenant has set, by plain names: its locale part by part, and circulation settings as `circulation.<name>`."""

from typing import Any, Final
from uuid import uuid4

import orjson

from octavo.errors import BadRequest
from octavo.services.locale import read_locale, set_locale
from octavo.services.settings import set_circulation_setting
from octavo.store import settings as store
from octavo.store.tx import Tx
from octavo_models.locale import Locale
from octavo_models.settings import CirculationSetting

_CIRCULATION: Final = "circulation."
_LOCALE: Final = tuple(field.alias or name for name, field in Locale.model_fields.items())


async def read_all(tx: Tx) -> dict[str, Any]:
    """Return every setting by its name."""
    locale = orjson.loads((await read_locale(tx)).to_wire())
    circulation = [orjson.loads(document) for document in await store.load_circulation(tx)]
    return {name: locale[name] for name in _LOCALE} | {
        f"{_CIRCULATION}{setting['name']}": setting["value"] for setting in circulation
    }


async def write(tx: Tx, name: str, value: str) -> None:
    """Give a setting a value, which for a circulation setting is a JSON object. Raises BadRequest."""
    if name in _LOCALE:
        await set_locale(tx, Locale.from_wire({**orjson.loads((await read_locale(tx)).to_wire()), name: value}))
    elif name.removeprefix(_CIRCULATION) and name.startswith(_CIRCULATION):
        setting = CirculationSetting(id=str(uuid4()), name=name.removeprefix(_CIRCULATION), value=_object(value))
        await set_circulation_setting(tx, setting)
    else:
        raise BadRequest(f"no setting is called {name}: there are {', '.join(_LOCALE)} and {_CIRCULATION}NAME")


def _object(value: str) -> dict[str, Any]:
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict):
        raise BadRequest("the value of a circulation setting is a JSON object")
    return read
