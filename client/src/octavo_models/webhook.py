"""Webhooks: where events are sent to."""

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, Instant, Text

_LONGEST_URL = 2000


class Suspension(Part):
    """Since when and why nothing is sent any more."""

    since: Instant
    reason: Text


class Webhook(Record):
    """An address to which events are posted, signed, in order; of some topics or, where none is named, of all.

    suspended: written by the server once an address has failed for too long. Setting `active` again resumes it.
    """

    read_only: ClassVar[frozenset[str]] = frozenset({"suspended", "secret"})

    url: Annotated[Text, StringConstraints(pattern=r"^https?://\S+$", max_length=_LONGEST_URL)]
    topics: list[Text] = Field(default_factory=list)
    description: Text | None = None
    active: Flag = True
    suspended: Suspension | None = None


class NewWebhook(Webhook):
    """A webhook with the secret that signs what is sent to it; the secret is shown this once."""

    secret: Text


class WebhookSecret(Part):
    """A new secret, shown this once."""

    secret: Text


WEBHOOKS = Endpoint(Webhook, "/webhooks", many="webhooks")
