"""Questions that must be answered by an index, whatever the size of the table."""

from collections.abc import AsyncIterator

import pytest

from octavo.cql import parse
from octavo.store.pool import connect
from octavo.store.query import Args, compile_query, shape_of
from octavo.store.record_type import RecordType, Reference
from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Instant, Text, Uuid
from store.query_tables import Table, create, numbered, prepare


class Status(Part):
    name: Text


class Lent(Record):
    user_id: Uuid | None = None
    item_id: Uuid | None = None
    status: Status | None = None
    barcode: Text | None = None
    title: Text | None = None
    due_date: Instant | None = None


LENT = RecordType(
    Endpoint(Lent, "/lent", "lent"),
    table="lent",
    permission="lent",
    index=("barcode", ("userId", "status.name"), ("status.name", "dueDate")),
    references=(Reference("itemId", "item"),),
    fulltext=("title",),
)
ROWS = 5_000


@pytest.fixture(scope="module")
async def lent(database_url: str) -> AsyncIterator[Table]:
    connection = await connect(database_url)
    await prepare(connection)
    await create(connection, "plans", LENT)
    await connection.execute(f"""
        INSERT INTO plans.lent (id, doc)
        SELECT md5(n::text)::uuid, jsonb_build_object(
            'id', md5(n::text)::uuid, 'userId', '00000000-0000-4000-8000-' || lpad((n % 1000)::text, 12, '0'),
            'itemId', md5('item' || n)::uuid, 'barcode', 'B' || n, 'title', 'Word' || n || ' of many',
            'status', jsonb_build_object('name', CASE WHEN n % 50 = 0 THEN 'Open' ELSE 'Closed' END),
            'dueDate', '2026-01-' || lpad((1 + n % 28)::text, 2, '0') || 'T10:00:00.000+00:00')
        FROM generate_series(1, {ROWS}) AS n""")
    await connection.execute("ANALYZE plans.lent")
    yield Table(connection, shape_of(LENT, "plans"))
    await connection.close()


USER, OTHER = numbered(7), numbered(8)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (f"userId=={USER}", "lent_user_id_status_name_idx"),
        (f"userId={USER}", "lent_user_id_status_name_idx"),
        (f'status.name=="Open" and userId=="{USER}"', "lent_user_id_status_name_idx"),
        (f'userId==("{USER}" or "{OTHER}")', "lent_user_id_status_name_idx"),
        ('status.name=="Open" and dueDate<"2026-01-02T00:00:00Z"', "lent_status_name_due_date_idx"),
        ('status.name=="Open" and dueDate="2026-01-02"', "lent_status_name_due_date_idx"),
        (f"itemId=={USER}", "lent_item_id_idx"),
        (f"id==({USER} or {OTHER})", "lent_pkey"),
        (f"id=={USER[:20]}*", "lent_pkey"),
        ("barcode==b17", "lent_barcode_idx"),
        ("barcode==(b17 or B18 or b19)", "lent_barcode_idx"),
        ("barcode==b17*", "lent_barcode_idx"),
        ("title=word17", "lent_title_words"),
        ('title="word17 of"', "lent_title_words"),
        ("title any word17", "lent_title_words"),
    ],
)
async def test_an_index_answers(lent: Table, query: str, index: str) -> None:
    plan = await lent.plan(query)
    assert index in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("cql.allRecords=1 sortBy id", "lent_pkey"),
        (f'id>"{USER}" and (status.name=="Closed") sortBy id', "lent_pkey"),
        ("cql.allRecords=1 sortBy barcode", "lent_barcode_idx"),
    ],
)
async def test_an_index_sorts(lent: Table, query: str, index: str) -> None:
    plan = await lent.plan(query, limit=10)
    assert index in plan
    assert "Sort Key" not in plan


async def test_pages_by_id_make_one_big_page(lent: Table) -> None:
    everything = await lent.connection.fetch("SELECT id FROM plans.lent WHERE status_name = 'open' ORDER BY id")
    last, found = numbered(0), []
    while True:
        args = Args()
        compiled = compile_query(parse(f'id > "{last}" and (status.name==open) sortBy id'), lent.shape, args)
        page = await lent.connection.fetch(
            f"SELECT id FROM plans.lent WHERE {compiled.where} ORDER BY {compiled.order} LIMIT 30", *args.values
        )
        if not page:
            break
        found += page
        last = str(page[-1]["id"])
    assert found == everything


async def test_thousands_of_ids_are_one_parameter(lent: Table) -> None:
    text = "id==(" + " or ".join(f'"{numbered(number)}"' for number in range(2_000)) + ")"
    args = Args()
    compiled = compile_query(parse(text), lent.shape, args)
    assert compiled.where == '("id" = ANY ($1::uuid[]))'
    assert len(args.values) == 1
    assert "lent_pkey" in await lent.plan(text)
    args = Args()
    excluded = compile_query(parse(text.replace("==", "<>").replace(" or ", " and ")), lent.shape, args)
    assert excluded.where == '("id" <> ALL ($1::uuid[]))'


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(f"barcode=B{number}*" for number in range(300)),
        " and ".join(["cql.allRecords=1", *(f"barcode<>B{number}?" for number in range(300))]),
        "(" * 199 + "barcode==b17" + ")" * 199,
        " ".join(f"barcode==b{number} {'and' if number % 2 else 'or'}" for number in range(190)) + " barcode==b17",
        " not ".join(f"barcode==b{number}" for number in range(4_000)),
    ],
    ids=["many or", "many and", "deep parentheses", "deep tree", "many not"],
)
async def test_large_queries_are_answered(lent: Table, text: str) -> None:
    args = Args()
    compiled = compile_query(parse(text), lent.shape, args)
    await lent.connection.fetch(f"SELECT FROM plans.lent WHERE {compiled.where}", *args.values)
