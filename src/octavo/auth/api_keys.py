"""API keys of patron tools: the wire form of FOLIO's edge modules around a secret that is really one.

A key is the URL-safe base64 of `{"s": secret, "t": tenant, "u": user name}`. The secret has 192 random bits;
only its digest is kept, with what the key is for, until when, and whether it was revoked.
"""

import binascii
import hmac
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID, uuid4

import orjson

from octavo.auth.caller import Caller
from octavo.auth.memory import Memory
from octavo.auth.rate_limit import RateLimit
from octavo.auth.registry import Registry
from octavo.errors import BadRequest, NotFound, Unauthenticated
from octavo.store import access, api_keys, credentials
from octavo.store.api_keys import ApiKey
from octavo.store.tx import Tx

DENIED = "Access Denied"
_SECRET_BYTES = 24
_REMEMBERED_FOR = timedelta(seconds=30)
_MANY_KEYS = 1_000


class Scope(StrEnum):
    """What a key is for; each scope's name is also the permission that edge routes ask for."""

    READ = "account:read"
    ACT = "account:act"
    REGISTER = "register"


#: What a scope allows, in the names of mod-patron's own permissions.
PERMISSIONS: dict[Scope, frozenset[str]] = {
    Scope.READ: frozenset({Scope.READ, "patron.account.item.get"}),
    Scope.ACT: frozenset({
        Scope.ACT, "patron.renew.item.post", "patron.hold.item.post", "patron.hold.instance.item.post",
        "patron.hold.cancel.item.post",
    }),
    Scope.REGISTER: frozenset({Scope.REGISTER}),
}


@dataclass(frozen=True)
class Parts:
    """What is written in a key."""

    secret: str
    tenant: str
    username: str


def encode(parts: Parts) -> str:
    """Return the wire form, without padding."""
    document = orjson.dumps({"s": parts.secret, "t": parts.tenant, "u": parts.username})
    return urlsafe_b64encode(document).decode().rstrip("=")


def decode(key: str) -> Parts:
    """Read the wire form; padding is optional, further members are not allowed. Raises Unauthenticated."""
    bare = key.rstrip("=")
    try:
        members = orjson.loads(b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise Unauthenticated(DENIED) from None
    if not isinstance(members, dict) or set(members) != {"s", "t", "u"}:
        raise Unauthenticated(DENIED)
    if not all(isinstance(value, str) and value for value in members.values()):
        raise Unauthenticated(DENIED)
    return Parts(members["s"], members["t"], members["u"])


async def create(
    tx: Tx, tenant: str, username: str, name: str, scopes: Iterable[str], expires: datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key for a user and return it with its wire form, which is never shown again.

    Raises BadRequest for an unknown scope or a date in the past, NotFound for an unknown user.
    """
    wanted = _scopes(scopes)
    if expires is not None and expires <= tx.now:
        raise BadRequest("the key would have expired already")
    person = await credentials.find_person(tx, username, None)
    if person is None:
        raise NotFound(f"no user with the username {username}")
    secret = token_urlsafe(_SECRET_BYTES)
    key = ApiKey(uuid4(), name, person.id, person.username, wanted, tx.now, expires, None)
    await api_keys.insert(tx, key, _digest(secret))
    return key, encode(Parts(secret, tenant, person.username))


async def everyone(tx: Tx) -> list[ApiKey]:
    """Return all keys of a tenant, revoked and expired ones too; nobody can tell the secrets."""
    return await api_keys.everyone(tx)


async def revoke(tx: Tx, tenant: str, key_id: UUID) -> None:
    """Make a key void for ever, at once and for every worker. Raises NotFound."""
    if not await api_keys.revoke(tx, key_id):
        raise NotFound(f"no API key with id {key_id}")
    await access.announce(tx, tenant)


class Doorkeeper:
    """Tells who comes with an API key, and how often they may."""

    def __init__(self, registry: Registry, limit: RateLimit) -> None:
        """Keep where keys are looked up and how often each may be used."""
        self._registry = registry
        self._limit = limit
        self._keys: Memory[str, tuple[str, ApiKey]] = Memory(_MANY_KEYS)
        registry.on_change(self._forget)

    async def admit(self, key: str | None, now: datetime, address: str = "") -> Caller:
        """Return whom a key stands for, with what its scopes allow. Raises Unauthenticated, TooMany."""
        if not key:
            raise Unauthenticated(DENIED)
        tenant, kept = self._keys.recall(key, now) or await self._tried(key, now, address)
        if not kept.works(now):
            raise Unauthenticated(DENIED)
        self._limit.take(kept.id, now)
        rights = await self._registry.rights(tenant, kept.user_id, now)
        if rights is None or not rights.active:
            raise Unauthenticated(DENIED)
        return Caller(tenant, kept.user_id, kept.username, permissions_of(kept.scopes))

    async def _tried(self, key: str, now: datetime, address: str) -> tuple[str, ApiKey]:
        with self._registry.guesses.attempt(address, now):
            return await self._look_up(key, now)

    async def _look_up(self, key: str, now: datetime) -> tuple[str, ApiKey]:
        parts = decode(key)
        since = self._keys.events
        try:
            await self._registry.keys(parts.tenant, now)
        except BadRequest:
            raise Unauthenticated(DENIED) from None
        digest = _digest(parts.secret)
        async with self._registry.store.read(parts.tenant, now) as tx:
            found = await api_keys.find(tx, digest)
        same = hmac.compare_digest(found[0] if found else bytes(len(digest)), digest)
        if found is None or not same or found[1].username != parts.username:
            raise Unauthenticated(DENIED)
        if self._registry.hears_changes:
            self._keys.keep(key, (parts.tenant, found[1]), now + _REMEMBERED_FOR, since)
        return parts.tenant, found[1]

    def _forget(self, tenant: str | None) -> None:
        self._keys.forget_where(lambda _, entry: tenant is None or entry[0] == tenant)


def permissions_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the permissions that scopes give."""
    return frozenset().union(*(PERMISSIONS[Scope(scope)] for scope in scopes))


def _scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(scopes))
    unknown = sorted(set(wanted) - set(Scope))
    if unknown or not wanted:
        raise BadRequest(f"scopes are {', '.join(Scope)}; unknown: {', '.join(unknown) or 'none given'}")
    return wanted


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
