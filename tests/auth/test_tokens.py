"""A token is believed when it was signed here, for as long as it says, and not longer than its key."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.auth.tokens import Claims, InvalidToken, TokenType, claimed_tenant, sign, verify
from octavo.store.access import SigningKey

NOW = datetime(2026, 11, 22, 10, 0, 0, 250_000, UTC)
KEY = SigningKey("k1", b"1" * 32)
CLAIMS = Claims("7b", TokenType.ACCESS, "diku", "0f1e", "anne", NOW, (NOW + timedelta(minutes=10)).replace(microsecond=0))


def test_a_token_says_what_was_signed() -> None:
    claims, until = verify(sign(CLAIMS, [KEY]), [KEY], NOW)
    assert claims == CLAIMS
    assert until == CLAIMS.expires


def test_clients_can_read_the_claims_of_folio() -> None:
    payload = jwt.decode(sign(CLAIMS, [KEY]), options={"verify_signature": False})
    assert payload == {
        "sub": "anne", "user_id": "0f1e", "tenant": "diku", "type": "access", "jti": "7b",
        "iat": NOW.timestamp(), "exp": int(NOW.timestamp()) + 600,
    }


def test_a_legacy_token_never_expires() -> None:
    legacy = Claims("7b", TokenType.LEGACY, "diku", "0f1e", "anne", NOW)
    token = sign(legacy, [KEY])
    assert "exp" not in jwt.decode(token, options={"verify_signature": False})
    assert verify(token, [KEY], NOW + timedelta(days=9999)) == (legacy, None)


def test_an_expired_token_is_refused() -> None:
    token = sign(CLAIMS, [KEY])
    assert CLAIMS.expires
    verify(token, [KEY], CLAIMS.expires - timedelta(milliseconds=1))
    with pytest.raises(InvalidToken, match="Invalid token"):
        verify(token, [KEY], CLAIMS.expires)


def test_a_token_of_a_retired_key_is_believed_until_the_keys_date() -> None:
    retired = SigningKey("k1", KEY.secret, NOW + timedelta(minutes=1))
    newest = SigningKey("k2", b"2" * 32)
    token = sign(CLAIMS, [KEY])
    assert verify(token, [newest, retired], NOW) == (CLAIMS, retired.verifies_until)
    with pytest.raises(InvalidToken):
        verify(token, [newest, retired], NOW + timedelta(minutes=1))


def test_the_newest_key_signs() -> None:
    assert jwt.get_unverified_header(sign(CLAIMS, [SigningKey("k2", b"2" * 32), KEY]))["kid"] == "k2"


@pytest.mark.parametrize("secret", [b"2" * 32, b""])
def test_a_token_signed_by_somebody_else_is_refused(secret: bytes) -> None:
    algorithm = "HS256" if secret else "none"
    payload = jwt.decode(sign(CLAIMS, [KEY]), options={"verify_signature": False})
    forged = jwt.encode(payload, secret or None, algorithm=algorithm, headers={"kid": "k1"})
    with pytest.raises(InvalidToken):
        verify(forged, [KEY], NOW)


@pytest.mark.parametrize("change", [{"type": "sudo"}, {"iat": "yesterday"}, {"sub": 7}, {"exp": 1e300}])
def test_a_token_that_says_nonsense_is_refused(change: dict[str, Any]) -> None:
    payload = jwt.decode(sign(CLAIMS, [KEY]), options={"verify_signature": False})
    token = jwt.encode({**payload, **change}, KEY.secret, algorithm="HS256", headers={"kid": "k1"})
    with pytest.raises(InvalidToken):
        verify(token, [KEY], NOW)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        verify(text, [KEY], NOW)
    with pytest.raises(InvalidToken):
        claimed_tenant(text)
