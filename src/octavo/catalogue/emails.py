"""Messages to people by e-mail (mod-email)."""

from octavo.store.record_type import RecordType
from octavo_models.email import EMAILS

EMAIL = RecordType(
    EMAILS,
    table="message",
    permission="email.message",
    index=("nextAttemptDate", "recipientUserId", "requestId", "date", "expirationDate"),
)
