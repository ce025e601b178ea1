"""Registering on the page: somebody fills in the form, and shows by a link that the e-mail address is theirs.

They are kept as a staging user, whom staff make a user of (`services.staging`). Whoever registers with the address of
a user is told of that by e-mail alone, so that the page tells nobody who has a card.
"""

from dataclasses import dataclass
from hashlib import sha256

from octavo.catalogue.patrons import STAGING_USER
from octavo.services.expire import Begin
from octavo.services.messages import Message, queue_message
from octavo.services.one_by_one import MOST, one_by_one
from octavo.services.staging import create_staging_user
from octavo.store import confirmations, records
from octavo.store import registration as store
from octavo.store.tx import Tx
from octavo_models.user import StagingUser


@dataclass(frozen=True)
class Letter:
    """An e-mail in the reader's language."""

    subject: str
    body: str


@dataclass(frozen=True)
class Letters:
    """What is written to somebody who registers: with the link to confirm, or that they have a card already."""

    confirm: Letter
    known: Letter


async def begin(tx: Tx, person: StagingUser, secret: str, letters: Letters) -> None:
    """Keep somebody who registers, and send them the link with the secret; a user is told that they are one."""
    email = person.contact_info.email
    await store.lock_emails(tx, email)
    if await store.users_with_email(tx, email):
        await _write(tx, email, letters.known)
        return
    document = await create_staging_user(tx, person.model_copy(update={"is_email_verified": False}))
    await confirmations.add(tx, _digest(secret), records.id_of(document))
    await _write(tx, email, letters.confirm)


async def may_confirm(tx: Tx, secret: str) -> bool:
    """Tell whether a link is good."""
    return await confirmations.is_good(tx, _digest(secret))


async def confirm(tx: Tx, secret: str) -> bool:
    """Note that an e-mail address is its registrant's own; False where the link is not good, or was used before."""
    staging_id = await confirmations.use(tx, _digest(secret))
    if staging_id is None:
        return False
    person = await records.lock(tx, STAGING_USER, staging_id)
    await records.save(tx, STAGING_USER, person.model_copy(update={"is_email_verified": True}))
    return True


async def forget_unconfirmed(begin: Begin) -> int:
    """Forget those who never confirmed their address in time; return how many they were: the work of a timer."""
    async with begin() as tx:
        late = await confirmations.load_unconfirmed(tx, MOST)
    return await one_by_one(begin, late, _forget)


async def _forget(tx: Tx, staging_id: str) -> bool:
    await records.delete(tx, STAGING_USER, staging_id)
    return True


async def _write(tx: Tx, email: str, letter: Letter) -> None:
    await queue_message(tx, Message(email, letter.subject, letter.body, worth_sending=confirmations.LASTS))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


