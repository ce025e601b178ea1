"""What patrons decide about what is remembered of them, and everything that is."""

from typing import Any, Final

from octavo.catalogue.personal import subjects
from octavo.services.anonymise import anonymise_patron
from octavo.store import privacy as store
from octavo.store.privacy import Remembered
from octavo.store.tx import Tx

#: Where users are named: what "everything about somebody" is put together from.
PERSONAL: Final = subjects()


async def read_remembered(tx: Tx, user_id: str) -> Remembered:
    """Return what a patron has decided, and how many closed loans still know them."""
    return await store.load_remembered(tx, user_id)


async def keep_history(tx: Tx, user_id: str) -> None:
    """Keep a patron's loan history from now on, whatever the library's own rules would let be forgotten."""
    await store.decide(tx, user_id, keep_history=True)


async def forget_history(tx: Tx, user_id: str) -> int:
    """Keep no loan history from now on, and forget at once what may be forgotten; return how many loans were."""
    await store.decide(tx, user_id, keep_history=False)
    return await erase_history(tx, user_id)


async def erase_history(tx: Tx, user_id: str) -> int:
    """Let a patron's closed loans forget them now, but for those with fees or fines; return how many did."""
    return len((await anonymise_patron(tx, user_id))["anonymizedLoans"])


async def read_history(tx: Tx, user_id: str, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return a part of a patron's closed loans, the latest first; nothing where they have not asked for a history."""
    remembered = await store.load_remembered(tx, user_id)
    return await store.load_history(tx, user_id, offset, limit) if remembered.keep_history else []


async def read_everything(tx: Tx, user_id: str) -> bytes:
    """Return everything that is stored about a patron, as one JSON object."""
    return await store.load_everything(tx, user_id, PERSONAL)
