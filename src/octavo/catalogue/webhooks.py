"""Webhooks: where events are sent to. Their secrets and how far each has come are in a table of their own."""

from octavo.errors import Invalid, storage_violation
from octavo.store.events import topics
from octavo.store.record_type import RecordType
from octavo_models.webhook import WEBHOOKS, Webhook


def check_webhook(webhook: Webhook) -> None:
    """Refuse topics that there are not. Raises Invalid."""
    unknown = sorted(set(webhook.topics) - set(topics()))
    if unknown:
        raise Invalid(*(storage_violation("no such topic", "topics", topic[:100]) for topic in unknown))


WEBHOOK = RecordType(
    WEBHOOKS, table="webhook", permission="octavo.webhooks", not_found="webhook not found", index=("active",),
    check=check_webhook,
)  # fmt: skip
