"""Handing messages to a mail server (SMTP), in a thread: the one place that knows the protocol."""

import asyncio
import smtplib
import ssl
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from enum import Enum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from octavo_models.email import Email

_TIMEOUT_SECONDS: Final = 20.0
#: A batch that takes longer stops, well before its messages are given to somebody else.
_LONGEST_SECONDS: Final = 300.0
_PORTS: Final = {"smtp": 587, "smtps": 465}
_PERMANENT = 500  # the first of the answers by which a mail server says no for good (RFC 5321)


class Outcome(Enum):
    """What became of a message."""

    SENT = "sent"
    LATER = "to be tried again"
    REFUSED = "refused by the mail server"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Sent:
    """What became of a message, and what was said about it."""

    outcome: Outcome
    said: str


class WrongMailServer(ValueError):  # noqa: N818 - says what is wrong
    """The setting does not name a mail server."""


@dataclass(frozen=True)
class Mailer:
    """A mail server and how to talk to it. `tls`: from the first byte, by STARTTLS, or not at all."""

    host: str
    port: int
    sender: str
    tls: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, sender: str) -> "Mailer":
        """Return the mailer that a URL names. Raises WrongMailServer.

        `smtps://user:password@host:465` speaks TLS from the first byte, `smtp://host:587` begins it by STARTTLS and
        goes no further without; `smtp://localhost:25?tls=none` speaks in the clear.
        """
        parts = urlsplit(url)
        tls = parse_qs(parts.query).get("tls", ["required"])[-1]
        if parts.scheme not in _PORTS or not parts.hostname or tls not in ("required", "none"):
            raise WrongMailServer("a mail server is written smtp://host:port or smtps://host:port")
        if "@" not in sender:
            raise WrongMailServer("messages need a sender's address")
        way = "first" if parts.scheme == "smtps" else {"required": "starttls", "none": "none"}[tls]
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.hostname, parts.port or _PORTS[parts.scheme], sender, way, user, password)

    async def send(self, emails: Sequence[Email], now: datetime) -> list[Sent]:
        """Send messages over one connection; say of each what became of it. Raises nothing."""
        return await asyncio.to_thread(self._send_all, emails, now) if emails else []

    def _send_all(self, emails: Sequence[Email], now: datetime) -> list[Sent]:
        try:
            with self._connected() as server:
                return list(self._each(server, emails, now))
        except (OSError, smtplib.SMTPException) as failure:
            return [Sent(Outcome.LATER, _said(failure))] * len(emails)

    def _each(self, server: smtplib.SMTP, emails: Iterable[Email], now: datetime) -> Iterable[Sent]:
        end = time.monotonic() + _LONGEST_SECONDS
        for email in emails:
            if time.monotonic() > end:
                yield Sent(Outcome.LATER, "the mail server is too slow")
                continue
            yield self._send_one(server, email, now)

    def _send_one(self, server: smtplib.SMTP, email: Email, now: datetime) -> Sent:
        try:
            server.send_message(self._written(email, now))
        except (OSError, smtplib.SMTPException, ValueError) as failure:
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
            return Sent(Outcome.REFUSED if _is_final(failure) else Outcome.LATER, _said(failure))
        return Sent(Outcome.SENT, "The message has been delivered to the mail server")

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls == "first":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        try:
            if self.tls == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password or "")
        except BaseException:
            server.close()
            raise
        return server

    def _written(self, email: Email, now: datetime) -> EmailMessage:
        """Return a message as it goes over the wire; its id lets a mailbox know one that it gets a second time."""
        message = EmailMessage()
        message["From"] = email.sender or self.sender
        message["To"] = email.to
        message["Subject"] = email.header
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{email.id}@{self.sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(email.body, subtype="html" if email.output_format == "text/html" else "plain")
        return message


def _is_final(failure: Exception) -> bool:
    """Tell whether trying again is of no use: a mail server's 5xx, or a message that cannot be written down."""
    codes = [code for code, _ in failure.recipients.values()] if isinstance(failure, smtplib.SMTPRecipientsRefused) else []
    if isinstance(failure, smtplib.SMTPResponseException):
        codes.append(failure.smtp_code)
    return isinstance(failure, ValueError) or (bool(codes) and min(codes) >= _PERMANENT)


def _said(failure: Exception) -> str:
    """Return what failed, in words without anything personal."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return f"the mail server refuses the recipient ({', '.join(str(code) for code, _ in failure.recipients.values())})"
    if isinstance(failure, smtplib.SMTPResponseException):
        return f"the mail server answers {failure.smtp_code}"
    return f"the mail server cannot be talked to ({type(failure).__name__})"
