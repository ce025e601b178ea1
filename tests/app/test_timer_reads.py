"""What a pass of each timer reads where there is much and nothing is due: next to nothing, by an index."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from library import Library
from octavo.rules.retention import KINDS
from octavo.services.mailer import Mailer
from octavo.store.tx import Tx
from octavo.worker.timers import Timer, every_timer

Json = dict[str, Any]

MANY = 3000
#: How many rows of the large tables a pass may read.
FEW = 20
MAILER = Mailer.of("smtp://127.0.0.1:9", "library@example.org")  # nobody is written to, so nobody need listen
TIMERS = every_timer(timedelta(days=7), MAILER)

#: Large tables: the documents in them, as SQL over the number n and the parameters $2 a day ago, $3 in a year.
DOCUMENTS = {
    "item": "'status', jsonb_build_object('name', 'Checked out')",
    "loan": """'itemId', md5('item' || n)::uuid, 'userId', md5('u' || n)::uuid, 'dueDate', $2::text, 'loanDate', $2::text,
        'returnDate', CASE WHEN n % 2 = 0 THEN $2::text END, 'systemReturnDate', CASE WHEN n % 2 = 0 THEN $2::text END,
        'status', jsonb_build_object('name', CASE WHEN n % 2 = 0 THEN 'Closed' ELSE 'Open' END), 'lostItemPolicyId', $4::text,
        'agedToLostDelayedBilling', jsonb_build_object('lostItemHasBeenBilled', true, 'dateLostItemShouldBeBilled', $2::text)""",
    "request": """'status', CASE WHEN n % 3 = 0 THEN 'Open - Not yet filled' WHEN n % 3 = 1 THEN 'Open - Awaiting pickup' ELSE 'Closed - Filled' END,
        'requesterId', md5('u' || n)::uuid, 'requestExpirationDate', $3::text, 'holdShelfExpirationDate', $3::text""",
    "users": "'active', true, 'expirationDate', $3::text",
    "accounts": """'userId', md5('u' || n)::uuid, 'loanId', md5('loan' || n)::uuid,
        'status', jsonb_build_object('name', CASE WHEN n % 9 = 0 THEN 'Open' ELSE 'Closed' END)""",
    "feefineactions": "'accountId', md5('accounts' || n)::uuid, 'dateAction', $2::text",
    "actual_cost_record": "'status', CASE WHEN n % 2 = 0 THEN 'Open' ELSE 'Billed' END, 'expirationDate', $3::text, 'loan', jsonb_build_object('id', md5('loan' || n)::uuid)",
    "check_in": "'occurredDateTime', $2::text, 'performedByUserId', md5('u' || n)::uuid",
    "print_events": "'printEventDate', $2::text, 'requestId', md5('request' || n)::uuid",
    "message": "'date', $2::text, 'expirationDate', $3::text, 'status', 'DELIVERED'",
    "staging_users": "'isEmailVerified', false, 'externalSystemId', md5('e' || n)::uuid",
    "scheduled_notice": """'nextRunTime', $3::text, 'recipientUserId', md5('u' || n)::uuid, 'triggeringEvent',
        (ARRAY['Due date', 'Hold expiration', 'Overdue fine returned', 'Aged to lost', 'Due date - with reminder fee'])[1 + n % 5]""",
}  # fmt: skip
#: Large tables without documents: their columns, as SQL over n and the parameters $1 a day ago, $2 in a year.
ROWS = {
    "confirmation (digest, staging_id, expires)": "md5('c' || n)::bytea, md5('staging_users' || n)::uuid, $2",
    "request_suspension (request_id, until)": "md5('request' || n)::uuid, $2",
    "occasion (event, at, user_id)": "'Check out', $2, md5('u' || n)::uuid",
    "replay (caller, key, digest, at)": "'c' || n, 'k', 'd', $1",
    "event (id, topic, operation, at)": "gen_random_uuid(), 'circulation.loan', 'U', $1",
}
LARGE = {*DOCUMENTS, *(name.partition(" ")[0] for name in ROWS)}


@pytest.fixture
async def much(tx: Tx, library: Library) -> None:
    """A library that forgets everything after a month, and in which everything happened yesterday or is due in a year."""
    week, month = {"duration": 1, "intervalId": "Weeks"}, {"duration": 1, "intervalId": "Months"}
    settings = {
        "loan_history": {"closingType": {"loan": "interval"}, "loan": month},
        "requestAnonymization": {"mode": "delayed", "delay": 1, "delayUnit": "months"},
        "retention": dict.fromkeys(KINDS, month),
    }
    for name, value in settings.items():
        await library.post("/circulation/settings", id=str(uuid4()), name=name, value=value)
    policy = await library.post("/lost-item-fees-policies", name="ages", itemAgedLostOverdue=week)
    yesterday, next_year = tx.now - timedelta(days=1), tx.now + timedelta(days=365)
    metadata = orjson.dumps({"createdDate": wire(yesterday), "updatedDate": wire(yesterday)})
    for table, document in DOCUMENTS.items():
        await tx.connection.execute(
            f"""INSERT INTO {tx.table(table)} (id, doc) SELECT md5('{table}' || n)::uuid, jsonb_strip_nulls(jsonb_build_object(
                    'id', md5('{table}' || n)::uuid, 'metadata', $1::jsonb, {document}))
                FROM generate_series(1, {MANY}) n WHERE $2::text <> '' AND $3::text <> '' AND $4::text <> ''""",
            metadata, wire(yesterday), wire(next_year), policy["id"],
        )  # fmt: skip
    for name, columns in ROWS.items():
        table, _, listed = name.partition(" ")
        await tx.connection.execute(
            f"""INSERT INTO {tx.table(table)} {listed} SELECT {columns} FROM generate_series(1, {MANY}) n
                WHERE $1::timestamptz < $2::timestamptz""",
            yesterday, next_year,
        )  # fmt: skip
    for table in LARGE:
        await tx.connection.execute(f"ANALYZE {tx.table(table)}")


def wire(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def nodes(plan: Json) -> Iterator[Json]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def rows_read(tx: Tx, query: str, args: Any) -> dict[str, int]:
    """Run a statement, and return how many rows it fetches from each large table, by the way in which it does."""
    told = await tx.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *args)
    found: dict[str, int] = {}
    for node in nodes(orjson.loads(told)[0]["Plan"]):
        if node.get("Relation Name") in LARGE and "Scan" in node["Node Type"]:
            each = node["Actual Rows"] + sum(node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
            found[f"{node['Node Type']} on {node['Relation Name']}"] = int(each * node["Actual Loops"])
    return found


async def read_by(timer: Timer, tx: Tx, begin: Callable[[], Any]) -> tuple[int, dict[str, int]]:
    """Run a timer; return how many statements on records that took, and what they read of large tables."""
    seen: list[tuple[str, Any]] = []

    def note(record: Any) -> None:
        if record.query.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
            seen.append((record.query, record.args))

    with tx.connection.query_logger(note):
        assert await timer.run(begin) == 0, timer.name
    found: dict[str, int] = {}
    for query, args in seen:
        for name, rows in (await rows_read(tx, query, args)).items():
            found[name] = found.get(name, 0) + rows
    return len(seen), found


async def test_a_pass_reads_only_what_is_due(much: None, tx: Tx, begin: Callable[[], Any]) -> None:
    read = {timer.name: await read_by(timer, tx, begin) for timer in TIMERS}
    assert {name for name, (statements, _) in read.items() if not statements} == set()
    too_much = {
        name: found
        for name, (_, found) in read.items()
        if any(rows > FEW or scan.startswith("Seq Scan") for scan, rows in found.items())
    }
    assert too_much == {}


async def test_reading_everything_would_be_seen(much: None, tx: Tx) -> None:
    assert await rows_read(tx, f"SELECT count(*) FROM {tx.table('loan')} WHERE doc ? 'no'", []) == {"Seq Scan on loan": MANY}
