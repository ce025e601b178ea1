"""Which server a script talks to: foliolib's configuration folder, or two environment variables.

The folder is `$FOLIOLIB_CONFDIR`, else `~/.foliolib`. Each server has `<name>/server.conf` there, with a
section `[Okapi]` (host, port, path, ssl, verify_ssl) and a section `[Tokens]` (tenant = token), which `login`
writes. Where no server is chosen, `OCTAVO_URL` and `OCTAVO_TOKEN` count.
"""

import logging
import os
from configparser import ConfigParser
from pathlib import Path
from typing import ClassVar

from octavo_client.foliolib.exceptions import ServerConfigNotFound

_OKAPI, _TOKENS = "Okapi", "Tokens"


class Config:
    """The configuration folder, and the server chosen for this process."""

    _chosen: ClassVar[str | None] = None
    _tokens: ClassVar[dict[str, str]] = {}

    def get_confdir(self) -> str:
        """Return the configuration folder."""
        return os.environ.get("FOLIOLIB_CONFDIR") or str(Path.home() / ".foliolib")

    def create_foliolib_conf(self) -> None:
        """Make the configuration folder."""
        Path(self.get_confdir()).mkdir(mode=0o700, parents=True, exist_ok=True)

    def create_server_conf(
        self,
        name: str,
        okapi_host: str = "localhost",
        okapi_port: str | int = "9130",
        ssl: bool = False,  # noqa: FBT001, FBT002 - the signature is foliolib's
    ) -> None:
        """Write the configuration of a server."""
        parser = ConfigParser(interpolation=None)
        parser[_OKAPI] = {"host": okapi_host, "port": str(okapi_port), "ssl": str(ssl), "verify_ssl": "True"}
        self._write(name, parser)

    def get_servers(self) -> list[str]:
        """Return the names of all servers that have a configuration."""
        return sorted(path.parent.name for path in Path(self.get_confdir()).glob("*/server.conf"))

    def get_server(self) -> str | None:
        """Return the name of the chosen server."""
        return self._chosen

    def set_server(self, name: str) -> None:
        """Choose a server for this process; raises ServerConfigNotFound."""
        if name not in self.get_servers():
            raise ServerConfigNotFound(f"{name} is not one of {self.get_servers()} in {self.get_confdir()}")
        Config._chosen = name

    def get_url(self) -> str | None:
        """Return the address of the chosen server, else that of the environment."""
        if self._chosen is None:
            return os.environ.get("OCTAVO_URL")
        okapi = self._read(self._chosen)[_OKAPI]
        scheme = "https" if okapi.getboolean("ssl", fallback=False) else "http"
        port = f":{okapi['port']}" if okapi.get("port") else ""
        return f"{scheme}://{okapi['host']}{port}/{okapi.get('path', '').strip('/')}".rstrip("/")

    def verifies_ssl(self) -> bool:
        """Tell whether the certificate of the server is checked."""
        return self._chosen is None or self._read(self._chosen).getboolean(_OKAPI, "verify_ssl", fallback=True)

    def get_token(self, tenantid: str) -> str | None:
        """Return the token of a tenant."""
        if self._chosen is None:
            return self._tokens.get(tenantid) or os.environ.get("OCTAVO_TOKEN")
        return self._read(self._chosen).get(_TOKENS, tenantid, fallback=None)

    def set_token(self, tenantid: str, token: str) -> None:
        """Keep the token of a tenant: with a chosen server for the next script too, else for this one."""
        if self._chosen is None:
            self._tokens[tenantid] = token
            return
        parser = self._read(self._chosen)
        if not parser.has_section(_TOKENS):
            parser.add_section(_TOKENS)
        parser.set(_TOKENS, tenantid, token)
        self._write(self._chosen, parser)

    def _path(self, name: str) -> Path:
        return Path(self.get_confdir()) / name / "server.conf"

    def _read(self, name: str) -> ConfigParser:
        parser = ConfigParser(interpolation=None)
        parser.read(self._path(name), encoding="utf-8")
        return parser

    def _write(self, name: str, parser: ConfigParser) -> None:
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            parser.write(file)


def server(name: str, logging_level: str = "INFO") -> None:
    """Choose the server that this process talks to, and how much it logs."""
    logging.getLogger("octavo_client").setLevel(logging_level)
    Config().set_server(name)
