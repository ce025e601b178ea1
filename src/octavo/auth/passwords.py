"""Passwords: argon2id, computed beside the event loop, as much work for strangers as for users."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's recommendation for argon2id: 19 MiB and one thread each, so that many may log in at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# More than two at once would only take each other's time, and 19 MiB each.
_BESIDE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


async def hash_password(password: str) -> str:
    """Return what is stored for a password."""
    return await asyncio.get_running_loop().run_in_executor(_BESIDE, _HASHER.hash, password)


async def is_password(stored: str | None, password: str) -> bool:
    """Tell whether a password is the stored one; without a stored one it takes as long to say no."""
    verify = partial(_verify, stored or _nobodys_hash(), password)
    return await asyncio.get_running_loop().run_in_executor(_BESIDE, verify) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("nobody")
