"""Passwords are stored as argon2id, and strangers are told no as slowly as users."""

from octavo.auth.passwords import hash_password, is_password


async def test_the_right_password_is_recognised() -> None:
    stored = await hash_password("Ab7@Kx9!Zr3Qp é")
    assert stored.startswith("$argon2id$")
    assert await is_password(stored, "Ab7@Kx9!Zr3Qp é")
    assert not await is_password(stored, "Ab7@Kx9!Zr3Qp e")


async def test_a_password_is_never_stored_the_same_way_twice() -> None:
    assert await hash_password("secret") != await hash_password("secret")


async def test_nobody_without_a_password_gets_in() -> None:
    assert not await is_password(None, "nobody")
    assert not await is_password("not a hash", "not a hash")
