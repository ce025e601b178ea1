"""Where the server may be told to send something: public addresses, by https, unless the operator allows more.

Whoever may register a webhook must not be able to let the server speak to machines that only it can reach.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_HOST: Final = re.compile(r"[a-z0-9._-]+", re.ASCII)

#: Prefixes under which an IPv6 address stands for an IPv4 address: translation (RFC 6052, RFC 8215).
_TRANSLATED: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True)
class Destinations:
    """What the operator allows. http: plain http, too; networks: addresses that are not public, too."""

    http: bool = False
    networks: tuple[Network, ...] = ()

    def refusal(self, url: str) -> str | None:
        """Return why nothing is sent to a URL; None where its host's addresses decide."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return "not a URL"
        if not host or port == 0:
            return "not a URL"
        if parts.scheme != "https" and not (self.http and parts.scheme == "http"):
            return "only https is allowed" if not self.http else "only http and https are allowed"
        if parts.username is not None or parts.password is not None:
            return "a URL with a user name or password is not allowed"
        try:
            address = ip_address(host)
        except ValueError:
            return None if _HOST.fullmatch(host) else "the host must be written in ASCII, as xn--… where it has other letters"
        return self.refusal_of(address)

    def refusal_of(self, address: Address) -> str | None:
        """Return why nothing is sent to an address, None where it may be."""
        if any(address in network for network in self.networks) or _is_public(address):
            return None
        return f"the address {address} is not public"


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list such as `10.1.0.0/16, fd00::/8`. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped is not None:
        return _is_public(address.ipv4_mapped)
    if address.sixtofour is not None or address.teredo is not None or any(address in known for known in _TRANSLATED):
        return False
    return address.is_global and not address.is_multicast
