"""Erase a patron: everything that tells of them, in every table, at once and for good."""

import re
from collections import Counter
from typing import Any, Final

import orjson

from octavo.catalogue import ALL_TYPES
from octavo.catalogue.personal import HELD
from octavo.errors import BadRequest, NotFound, Violation, raise_all
from octavo.store import erase as store
from octavo.store import users
from octavo.store.erase import Obligations
from octavo.store.tx import Tx
from octavo_models.scalars import LOOSE_UUID
from octavo_models.user import User

_OPEN: Final = (
    ("loans", "openLoans", "The patron has open loans"),
    ("requests", "openRequests", "The patron has open requests"),
    ("fees", "unpaidFees", "The patron has an unpaid balance"),
    ("lost_items", "openLostItems", "The patron has lost items whose cost is not known yet"),
)


async def erase_patron(tx: Tx, user_id: str) -> dict[str, int]:
    """Erase a user, or what is left of a deleted one; return how many rows of which table were touched.

    Closed loans, requests and fees stay, and name nobody. Raises BadRequest for what is no id, NotFound where no user
    and no trace of one has it, and Invalid, with every reason, as long as anything is open.
    """
    if not re.fullmatch(LOOSE_UUID, user_id, re.ASCII):
        raise BadRequest("the id of a patron is a UUID")
    user_id = user_id.lower()
    document = await store.lock_user(tx, user_id)
    _check(await store.load_obligations(tx, user_id))
    user = User.model_validate_json(document) if document else User(id=user_id)
    done = Counter(await _erase(tx, user_id, user))
    if document is None and not done:
        raise NotFound(f"no user has the id {user_id}, and nothing tells of one")
    if document:
        await store.delete_user(tx, user_id)
        done["users"] += 1
    await users.announce(tx, user_id)
    return dict(sorted(done.items()))


async def _erase(tx: Tx, user_id: str, user: User) -> Counter[str]:
    email = user.personal.email if user.personal else None
    done = Counter(await store.forget_surroundings(tx, user_id, identifiers(user), email, user.external_system_id))
    done.update(await store.erase_records(tx, user_id, HELD, ALL_TYPES))
    done.update(await store.erase_events(tx, user_id, HELD, ALL_TYPES))
    done.update(await store.erase_id(tx, user_id, ALL_TYPES))
    return done


def _check(left: Obligations) -> None:
    raise_all(
        Violation(says, ((f"{name}Ids", ", ".join(ids)),), code=code)
        for name, code, says in _OPEN
        if (ids := getattr(left, name))
    )


def identifiers(user: User) -> list[str]:
    """Return what nobody else is likely to have: ids, names to log in by, addresses to write to, telephone numbers."""
    personal: dict[str, Any] = orjson.loads(user.personal.to_wire()) if user.personal else {}
    named = (user.id, user.barcode, user.username, user.external_system_id)
    reached = (personal.get(field) for field in ("email", "phone", "mobilePhone"))
    return [word for word in (*named, *reached) if word]
