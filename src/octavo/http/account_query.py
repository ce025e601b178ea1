"""The query parameters of a patron's account, which both sides of the server take."""

from collections.abc import Mapping

from octavo.cql import SortKey, parse
from octavo.http.parameters import LARGEST, read_flag
from octavo.store.account import Wanted

ACCOUNT_QUERY = ("includeLoans", "includeCharges", "includeHolds", "sortBy", "offset", "limit")


def read_wanted(query: Mapping[str, str], offset: int = 0, limit: int = LARGEST) -> Wanted:
    """Return which lists are wanted in which order. Raises BadRequest."""
    return Wanted(
        loans=read_flag(query, "includeLoans"),
        holds=read_flag(query, "includeHolds"),
        charges=read_flag(query, "includeCharges"),
        sort=_read_sort(query.get("sortBy", "")),
        offset=offset,
        limit=limit,
    )


def _read_sort(keys: str) -> tuple[SortKey, ...]:
    """Return the sort keys of a text such as `dueDate/sort.descending`; nothing else that it says is looked at."""
    return parse(f"cql.allRecords=1 sortBy {keys}").sort if keys.strip() else ()
