"""Webhooks: registered, changed, given another secret, suspended."""

import orjson

from octavo.catalogue.webhooks import WEBHOOK
from octavo.errors import Invalid, NotFound, storage_violation
from octavo.rules.destinations import Destinations
from octavo.rules.signatures import new_secret
from octavo.store import records
from octavo.store import webhooks as store
from octavo.store.tx import Tx
from octavo_models.webhook import Suspension, Webhook


def check_destination(allowed: Destinations, webhook: Webhook) -> None:
    """Refuse a URL to which nothing would be sent. Raises Invalid."""
    refusal = allowed.refusal(webhook.url)
    if refusal:
        raise Invalid(storage_violation(refusal, "url", webhook.url))


async def create_webhook(tx: Tx, webhook: Webhook) -> tuple[bytes, str]:
    """Store a webhook and return its document and its secret. Raises Invalid."""
    document = await records.insert(tx, WEBHOOK, webhook)
    secret = new_secret()
    await store.start(tx, records.id_of(document), secret)
    return document, secret


async def replace_webhook(tx: Tx, webhook_id: str, webhook: Webhook, if_match: str | None) -> bytes:
    """Replace a webhook; one that is made active goes on where it had stopped, at once. Raises NotFound, Conflict."""
    stored = await records.lock(tx, WEBHOOK, webhook_id)
    if webhook.active:
        await store.retry_at_once(tx, webhook_id)
    suspended = None if webhook.active else stored.suspended
    return await records.replace(tx, WEBHOOK, webhook_id, webhook.model_copy(update={"suspended": suspended}), if_match)


async def change_secret(tx: Tx, webhook_id: str) -> bytes:
    """Give a webhook another secret, which is in force at once, and return it. Raises NotFound."""
    secret = new_secret()
    if not await store.set_secret(tx, webhook_id, secret):
        raise NotFound(WEBHOOK.not_found)
    return orjson.dumps({"secret": secret})


async def suspend(tx: Tx, webhook_id: str, reason: str) -> None:
    """Send nothing more to a webhook until somebody makes it active again."""
    webhook = await records.lock(tx, WEBHOOK, webhook_id)
    stopped = {"active": False, "suspended": Suspension(since=tx.now, reason=reason)}
    await records.save(tx, WEBHOOK, webhook.model_copy(update=stopped))
