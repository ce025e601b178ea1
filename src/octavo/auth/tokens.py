"""Tokens: what one says, how it is signed, and when it is believed (FOLIO mod-authtoken)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import jwt

from octavo.errors import Unauthenticated
from octavo.store.access import SigningKey

ACCESS_LIFETIME = timedelta(seconds=600)
REFRESH_LIFETIME = timedelta(seconds=604_800)

_ALGORITHM = "HS256"


class TokenType(StrEnum):
    """What a token is good for. A legacy access token does not expire."""

    ACCESS = "access"
    REFRESH = "refresh"
    LEGACY = "legacy-access"


class InvalidToken(Unauthenticated):
    """A token that is malformed, expired, or signed by somebody else."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(f"Invalid token: {reason}" if reason else "Invalid token")


@dataclass(frozen=True)
class Claims:
    """What a token says: who, at which tenant, what for, and from when until when."""

    id: str
    type: TokenType
    tenant: str
    user_id: str
    username: str
    issued: datetime
    expires: datetime | None = None


def sign(claims: Claims, keys: Sequence[SigningKey]) -> str:
    """Return the token, signed with the first key, which is the newest."""
    # Times have milliseconds, so that a token made after a log-out is newer than it.
    payload: dict[str, Any] = {
        "sub": claims.username,
        "user_id": claims.user_id,
        "tenant": claims.tenant,
        "type": claims.type,
        "iat": round(claims.issued.timestamp(), 3),
        "jti": claims.id,
    }
    if claims.expires:
        payload["exp"] = int(claims.expires.timestamp())
    return jwt.encode(payload, keys[0].secret, algorithm=_ALGORITHM, headers={"kid": keys[0].kid})


def verify(token: str, keys: Sequence[SigningKey], now: datetime) -> tuple[Claims, datetime | None]:
    """Return what a token says and until when it may be believed. Raises InvalidToken."""
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next(key for key in keys if key.kid == kid and (key.verifies_until is None or now < key.verifies_until))
        # Expiry is judged below, by the server's clock.
        options: Any = {"verify_exp": False, "verify_iat": False}
        claims = _claims(jwt.decode(token, key.secret, algorithms=[_ALGORITHM], options=options))
    except (jwt.InvalidTokenError, StopIteration, KeyError, TypeError, ValueError, OverflowError):
        raise InvalidToken from None
    if claims.expires and claims.expires <= now:
        raise InvalidToken
    ends = [end for end in (claims.expires, key.verifies_until) if end]
    return claims, min(ends, default=None)


def claimed_tenant(token: str) -> str:
    """Return the tenant that a token names, before anything of it is believed. Raises InvalidToken."""
    try:
        tenant = jwt.decode(token, options={"verify_signature": False}).get("tenant")
    except (jwt.InvalidTokenError, ValueError):
        raise InvalidToken from None
    if not isinstance(tenant, str):
        raise InvalidToken
    return tenant


def _claims(payload: dict[str, Any]) -> Claims:
    return Claims(
        payload["jti"],
        TokenType(payload["type"]),
        payload["tenant"],
        payload["user_id"],
        payload["sub"],
        datetime.fromtimestamp(payload["iat"], UTC),
        datetime.fromtimestamp(payload["exp"], UTC) if "exp" in payload else None,
    )
