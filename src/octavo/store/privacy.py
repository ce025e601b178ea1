"""What patrons decide about their loan history, and everything that is stored about one of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from octavo.store.loan_outlook import AUTHOR
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx


@dataclass(frozen=True)
class Remembered:
    """What a patron has decided (None: nothing yet), and how many of their closed loans still know them.

    charged: how many of those have fees or fines, which the library needs to know of.
    """

    keep_history: bool | None
    loans: int
    charged: int


async def load_remembered(tx: Tx, user_id: str) -> Remembered:
    """Return a patron's decision and what is remembered of them."""
    row = await tx.connection.fetchrow(
        f"""SELECT (SELECT keep_history FROM {tx.table("patron_preference")} WHERE user_id = $1::uuid) AS keep_history,
                count(*) AS loans,
                count(*) FILTER (WHERE EXISTS (
                    SELECT FROM {tx.table("accounts")} account WHERE account.loan_id = loan.id)) AS charged
            FROM {tx.table("loan")} loan WHERE user_id = $1::uuid AND status_name = 'closed'""",
        user_id,
    )
    return Remembered(**row)


async def decide(tx: Tx, user_id: str, *, keep_history: bool) -> None:
    """Note what a patron has decided."""
    await tx.connection.execute(
        f"""INSERT INTO {tx.table("patron_preference")} (user_id, keep_history, since) VALUES ($1::uuid, $2, $3)
            ON CONFLICT (user_id) DO UPDATE SET keep_history = $2, since = $3""",
        user_id, keep_history, tx.now,
    )  # fmt: skip


async def load_history(tx: Tx, user_id: str, offset: int, limit: int) -> list[dict[str, Any]]:
    """Return a patron's closed loans, the latest first: title, author, instanceId, loanDate, returnDate."""
    document = await tx.connection.fetchval(
        f"""SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'title', instance.doc -> 'title', 'author', {AUTHOR}, 'instanceId', instance.id,
                'loanDate', past.doc -> 'loanDate', 'returnDate', past.doc -> 'returnDate')) ORDER BY past.place), '[]')
            FROM (SELECT doc, item_id, row_number() OVER (ORDER BY doc ->> 'systemReturnDate' DESC NULLS LAST, id) AS place
                  FROM {tx.table("loan")} WHERE user_id = $1::uuid AND status_name = 'closed'
                  ORDER BY place LIMIT $2 OFFSET $3) past
            LEFT JOIN {tx.table("item")} item ON item.id = past.item_id
            LEFT JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
            LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id""",
        user_id, limit, offset,
    )  # fmt: skip
    found: list[dict[str, Any]] = orjson.loads(document)
    return found


async def load_everything(tx: Tx, user_id: str, kinds: Iterable[tuple[RecordType[Any], tuple[str, ...]]]) -> bytes:
    """Return everything stored about a user as one JSON object, with one statement.

    kinds: each record type with the paths under which it names a user. What is found of a type is an array under the
    name of its table, its history under that name with `_history` behind.
    """
    parts = []
    for kind, paths in kinds:
        where = " OR ".join(_names(kind, path) for path in paths)
        parts.append(f"'{kind.table}', {_rows(f'SELECT id, doc FROM {tx.table(kind.table)} WHERE {where}')}")
        if kind.history:
            told = "doc || jsonb_build_object('at', at, 'operation', operation)"
            kept = " OR ".join(_names(kind, path) for path in paths if path in kind.history.index)
            past = f"SELECT id, {told} AS doc FROM {tx.table(kind.table + '_history')} WHERE {kept}"
            parts.append(f"'{kind.table}_history', {_rows(past)}")
    document: bytes = await tx.connection.fetchval(
        f"""SELECT jsonb_build_object({", ".join(parts)},
                'preferences', (SELECT to_jsonb(kept) - 'user_id' FROM {tx.table("patron_preference")} kept
                    WHERE user_id = $1::uuid),
                'suspensions', {_rows(f'''SELECT request_id AS id, jsonb_build_object('requestId', request_id, 'until', until) AS doc
                    FROM {tx.table("request_suspension")} JOIN {tx.table("request")} request ON request.id = request_id
                    WHERE request.requester_id = $1::uuid''')},
                'signedIn', {_rows(f'''SELECT user_id AS id, jsonb_build_object('side', side, 'since', begun, 'lastSeen', seen) AS doc
                    FROM {tx.table("visit")} WHERE user_id = $1::uuid''')},
                'hasPassword', (SELECT hash IS NOT NULL FROM {tx.table("credential")} WHERE user_id = $1::uuid),
                'hasPin', (SELECT pin_hash IS NOT NULL FROM {tx.table("credential")} WHERE user_id = $1::uuid))""",
        user_id,
    )
    return document


def _names(kind: RecordType[Any], path: str) -> str:
    if path == "id":
        return "id = $1::uuid"
    if path in kind.columns:
        return f"{kind.columns[path].name} = $1::uuid"
    return f"public.octavo_uuid(doc #>> '{{{path.replace('.', ',')}}}') = $1::uuid"


def _rows(statement: str) -> str:
    return f"coalesce((SELECT jsonb_agg(found.doc ORDER BY found.id) FROM ({statement}) found), '[]')"
