"""API keys: FOLIO's form, a real secret, a scope, an end."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.auth import api_keys
from octavo.auth.api_keys import Doorkeeper, Parts, Scope, decode, encode
from octavo.auth.rate_limit import RateLimit
from octavo.auth.registry import Registry
from octavo.errors import BadRequest, NotFound, TooMany, Unauthenticated
from octavo.store import credentials
from octavo.store.tx import Store, Tx

TENANT = "diku"
_PARTS = st.text(st.characters(codec="utf-8"), min_size=1)


class Lent:
    """Lends one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        yield self._connection


@pytest.fixture
def door(connection: Any) -> Doorkeeper:
    return Doorkeeper(Registry(Store(Lent(connection))), RateLimit(rate=1, burst=3))


def _wire(document: Any) -> str:
    return urlsafe_b64encode(orjson.dumps(document)).decode()


@given(_PARTS, _PARTS, _PARTS)
def test_a_key_reads_back_with_and_without_padding(secret: str, tenant: str, username: str) -> None:
    parts = Parts(secret, tenant, username)
    key = encode(parts)
    assert decode(key) == parts
    assert decode(key + "=" * (-len(key) % 4)) == parts


def test_keys_of_folio_are_read() -> None:
    assert decode("eyJzIjoieHFpNzNjNEZzOSIsInQiOiJkaWt1IiwidSI6ImRpa3VfYWRtaW4ifQ==") == Parts(
        "xqi73c4Fs9", "diku", "diku_admin"
    )


@pytest.mark.parametrize(
    "key",
    [
        "", "x", "é", "bm9wZQ==", _wire([]), _wire({"s": "a", "t": "b"}), _wire({"s": "a", "t": "b", "u": ""}),
        _wire({"s": "a", "t": "b", "u": "c", "v": "d"}), _wire({"s": 1, "t": "b", "u": "c"}),
    ],
)
def test_a_malformed_key_is_denied(key: str) -> None:
    with pytest.raises(Unauthenticated, match="Access Denied"):
        decode(key)


@given(st.text(max_size=9))
def test_text_that_is_no_key_is_denied(text: str) -> None:
    with pytest.raises(Unauthenticated, match="Access Denied"):
        decode(text)


async def test_a_key_lets_in_with_what_its_scopes_allow(tx: Tx, door: Doorkeeper) -> None:
    kept, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    caller = await door.admit(key, tx.now)
    assert (caller.tenant, caller.user_id, caller.username) == (TENANT, kept.user_id, "admin")
    assert caller.may("patron.account.item.get")
    assert caller.may(Scope.READ)
    assert not caller.may("patron.renew.item.post")
    assert not caller.may("users.collection.get")


async def test_the_secret_is_long_and_kept_nowhere(tx: Tx) -> None:
    _, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    secret = decode(key).secret
    assert len(urlsafe_b64decode(secret + "==")) * 8 >= 128
    row = await tx.connection.fetchrow(f"SELECT * FROM {tx.table('api_key')}")
    assert all(secret not in str(value) for value in row.values())


async def test_keys_are_listed_without_secrets(tx: Tx) -> None:
    first, _ = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ, Scope.READ])
    second, _ = await api_keys.create(tx, TENANT, "ADMIN", "Kiosk", list(Scope), tx.now + timedelta(days=1))
    assert {key.name: key for key in await api_keys.everyone(tx)} == {"VuFind": first, "Kiosk": second}
    assert first.scopes == ("account:read",)


async def test_a_wrong_secret_tenant_or_name_is_denied(tx: Tx, door: Doorkeeper) -> None:
    _, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    good = decode(key)
    for wrong in (
        Parts(good.secret + "x", TENANT, "admin"),
        Parts(good.secret, "other", "admin"),
        Parts(good.secret, "nowhere", "admin"),
        Parts(good.secret, 'x"; DROP', "admin"),
        Parts(good.secret, TENANT, "somebody"),
    ):
        with pytest.raises(Unauthenticated, match="Access Denied"):
            await door.admit(encode(wrong), tx.now)
    for missing in (None, ""):
        with pytest.raises(Unauthenticated, match="Access Denied"):
            await door.admit(missing, tx.now)


async def test_an_expired_key_is_denied(tx: Tx, door: Doorkeeper) -> None:
    _, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ], tx.now + timedelta(hours=1))
    await door.admit(key, tx.now)
    with pytest.raises(Unauthenticated):
        await door.admit(key, tx.now + timedelta(hours=1))


async def test_a_revoked_key_is_denied(tx: Tx, door: Doorkeeper) -> None:
    kept, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    await api_keys.revoke(tx, TENANT, kept.id)
    with pytest.raises(Unauthenticated):
        await door.admit(key, tx.now)
    with pytest.raises(NotFound):
        await api_keys.revoke(tx, TENANT, uuid4())


async def test_a_key_of_an_inactive_user_is_denied(tx: Tx, door: Doorkeeper) -> None:
    _, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    await tx.connection.execute(f"""UPDATE {tx.table("users")} SET doc = doc || '{{"active": false}}'""")
    with pytest.raises(Unauthenticated):
        await door.admit(key, tx.now)


async def test_a_key_that_asks_too_often_is_told_when_to_come_back(tx: Tx, door: Doorkeeper) -> None:
    _, key = await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    for _ in range(3):
        await door.admit(key, tx.now)
    with pytest.raises(TooMany) as refusal:
        await door.admit(key, tx.now)
    assert refusal.value.retry_after == 1


async def test_a_key_needs_known_scopes_a_future_and_a_user(tx: Tx) -> None:
    with pytest.raises(BadRequest, match="everything"):
        await api_keys.create(tx, TENANT, "admin", "VuFind", ["everything"])
    with pytest.raises(BadRequest, match="none given"):
        await api_keys.create(tx, TENANT, "admin", "VuFind", [])
    with pytest.raises(BadRequest, match="expired"):
        await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ], tx.now)
    with pytest.raises(NotFound, match="nobody"):
        await api_keys.create(tx, TENANT, "nobody", "VuFind", [Scope.READ])


async def test_a_deleted_user_takes_keys_and_password_along(tx: Tx) -> None:
    await api_keys.create(tx, TENANT, "admin", "VuFind", [Scope.READ])
    await tx.connection.execute(f"DELETE FROM {tx.table('users')}")
    assert await api_keys.everyone(tx) == []
    assert await credentials.find_person(tx, "admin", None) is None
