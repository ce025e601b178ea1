"""The SQL of a field: one text for the table, its indexes and the queries, so that an index is found.

Paths come from declarations, whose names are checked here; what a caller writes never gets into SQL.
"""

import re
from collections.abc import Iterable

from octavo.store.record_type import Column
from octavo_models.scalars import Kind

_PATH = re.compile(r"\w+(\.\w+)*", re.ASCII)

_TYPES = {Kind.UUID: "uuid", Kind.INSTANT: "timestamptz", Kind.NUMBER: "numeric"}


def quote(name: str) -> str:
    """Return an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def document_text(path: str) -> str:
    """Return the text of a declared field of the document."""
    if not _PATH.fullmatch(path):
        raise ValueError(f"not the path of a field: {path}")
    return f"doc #>> '{{{path.replace('.', ',')}}}'"


def fold(text: str, *, keep_case: bool = False, keep_accents: bool = False) -> str:
    """Return a text in the form in which it is compared."""
    functions = {
        (False, False): "public.octavo_fold",
        (False, True): "public.octavo_lower",
        (True, False): "public.octavo_unaccent",
        (True, True): "",
    }
    return f"{functions[keep_case, keep_accents]}({text})"


def column_type(column: Column) -> str:
    """Return the type of a generated column. Text is ordered by code point, which serves prefixes."""
    return _TYPES.get(column.kind, 'text COLLATE "C"')


def column_expression(column: Column) -> str:
    """Return what a generated column is generated from."""
    text = document_text(column.path)
    if column.kind in _TYPES:
        return f"public.octavo_{column.kind.value}({text})"
    if column.kind is Kind.FLAG:
        return fold(text, keep_accents=True)
    return fold(text, keep_case=column.keep_case, keep_accents=column.keep_accents)


def words_text(paths: Iterable[str]) -> str:
    """Return the text of several fields with blanks between."""
    return " || ' ' || ".join(f"coalesce({document_text(path)}, '')" for path in paths)


def words_vector(text: str) -> str:
    """Return the words of a text, as relation `=` searches them."""
    return f"public.octavo_tsvector({text})"
