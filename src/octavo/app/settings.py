"""Every setting there is, in one place: flag, environment variable, default."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any


def _setting(default: Any, text: str, *, secret: bool = False) -> Any:
    return field(default=default, metadata={"text": text, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """How this Octavo runs. Each field is also read from the environment as `OCTAVO_<NAME>`."""

    database_url: str | None = _setting(None, "PostgreSQL to use (postgresql://…); without it the embedded one")
    data_dir: Path = _setting(  # noqa: RUF009 - returns a dataclass field
        Path(".octavo"), "where the embedded PostgreSQL keeps its data"
    )
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(9130, "port of the Okapi side")
    page_url: str | None = _setting(None, "where readers find the pages, for links in e-mails (https://library.example.org)")
    edge_port: int = _setting(8081, "port of the edge side, for patron tools with API keys")
    connections: int = _setting(8, "database connections of one worker")
    worker: bool = _setting(True, "publish events and run timers in this process; if not, `octavo worker` does")  # noqa: FBT003
    worker_connections: int = _setting(3, "database connections for that")
    event_days: int = _setting(7, "for how many days published events are kept")
    webhook_http: bool = _setting(False, "let webhooks have plain http addresses")  # noqa: FBT003
    webhook_networks: str = _setting("", "networks, as 10.1.0.0/16, where webhooks may be although they are not public")
    webhook_hours: int = _setting(72, "for how many hours a webhook may fail before it is suspended")
    insecure_cookies: bool = _setting(False, "leave `Secure` off log-in cookies, for plain HTTP on loopback")  # noqa: FBT003
    key_rate: float = _setting(50.0, "requests a second that one API key may make")
    key_burst: int = _setting(100, "requests that one API key may make at once")
    smtp_url: str | None = _setting(
        None, "mail server for messages to patrons: smtps://user:password@host:465 or smtp://host:587 (STARTTLS), with "
        "`?tls=none` for plain SMTP on loopback; without it messages are kept and not sent"
    )  # fmt: skip
    mail_from: str = _setting("", "address from which messages to patrons come")
    register_rate: float = _setting(5.0, "registrations, and questions who is registered, a second for one API key")
    register_burst: int = _setting(100, "registrations, and questions who is registered, at once for one API key")
    guess_rate: float = _setting(1.0, "wrong passwords or API keys a second that one address may send")
    guess_burst: int = _setting(100, "wrong passwords or API keys that one address may send at once")
    head_seconds: float = _setting(20.0, "seconds that a client may take to send the head of a request")
    body_seconds: float = _setting(60.0, "seconds that a client may take to send the body of a request")
    workers: int = _setting(1, "processes that serve")
    metrics_key: str | None = _setting(
        None, "what asks for /metrics must send as `Authorization: Bearer …`; without it only this machine may ask", secret=True
    )
    traces_url: str | None = _setting(None, "OpenTelemetry collector (OTLP over HTTP) to send traces to; takes the extra `otel`")
    log_level: str = _setting("warning", "debug, info, warning or error")
    log_format: str = _setting("text", "text, or json for one JSON object a line")

    @property
    def public_url(self) -> str:
        """Return the address under which readers find the pages, without a slash at the end."""
        return (self.page_url or f"http://{self.host}:{self.port}").rstrip("/")


def from_environment(environment: Mapping[str, str] = os.environ, **given: Any) -> Settings:
    """Return the settings: what is given (a flag) wins over the environment, which wins over the default."""
    settings = Settings()
    for entry in fields(Settings):
        text = environment.get(f"OCTAVO_{entry.name.upper()}")
        if text:
            settings = replace(settings, **{entry.name: _read(entry.name, getattr(settings, entry.name), text)})
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


@dataclass(frozen=True)
class Shown:
    """A setting as people may see it: its value without secrets, and where it came from."""

    name: str
    variable: str
    value: str | None
    source: str
    text: str


def shown(environment: Mapping[str, str] = os.environ, **given: Any) -> list[Shown]:
    """Return every setting; what may let somebody in is masked."""
    settings = from_environment(environment, **given)
    return [
        Shown(
            entry.name, f"OCTAVO_{entry.name.upper()}", _masked(entry.metadata, getattr(settings, entry.name)),
            _source(entry.name, environment, given), entry.metadata["text"],
        )
        for entry in fields(Settings)
    ]  # fmt: skip


def _source(name: str, environment: Mapping[str, str], given: Mapping[str, Any]) -> str:
    if given.get(name) is not None:
        return "flag"
    return "environment" if environment.get(f"OCTAVO_{name.upper()}") else "default"


_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^@]*@|(password=)[^&\s]*")


def _masked(about: Mapping[str, Any], value: Any) -> str | None:
    if value is None:
        return None
    if about["secret"]:
        return "***"
    return _PASSWORD.sub(lambda found: f"{found[2]}***" if found[2] else f"{found[1]}:***@", str(value))


def _read(name: str, default: Any, text: str) -> Any:
    kind = type(default) if default is not None else str
    if kind is bool:
        return text.lower() in ("1", "true", "yes", "on")
    try:
        return Path(text) if isinstance(default, Path) else kind(text)
    except ValueError:
        raise SystemExit(f"OCTAVO_{name.upper()}: {text!r} is not a valid {kind.__name__}") from None
