"""Messages to people by e-mail, and what has become of them (FOLIO mod-email, with what Octavo adds)."""

from typing import Literal

from pydantic import Field

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Instant, Text, Uuid, Whole

EmailStatus = Literal["NEW", "PROCESSING", "DELIVERED", "FAILURE"]


class StillTrue(Part):
    """What must still hold when a message is sent; otherwise it has become stale and is dropped.

    The loan is open and, where a date is given, due then; the request is open.
    """

    loan_id: Uuid | None = None
    due_date: Instant | None = None
    request_id: Uuid | None = None


class Email(Record):
    """A message. `output_format` is `text/html` or `text/plain`; `message` says what the mail server said.

    Octavo's own: who gets it and which loans it tells of, so that it can be forgotten with them; until when it is
    worth sending, and when that is tried next (absent once it is sent or given up).
    """

    notification_id: Text
    sender: Text | None = Field(default=None, alias="from")
    to: Text
    header: Text
    output_format: Text | None = None
    body: Text
    status: EmailStatus = "NEW"
    should_retry: Flag = False
    attempt_count: Whole = 0
    message: Text | None = None
    date: Instant | None = None
    recipient_user_id: Uuid | None = None
    loan_ids: list[Uuid] = Field(default_factory=list)
    request_id: Uuid | None = None
    still_true: list[StillTrue] = Field(default_factory=list)
    next_attempt_date: Instant | None = None
    expiration_date: Instant | None = None


EMAILS = Endpoint(Email, "/email", many="emailEntity")
