"""Finding somebody's traces: every column of every table, the tenant's and the shared ones, searched for some words.

Generated columns are left out: they repeat what the document says. The database finds the rows that may hold a word, in
any case of letters; of these each value is looked at, and the word must stand by itself (`12` is not found in `123`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from octavo.store.expressions import quote
from octavo.store.tx import Tx

_SHARED: Final = "octavo"


@dataclass(frozen=True)
class Leftover:
    """Where a word was found: the table, the id of the record or the key of the row, and the field."""

    table: str
    id: str
    field: str

    def __str__(self) -> str:
        return f"{self.table} {self.id}: {self.field}"


async def search(tx: Tx, words: Sequence[str]) -> list[Leftover]:
    """Return every place in which one of the words stands, table by table."""
    asked = [word.lower() for word in words if word]
    found = []
    for schema, table, columns in await _tables(tx):
        prefix = f"{_SHARED}." if schema == _SHARED else ""
        for key, values in await _rows(tx, f"{quote(schema)}.{quote(table)}", columns, asked):
            places = {path for name, value in values.items() for path in _places(name, value, asked)}
            found += [Leftover(prefix + table, key, path) for path in sorted(places)]
    return found


async def _tables(tx: Tx) -> list[tuple[str, str, dict[str, str]]]:
    """Return schema, table, and the type of each column that is stored, in their order."""
    rows = await tx.connection.fetch(
        """SELECT space.nspname AS schema, of.relname AS table,
                array_agg(a.attname::text ORDER BY a.attnum) AS names, array_agg(a.atttypid::regtype::text ORDER BY a.attnum) AS types
            FROM pg_class of JOIN pg_namespace space ON space.oid = of.relnamespace JOIN pg_attribute a ON a.attrelid = of.oid
            WHERE space.nspname = ANY ($1::text[]) AND of.relkind IN ('r', 'p')
              AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            GROUP BY 1, 2 ORDER BY 1, 2""",
        [tx.schema, _SHARED],
    )
    return [(row["schema"], row["table"], dict(zip(row["names"], row["types"], strict=True))) for row in rows]


async def _rows(tx: Tx, table: str, columns: dict[str, str], words: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
    """Return key and values of the rows that may hold a word. The key is the record's id, or else the first column."""
    key = "record_id" if "record_id" in columns else next(iter(columns))
    text = [name for name, kind in columns.items() if kind != "bytea"]
    raw = [name for name, kind in columns.items() if kind == "bytea"]
    shown = [*(f"{quote(name)}::text" for name in text), *map(quote, raw)]
    whole = f"lower(concat_ws(' ', {', '.join(f'{quote(name)}::text' for name in text)}))"
    conditions = [f"EXISTS (SELECT FROM unnest($1::text[]) word WHERE position(word IN {whole}) > 0)"]
    conditions += [f"EXISTS (SELECT FROM unnest($2::text[]) word WHERE position(word IN lower(encode({quote(name)}, 'escape'))) > 0)" for name in raw]
    rows = await tx.connection.fetch(
        f"SELECT {_as_text(key, columns)}, {', '.join(shown)} FROM {table} WHERE $2::text[] IS NOT NULL AND ({' OR '.join(conditions)})",
        [form for word in words for form in {word, orjson.dumps(word).decode()[1:-1]}], [_escaped(word) for word in words],
    )  # fmt: skip
    names = [*text, *raw]
    return [(str(row[0]), {name: _decoded(columns[name], value) for name, value in zip(names, list(row.values())[1:], strict=True)}) for row in rows]


def _as_text(name: str, columns: dict[str, str]) -> str:
    return f"encode({quote(name)}, 'hex')" if columns[name] == "bytea" else f"coalesce({quote(name)}::text, '')"


def _escaped(word: str) -> str:
    """Return a word as PostgreSQL prints bytes."""
    return "".join(chr(byte) if byte < 128 and byte != 92 else f"\\{byte:03o}" if byte != 92 else "\\\\" for byte in word.encode())  # noqa: PLR2004 - ASCII, backslash


def _decoded(kind: str, value: Any) -> Any:
    if kind == "jsonb" and value is not None:
        return orjson.loads(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _places(path: str, value: Any, words: Sequence[str]) -> Iterator[str]:
    """Yield the paths below which a word stands, in names and in values."""
    if isinstance(value, dict):
        for name, part in value.items():
            if any(_stands(word, name) for word in words):
                yield f"{path}.{name}"
            yield from _places(f"{path}.{name}", part, words)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _places(f"{path}[{number}]", part, words)
    elif value is not None and any(_stands(word, str(value)) for word in words):
        yield path


def _stands(word: str, text: str) -> bool:
    """Tell whether a word stands in a text by itself, in any case of letters."""
    whole, start = text.lower(), -1
    while (start := whole.find(word, start + 1)) >= 0:
        before, after = whole[start - 1 : start], whole[start + len(word) : start + len(word) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
    return False
