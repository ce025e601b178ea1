"""How often one address may be wrong: who guesses passwords or keys is slowed down, whoever they claim to be.

Each user's own lock-out (`store.credentials`) does not see somebody who tries one password on many users.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from octavo.auth.rate_limit import RateLimit
from octavo.errors import Invalid, Unauthenticated

_HOST_BITS = 64


class Guesses:
    """Lets every address be wrong `burst` times at once, and `rate` times a second in the long run."""

    def __init__(self, rate: float = 1.0, burst: int = 100) -> None:
        """Start with nobody having guessed."""
        self._limit = RateLimit(rate, burst, "Too many wrong credentials from this address")

    @contextmanager
    def attempt(self, address: str, now: datetime) -> Iterator[None]:
        """Let an address try: it is counted before anything is known, so that many at once gain nothing.

        What turns out right, or fails for another reason than being wrong, does not count. Raises TooMany.
        """
        who = _network(address)
        self._limit.take(who, now)
        try:
            yield
        except (Unauthenticated, Invalid):
            raise
        except BaseException:
            self._limit.give_back(who)
            raise
        self._limit.give_back(who)


def _network(address: str) -> str:
    """Return whom an address belongs to: of IPv6 everybody has a whole network of addresses."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(IPv6Address(int(known) >> _HOST_BITS << _HOST_BITS))
    return str(known)
