"""What patrons find in the catalogue: works by words or numbers, with how many copies there are and how many are in.

Works that are suppressed from discovery are not found. What a patron types is a parameter, never part of a statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from octavo.store.loan_outlook import AUTHOR
from octavo.store.tx import Tx

#: So many works are looked at for one answer; who finds more searches for more words.
MOST = 500
_SHOWN = f"""jsonb_strip_nulls(jsonb_build_object(
    'id', instance.id, 'title', instance.doc -> 'title', 'author', {AUTHOR}, 'edition', instance.doc #> '{{editions,0}}',
    'publisher', instance.doc #> '{{publication,0,publisher}}', 'year', instance.doc #> '{{publication,0,dateOfPublication}}',
    'subjects', jsonb_path_query_array(instance.doc, '$.subjects[*].value'),
    'numbers', jsonb_path_query_array(instance.doc, '$.identifiers[*].value'),
    'description', instance.doc #> '{{physicalDescriptions,0}}', 'languages', instance.doc -> 'languages',
    'series', instance.doc #> '{{series,0,value}}'))"""
_VISIBLE = """(doc -> 'discoverySuppress' IS DISTINCT FROM 'true' AND doc -> 'staffSuppress' IS DISTINCT FROM 'true'
    AND doc -> 'deleted' IS DISTINCT FROM 'true')"""


@dataclass(frozen=True)
class Found:
    """Some works, as decoded JSON, and how many there are in all (`MOST` + 1: more than `MOST`)."""

    works: list[dict[str, Any]]
    total: int


async def search(
    tx: Tx, words: Sequence[str], numbers: Sequence[str], by: str, offset: int, limit: int
) -> Found:
    """Return works that have all words, or one of the numbers; those with the words in the title come first.

    words: the last character FDD0 makes a word a prefix. by: `any`, `title`, `author`, `subject`, or `number`.
    """
    asked = "public.octavo_tsquery_all($1::text[])"
    by_words = f"public.octavo_found_by(doc, 'any') @@ {asked} AND public.octavo_found_by(doc, $3::text) @@ {asked}"
    by_number = "public.octavo_numbers(doc) && $2::text[]"
    where = {"number": by_number, "any": f"({by_words} OR {by_number})"}.get(by, by_words)
    document = await tx.connection.fetchval(
        f"""WITH found AS MATERIALIZED (
                SELECT id, doc, public.octavo_found_by(doc, 'title') @@ {asked} AS in_title
                FROM {tx.table("instance")} WHERE {where} AND {_VISIBLE} AND $3::text IS NOT NULL AND $2::text[] IS NOT NULL LIMIT {MOST + 1}),
            page AS MATERIALIZED (
                SELECT id, doc, row_number() OVER (ORDER BY in_title DESC NULLS LAST, {_SORTED}, id) AS place FROM found
                ORDER BY place LIMIT $4::bigint OFFSET $5::bigint)
            SELECT jsonb_build_object('total', (SELECT count(*) FROM found), 'works', coalesce(
                (SELECT jsonb_agg({_SHOWN} || {_copies_counted(tx)} ORDER BY place) FROM page instance), '[]'))""",
        list(words), list(numbers), by, limit, offset,
    )  # fmt: skip
    read = orjson.loads(document)
    return Found(read["works"], read["total"])


_SORTED = "public.octavo_fold(coalesce(doc ->> 'indexTitle', doc ->> 'title'))"


def _copies_counted(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('copies', count(*),
            'available', count(*) FILTER (WHERE item.status_name = 'available'))
        FROM {tx.table("holdings_record")} holdings JOIN {tx.table("item")} item ON item.holdings_record_id = holdings.id
        WHERE holdings.instance_id = instance.id AND item.doc -> 'discoverySuppress' IS DISTINCT FROM 'true')
        || jsonb_build_object('holds', (SELECT count(*) FROM {tx.table("request")} request
            WHERE request.instance_id = instance.id AND request.status LIKE 'open%'))"""


async def load_work(tx: Tx, instance_id: str) -> dict[str, Any] | None:
    """Return a work with its copies, those available first; None where there is none that patrons may see.

    Each copy has id, status, barcode, callNumber, location, library, material, loanType, and dueDate where it is lent.
    """
    document = await tx.connection.fetchval(
        f"""SELECT {_SHOWN} || {_copies_counted(tx)} || jsonb_build_object('items', coalesce((
                SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                    'id', item.id, 'status', item.doc #> '{{status,name}}', 'barcode', item.doc -> 'barcode',
                    'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}',
                    'volume', item.doc -> 'volume', 'copyNumber', item.doc -> 'copyNumber',
                    'location', coalesce(place.doc -> 'discoveryDisplayName', place.doc -> 'name'),
                    'library', library.doc -> 'name', 'material', material.doc -> 'name',
                    'loanType', loan_type.doc -> 'name', 'dueDate', loan.doc -> 'dueDate'))
                    ORDER BY item.status_name <> 'available', library.doc ->> 'name', item.doc ->> 'copyNumber', item.id)
                FROM {tx.table("holdings_record")} holdings
                JOIN {tx.table("item")} item ON item.holdings_record_id = holdings.id
                LEFT JOIN {tx.table("location")} place ON place.id = item.effective_location_id
                LEFT JOIN {tx.table("loclibrary")} library ON library.id = place.library_id
                LEFT JOIN {tx.table("material_type")} material ON material.id = item.material_type_id
                LEFT JOIN {tx.table("loan_type")} loan_type
                    ON loan_type.id = coalesce(item.temporary_loan_type_id, item.permanent_loan_type_id)
                LEFT JOIN {tx.table("loan")} loan ON loan.item_id = item.id AND loan.status_name = 'open'
                WHERE holdings.instance_id = instance.id
                  AND item.doc -> 'discoverySuppress' IS DISTINCT FROM 'true'), '[]'))
            FROM {tx.table("instance")} instance WHERE id = $1::uuid AND {_VISIBLE}""",
        instance_id,
    )  # fmt: skip
    return orjson.loads(document) if document else None
