"""Webhooks: where events are sent to."""

import orjson

from octavo.catalogue.webhooks import WEBHOOK, check_webhook
from octavo.errors import NotFound
from octavo.http.bodies import read_body
from octavo.http.call import Call, Reply, ok
from octavo.http.parameters import is_uuid
from octavo.http.routes import Route
from octavo.rules.destinations import Destinations
from octavo.services import webhooks
from octavo.store.records import id_of
from octavo.store.tx import Tx
from octavo.web.records import record_routes
from octavo_models.webhook import NewWebhook, Webhook, WebhookSecret

_ALREADY_SHOWN = b'{"secret":"it was shown once"}'


class WebhookPages:
    """The routes of webhooks. allowed: to where the operator lets anything be sent."""

    def __init__(self, allowed: Destinations) -> None:
        self._allowed = allowed

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            *record_routes(
                WEBHOOK, create=self._create, replace=self._replace, only=("list", "read", "replace"), statements=3
            ),
            *record_routes(WEBHOOK, only=("remove",)),
            Route("POST", WEBHOOK.path, f"{WEBHOOK.permission}.item.post", self.post_webhook, "Register a webhook", 4,
                  body=Webhook, answer=NewWebhook, success=201, errors=(400, 422)),
            Route("POST", f"{WEBHOOK.path}/{{id}}/secret", f"{WEBHOOK.permission}.secret.post", self.post_secret,
                  "Give a webhook another secret", 1, answer=WebhookSecret, errors=(404,)),
        ]  # fmt: skip

    async def post_webhook(self, call: Call) -> Reply:
        """Register a webhook and show its secret, this once."""
        webhook = read_body(Webhook, call.body)
        check_webhook(webhook)
        webhooks.check_destination(self._allowed, webhook)
        async with call.transaction() as tx:
            document, secret = await webhooks.create_webhook(tx, webhook)
        shown = b'%b,"secret":%b}' % (document[:-1], orjson.dumps(secret))
        return Reply(201, shown, headers={"Location": f"{WEBHOOK.path}/{id_of(document)}"}, kept=document)

    async def post_secret(self, call: Call) -> Reply:
        """Give a webhook another secret and show it, this once."""
        webhook_id = call.parameters["id"]
        if not is_uuid(webhook_id):
            raise NotFound(WEBHOOK.not_found)
        async with call.read() as tx:
            made = ok(await webhooks.change_secret(tx, webhook_id))
        return Reply(made.status, made.body, kept=_ALREADY_SHOWN)

    async def _create(self, tx: Tx, webhook: Webhook) -> bytes:
        """Store a webhook at an id of the client's choice; its secret is asked for by itself."""
        webhooks.check_destination(self._allowed, webhook)
        document, _ = await webhooks.create_webhook(tx, webhook)
        return document

    async def _replace(self, tx: Tx, webhook_id: str, webhook: Webhook, if_match: str | None) -> bytes:
        webhooks.check_destination(self._allowed, webhook)
        return await webhooks.replace_webhook(tx, webhook_id, webhook, if_match)
