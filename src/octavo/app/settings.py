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
    edge_port: int = _setting(8081, "port of the edge side, for patron tools with API keys")
    connections: int = _setting(8, "database connections of one worker")
    insecure_cookies: bool = _setting(False, "leave `Secure` off log-in cookies, for plain HTTP on loopback")  # noqa: FBT003
    key_rate: float = _setting(50.0, "requests a second that one API key may make")
    key_burst: int = _setting(100, "requests that one API key may make at once")
    log_level: str = _setting("warning", "debug, info, warning or error")


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
