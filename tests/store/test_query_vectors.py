"""CQL as FOLIO answers it: the conformance vectors that raml-module-builder itself passes.

Each people vector runs twice, against a table whose fields are in the document alone and against one
with a column for each of them: a column may make a query faster, never change its answer.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from octavo.errors import BadRequest
from octavo.store.pool import connect
from octavo.store.query import shape_of
from octavo.store.record_type import Column, RecordType, Reference
from octavo_models.record import Endpoint, Part, Record
from octavo_models.scalars import Kind, Number, Text, Uuid
from store.query_tables import Table, fill, numbered, prepare, table, undone


class Address(Part):
    city: Text | None = None
    zip: Text | None = None


class Person(Record):
    key: Text | None = None
    name: Text | None = None
    status: Text | None = None
    email: Text | None = None
    alternate_email: Text | None = None
    address: Address | None = None
    lang: list[Text] | None = None
    number: Number | None = None
    group_id: Uuid | None = None


PERSON = RecordType(
    Endpoint(Person, "/people", "people"),
    table="people",
    permission="people",
    index=("address.zip", "lang"),
    references=(Reference("groupId", "groups"),),
    fulltext=("name",),
)
INDEXED = replace(PERSON, index=(*PERSON.index, "name", "status", "email", "alternateEmail", "address.city", "number"))

LONG = "f" * 595
PEOPLE: list[dict[str, Any]] = [
    {
        "id": "11111111-1111-1111-1111-111111111111", "key": "J", "name": "Jo Jane", "status": "Active - Ready",
        "email": "jo@example.com", "address": {"city": "Sydhavn", "zip": 2450}, "lang": ["en", "pl"], "number": 4,
        "groupId": "77777777-7777-7777-7777-777777777777", "alternateEmail": f"{LONG}ffffffffffa",
    },
    {
        "id": "22222222-2222-2222-2222-222222222222", "key": "K", "name": "Ka Keller", "status": "Inactive",
        "email": "ka@example.com", "address": {"city": "Fred", "zip": 1900}, "lang": ["en", "dk", "fi"],
        "groupId": "88888888-8888-8888-8888-888888888888", "alternateEmail": f"{LONG}z",
    },
    {
        "id": "33333333-3333-3333-3333-33333333333a", "key": "L", "name": "Lea Long", "status": "Active - Not Yet",
        "email": "lea@example.com", "address": {"city": "Søvang", "zip": 2791}, "lang": ["en", "dk"],
        "groupId": "99999999-9999-9999-9999-999999999999", "alternateEmail": f"{LONG}ffffffffffb",
    },
]  # fmt: skip

ONE = "11111111-1111-1111-1111-111111111111"
PEOPLE_VECTORS = {
    "L": [
        "name=Long", "name=Lea", '"Lea Long"', "LONG", '"lEA LoNg"', "lon*", 'name = "Le* Lo*"',
        'name == "Lea Long"', 'name all "Long Lea"', 'name any "Lea FooBar"', 'name any "FooBar Long"',
        'name adj "le* lo*"', 'name all "long le*"', "address.zip=2791", "name=lo* and email=*",
        "name=lo* and (email=* or address.zip=0*)", '"lea l*"',
        "address.city=Søvang", "address.city=Sovang", "address.city=SÖvang",
        "address.city==Søvang", "address.city==SØvang", "address.city==Sövang",
        "name==LEA*", "name==*long", "name==L?a*", 'name==/respectCase "lea long"',
        "id=33333333-3333-3333-3333-33333333333A", "name=Lea OR email=*",
    ],
    "K": [
        "email=ka@example.com", "email=ka@*", "email==ka@example.com",
        "name=lo* or email=k* and address.zip=1*", 'name<>("Lea Long" and "Jo Jane")',
    ],
    "J": [
        "jo@example.com", 'status = "Active - Ready"', 'name<"Ka Keller"', "id=1*", "address.zip==2450",
        "address.zip=24*", "name=ja* not email=k*", 'name==(a or b or "Jo Jane")',
        "id<11111111-1111-1111-1111-111111111112", f"id={ONE}*", "groupId=77777777-7777-7777-7777-777777777777",
        "groupId==7777*", "groupId<88888888-8888-8888-8888-888888888888",
        f"alternateEmail=={LONG}ffffffffffa", f"alternateEmail<{LONG}ffffffffffb",
    ],
    "JL": [
        "address.zip=2*", "name=lo* and email=* or address.zip=2*",
        'groupId==("77777777-7777-7777-7777-777777777777" or "99999999-9999-9999-9999-999999999999")',
    ],
    "KL": [
        'name any "le* ka*"', "name=lo* or email=k*", "name=lo* or (email=* and address.zip=1*)", "id<>1*",
        "cql.allRecords=1 NOT name=Jo", f"id>{ONE}",
    ],
    "JK": ['name <> "Lea Long"'],
    "JKL": [
        "email<>example.com", 'name=""', "id<>zz*", "id=**", 'groupId=""', "groupId=*", "groupId<>zz", "name=*", 'name = " * * "', 'name all ""', "email==*@example.com", "id<>zz",
        f"id>={ONE}", "cql.allRecords=0", "cql.allRecords=1 NOT nosuch==x", "nosuch=*", "email=* OR name=Lea",
    ],
    "": [
        '"Long Lea"', "Lon", "ong", 'name adj "Long Lea"', "name=4", 'email="com example"', "email==example.com",
        "cql.serverChoice==example", "name all FooBar", "name=lo* not (email=* or address.zip=0*)",
        '"long example"', "address.city=vang", "address.city==øvang", "address.city==Sävang",
        "id=zz", "id=zz*", 'id==""', "id<>*", 'groupId==""', "groupId<>*", "groupId=zz", "nosuch==x", "nosuch<>x",
    ],
    "LKJ": ["* sortBy name/sort.descending", "* sortBy id/sort.descending"],
    "JLK": ["* sortBy alternateEmail"],
    "KLJ": ["* sortBy alternateEmail/sort.descending"],
    "KJL": ["* sortBy address.zip"],
    "JKL ": ["* sortBy groupId"],
}  # fmt: skip


@pytest.fixture(scope="module")
async def connection(database_url: str) -> AsyncIterator[Any]:
    made = await connect(database_url)
    await prepare(made)
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def people(connection: Any) -> dict[str, Table]:
    return {
        "document": await table(connection, "p", PERSON, PEOPLE, defaults=("name", "email")),
        "columns": await table(connection, "p_indexed", INDEXED, PEOPLE, defaults=("name", "email")),
    }


@pytest.mark.parametrize("storage", ["document", "columns"])
@pytest.mark.parametrize(
    ("query", "expected"), [(query, keys.strip()) for keys, queries in PEOPLE_VECTORS.items() for query in queries]
)
async def test_people(people: dict[str, Table], storage: str, query: str, expected: str) -> None:
    assert await people[storage].keys(query) == expected


@pytest.mark.parametrize(
    ("query", "tail"),
    [
        ("id=*1", "CQL: only right truncation supported for id: *1"),
        ("id=1*1", "CQL: only right truncation supported for id: 1*1"),
        (
            "id>=11111111-1111-111w-1111-111111111112",
            "CQL: Invalid UUID after 'id>=': 11111111-1111-111w-1111-111111111112",
        ),
        (f"id=/masked {ONE}", "CQL: Unsupported modifier masked"),
        ("id adj 1", "CQL: Unsupported operator 'adj', UUID id only supports '=', '==', '<>', '<', '<=', '>' and '>='"),
        ("name=Lea prox name=Long", "Not implemented yet: org.z3950.zing.cql.CQLProxNode"),
        ("> n = name n=Ka", "Not implemented yet: org.z3950.zing.cql.CQLPrefixNode"),
        ("name encloses 1", "Relation encloses not implemented yet: name encloses"),
        ("email=/regexp Lea", "CQL: Unsupported modifier regexp"),
        ("* sortBy name/sort.ignoreCase", "CQL: Unsupported modifier sort.ignorecase"),
        ("email=/@type=home Lea", "CQL: Unsupported relation modifier @type"),
        ("name=a?b", "? wildcard not allowed in full text query string"),
        (
            "name=a*b",
            "* right truncation wildcard must be followed by space or end of string, but found b",
        ),
        ("number==/number abc", 'invalid input syntax for type numeric: "abc"'),
        ('number==/number ""', 'invalid input syntax for type numeric: ""'),
    ],
)  # fmt: skip
async def test_refused(people: dict[str, Table], query: str, tail: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await people["document"].found(query)
    assert refused.value.text.endswith(tail)


async def test_a_bare_term_needs_default_indexes(people: dict[str, Table]) -> None:
    bare = replace(people["document"], shape=replace(people["document"].shape, defaults=()))
    with pytest.raises(BadRequest, match="requested, but no serverChoiceIndexes defined"):
        await bare.found("Lea")


@pytest.mark.parametrize(
    ("keep_case", "keep_accents", "query", "expected"),
    [
        (True, False, "address.city==Sovang", "L"),
        (True, False, "address.city==SOvang", ""),
        (True, False, "address.city==SØvang", ""),
        (True, False, 'name=="LEA long"', ""),
        (False, True, "address.city==Søvang", "L"),
        (False, True, "address.city==SØVANG", "L"),
        (False, True, "address.city==Sovang", ""),
        (False, True, "address.city==Sövang", ""),
        (True, True, "address.city==Søvang", "L"),
        (True, True, "address.city==søvang", ""),
    ],
)
async def test_an_index_may_respect_case_or_accents(
    connection: Any, keep_case: bool, keep_accents: bool, query: str, expected: str
) -> None:
    schema = f"p_{keep_case}_{keep_accents}"
    function = {(1, 0): "public.octavo_unaccent", (0, 1): "public.octavo_lower", (1, 1): ""}[keep_case, keep_accents]
    columns = {path: Column(path, Kind.TEXT, keep_case, keep_accents) for path in ("address.city", "name")}
    made = Table(connection, replace(shape_of(PERSON, schema), columns=columns))
    async with undone(connection):
        await connection.execute(f"""CREATE SCHEMA "{schema}"; CREATE TABLE "{schema}".people (
            id uuid PRIMARY KEY, doc jsonb,
            address_city text COLLATE "C" GENERATED ALWAYS AS ({function}(doc #>> '{{address,city}}')) STORED,
            name text COLLATE "C" GENERATED ALWAYS AS ({function}(doc #>> '{{name}}')) STORED)""")
        await fill(connection, made.shape, PEOPLE)
        assert await made.keys(query) == expected


def _keyed(rows: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": numbered(place), "key": key, **row} for place, (key, row) in enumerate(rows.items())]


EMPTY = {
    "n": {}, "1": {"email": None}, "2": {"email": ""}, "3": {"email": "  "}, "4": {"email": "e"},
    "a": {"address": {}}, "b": {"address": {"city": None}}, "c": {"address": {"city": ""}},
    "d": {"address": {"city": "  "}}, "e": {"address": {"city": "c"}},
}  # fmt: skip


@pytest.fixture(scope="module")
async def empty(connection: Any) -> dict[str, Table]:
    return {
        "document": await table(connection, "e", PERSON, _keyed(EMPTY)),
        "columns": await table(connection, "e_indexed", INDEXED, _keyed(EMPTY)),
    }


@pytest.mark.parametrize("storage", ["document", "columns"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('email=""', "234"),
        ('email==""', "2"),
        ('email<>""', "34"),
        ('email=" "', "234"),
        ("email==*", "234"),
        ("email<>*", ""),
        ('address.city<>""', "de"),
        ("cql.allRecords=1 NOT email=e", "123abcden"),
        ('email="" NOT email=e', "23"),
        ('cql.allRecords=1 NOT email=""', "1abcden"),
        ('email="" NOT email==""', "34"),
    ],
)
async def test_undefined_null_and_empty(empty: dict[str, Table], storage: str, query: str, expected: str) -> None:
    assert await empty[storage].keys(query) == expected


SPECIAL = {
    key: {"email": email, "address": {"city": city, "zip": place}}
    for key, email, city, place in [
        ("a", "\\", "*?*", 1), ("b", "\\\\", "*?*", 2), ("c", "*", "?\\?", 3), ("d", "**", "?\\?", 4),
        ("e", "?", "1234", 4.0), ("f", "??", '"1234"', 4e0), ("g", '\\"', "01234", 17), ("h", '\\"\\"', '"01234"', 18),
        ("i", "100%", "a_b", 1e2), ("k", "100 ", "axb", 100),
    ]
}  # fmt: skip


@pytest.fixture(scope="module")
async def special(connection: Any) -> Table:
    return await table(connection, "s", INDEXED, _keyed(SPECIAL))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (r'email=="\\"', "a"),
        (r'email=="\\\\"', "b"),
        (r"email==\*", "c"),
        (r'email=="\*\*"', "d"),
        (r"email==\?", "e"),
        (r"email==\?\?", "f"),
        ("email==\\", "a"),
        (r'email=="\\\""', "g"),
        (r'email=="\\\"\\\""', "h"),
        (r'email=="\\*"', "abgh"),
        (r"email==?", "ace"),
        (r"email==??", "bdfg"),
        (r'address.city=="\*\?\*"', "ab"),
        (r'address.city=="\?\\\?"', "cd"),
        ("address.city==1234", "e"),
        (r'address.city=="\"1234\""', "f"),
        ("address.city==*1234", "eg"),
        ("email==100%", "i"),
        ("address.city==a_b", "i"),
        ("address.zip==/number 4", "def"),
        ("address.zip=/number 4.00", "def"),
        ("address.zip>/number 4", "ghik"),
        ("address.zip<>/number 4", "abcghik"),
        ("address.zip==4.0", "ef"),
        ("email==/number 4", ""),
    ],
)
async def test_masks_escapes_and_numbers(special: Table, query: str, expected: str) -> None:
    assert await special.keys(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"), [(r'email=="\""', "a"), (r'email=="a\"b"', "b"), (r'email=="\"\\"', "c"), (r"email=b", "b")]
)
async def test_quotes(connection: Any, query: str, expected: str) -> None:
    quotes = {"a": {"email": '"'}, "b": {"email": 'a"b'}, "c": {"email": '"\\'}}
    async with undone(connection):
        assert await (await table(connection, "q", PERSON, _keyed(quotes))).keys(query) == expected
