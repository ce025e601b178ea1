"""What a library writes to its patrons: templates, and the messages that were made of them."""

from datetime import date
from typing import Literal

from octavo_client import calls
from octavo_client.calls import Call
from octavo_client.collection import Collection, Listing
from octavo_client.operations import S, operation
from octavo_models.email import EMAILS, Email
from octavo_models.template import TEMPLATES, RenderedTemplate, Template, TemplateRequest


class Templates(Collection[S, Template]):
    """Templates of messages, in Mustache."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, TEMPLATES)

    @operation
    def render(self, asked: TemplateRequest) -> Call[RenderedTemplate]:
        """Return what a template comes to with a given context; nothing is sent."""
        return Call("POST", "/template-request", calls.model(RenderedTemplate), body=asked, asks_only=True)


class Messages(Listing[S, Email]):
    """E-mails to patrons: those that wait, those that were sent, those that could not be."""

    def __init__(self, sender: S) -> None:
        super().__init__(sender, EMAILS)

    @operation
    def delete_old(
        self, before: date | None = None, status: Literal["DELIVERED", "FAILURE"] = "DELIVERED"
    ) -> Call[None]:
        """Delete the messages of a status that are older than a date, by default than a day."""
        query = {"expirationDate": before.isoformat() if before else None, "emailStatus": status}
        return Call("DELETE", "/delayedTask/expiredMessages", calls.nothing, query)
