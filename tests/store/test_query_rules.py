"""What CQL means for each kind of field: words, points in time, flags, ids, arrays, related records, history."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from octavo.cql import parse
from octavo.errors import BadRequest
from octavo.store.expressions import document_text
from octavo.store.pool import connect
from octavo.store.query import Args, compile_query, history_shape, shape_of
from octavo.store.record_type import History, RecordType, Reference, Words
from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Flag, FreeId, Instant, Number, Text, Uuid
from store.query_tables import Table, create, fill, numbered, prepare, table, undone


class Contributor(Part):
    name: Text
    contributor_type_id: Text | None = None
    lang: Text | None = None


class Phone(Part):
    value: Text
    type: Text | None = None


class Thing(Record):
    key: Text | None = None
    f: Text | None = None
    title: Text | None = None
    due: Instant | None = None
    seen: Instant | None = None
    active: Flag | None = None
    open: Flag | None = None
    owner_id: FreeId | None = None
    amount: Number | None = None
    contributors: list[Contributor] | None = None
    phones: list[Phone] | None = None
    tags: list[Text] | None = None


THING = RecordType(
    Endpoint(Thing, "/things", "things"),
    table="thing",
    permission="things",
    index=("due", "active", "ownerId", "amount"),
    fulltext=("title",),
    words=(Words("keywords", ("title", "f")),),
)


@pytest.fixture(scope="module")
async def connection(database_url: str) -> AsyncIterator[Any]:
    made = await connect(database_url)
    await prepare(made)
    yield made
    await made.close()


async def things(connection: Any, schema: str, rows: dict[str, dict[str, Any]]) -> Table:
    documents = [{"id": numbered(place), "key": key, **row} for place, (key, row) in enumerate(rows.items())]
    return await table(connection, schema, THING, documents)


WORDS = [
    (["bar", "bar-baz", "foo-bar-baz", "bar baz", "foo-bar baz", "bar-baz-foo"], [
        ("f=bar", "012345"), ('f="bar baz"', "12345"), ('f="bar-baz"', "1"), ('f="bar-ba*"', "15"),
        ('f all "baz bar"', "12345"), ('f any "nothing bar-baz-foo"', "012345"),
    ]),
    (["123 456", "123-456"], [('f="123 456"', "0"), ('f="123-456"', "1"), ("f=456", "0")]),
    (["foo/bar/baz", "foo//bar//baz", "foo bar baz"], [('f="foo/bar/baz"', "0"), ("f=bar", "2"), ('f="/bar"', "1")]),
    (["C++", "C#"], [("f=c", "01"), ('f="C++"', "01")]),
    (["U.S.A."], [('f="u.s.a."', "0"), ("f=usa", "")]),
    (["O'Brien", "AT&T", "Al\u2019s"], [
        ("f=Brien", "0"), ('f="O\'Brien"', "0"), ('f="AT T"', "1"), ('f="AT&T"', "1"), ('f="Al\u2019s"', "2"),
    ]),
    (["3.14", "a_b", "x@y.com", "http://ex.com/p?q=1"], [
        ("f=3.14", "0"), ("f=3", ""), ("f=a", "1"), ("f=x@y.com", "2"), ("f=y.com", ""), ("f=ex.com", "3"),
    ]),
    (["ΑΘΗΝΑ"], [("f=αθηνα", "0"), ("f==αθην*", "0")]),
    (["naïve café"], [("f=naive", "0"), ('f="NAIVE CAFE"', "0"), ('f="  cafe  "', "0"), ('f="naive * cafe"', "0")]),
    (["any value", None], [
        ('f="."', ""), ('f="- -"', ""), (r'f="\""', ""), ('f=""', "0"), ("f=*", "01"), ('f=" *"', "0"),
        ('f="* *"', "01"), ('f any ""', "0"), (r"f=\*", ""), (r'f="a\*"', ""),
    ]),
    (["2026-01-01T10:00:00.000+00:00"], [("f=2026-01-01", "0"), ("f=2026-01-02", "")]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "questions"), WORDS, ids=lambda value: str(value[0])[:20])
async def test_words(connection: Any, values: list[str], questions: list[tuple[str, str]]) -> None:
    async with undone(connection):
        asked = await things(connection, "words", {str(place): {"f": value} for place, value in enumerate(values)})
        assert {query: await asked.keys(query) for query, _ in questions} == dict(questions)


MOMENTS = {
    "a": "2025-12-31T23:59:59.999+00:00",
    "b": "2026-01-01T00:00:00.000+00:00",
    "c": "2026-01-01T10:00:00.000+00:00",
    "d": "2026-01-02T00:00:00.000+00:00",
    "n": None,
}


@pytest.fixture(scope="module")
async def moments(connection: Any) -> Table:
    rows = {key: {"due": value, "seen": value, "metadata": {"createdDate": value}} for key, value in MOMENTS.items()}
    return await things(connection, "moments", rows)


@pytest.mark.parametrize("field", ["due", "seen", "metadata.createdDate"])
@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('=="2026-01-01T10:00:00.000+00:00"', "c"),
        ('=="2026-01-01T10:00:00Z"', "c"),
        ('="2026-01-01T11:00:00+01:00"', "c"),
        ('<>"2026-01-01T10:00:00Z"', "abd"),
        ('<"2026-01-01T10:00:00Z"', "ab"),
        ('<="2026-01-01T10:00:00.000Z"', "abc"),
        ('>"2026-01-01T10:00:00Z"', "d"),
        ('>="2026-01-01T11:00:00+01:00"', "cd"),
        ('<"2026-01-01T10:00:00.000 00:00"', "ab"),
        ('>"2026-01-01"', "bcd"),
        ('>="2026-01-01"', "bcd"),
        ('<"2026-01-01"', "a"),
        ('<="2026-01-01"', "a"),
        ('="2026-01-01"', "bc"),
        ('=="2026-01-01"', ""),
        ('<>"2026-01-01"', "abcd"),
        ("==2026-01-01*", "bc"),
        (">2026", "bcd"),
        ("<2026-01-32", "abcd"),
        ("='2026-01-01T10:00:00Z'", "c"),
        ('=="9999-12-31T24:00:00-23:59"', ""),
        ('=""', "abcd"),
        ('==""', ""),
        ('<>""', "abcd"),
    ],
)
async def test_points_in_time(moments: Table, field: str, rest: str, expected: str) -> None:
    assert await moments.keys(field + rest) == expected


@pytest.mark.parametrize("field", ["due", "seen"])
async def test_points_in_time_sort_by_time(moments: Table, field: str) -> None:
    assert await moments.keys(f"cql.allRecords=1 sortBy {field}") == "abcdn"
    assert await moments.keys(f"cql.allRecords=1 sortBy {field}/sort.descending") == "ndcba"


OWNER = "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee"


@pytest.fixture(scope="module")
async def mixed(connection: Any) -> Table:
    return await things(connection, "mixed", {
        "a": {"active": True, "open": True, "ownerId": OWNER, "amount": 10},
        "b": {"active": "TRUE", "open": "true", "ownerId": OWNER.lower(), "amount": 9.5},
        "c": {"active": False, "open": False, "ownerId": "SYSTEM", "amount": "100"},
        "n": {"tags": ["x", "y"], "amount": "many"},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("active==true", "ab"),
        ("active=TRUE", "ab"),
        ('open="true"', "ab"),
        ("active<>true", "c"),
        ("active==t*", "ab"),
        (f"ownerId=={OWNER}", "ab"),
        (f"ownerId={OWNER.lower()}", "ab"),
        (f"ownerId='{OWNER}'", "ab"),
        (f"ownerId<>{OWNER}", "c"),
        ("ownerId==system", "c"),
        ("ownerId==aaaaaaaa*", "ab"),
        ("ownerId=system", "c"),
        ('ownerId=""', "abc"),
        (f'ownerId==("{OWNER}" or "system")', "abc"),
        ("ownerId>b", "c"),
        ("amount<9", "ac"),
        ("amount</number 50", "ab"),
        ("amount==/number 100.0", "c"),
        ("amount=/number 1e1", "a"),
        ("amount==10", "a"),
        ("amount>0 sortBy amount", "acbn"),
        ("amount</number 1e6 sortBy amount/number", "bac"),
        ("tags=x", "n"),
        (r'tags=="[\"x\", \"y\"]"', "n"),
        ("tags.0==x", ""),
        ('"tags. 0"==x', ""),
        ("tags.x.y.z==x", ""),
        ("keywords=x", ""),
        ("active>f", "abc"),
        ("active>f sortBy active/respectCase", "bca"),
    ],
)
async def test_flags_ids_and_numbers(mixed: Table, query: str, expected: str) -> None:
    assert await mixed.keys(query) == expected


ARRAYS = {
    "a": {"tags": [], "contributors": [{"name": "Pratchett, Terry", "contributorTypeId": "2b94", "lang": "english"}]},
    "b": {
        "tags": ["en"],
        "contributors": [{"name": "Creator A", "contributorTypeId": "2e48"}, {"name": "Creator B", "lang": "e8b3"}],
        "phones": [{"value": "0912212", "type": "mobile"}, {"value": "0912213", "type": "home"}],
    },
    "c": {"tags": ["en-us"]}, "d": {"tags": ["en-uk"]}, "e": {"tags": ["uk"]}, "f": {"tags": ['"en']},
    "g": {"tags": ['en"']}, "h": {"tags": ['"en"']}, "i": {"tags": ["au", "ar", "at", "de", "dk", "en"]}, "n": {},
    "o": {"phones": {"value": "no array"}},
}  # fmt: skip


@pytest.fixture(scope="module")
async def arrays(connection: Any) -> Table:
    return await things(connection, "arrays", ARRAYS)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("tags==[]", "a"),
        ('tags==["en"]', "b"),
        (r'tags=="*\"en\"*"', "bfi"),
        ("tags=en", "bcdfghi"),
        ("tags=uk", "de"),
        ('cql.allRecords=1 NOT tags=""', "no"),
        ("contributors=name", "ab"),
        ("contributors=/@lang=english terry", "a"),
        ("contributors=/@contributorTypeId=2e48 creator", "b"),
        ("contributors=/@contributorTypeId=2e48/@lang=e8b3 creator", ""),
        ('contributors==/@contributorTypeId=2e48 "Creator A"', "b"),
        ('contributors==/@contributorTypeId=2e48 "Creator B"', ""),
        ("contributors==/@contributorTypeId 2b94", "a"),
        ("contributors=/@contributorTypeId/@lang e8b3", "b"),
        ("phones==/@type=home 0912213", "b"),
        ("phones==/@type=home 0912212", ""),
        ("phones<>/@type=home 0912212", "b"),
        ("phones=/@type=home *", "b"),
        ("phones any/@type=mobile 0912212", "b"),
        ("phones==/@type=home/number 912213", "b"),
    ],
)
async def test_arrays(arrays: Table, query: str, expected: str) -> None:
    assert await arrays.keys(query) == expected


@pytest.mark.parametrize(
    ("query", "tail"),
    [
        ("contributors=/@foo=x y", "CQL: Unsupported relation modifier @foo"),
        ("contributors=/@lang<x y", "CQL: Unsupported comparison for relation modifier @lang"),
        ("tags=/@value=x y", "CQL: Unsupported relation modifier @value"),
        ("f.g=/@value=x y", "CQL: Unsupported relation modifier @value"),
    ],
)
async def test_modifiers_that_an_array_does_not_have(arrays: Table, query: str, tail: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await arrays.keys(query)
    assert refused.value.text.endswith(tail)


async def test_words_of_several_fields(connection: Any) -> None:
    rows = {"a": {"title": "The Hobbit", "f": "Tolkien"}, "b": {"title": "Hobbit holes"}, "n": {}}
    asked = await things(connection, "several", rows)
    assert await asked.keys('keywords="hobbit tolkien"') == "a"
    assert await asked.keys("keywords all 'tolk* hob*'".replace("'", '"')) == "a"
    assert await asked.keys("keywords=hobbit sortBy keywords/sort.descending") == "ab"
    assert await asked.keys("title=hobb*") == "ab"


class Instance(Record):
    title: Text


class Holdings(Record):
    instance_id: Uuid
    call_number: Text | None = None
    effective_location_id: Uuid | None = None


class Location(Record):
    name: Text


class Item(Record):
    holdings_record_id: Uuid
    former_holdings_record_id: Uuid | None = None
    barcode: Text


INSTANCE = RecordType(Endpoint(Instance, "/i", "i"), table="instance", permission="i", fulltext=("title",))
HOLDINGS = RecordType(
    Endpoint(Holdings, "/h", "h"), table="holdings_record", permission="h",
    references=(
        Reference("instanceId", "instance", alias="instance", reverse="holdingsRecords"),
        Reference("effectiveLocationId", "location", alias="effectiveLocation"),
    ),
)  # fmt: skip
LOCATION = RecordType(Endpoint(Location, "/l", "l"), table="location", permission="l")
ITEM = RecordType(
    Endpoint(Item, "/t", "t"), table="item", permission="t", index=("barcode",),
    references=(
        Reference("holdingsRecordId", "holdings_record", alias="holdingsRecords", reverse="item"),
        Reference("formerHoldingsRecordId", "holdings_record", alias="formerHoldings", reverse="formerItem"),
    ),
)  # fmt: skip
INVENTORY = {kind.table: kind for kind in (INSTANCE, HOLDINGS, LOCATION, ITEM)}


@pytest.fixture(scope="module")
async def inventory(connection: Any) -> dict[str, Table]:
    await create(connection, "inventory", *INVENTORY.values())
    tables = {
        name: Table(connection, shape_of(kind, "inventory", types=INVENTORY), "id") for name, kind in INVENTORY.items()
    }
    rows: dict[str, list[dict[str, Any]]] = {
        "location": [{"name": "Main"}, {"name": "annex"}],
        "instance": [{"title": "The bee"}, {"title": "The ant"}, {"title": "No holdings"}],
        "holdings_record": [
            {"instanceId": numbered(0), "callNumber": "A 1", "effectiveLocationId": numbered(0)},
            {"instanceId": numbered(1), "callNumber": "B 2", "effectiveLocationId": numbered(1)},
            {"instanceId": numbered(1)},
        ],
        "item": [
            {"holdingsRecordId": numbered(0), "barcode": "10"}, {"holdingsRecordId": numbered(1), "barcode": "20"},
            {"holdingsRecordId": numbered(2), "barcode": "30"},
        ],
    }  # fmt: skip
    for name, documents in rows.items():
        numbered_documents = [{"id": numbered(place), **document} for place, document in enumerate(documents)]
        await fill(connection, tables[name].shape, numbered_documents)
    return tables


@pytest.mark.parametrize(
    ("asked", "query", "expected"),
    [
        ("item", 'instance.title="bee"', [0]),
        ("item", "instance.title=ant", [1, 2]),
        ("item", 'holdingsRecords.callNumber=="b 2"', [1]),
        ("item", "effectiveLocation.name==main", []),
        ("item", "holdingsRecordId.callNumber==A*", [0]),
        ("item", "cql.allRecords=1 NOT instance.title=ant", [0]),
        ("instance", "item.barcode==10", [0]),
        ("instance", "item.barcode==(20 or 30)", [1]),
        ("instance", f"holdingsRecords.effectiveLocationId=={numbered(1)}", [1]),
        ("instance", "holdingsRecords.id=*", [0, 1]),
        ("instance", "item.nosuch==1", []),
        ("instance", "holdingsRecords.instance.title=bee", []),
        ("holdings_record", "effectiveLocation.name==MAIN", [0]),
        ("holdings_record", "effectiveLocationId.name==MAIN", [0]),
        ("location", "holdingsRecords.callNumber==A*", []),
        ("holdings_record", "cql.allRecords=1 sortBy effectiveLocationId.name/sort.descending", [2, 0, 1]),
        ("holdings_record", "cql.allRecords=1 sortBy effectiveLocationId.name", [1, 0, 2]),
        ("item", "cql.allRecords=1 sortBy holdingsRecordId.id/sort.descending", [2, 1, 0]),
    ],
)
async def test_related_records(inventory: dict[str, Table], asked: str, query: str, expected: list[int]) -> None:
    found = await inventory[asked].found(query)
    assert (found if "sortBy" in query else sorted(found)) == [numbered(place) for place in expected]


def test_types_that_are_declared_know_each_other() -> None:
    replace(ITEM, table="declared_item")
    assert "declared_item" in shape_of(INSTANCE, "inventory").types


LENT = replace(
    THING, table="lent", words=(), fulltext=(), history=History("/lent-history", "loan", "loans", index=("ownerId",))
)


@pytest.fixture(scope="module")
async def history(connection: Any) -> Table:
    await create(connection, "history", LENT)
    for place, (operation, document) in enumerate(
        [("I", {"key": "a", "ownerId": OWNER.lower()}), ("U", {"key": "b", "f": "Renewed"}), ("D", {"key": "c"})]
    ):
        await connection.execute(
            "INSERT INTO history.lent_history (record_id, operation, at, doc) VALUES ($1, $2, $3, $4)",
            numbered(place // 2), operation, datetime(2026, 1, 1 + place, 12, tzinfo=UTC), orjson.dumps(document),
        )  # fmt: skip
    return Table(connection, replace(history_shape(LENT, "history"), table="lent_history"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"loan.id=={numbered(0)}", "ab"),
        (f"loan.ownerId=={OWNER}", "a"),
        ("loan.f==renewed", "b"),
        ("loan.f=renew*", "b"),
        ("operation==(u or D)", "bc"),
        ('createdDate>"2026-01-02"', "bc"),
        ('creationDate=="2026-01-02T12:00:00Z"', "b"),
        ("createdDate==2026-01-03*", "c"),
        ("f==renewed", ""),
        ("loan==x", ""),
        ("cql.allRecords=1 sortBy createdDate/sort.descending", "cba"),
        ("cql.allRecords=1 sortBy operation/number", "cab"),
    ],
)
async def test_history(history: Table, query: str, expected: str) -> None:
    assert await history.keys(query) == expected


async def test_a_row_of_the_history_wraps_the_record(history: Table) -> None:
    document = history.shape.document
    row = orjson.loads(await history.connection.fetchval(f"SELECT {document} FROM history.lent_history LIMIT 1"))
    assert set(row) == {"id", "operation", "createdDate", "creationDate", "loan"}
    assert row["createdDate"] == row["creationDate"] == "2026-01-01T12:00:00.000+00:00"


def test_only_a_type_with_history_has_one() -> None:
    with pytest.raises(LookupError, match="thing keeps no history"):
        history_shape(THING, "history")


def test_no_query_asks_for_everything() -> None:
    compiled = compile_query(parse("x=1"), shape_of(THING, "s"), Args())
    assert compiled.order == ""
    assert compile_query(replace(parse("x=1"), where=None), shape_of(THING, "s"), Args()).where == "TRUE"


def test_only_the_path_of_a_field_gets_into_a_statement() -> None:
    with pytest.raises(ValueError, match="not the path of a field"):
        document_text("a' OR true --")


def test_what_a_caller_writes_is_never_part_of_the_statement() -> None:
    args = Args()
    hostile = "x'); DROP TABLE users; --"
    text = f'"a.{hostile}"=="{hostile}" and "{hostile}"="{hostile}" and f==("{hostile}" or x*) sortBy "{hostile}"'
    compiled = compile_query(parse(text), shape_of(THING, "s"), args)
    assert "DROP" not in compiled.where + compiled.order
    assert any(hostile in str(value) for value in args.values)


def test_equal_values_of_one_type_share_a_parameter() -> None:
    args = Args()
    assert [args.add("x", "text"), args.add(10), args.add(10), args.add("x", "text"), args.add(("x",), "text[]")] == [
        "$1::text", "$2", "$3", "$1::text", "$4::text[]",
    ]  # fmt: skip
    assert args.values == ["x", 10, 10, ["x"]]


def test_a_statement_takes_only_so_many_parameters() -> None:
    args = Args()
    for number in range(32_000):
        args.add(number)
    with pytest.raises(BadRequest, match="too many terms"):
        args.add(0)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ('f="' + "a b " * 600 + '"', "more than 1000 words"),
        ("f=" + "a" * 3000, "word is too long in tsquery"),
        ("f=" + "ß" * 600, "word is too long in tsquery"),
        ("f==/number " + "1" * 300, "invalid input syntax for type numeric"),
        ("f==/number 1e9999", "invalid input syntax for type numeric"),
    ],
)
def test_terms_beyond_the_limits_of_postgresql_are_refused(query: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        compile_query(parse(query), shape_of(THING, "s"), Args())
