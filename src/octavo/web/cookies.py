"""The cookies of a log-in: who is in, and how to stay in (FOLIO mod-login)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from octavo.auth.headers import ACCESS_COOKIE, REFRESH_COOKIE
from octavo.auth.sessions import Tokens
from octavo.auth.tokens import ACCESS_LIFETIME, REFRESH_LIFETIME
from octavo.http.call import Reply

_PLACES = {ACCESS_COOKIE: "/", REFRESH_COOKIE: "/authn"}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cookies:
    """How cookies are set; `secure` is off only for plain HTTP on loopback."""

    secure: bool = True

    def set_on(self, reply: Reply, tokens: Tokens) -> Reply:
        """Return an answer that leaves both tokens with the browser."""
        return _with(
            reply,
            self._cookie(ACCESS_COOKIE, tokens.access, int(ACCESS_LIFETIME.total_seconds()), tokens.access_expires),
            self._cookie(REFRESH_COOKIE, tokens.refresh, int(REFRESH_LIFETIME.total_seconds()), tokens.refresh_expires),
        )

    def delete_on(self, reply: Reply) -> Reply:
        """Return an answer that takes both tokens away from the browser."""
        return _with(reply, *(self._cookie(name, "", 0, _LONG_AGO) for name in _PLACES))

    def _cookie(self, name: str, value: str, max_age: int, expires: datetime) -> str:
        # VuFind reads Expires, other clients Max-Age.
        ends = f"Max-Age={max_age}; Expires={format_datetime(expires, usegmt=True)}"
        secure = "Secure; " if self.secure else ""
        return f"{name}={value}; {ends}; Path={_PLACES[name]}; {secure}HttpOnly; SameSite=Lax"


def _with(reply: Reply, *cookies: str) -> Reply:
    return reply.with_header("Set-Cookie", "\n".join(cookies))
