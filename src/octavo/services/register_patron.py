"""Registering patrons from outside by e-mail address, reading and changing them (seed 004)."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from octavo.catalogue.patrons import USER
from octavo.errors import Invalid, NotFound, Problem, Violation, refuse
from octavo.rules import registration as rules
from octavo.rules.registration import Refusal
from octavo.store import access, records
from octavo.store import registration as store
from octavo.store.locale import read_locale, zone_of
from octavo.store.tx import Tx
from octavo_models.registration import ExternalPatron, ExternalPatrons, RegisteredPatron
from octavo_models.user import User


async def find_actor(tx: Tx, external_id: str) -> str:
    """Return the id of the user on whose behalf something is registered. Raises NotFound."""
    actor = await store.find_patron(tx, external_id, or_user_id=True)
    if actor is None:
        raise NotFound(f"Unable to find patron {external_id}")
    return actor


async def register(tx: Tx, patron: ExternalPatron) -> None:
    """Make a user of a patron whose e-mail address nobody has yet. Raises Invalid."""
    email = patron.contact_info.email
    await store.lock_emails(tx, email)
    terms = await _terms(tx)
    _raise(rules.refusal_of_new(await _with_email(tx, email), terms.group_id))
    user = rules.register(
        patron, None, group_id=terms.group_id, home_id=terms.home_id, now=tx.now, zone=terms.zone
    ).model_copy(update={"created_date": tx.now, "updated_date": tx.now})
    await records.insert(tx, USER, user)


async def change(tx: Tx, tenant: str, email: str, patron: ExternalPatron) -> None:
    """Renew the registration of the patron with an e-mail address. Raises NotFound, Invalid."""
    new_email = patron.contact_info.email
    await store.lock_emails(tx, email, new_email)
    terms = await _terms(tx)
    found = await _with_email(tx, email)
    _raise(rules.refusal_of_change(found, await _with_email(tx, new_email), terms.group_id))
    user = rules.register(
        patron, found[0], group_id=terms.group_id, home_id=terms.home_id, now=tx.now, zone=terms.zone
    ).model_copy(update={"updated_date": tx.now})
    await records.save(tx, USER, user)
    await access.announce(tx, tenant, user.id)


async def read_by_email(tx: Tx, email: str) -> RegisteredPatron:
    """Return the user with an e-mail address as the registering system knows patrons. Raises NotFound, Invalid."""
    found = await _with_email(tx, email)
    _raise(rules.refusal_of_reading(found))
    return rules.as_registered(found[0])


async def read_expired(tx: Tx) -> ExternalPatrons:
    """Return the registered patrons whose membership ended since the start of the previous business day."""
    terms = await store.load_terms(tx, rules.REMOTE_GROUP, rules.HOME)
    start, end = rules.expired_window(tx.now, zone_of(read_locale(terms.locale)))
    documents = await store.expired_patrons(tx, rules.REMOTE_GROUP, start, end)
    patrons = [rules.as_registered(User.model_validate_json(document)) for document in documents]
    return ExternalPatrons(external_patrons=patrons, total_records=len(patrons))


@dataclass(frozen=True)
class _Terms:
    """The group and the address type for registered patrons, and the tenant's time zone."""

    group_id: str
    home_id: str
    zone: ZoneInfo


async def _terms(tx: Tx) -> _Terms:
    found = await store.load_terms(tx, rules.REMOTE_GROUP, rules.HOME)
    if found.group_id is None:
        raise refuse("Remote patron group not found", group=rules.REMOTE_GROUP)
    if found.home_id is None:
        raise refuse("Home address type not found", addressType=rules.HOME)
    return _Terms(found.group_id, found.home_id, zone_of(read_locale(found.locale)))


async def _with_email(tx: Tx, email: str) -> list[User]:
    return [User.model_validate_json(document) for document in await store.users_with_email(tx, email)]


def _raise(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise _problem(refusal)


def _problem(refusal: Refusal) -> Problem:
    if refusal is Refusal.USER_NOT_FOUND:
        return NotFound(refusal.value)
    return Invalid(Violation(refusal.value, code="422"))
