"""The data map as the page of privacy prints it: what the catalogue declares to be personal."""

from octavo.catalogue import BY_TABLE
from octavo.catalogue.personal import HELD
from octavo.rules.retention import KINDS
from octavo.store.personal import Erased, Held

_BEGIN, _END = "<!-- The data map: made by `make docs`. -->\n", "<!-- The end of the data map. -->\n"

Row = tuple[str, ...]


def map_rows() -> tuple[Row, list[Row]]:
    """Return the heads of the columns, and a row for each table that holds something of people."""
    head = ("Table", "Personal fields", "What for", "Who sees it", "Until", "When the patron is erased")
    return head, [_row(table, held) for table, held in HELD.items()]


def retention_rows() -> tuple[Row, list[Row]]:
    """Return what the setting `retention` can name."""
    return ("Name", "What it forgets, and since when the period counts"), [(f"`{name}`", text) for name, text in KINDS.items()]


def with_map(page: str, made: str) -> str:
    """Return the page, which people write, with the map in its place."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{made}\n{_END}{after}"


def _row(table: str, held: Held) -> Row:
    return f"`{table}`", ", ".join(held.fields), held.purpose, _seen(table, held), held.until, _erased(held)


def _seen(table: str, held: Held) -> str:
    kind = BY_TABLE.get(table)
    permission = f"staff with `{kind.permission}.collection.get` or `.item.get`" if kind else ""
    return "; ".join(part for part in (permission, held.seen) if part)


def _erased(held: Held) -> str:
    if held.erased is not Erased.FIELDS:
        return held.erased
    stand_ins = {person.stand_in for person in held.persons if person.stand_in}
    return held.erased + (f"; `{stand_ins.pop()}` stands in for the user's id" if stand_ins else "")
