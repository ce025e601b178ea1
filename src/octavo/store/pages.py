"""Lists of records: the page and its total with one statement, documents as bytes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from octavo.store.outbox import emitted
from octavo.store.query import Args
from octavo.store.query_forms import compiled_query, known_shape
from octavo.store.record_type import RecordType
from octavo.store.records import deleted_snapshot, translated
from octavo.store.tx import Tx

#: Up to here a total is counted; beyond it is the planner's estimate (spec: DECISIONS 35).
COUNTED = 1000


@dataclass(slots=True, eq=False)
class Page:
    """Some documents, and how many there are in all; None where the client does not want to know. Nobody changes one."""

    documents: list[bytes]
    total: int | None


@dataclass(slots=True, eq=False)
class Selection:
    """The pieces of a list's statement. Nobody changes one, but for adding to its values."""

    source: str
    where: str
    order: str
    document: str
    args: Args


async def page(tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str = "auto") -> Page:
    """Return a part of a type's records. `query` is CQL; None means all of them. Raises BadRequest."""
    return await take(tx, select(tx, kind, query), offset, limit, totals)


async def history(
    tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str = "auto"
) -> Page:
    """Return a part of the changes of a type's records, newest first where the query does not sort."""
    where, order, args = "TRUE", "", Args()
    if query is not None and query.strip():
        compiled, args = compiled_query(kind, tx.schema, query, of_history=True)
        where, order = compiled.where, compiled.order
    document = known_shape(kind, tx.schema, of_history=True).document
    chosen = Selection(tx.table(f"{kind.table}_history"), where, order or "at DESC, seq DESC", document, args)
    return await take(tx, chosen, offset, limit, totals)


def select(tx: Tx, kind: RecordType[Any], query: str | None) -> Selection:
    """Return the pieces of the statement for a CQL query over a type."""
    if query is None:
        return Selection(tx.table(kind.table), "TRUE", "", "doc", Args())
    compiled, args = compiled_query(kind, tx.schema, query)
    return Selection(tx.table(kind.table), compiled.where, compiled.order, "doc", args)


async def delete_where(tx: Tx, kind: RecordType[Any], query: str) -> None:
    """Delete the records that a query matches; each leaves its last snapshot in the history."""
    chosen = select(tx, kind, query)
    now = f"{chosen.args.add(tx.now)}::timestamptz"
    history_rows = ""
    if kind.history:
        history_rows = f""", history AS (INSERT INTO {tx.table(kind.table + "_history")} (record_id, operation, at, doc)
            SELECT id, 'D', {now}, {deleted_snapshot(kind)} FROM gone)"""
    await tx.connection.execute(
        f"WITH gone AS (DELETE FROM {chosen.source} WHERE {chosen.where} RETURNING id, doc), "
        f"moment AS (SELECT {now}){history_rows}{emitted(tx.schema, kind.table, 'gone', 'D', now)} SELECT 1",
        *chosen.args.values,
    )


async def delete_all(tx: Tx, kind: RecordType[Any]) -> None:
    """Delete every record of a type; the history stays as it is. Raises BadRequest where others refer to one."""
    async with translated(kind, None, "*"):
        await tx.connection.execute(
            f"""WITH gone AS (DELETE FROM {tx.table(kind.table)} RETURNING 1), moment AS (SELECT $1::timestamptz)
                {emitted(tx.schema, kind.table, "gone", "A", "$1")} SELECT 1""",
            tx.now,
        )


async def take(tx: Tx, chosen: Selection, offset: int, limit: int, totals: str = "auto") -> Page:
    """Return a part of what a selection selects, with the total."""
    count, documents = await tx.connection.fetchrow(_statement(chosen, offset, limit, totals), *chosen.args.values)
    if count is None or totals == "none":
        return Page(documents, None)
    if count <= COUNTED or 0 < len(documents) < limit or limit == 0 or totals == "exact":
        return Page(documents, count)
    return Page(documents, max(await _estimate(tx, chosen), count - 1, offset + len(documents)))


def _statement(chosen: Selection, offset: int, limit: int, totals: str) -> str:
    """Return one statement for page and total. The total is only counted when the page does not tell it."""
    part = f"{chosen.args.add(offset)}::bigint", f"{chosen.args.add(limit)}::bigint"
    bound = "" if limit == 0 or totals == "exact" else f" LIMIT {COUNTED + 1}"
    return _text(chosen.source, chosen.where, chosen.order, chosen.document, part, None if totals == "none" else bound)


@lru_cache(maxsize=2000)
def _text(source: str, where: str, ordered: str, document: str, part: tuple[str, str], bound: str | None) -> str:
    """bound: up to how many are counted; None: nobody wants to know."""
    first, many = part
    order = f" ORDER BY {ordered}" if ordered else ""
    rows = f"SELECT {document} AS doc FROM {source} WHERE {where}{order}"
    count = f"SELECT count(*) FROM (SELECT FROM {source} WHERE {where}{bound}) counted"
    told = f"CASE WHEN cardinality(docs) BETWEEN 1 AND {many} - 1 THEN {first} + cardinality(docs) ELSE ({count}) END"
    total = "NULL::bigint" if bound is None else told
    return f"""WITH page AS MATERIALIZED (SELECT ARRAY({rows} LIMIT {many} OFFSET {first}) AS docs)
        SELECT {total}, docs FROM page"""


async def _estimate(tx: Tx, chosen: Selection) -> int:
    order = f" ORDER BY {chosen.order}" if chosen.order else ""
    plan = await tx.connection.fetchval(
        f"EXPLAIN (FORMAT JSON) SELECT FROM {chosen.source} WHERE {chosen.where}{order}",
        *chosen.args.values[:-2],  # the last two are offset and limit
    )
    return int(orjson.loads(plan)[0]["Plan"]["Plan Rows"])
