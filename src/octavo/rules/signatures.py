"""How what is sent to a webhook is signed, so that the receiver knows who has sent it and when."""

import hmac
import secrets
from hashlib import sha256


def new_secret() -> str:
    """Return a secret of 256 bits, with a prefix by which scanners recognise it."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """Return `sha256=<hex>`: the HMAC of `<timestamp>.<body>` under the secret. timestamp: seconds since 1970."""
    return f"sha256={hmac.new(secret.encode(), b'%d.%b' % (timestamp, body), sha256).hexdigest()}"
