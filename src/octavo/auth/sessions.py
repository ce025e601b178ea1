"""Logging in, staying logged in, logging out (FOLIO mod-login). Each function takes the time of the request."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from octavo.auth.passwords import hash_password, is_password
from octavo.auth.registry import Registry
from octavo.auth.tokens import ACCESS_LIFETIME, REFRESH_LIFETIME, Claims, InvalidToken, TokenType, sign
from octavo.errors import Invalid, Violation
from octavo.store import access, credentials
from octavo.store.credentials import Person, RefreshToken
from octavo.store.tx import Tx


@dataclass(frozen=True)
class Login:
    """Who somebody says they are (by name or by id), the password that is to show it, and the address it came from."""

    username: str | None
    user_id: str | None
    password: str
    address: str = ""


@dataclass(frozen=True)
class Tokens:
    """A pair of tokens and when each expires."""

    access: str
    access_expires: datetime
    refresh: str
    refresh_expires: datetime


def wrong_credentials() -> Invalid:
    """Return the one refusal for a wrong name, a wrong password, and an account that is blocked or inactive."""
    return Invalid(
        Violation(
            "Wrong username or wrong password or account blocked",
            type="error",
            code="wrong.username.or.wrong.password.or.account.blocked",
        )
    )


async def log_in(registry: Registry, tenant: str, login: Login, now: datetime) -> tuple[Person, Tokens]:
    """Check a password and open a session. Raises BadRequest (unknown tenant), Invalid, TooMany."""
    person = await _recognised(registry, tenant, login, now)
    refresh = RefreshToken(uuid4(), uuid4(), now + REFRESH_LIFETIME)
    await _enter(registry, tenant, person, now, refresh)
    return person, await _pair(registry, tenant, person.id, person.username, refresh.id, now)


async def log_in_for_good(registry: Registry, tenant: str, login: Login, now: datetime) -> tuple[Person, str]:
    """Check a password and return the older kind of token, which does not expire.

    Raises BadRequest, Invalid, TooMany.
    """
    person = await _recognised(registry, tenant, login, now)
    await _enter(registry, tenant, person, now, None)
    return person, await lasting_token(registry, tenant, person.id, person.username, now)


async def lasting_token(registry: Registry, tenant: str, user_id: str, username: str, now: datetime) -> str:
    """Return a token that does not expire, for a user who needs no further proof."""
    claims = Claims(str(uuid4()), TokenType.LEGACY, tenant, user_id, username, now)
    return sign(claims, await registry.keys(tenant, now))


async def refresh(registry: Registry, tenant: str | None, token: str, now: datetime) -> Tokens:
    """Exchange a refresh token, good for one use, for a new pair. Raises InvalidToken."""
    claims = await refresh_claims(registry, tenant, token, now)
    following = uuid4()
    async with registry.store.transaction(claims.tenant, now) as tx:
        username = await credentials.renew(tx, claims.user_id, UUID(claims.id), following, now + REFRESH_LIFETIME)
    if username is None:
        raise InvalidToken
    return await _pair(registry, claims.tenant, claims.user_id, username, following, now)


async def refresh_claims(registry: Registry, tenant: str | None, token: str, now: datetime) -> Claims:
    """Return what a refresh token says; whether it was used before is not asked. Raises InvalidToken."""
    claims = await registry.claims(token, now)
    if claims.type is not TokenType.REFRESH or (tenant and claims.tenant != tenant):
        raise InvalidToken
    return claims


async def log_out(registry: Registry, tenant: str | None, token: str, now: datetime) -> None:
    """End the session of a refresh token. Raises InvalidToken."""
    claims = await refresh_claims(registry, tenant, token, now)
    async with registry.store.read(claims.tenant, now) as tx:
        await credentials.end_session(tx, claims.user_id, UUID(claims.id))


async def log_out_everywhere(registry: Registry, tenant: str, user_id: str, now: datetime) -> None:
    """End every session of a user; every token they hold is void from now on."""
    async with registry.store.transaction(tenant, now) as tx:
        await credentials.end_all_sessions(tx, user_id)
        await access.announce(tx, tenant, user_id)
    registry.forget(tenant, user_id)


async def change_password(registry: Registry, tenant: str, login: Login, new: str, now: datetime) -> None:
    """Replace a password by somebody who knows it; all their sessions end. Raises Invalid, TooMany."""
    person = await _recognised(registry, tenant, login, now)
    await _enter(registry, tenant, person, now, None)
    hashed = await hash_password(new)
    async with registry.store.transaction(tenant, now) as tx:
        await access.set_password(tx, person.id, hashed)
        await access.announce(tx, tenant, person.id)
    registry.forget(tenant, person.id)


async def find(tx: Tx, login: Login) -> Person | None:
    """Return the user whom a log-in names."""
    user_id = None if login.username is not None else _uuid(login.user_id)
    if login.username is None and user_id is None:
        return None
    return await credentials.find_person(tx, login.username, user_id)


async def _recognised(registry: Registry, tenant: str, login: Login, now: datetime) -> Person:
    with registry.guesses.attempt(login.address, now):
        return await _person(registry, tenant, login, now)


async def _person(registry: Registry, tenant: str, login: Login, now: datetime) -> Person:
    await registry.keys(tenant, now)
    async with registry.store.read(tenant, now) as tx:
        person = await find(tx, login)
    stored = person.hash if person and person.may_log_in else None
    if await is_password(stored, login.password) and person:
        return person
    if person and person.may_log_in:
        async with registry.store.read(tenant, now) as tx:
            await credentials.record_failure(tx, person.id)
    raise wrong_credentials()


async def _enter(registry: Registry, tenant: str, person: Person, now: datetime, token: RefreshToken | None) -> None:
    async with registry.store.read(tenant, now) as tx:
        if not await credentials.enter(tx, person.id, token):
            raise wrong_credentials()


async def _pair(registry: Registry, tenant: str, user_id: str, username: str, refresh_id: UUID, now: datetime) -> Tokens:
    keys = await registry.keys(tenant, now)
    access_ends, refresh_ends = now + ACCESS_LIFETIME, now + REFRESH_LIFETIME
    short = Claims(str(uuid4()), TokenType.ACCESS, tenant, user_id, username, now, access_ends)
    long = Claims(str(refresh_id), TokenType.REFRESH, tenant, user_id, username, now, refresh_ends)
    return Tokens(sign(short, keys), access_ends, sign(long, keys), refresh_ends)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
