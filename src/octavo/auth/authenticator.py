"""From headers to a Caller, on the Okapi side. Nothing a client says of itself counts without a valid token."""

from collections.abc import Mapping
from datetime import datetime

from octavo.auth.caller import Caller
from octavo.auth.headers import TENANT, access_token
from octavo.auth.registry import Registry
from octavo.auth.tokens import Claims, InvalidToken, TokenType
from octavo.errors import BadRequest, Forbidden, Unauthenticated

MISSING_TENANT = "Missing header: X-Okapi-Tenant"


def anonymous(headers: Mapping[str, str]) -> Caller:
    """Return the caller of an operation that nobody needs to log in for; whatever token was sent is ignored."""
    return Caller(headers.get(TENANT, ""), "", "")


async def authenticate(registry: Registry, headers: Mapping[str, str], permission: str | None, now: datetime) -> Caller:
    """Return who asks for something that takes a permission; None: that takes nothing but a valid token.

    Whether the caller holds the permission is left to the dispatcher.
    Raises BadRequest (two tokens, unknown tenant), Unauthenticated, Forbidden (another tenant's or user's token).
    """
    token = access_token(headers)
    if token is None:
        raise await _missing_token(registry, headers, permission, now)
    claims = await registry.claims(token, now)
    tenant = headers.get(TENANT) or claims.tenant
    if tenant != claims.tenant:
        await registry.keys(tenant, now)
        raise Forbidden("Invalid token")
    if (headers.get("x-okapi-user-id") or claims.user_id).lower() != claims.user_id:
        raise Forbidden("Invalid token")
    if claims.type is TokenType.REFRESH:
        raise InvalidToken
    return await caller_of(registry, claims, now)


async def caller_of(registry: Registry, claims: Claims, now: datetime) -> Caller:
    """Return the caller that a verified token stands for. Raises Unauthenticated."""
    rights = await registry.rights(claims.tenant, claims.user_id, now)
    if rights is None or not rights.active:
        raise InvalidToken(f"user with id {claims.user_id} is not active")
    if rights.valid_from and claims.issued < rights.valid_from:
        raise InvalidToken
    return Caller(claims.tenant, claims.user_id, rights.username, rights.permissions)


async def _missing_token(
    registry: Registry, headers: Mapping[str, str], permission: str | None, now: datetime
) -> BadRequest | Unauthenticated:
    tenant = headers.get(TENANT)
    if not tenant:
        return BadRequest(MISSING_TENANT)
    await registry.keys(tenant, now)
    return Unauthenticated(f"Token missing, access requires permission: {permission}" if permission else "Token missing")
