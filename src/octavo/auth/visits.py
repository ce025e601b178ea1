"""Signing in with a browser: by barcode or user name, with a password or a PIN.

A visit is known by a secret in a cookie; only its digest is stored. Every form carries a token made from the secret,
another one each time, so that no page can be made to send a form that its visitor did not see.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe

from octavo.auth.passwords import hash_password, is_password
from octavo.auth.registry import Registry
from octavo.auth.sessions import wrong_credentials
from octavo.errors import Forbidden, Invalid, NotFound, Violation
from octavo.store import pins
from octavo.store.pins import Known
from octavo.store.tx import Tx

_SECRET_BYTES = 24
_SALT_BYTES = 16
_SEAL_DIGITS = 64


@dataclass(frozen=True)
class Proof:
    """Who somebody says they are, by user name or barcode, the password or PIN that is to show it, and from where.

    by_pin: whether a PIN is enough.
    """

    name: str
    secret: str
    address: str = ""
    by_pin: bool = True


def new_secret() -> str:
    """Return the secret of a new visit."""
    return token_urlsafe(_SECRET_BYTES)


def digest_of(secret: str) -> bytes:
    """Return what is stored of a visit's secret."""
    return sha256(secret.encode()).digest()


def form_token(secret: str) -> str:
    """Return a token for one form of a visit; no two are the same, so that compressed pages tell nothing of it."""
    salt = token_hex(_SALT_BYTES)
    return salt + _sealed(secret, salt)


def check_form_token(secret: str, token: str) -> None:
    """Raise Forbidden unless a form's token belongs to the visit."""
    salt, seal = token[: 2 * _SALT_BYTES], token[2 * _SALT_BYTES :]
    if not hmac.compare_digest(seal.encode(), _sealed(secret, salt).encode()):
        raise Forbidden("this form is not from this visit")


def _sealed(secret: str, salt: str) -> str:
    return hmac.new(secret.encode(), b"form " + salt.encode(), sha256).hexdigest()


def seal(secret: str, text: str) -> str:
    """Return a text that a browser may keep during a visit, and that nobody else could have made."""
    return f"{_seal_of(secret, text)}{urlsafe_b64encode(text.encode()).decode()}"


def unseal(secret: str, sealed: str) -> str | None:
    """Return the text that was sealed in this visit, None where it was not."""
    try:
        text = urlsafe_b64decode(sealed[_SEAL_DIGITS:]).decode()
    except ValueError:
        return None
    return text if hmac.compare_digest(_seal_of(secret, text).encode(), sealed[:_SEAL_DIGITS].encode()) else None


def _seal_of(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), b"kept " + text.encode(), sha256).hexdigest()


async def sign_in(registry: Registry, tenant: str, side: str, proof: Proof, now: datetime) -> tuple[str, str]:
    """Check a password or PIN and begin a visit; return the user's id and the visit's secret. Raises Invalid, TooMany.

    A stranger, a wrong secret and a blocked account take as long and are told the same.
    """
    with registry.guesses.attempt(proof.address, now):
        return await _signed_in(registry, tenant, side, proof, now)


async def _signed_in(registry: Registry, tenant: str, side: str, proof: Proof, now: datetime) -> tuple[str, str]:
    async with registry.store.read(tenant, now) as tx:
        known = await pins.find_known(tx, proof.name)
    by = await _shown(known, proof)
    if known is None:
        raise wrong_credentials()
    secret = new_secret()
    async with registry.store.read(tenant, now) as tx:
        let_in = by is not None and await pins.begin_visit(tx, known.id, by, digest_of(secret), side)
        if by is None:
            password, pin = known.password_hash is not None, known.pin_hash is not None and proof.by_pin
            await pins.record_failures(tx, known.id, password=password, pin=pin)
    if not let_in:
        raise wrong_credentials()
    return known.id, secret


async def _shown(known: Known | None, proof: Proof) -> str | None:
    """Return the failures that are forgiven because this was right, None where nothing was; both are always tried."""
    password = await is_password(known.password_hash if known else None, proof.secret)
    pin = proof.by_pin and await is_password(known.pin_hash if known else None, proof.secret)
    return "failures" if password else "pin_failures" if pin else None


async def set_pin(tx: Tx, user_id: str, pin: str) -> None:
    """Give a user a PIN. Raises NotFound."""
    if not await pins.set_pin(tx, user_id, await hash_password(pin)):
        raise NotFound(f"user {user_id} not found")


async def verify_pin(registry: Registry, tenant: str, user_id: str, pin: str, now: datetime) -> None:
    """Raise Invalid unless a PIN is the user's; five wrong ones within ten minutes make every further one wrong."""
    async with registry.store.read(tenant, now) as tx:
        stored = await pins.load_pin(tx, user_id)
    right = await is_password(stored, pin)
    async with registry.store.read(tenant, now) as tx:
        right = right and await pins.forget_pin_failures(tx, user_id)
        if not right:
            await pins.record_failures(tx, user_id, password=False, pin=True)
    if not right:
        raise Invalid(Violation("the PIN is not the user's, or the user has none"))
