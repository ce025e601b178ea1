"""Posting to an address that somebody has registered, without being led where nobody should be.

The host's addresses are looked up here and checked, and the connection goes to the one that was checked. Redirections
are not followed, proxies of the environment not used, answers not read. TLS is checked against the host's name.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from ipaddress import ip_address
from typing import Final

import httpx

from octavo.rules.destinations import Destinations

#: How long one delivery may take in all, in seconds.
TIME_OUT: Final = 15.0
_CONNECT: Final = 5.0


class NotDelivered(Exception):  # noqa: N818 - it says what happened
    """Nobody took it; the text says why, without anything that was sent or answered."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        """Keep the reason. gone: the receiver says that it wants nothing any more (410)."""
        super().__init__(reason)
        self.gone = gone


class Channel:
    """Posts to one URL, one after the other, over as few connections as possible."""

    def __init__(self, url: str, allowed: Destinations, client: httpx.AsyncClient) -> None:
        self._given = url
        self._allowed = allowed
        self._client = client

    @cached_property
    def _url(self) -> httpx.URL:
        return httpx.URL(self._given)

    async def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a body. Raises NotDelivered unless the answer is one of success."""
        try:
            async with asyncio.timeout(TIME_OUT):
                status = await self._post(body, headers)
        except (TimeoutError, httpx.TimeoutException):
            raise NotDelivered("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as reason:
            raise NotDelivered(f"not reachable ({type(reason).__name__})") from None
        if not httpx.codes.is_success(status):
            raise NotDelivered(f"answer {status}", gone=status == httpx.codes.GONE)

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        refusal = self._allowed.refusal(str(self._url))
        if refusal:
            raise NotDelivered(refusal)
        address = await self._checked_address()
        async with self._client.stream(
            "POST", self._url.copy_with(host=address), content=body,
            headers={**headers, "Host": self._url.netloc.decode("ascii")}, extensions={"sni_hostname": self._url.raw_host.decode("ascii")},
        ) as answer:  # fmt: skip
            return answer.status_code

    async def _checked_address(self) -> str:
        """Return an address of the host; all of them must be allowed."""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        host = self._url.raw_host.decode("ascii")
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(target[0]).partition("%")[0]) for *_, target in found]
        for address in addresses:
            refusal = self._allowed.refusal_of(address)
            if refusal:
                raise NotDelivered(refusal)
        return str(addresses[0])


class Sender:
    """Opens channels."""

    def __init__(self, allowed: Destinations) -> None:
        """Keep what is allowed; certificates are read once."""
        self._allowed = allowed
        self._tls = ssl.create_default_context()

    @asynccontextmanager
    async def channel(self, url: str) -> AsyncIterator[Channel]:
        """Open a channel to a URL. Its connections are its own: another host at the same address gets none of them."""
        async with httpx.AsyncClient(
            verify=self._tls, trust_env=False, follow_redirects=False, timeout=httpx.Timeout(TIME_OUT, connect=_CONNECT)
        ) as client:
            yield Channel(url, self._allowed, client)
