"""What staff look at on the pages of the desk: a patron at a glance, what a visit has lent, charges, people found by name."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from octavo.cql import And, Clause, Query, SortKey
from octavo.errors import NotFound
from octavo.store.query import Args, compile_query, shape_of
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx

Json = dict[str, Any]

#: So many loans of one visit, or charges of one patron, are shown at most.
_MOST: Final = 200


async def load_places(tx: Tx) -> list[Json]:
    """Return every service point by name, each with id and name."""
    rows = await tx.connection.fetch(
        f"SELECT id::text AS id, doc ->> 'name' AS name FROM {tx.table('service_point')} ORDER BY name, id"
    )
    return [dict(row) for row in rows]


async def load_person(tx: Tx, user_id: str) -> Json:
    """Return a user's record with `group` (its name) and, as numbers, `loans`, `holds`, `ready`, `owed`. Raises NotFound."""
    document = await tx.connection.fetchval(
        f"""SELECT person.doc || jsonb_build_object(
                'group', (SELECT doc -> 'group' FROM {tx.table("groups")} WHERE id = person.patron_group),
                'loans', (SELECT count(*) FROM {tx.table("loan")} WHERE user_id = person.id AND status_name = 'open'),
                'holds', (SELECT count(*) FROM {tx.table("request")} WHERE requester_id = person.id AND status LIKE 'open%'),
                'ready', (SELECT count(*) FROM {tx.table("request")}
                    WHERE requester_id = person.id AND status = 'open - awaiting pickup'),
                'owed', (SELECT coalesce(sum(public.octavo_number(doc ->> 'remaining')), 0) FROM {tx.table("accounts")}
                    WHERE user_id = person.id AND status_name = 'open'))
            FROM {tx.table("users")} person WHERE person.id = $1::uuid""",
        user_id,
    )
    if document is None:
        raise NotFound(f"user {user_id} not found")
    found: Json = orjson.loads(document)
    return found


async def load_lent(tx: Tx, user_id: str) -> list[Json]:
    """Return what a patron's visit to the desk has lent, the last first: id, due, and if known title, barcode, callNumber."""
    document = await tx.connection.fetchval(
        f"""SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'id', lent.id, 'due', lent.doc -> 'dueDate', 'title', instance.doc -> 'title', 'barcode', item.doc -> 'barcode',
                'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}'))
                ORDER BY lent.made DESC, lent.id), '[]')
            FROM (SELECT loan.id, loan.doc, loan.item_id, public.octavo_instant(visit.doc #>> '{{metadata,createdDate}}') AS made
                FROM {tx.table("patron_action_session")} visit
                JOIN {tx.table("loan")} loan ON loan.id = public.octavo_uuid(visit.doc ->> 'loanId')
                WHERE visit.patron_id = $1::uuid AND visit.action_type = 'check-out' ORDER BY made DESC LIMIT {_MOST}) lent
            LEFT JOIN {tx.table("item")} item ON item.id = lent.item_id
            LEFT JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
            LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id""",
        user_id,
    )
    found: list[Json] = orjson.loads(document)
    return found


async def load_charges(tx: Tx, user_id: str) -> list[Json]:
    """Return a patron's open charges as they are stored, the oldest first."""
    rows = await tx.connection.fetch(
        f"""SELECT doc FROM {tx.table("accounts")} WHERE user_id = $1::uuid AND status_name = 'open'
            ORDER BY doc #>> '{{metadata,createdDate}}', id LIMIT {_MOST}""",
        user_id,
    )
    return [orjson.loads(row["doc"]) for row in rows]


async def load_ways_to_settle(tx: Tx) -> tuple[list[str], list[str]]:
    """Return the tenant's payment methods and its reasons for waiving, each once, by name."""
    row = await tx.connection.fetchrow(
        f"""SELECT ARRAY(SELECT DISTINCT doc ->> 'nameMethod' AS name FROM {tx.table("payments")} ORDER BY name) AS methods,
                ARRAY(SELECT DISTINCT doc ->> 'nameReason' AS name FROM {tx.table("waives")} ORDER BY name) AS reasons"""
    )
    return row["methods"], row["reasons"]


async def find_people(tx: Tx, kind: RecordType[Any], words: Sequence[str], limit: int) -> list[Json]:
    """Return users of whom every word begins a word of their name, barcode or e-mail address, by name.

    kind: the users. words: letters, digits and apostrophes alone.
    """
    args = Args()
    where = And(tuple(Clause("keywords", "all", f"{word}*") for word in words))
    sort = (SortKey("personal.lastName"), SortKey("personal.firstName"))
    compiled = compile_query(Query(where, sort), shape_of(kind, tx.schema), args)
    rows = await tx.connection.fetch(
        f"""SELECT doc FROM {tx.table(kind.table)} WHERE {compiled.where}
            ORDER BY {compiled.order}, id LIMIT {args.add(limit, "bigint")}""",
        *args.values,
    )
    return [orjson.loads(row["doc"]) for row in rows]
