"""The base of all API classes."""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from string import Formatter
from types import MethodType
from typing import Any

from octavo_client.calls import path_of
from octavo_client.foliolib.okapi.okapiClient import OkapiClient


class FolioApi:
    """The APIs of one tenant.

    okapi: the connection; without it, the configured server (`octavo_client.foliolib.config`).
    """

    def __init__(self, tenant: str, okapi: OkapiClient | None = None) -> None:
        self._tenant = tenant
        self._okapi = okapi or OkapiClient()

    def get_tenant(self) -> str:
        """Return the tenant id."""
        return self._tenant

    def get_okapiClient(self) -> OkapiClient:  # noqa: N802 - the name is foliolib's
        """Return the connection."""
        return self._okapi

    def headers(self) -> Mapping[str, str] | None:
        """Return the headers of the last answer."""
        return self._okapi.headers

    def call(
        self,
        method: str,
        path: str,
        data: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Any = None,
    ) -> Any:
        """Send a request and return the decoded answer. files: parts to upload, as httpx takes them."""
        return self._okapi.call_tenant_service(self._tenant, method, path, data, query, headers, files)


class Route:
    """A method of an API class, declared by what it sends.

    The variable parts of the path become parameters, `body` names the parameter that is sent as JSON,
    `query` has keyword arguments become the query string. The method has a real signature and docstring.
    """

    def __init__(self, method: str, path: str, body: str | None = None, *, query: bool = False) -> None:
        self._method = method
        self._path = path
        self._parts = [name for _, name, _, _ in Formatter().parse(path) if name]
        self._body = body
        self.__doc__ = f"{method} {path}"
        self.__signature__ = _signature(self._parts, body, query=query)

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name that the class gives to the method."""
        self.__name__ = name
        self.__qualname__ = f"{owner.__qualname__}.{name}"

    def __get__(self, api: FolioApi | None, owner: type | None = None) -> Callable[..., Any]:
        """Return the method, bound to its API object."""
        return self if api is None else MethodType(self, api)

    def __call__(self, api: FolioApi, *args: Any, **kwargs: Any) -> Any:
        """Send the request and return the decoded answer."""
        given = self.__signature__.bind(api, *args, **kwargs).arguments
        path = self._path.format(**{name: path_of("", str(given[name]))[1:] for name in self._parts})
        return api.call(self._method, path, given.get(self._body or ""), given.get("kwargs"))


def _signature(parts: list[str], body: str | None, *, query: bool) -> Signature:
    positional = Parameter.POSITIONAL_OR_KEYWORD
    parameters = [Parameter("self", positional)]
    parameters += [Parameter(name, positional, annotation=str) for name in parts]
    parameters += [Parameter(body, positional, annotation=dict)] if body else []
    parameters += [Parameter("kwargs", Parameter.VAR_KEYWORD)] if query else []
    return Signature(parameters)
