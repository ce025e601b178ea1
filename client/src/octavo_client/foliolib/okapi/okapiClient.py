"""The connection to a server."""
# ruff: noqa: N803, N999 - the names are foliolib's

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from octavo_client.errors import refusal
from octavo_client.foliolib.config import Config
from octavo_client.foliolib.okapi.exceptions import OkapiMoved, OkapiNotReachable, exception_of

_TOKEN = "X-Okapi-Token"  # noqa: S105 - the name of a header
_PYTHON_FLAG = re.compile(r"\b(True|False)\b")
_TIMEOUT = 60.0


class Success:
    """The answer of a request that was done and has nothing to say (202, 204)."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status_code = response.status_code
        self.message = response.text or "success"
        self.headers = response.headers

    def __str__(self) -> str:
        return f"{self.status_code}: {self.message}"

    def __repr__(self) -> str:
        """Return a text that names the status."""
        return f"Success({self.status_code})"


class OkapiClient:
    """A connection to one server.

    The server is `url`, or `host` (with `port`, `path`, `ssl`), or the one chosen with `server(name)`, or
    `OCTAVO_URL`. The token is `token`, or what the last login brought, or what the configuration holds.
    transport: an httpx transport instead of the network. `headers` and `status_code` are those of the last answer.
    """

    def __init__(
        self,
        host: str | None = None,
        port: str | int | None = None,
        path: str | None = None,
        ssl: bool = False,  # noqa: FBT001, FBT002 - the signature is foliolib's
        *,
        url: str | None = None,
        token: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._config = Config()
        self._explicit = bool(url or host)
        self._url = (url or _url(host, port, path, ssl=ssl) or self._config.get_url() or "").rstrip("/")
        if not self._url:
            raise OkapiNotReachable("no server: give a url, call server(name), or set OCTAVO_URL")
        self._token = token
        self._tokens: dict[str, str] = {}
        self.headers: httpx.Headers | None = None
        self.status_code = 0
        self._http = httpx.Client(transport=transport, timeout=_TIMEOUT, verify=self._config.verifies_ssl())

    def call_tenant_service(
        self,
        tenantId: str,
        method: str,
        path: str,
        data: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Any = None,
    ) -> Any:
        """Send a request for a tenant, with its token, and return the decoded answer.

        JSON at 200 and 201, else its text; Success at 202 and 204. Raises the exceptions of
        `octavo_client.foliolib.okapi.exceptions`.
        """
        token = "" if path.endswith("login") else self._token_of(tenantId)
        sent = {"X-Okapi-Tenant": tenantId, _TOKEN: token, **(headers or {})}
        response = self._send(method.upper(), f"/{path.removeprefix('/')}", data, query, sent, files)
        if _TOKEN in response.headers:
            self._keep_token(tenantId, response.headers[_TOKEN])
        return _answer(response)

    def request(
        self,
        method: str,
        path: str,
        data: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Any = None,
    ) -> Any:
        """Send a request that belongs to no tenant, and return the decoded answer."""
        return _answer(self._send(method, path, data, query, headers or {}, files))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(
        self,
        method: str,
        path: str,
        data: Any,
        query: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        files: Any,
    ) -> httpx.Response:
        body = {} if method in ("GET", "DELETE") else _body(data, files, headers)
        parameters = {name: _text(value) for name, value in (query or {}).items()}
        given = {**body.pop("headers", {}), **headers, "Accept": "application/json, text/plain"}
        try:
            response = self._http.request(method, self._url + path, params=parameters, headers=given, **body)
        except httpx.RequestError as error:
            raise OkapiNotReachable(f"{self._url}: {error}") from error
        self.headers, self.status_code = response.headers, response.status_code
        return response

    def _token_of(self, tenant: str) -> str:
        kept = None if self._explicit else self._config.get_token(tenant)
        return self._tokens.get(tenant) or self._token or kept or ""

    def _keep_token(self, tenant: str, token: str) -> None:
        if self._explicit:
            self._tokens[tenant] = token
        else:
            self._config.set_token(tenant, token)


def _url(host: str | None, port: str | int | None, path: str | None, *, ssl: bool) -> str | None:
    if not host:
        return None
    base = host if "://" in host else f"{'https' if ssl else 'http'}://{host}"
    port_part = f":{port}" if port else ""
    path_part = f"/{path.strip('/')}" if path else ""
    return f"{base.rstrip('/')}{port_part}{path_part}"


def _body(data: Any, files: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return how httpx is to send data: as parts, as bytes, or as JSON."""
    if files is not None:
        return {"files": files, "data": data}
    if "octet-stream" in headers.get("Content-Type", ""):
        return {"content": data}
    return {"content": None if data is None else json.dumps(data), "headers": {"Content-Type": "application/json"}}


def _text(value: Any) -> str:
    """Print a query parameter; Python's True and False become those of the API, also inside a CQL query."""
    return _PYTHON_FLAG.sub(lambda match: match[0].lower(), str(value))


def _answer(response: httpx.Response) -> Any:
    if response.status_code == httpx.codes.FOUND:
        return OkapiMoved(response.headers.get("location", ""))
    if not response.is_success:
        raise exception_of(response.status_code, refusal(response, datetime.now(UTC)).text)
    if response.status_code in (httpx.codes.ACCEPTED, httpx.codes.NO_CONTENT):
        return Success(response)
    try:
        return response.json()
    except ValueError:
        return response.text
