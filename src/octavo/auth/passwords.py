"""Passwords: argon2id, computed beside the event loop, as much work for strangers as for users."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's recommendation for argon2id: 19 MiB and one thread each, so that many may log in at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


async def hash_password(password: str) -> str:
    """Return what is stored for a password."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; without a stored one it takes as long to say no."""
    return await asyncio.to_thread(_verify, stored or _nobodys_hash(), password) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody")
