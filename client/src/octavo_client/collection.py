"""Collections of records of one type: the five operations, lists, and a walk through all of it.

    Listing         page, count, iterate
    └── Reading     get, get_tagged
        ├── Journal     create                      records that are never changed
        └── Records     replace, delete
            └── Collection  create
                └── Clearable   delete_all

`records(USERS)` in the body of an api declares a collection of it.
"""

import re
from typing import Any, Generic, Literal, Self, TypeVar, overload

import httpx

from octavo_client import calls
from octavo_client.calls import Call, Page, Tagged, Walk, path_of
from octavo_client.operations import Api, S, operation, walking
from octavo_models.record import Endpoint, Record

R = TypeVar("R", bound=Record)
Totals = Literal["auto", "exact", "estimated", "none"]

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_SORTED = re.compile(r"\bsortby\b", re.IGNORECASE)


class Listing(Api[S], Generic[S, R]):
    """The records of one endpoint, such as LOANS, as a list."""

    def __init__(self, sender: S, endpoint: Endpoint[R]) -> None:
        super().__init__(sender)
        self._endpoint = endpoint

    @operation
    def page(
        self, query: str | None = None, *, limit: int = 10, offset: int = 0, total: Totals = "auto"
    ) -> Call[Page[R]]:
        """Return the records from `offset` on that match a CQL query, `limit` at most."""
        return self._page({"query": query, "limit": limit, "offset": offset, "totalRecords": _asked(total)})

    @operation
    def count(self, query: str | None = None) -> Call[int]:
        """Return how many records match a CQL query, exactly."""
        read = calls.page(self._endpoint.record, self._endpoint.many)

        def total(response: httpx.Response) -> int:
            return read(response).total or 0

        return Call("GET", self._endpoint.path, total, {"query": query, "limit": 0, "totalRecords": "exact"})

    @walking
    def iterate(self, query: str | None = None, *, size: int = 100) -> Walk[R]:
        """Yield every record that matches a CQL query, in the order of their ids, `size` a request.

        Pages follow each other by id, not by offset, so that the last one costs no more than the first, and
        nothing is skipped when records come and go meanwhile. The query must not be sorted: ValueError.
        """
        if query and _SORTED.search(_QUOTED.sub("", query)):
            raise ValueError("a query to iterate over must not have sortBy: records come in the order of their ids")

        def after(last: str | None) -> Call[Page[R]]:
            terms = ([f'id>"{last}"'] if last else []) + ([f"({query})"] if query else [])
            text = " and ".join(terms) or "cql.allRecords=1"
            return self._page({"query": f"{text} sortBy id", "limit": size, "totalRecords": "none"})

        return Walk(after(None), lambda page: after(page.records[-1].id) if len(page.records) == size else None)

    def _path(self, record_id: str) -> str:
        return path_of(self._endpoint.path, record_id)

    def _page(self, query: calls.Query) -> Call[Page[R]]:
        return Call("GET", self._endpoint.path, calls.page(self._endpoint.record, self._endpoint.many), query)

    def _create(self, record: R, idempotency_key: str | None) -> Call[R]:
        key = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return Call("POST", self._endpoint.path, calls.model(self._endpoint.record), body=record, headers=key)


class Reading(Listing[S, R]):
    """Records that can be read one by one."""

    @operation
    def get(self, record_id: str) -> Call[R]:
        """Return the record with this id."""
        return Call("GET", self._path(record_id), calls.model(self._endpoint.record))

    @operation
    def get_tagged(self, record_id: str) -> Call[Tagged[R]]:
        """Return the record with this id, and the tag that `replace` and `delete` take as `if_match`."""
        return Call("GET", self._path(record_id), calls.tagged(self._endpoint.record))


class Journal(Reading[S, R]):
    """Records that are made and never changed, such as check-ins."""

    @operation
    def create(self, record: R, *, idempotency_key: str | None = None) -> Call[R]:
        """Store a new record and return it as the server keeps it."""
        return self._create(record, idempotency_key)


class Records(Reading[S, R]):
    """Records that can be changed."""

    @operation
    def replace(self, record: R, *, if_match: str | None = None) -> Call[None]:
        """Replace the stored record with the same id; with a tag, only if nobody has changed it since."""
        return Call("PUT", self._path(record.id or ""), calls.nothing, body=record, headers=_match(if_match))

    @operation
    def delete(self, record_id: str, *, if_match: str | None = None) -> Call[None]:
        """Delete a record; with a tag, only if nobody has changed it since."""
        return Call("DELETE", self._path(record_id), calls.nothing, headers=_match(if_match))


class Collection(Records[S, R]):
    """The records of one endpoint with all five operations."""

    @operation
    def create(self, record: R, *, idempotency_key: str | None = None) -> Call[R]:
        """Store a new record and return it as the server keeps it.

        Give your own `idempotency_key` (and an `id` in the record) to repeat the call safely after a crash.
        """
        return self._create(record, idempotency_key)


class Clearable(Collection[S, R]):
    """Records that can also be deleted all at once."""

    @operation
    def delete_all(self) -> Call[None]:
        """Delete every record of the tenant."""
        return Call("DELETE", self._endpoint.path, calls.nothing)


class records(Generic[R]):  # noqa: N801 - a declaration, read as a word
    """Declares a collection in the body of an api: `groups = records(GROUPS)`."""

    def __init__(self, endpoint: Endpoint[R]) -> None:
        self._endpoint = endpoint

    @overload
    def __get__(self, api: None, owner: type) -> Self: ...
    @overload
    def __get__(self, api: Api[S], owner: type | None = None) -> Collection[S, R]: ...
    def __get__(self, api: Api[Any] | None, owner: type | None = None) -> Any:
        """Return the collection."""
        return self if api is None else Collection(api._sender, self._endpoint)  # noqa: SLF001 - as for operations


class clearable(Generic[R]):  # noqa: N801 - as above
    """Declares a collection all of whose records can be deleted at once."""

    def __init__(self, endpoint: Endpoint[R]) -> None:
        self._endpoint = endpoint

    @overload
    def __get__(self, api: None, owner: type) -> Self: ...
    @overload
    def __get__(self, api: Api[S], owner: type | None = None) -> Clearable[S, R]: ...
    def __get__(self, api: Api[Any] | None, owner: type | None = None) -> Any:
        """Return the collection."""
        return self if api is None else Clearable(api._sender, self._endpoint)  # noqa: SLF001 - as for operations


def _asked(total: Totals) -> str | None:
    return None if total == "auto" else total


def _match(tag: str | None) -> dict[str, str]:
    return {"If-Match": tag} if tag else {}
