"""A real mail server on loopback that keeps what it gets, or refuses it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from octavo.services.mailer import Mailer

SENDER = "library@example.org"


@dataclass
class Mailbox:
    """What came in. `refusing`: the answer to a recipient whose address begins with the key."""

    url: str = ""
    got: list[EmailMessage] = field(default_factory=list)
    refusing: dict[str, str] = field(default_factory=dict)

    def mailer(self) -> Mailer:
        return Mailer.of(self.url, SENDER)

    @property
    def to(self) -> list[str]:
        return [str(message["To"]) for message in self.got]

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.got]

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        for start, answer in self.refusing.items():
            if address.startswith(start):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Run a mail server on a free port."""
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    box.url = f"smtp://127.0.0.1:{port}?tls=none"
    yield box
    controller.stop()
