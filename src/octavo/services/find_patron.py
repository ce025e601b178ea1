"""Finding a user by whatever a person at the keyboard has of them."""

import re

from octavo.catalogue.patrons import USER
from octavo.errors import Conflict, NotFound
from octavo.store import bulk
from octavo.store.tx import Tx
from octavo_models.scalars import LOOSE_UUID
from octavo_models.user import User

_FIELDS = ("barcode", "username", "externalSystemId")


async def find_patron(tx: Tx, key: str) -> User:
    """Return the user with this barcode, user name, externalSystemId or id. Raises NotFound, Conflict where several have it."""
    found = [documents[key] for field in _FIELDS if (documents := await bulk.find_by(tx, USER, field, [key]))]
    if re.fullmatch(LOOSE_UUID, key, re.ASCII):
        found += (await bulk.find(tx, USER, [key])).values()
    if not found:
        raise NotFound(f"no user has the barcode, user name, externalSystemId or id {key}")
    if len(set(found)) > 1:
        raise Conflict(f"several users have {key} as barcode, user name, externalSystemId or id")
    return User.model_validate_json(found[0])
