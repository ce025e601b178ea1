"""What is kept of log-ins: failures within ten minutes, and sessions."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from octavo.catalogue.patrons import USER
from octavo.store import access, credentials, records
from octavo.store.credentials import RefreshToken
from octavo.store.tx import Tx
from octavo_models.user import User


@pytest.fixture
async def user_id(tx: Tx) -> str:
    made = str(uuid4())
    await records.insert(tx, USER, User(id=made, username="Élise", active=True))
    await access.set_password(tx, made, "a hash")
    return made


async def test_a_user_is_found_by_name_without_case_and_accents_or_by_id(tx: Tx, user_id: str) -> None:
    by_name = await credentials.find_person(tx, "ELISE", None)
    assert by_name == await credentials.find_person(tx, None, UUID(user_id))
    assert by_name
    assert (by_name.id, by_name.username, by_name.hash) == (user_id, "Élise", "a hash")
    assert await credentials.find_person(tx, "elis*", None) is None


async def test_a_right_guess_does_not_help_once_the_wrong_ones_were_counted(tx: Tx, user_id: str) -> None:
    for _ in range(4):
        await credentials.record_failure(tx, user_id)
    assert await credentials.enter(tx, user_id)
    for _ in range(5):
        await credentials.record_failure(tx, user_id)
    assert not await credentials.enter(tx, user_id)


async def test_guessing_on_does_not_keep_the_owner_out_for_longer(tx: Tx, user_id: str) -> None:
    for second in range(60):
        await credentials.record_failure(replace(tx, now=tx.now + timedelta(seconds=second)), user_id)
    assert not await credentials.enter(replace(tx, now=tx.now + timedelta(minutes=9)), user_id)
    assert await credentials.enter(replace(tx, now=tx.now + timedelta(minutes=10)), user_id)


async def test_sessions_that_are_over_leave_nothing_behind(tx: Tx, user_id: str) -> None:
    await credentials.enter(tx, user_id, RefreshToken(uuid4(), uuid4(), tx.now + timedelta(hours=1)))
    later = replace(tx, now=tx.now + timedelta(hours=2))
    await credentials.enter(later, user_id, RefreshToken(uuid4(), uuid4(), later.now + timedelta(hours=1)))
    assert await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('refresh_token')}") == 1


async def test_a_session_of_an_inactive_user_does_not_go_on(tx: Tx, user_id: str) -> None:
    token = RefreshToken(uuid4(), uuid4(), tx.now + timedelta(hours=1))
    await credentials.enter(tx, user_id, token)
    await records.replace(tx, USER, user_id, User(username="Élise", active=False))
    assert await credentials.renew(tx, user_id, token.id, uuid4(), tx.now + timedelta(hours=1)) is None


async def test_a_new_password_ends_sessions_and_voids_tokens(tx: Tx, user_id: str) -> None:
    token = RefreshToken(uuid4(), uuid4(), tx.now + timedelta(hours=1))
    await credentials.enter(tx, user_id, token)
    later = replace(tx, now=tx.now + timedelta(minutes=1))
    await access.set_password(later, user_id, "another")
    assert await credentials.renew(later, user_id, token.id, uuid4(), later.now) is None
    rights = await access.rights(tx, user_id)
    assert rights
    assert rights.valid_from == later.now
