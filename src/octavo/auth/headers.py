"""Credentials as they are sent: in headers, in cookies, in the query."""

import re
from collections.abc import Mapping

from octavo.errors import BadRequest

ACCESS_COOKIE = "folioAccessToken"
REFRESH_COOKIE = "folioRefreshToken"
TENANT = "x-okapi-tenant"


def access_token(headers: Mapping[str, str]) -> str | None:
    """Return the token of a request (names of headers in lower case). Raises BadRequest where two differ."""
    okapi = headers.get("x-okapi-token", "").strip()
    if okapi and "authorization" not in headers and "cookie" not in headers:
        return okapi
    sent = {text for text in (okapi, _bearer(headers), cookie(headers, ACCESS_COOKIE)) if text}
    if len(sent) > 1:
        raise BadRequest("Different tokens in Authentication and X-Okapi-Token. Use only one of them")
    return sent.pop() if sent else None


def _bearer(headers: Mapping[str, str]) -> str | None:
    sent = headers.get("authorization")
    bearer = sent and re.fullmatch(r"(?i:bearer)\s+(\S+)\s*", sent)
    return bearer[1] if bearer else None


def cookie(headers: Mapping[str, str], name: str) -> str | None:
    """Return a cookie; an empty one is none."""
    sent = headers.get("cookie")
    for part in sent.split(";") if sent else ():
        found, _, value = part.strip().partition("=")
        if found == name:
            return value.strip('"') or None
    return None


def api_key(headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    """Return the API key of a request; the query comes before the header, even when it is empty."""
    for name, value in query.items():
        if name.lower() == "apikey":
            return value
    sent = headers.get("authorization")
    return None if sent is None else re.sub(r"^\s*(?i:apikey)\s+", "", sent).strip()
