"""The library that is measured: the sample library, many loans whose ids can be computed, and items to lend."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, islice
from random import Random
from typing import Any

import httpx
import orjson

from bench.load import Shot
from octavo.app import sample, wiring
from octavo.app.settings import Settings
from octavo.catalogue.loans import LOAN
from octavo.store import bulk, tenants
from octavo.store.pool import Pool, connect
from octavo.store.tx import Store, Tx

TENANT = "bench"
SCHEMA = f"t_{TENANT}"
PASSWORD = "correct-horse-battery"  # noqa: S105 - nobody else's
LOANS_PER_PATRON = 10

_ODD = 25214903917
_WIDTH = 1 << 48
_CHUNK = 50_000
_LANES = 2
_PATIENCE = 3600.0  # seconds

Json = dict[str, Any]


def key(kind: str, number: int) -> str:
    """Return the id of a numbered record; numbers that follow each other have ids far apart."""
    return f"00000000-0000-4000-{kind}-{number * _ODD % _WIDTH:012x}"


def key_sql(kind: str, number: str) -> str:
    """Return the SQL that computes the same id."""
    return f"('00000000-0000-4000-{kind}-' || lpad(to_hex((({number})::bigint * {_ODD}) % {_WIDTH}), 12, '0'))::uuid"


LOAN_KEY, PATRON_KEY, ITEM_KEY = "8000", "9000", "a000"
INSTANCE_KEY, HOLDINGS_KEY, LENT_KEY = "8001", "9001", "b000"
COPIES = 10


@dataclass
class Town:
    """What there is, and requests about it that nobody has sent yet."""

    url: str
    loans: int
    facts: Json
    _items: Iterator[int] = field(default_factory=lambda: count(0))
    _dice: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - no secret is made of it

    def some_loans(self, many: int) -> list[str]:
        """Return ids of loans."""
        return [key(LOAN_KEY, self._dice.randrange(self.loans)) for _ in range(many)]

    def some_patrons(self, many: int) -> list[str]:
        """Return ids of patrons with ten loans each."""
        return [key(PATRON_KEY, self._dice.randrange(self.loans // LOANS_PER_PATRON)) for _ in range(many)]

    def fresh_items(self, many: int) -> list[int]:
        """Return the numbers of items that nobody has lent yet. Raises RuntimeError when there are not so many left."""
        numbers = list(islice(self._items, many))
        if numbers[-1] >= self.facts["items"]:
            raise RuntimeError("all items for check-outs are used up")
        return numbers

    def new_loan(self) -> bytes:
        """Return a closed loan to be stored."""
        return orjson.dumps({**self.facts["loan"], "userId": self.some_patrons(1)[0], "itemId": key(ITEM_KEY, self._dice.randrange(1 << 40))})


async def build(url: str, loans: int, items: int) -> Town:
    """Fill an empty database."""
    async with tenants.administration(url) as administering:
        await tenants.prepare(administering)
        tx = await wiring.create_tenant(administering, TENANT, "admin", PASSWORD, datetime.now(UTC))
        async with administering.transaction():
            await sample.load(tx, sample.generate(sample.Sizes(500, 2000, 3000)))
    facts = await _facts(url)
    town = Town(url, loans, {**facts, "items": items})
    await add_loans(url, town, 0, loans)
    await _add_items(url, facts, items)
    await settle(url)
    return town


@asynccontextmanager
async def okapi(url: str) -> Any:
    """Yield a client of the Okapi side in this process, logged in as the administrator."""
    pool = Pool(url, 2)
    octavo = wiring.assemble(Store(pool), Settings())
    octavo.registry.listening(True)  # noqa: FBT003 - nobody else changes anything
    headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=octavo.okapi), base_url="http://octavo", headers=headers) as client:
        yield client
    await pool.close()


async def post(client: httpx.AsyncClient, path: str, /, **record: Any) -> Json:
    """Create a record."""
    answer = await client.post(path, json=record)
    assert answer.status_code in (200, 201), f"{path}: {answer.text}"
    made: Json = answer.json()
    return made


async def _facts(url: str) -> Json:
    """Add what check-outs need: a material of its own whose loans can be renewed for ever, a copy, patrons with accounts."""
    async with okapi(url) as client:
        material = await post(client, "/material-types", name="bench", source="local")
        policy = await post(
            client, "/loan-policy-storage/loan-policies", name="bench", loanable=True, renewable=True,
            loansPolicy={"profileId": "Rolling", "period": {"duration": 3, "intervalId": "Weeks"}, "closedLibraryDueDateManagementId": "CURRENT_DUE_DATE_TIME"},
            renewalsPolicy={"unlimited": True, "renewFromId": "CURRENT_DUE_DATE", "differentPeriod": False},
        )  # fmt: skip
        rules = (await client.get("/circulation/rules")).json()
        fallback = next(line for line in rules["rulesAsText"].splitlines() if line.startswith("fallback-policy:"))
        others = " ".join(word for word in fallback.partition(":")[2].split(" l ")[-1].split()[1:])
        text = f"{rules['rulesAsText'].rstrip()}\nm {material['id']}: l {policy['id']} {others}\n"
        answer = await client.put("/circulation/rules", json={"rulesAsText": text})
        assert answer.status_code == 204, answer.text
        return await _people_and_copies(client, material["id"], policy["id"])


async def _people_and_copies(client: httpx.AsyncClient, material: str, policy: str) -> Json:
    holdings = (await client.get("/holdings-storage/holdings?limit=1")).json()["holdingsRecords"][0]
    loan_types = (await client.get('/loan-types?query=name=="Can circulate"')).json()["loantypes"]
    desk = (await client.get("/service-points?query=pickupLocation==true")).json()["servicepoints"][0]["id"]
    group = (await client.get('/groups?query=group=="faculty"')).json()["usergroups"][0]["id"]
    item = await post(
        client, "/item-storage/items", holdingsRecordId=holdings["id"], barcode="bench", status={"name": "Available"},
        materialTypeId=material, permanentLoanTypeId=loan_types[0]["id"],
    )  # fmt: skip
    patrons = [await _patron(client, group, number) for number in range(102)]
    loan = (await client.get('/loan-storage/loans?limit=1&query=status.name=="Closed"')).json()["loans"][0]
    for name in ("id", "metadata"):
        loan.pop(name)
    return {
        "material": material, "policy": policy, "desk": desk, "item": item, "patrons": patrons[2:], "account holders": patrons[:2], "loan": loan,
        "instance": holdings["instanceId"],
    }  # fmt: skip


async def _patron(client: httpx.AsyncClient, group: str, number: int) -> Json:
    personal = {"lastName": f"Bench{number}", "firstName": "Ann", "email": f"bench{number}@example.org"}
    patron = await post(
        client, "/users", username=f"bench{number}", barcode=f"BU{number:04}", externalSystemId=f"bench {number}", active=True,
        type="patron", patronGroup=group, personal=personal,
    )  # fmt: skip
    if number == 0:
        await post(client, "/authn/credentials", username="bench0", userId=patron["id"], password=PASSWORD)
    return patron


async def add_loans(url: str, town: Town, first: int, end: int) -> None:
    """Store loans by number, with their histories: half of them open, half closed. Says how far it is.

    Two connections share the work. The indexes are taken off and made anew, which is far faster than keeping them.
    """
    connection = await _patient(url)
    starts, began = iter(range(first, end, _CHUNK)), time.perf_counter()
    async with bulk.bare(Tx(connection, SCHEMA, datetime.now(UTC)), bulk.tables_of(LOAN)):
        await asyncio.gather(*(_add_chunks(url, town, starts, end, began) for _ in range(_LANES)))
        _say(f"indexes of {end:,} loans", began)
    _say(f"{end:,} loans with their indexes", began)
    await connection.close()


async def _add_chunks(url: str, town: Town, starts: Iterator[int], end: int, began: float) -> None:
    connection, template = await _patient(url), orjson.dumps(town.facts["loan"])
    for start in starts:
        last = min(start + _CHUNK, end) - 1
        await connection.execute(_LOANS_SQL, template, start, last, timeout=_PATIENCE)
        _say(f"{last + 1:,} loans", began)
    await connection.close()


async def _patient(url: str) -> Any:
    """Return a connection for work that takes long."""
    connection = await connect(url)
    await connection.execute("SET statement_timeout = 0; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
    return connection


def _say(what: str, began: float) -> None:
    print(f"{time.perf_counter() - began:6.0f} s  {what}", flush=True)


_LOANS_SQL = f"""
    WITH made AS (
        SELECT {key_sql(LOAN_KEY, "n")} AS id, n % 2 = 0 AS open, now() - n % 1000 * interval '1 hour' AS at,
            $1::jsonb || jsonb_build_object(
                'id', {key_sql(LOAN_KEY, "n")}, 'userId', {key_sql(PATRON_KEY, f"n / {LOANS_PER_PATRON}")},
                'itemId', {key_sql(ITEM_KEY, "n")}, 'dueDate', to_char(now() + (n % 1000 - 500) * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'),
                'metadata', jsonb_build_object('createdDate', '2026-01-05T09:00:00.000+00:00', 'updatedDate', '2026-01-05T09:00:00.000+00:00')) AS closed
        FROM generate_series($2::bigint, $3::bigint) n),
    complete AS (
        SELECT id, open, at, closed,
            (closed - '{{returnDate,systemReturnDate,checkinServicePointId}}'::text[])
            || '{{"status": {{"name": "Open"}}, "action": "checkedout", "itemStatus": "Checked out"}}' AS lent
        FROM made),
    begun AS (
        INSERT INTO "{SCHEMA}".loan_history (record_id, operation, at, doc) SELECT id, 'I', at - interval '20 days', lent FROM complete),
    ended AS (
        INSERT INTO "{SCHEMA}".loan_history (record_id, operation, at, doc) SELECT id, 'U', at, closed FROM complete WHERE NOT open)
    INSERT INTO "{SCHEMA}".loan (id, doc) SELECT id, CASE WHEN open THEN lent ELSE closed END FROM complete"""


async def _add_items(url: str, facts: Json, many: int) -> None:
    """Store items to lend: ten copies of each title."""
    connection = await _patient(url)
    item = facts["item"]
    copies = (
        ("instance", facts["instance"], INSTANCE_KEY, "", many // COPIES),
        ("holdings_record", item["holdingsRecordId"], HOLDINGS_KEY, f", 'instanceId', {key_sql(INSTANCE_KEY, 'n')}", many // COPIES),
        ("item", item["id"], LENT_KEY, f", 'barcode', 'BI' || lpad(n::text, 7, '0'), 'holdingsRecordId', {key_sql(HOLDINGS_KEY, f'n / {COPIES}')}", many),
    )
    for table, original, kind, more, number in copies:
        await connection.execute(
            f"""INSERT INTO "{SCHEMA}".{table} (id, doc) SELECT {key_sql(kind, 'n')}, doc || jsonb_build_object(
                    'id', {key_sql(kind, 'n')}, 'hrid', 'bench' || n{more})
                FROM "{SCHEMA}".{table}, generate_series(0, $2::bigint - 1) n WHERE id = $1""",
            original, number,
        )  # fmt: skip
    await connection.close()


async def settle(url: str) -> None:
    """Let the planner know what there is, and leave nothing for the background to do while others are measured.

    The two largest tables are dealt with beside each other; the rest is small.
    """
    began = time.perf_counter()
    await asyncio.gather(*(_run(url, f'VACUUM (ANALYZE) "{SCHEMA}".{table}') for table in bulk.tables_of(LOAN)))
    await _run(url, "ANALYZE")
    await _run(url, "CHECKPOINT")
    _say("to settle", began)


async def _run(url: str, statement: str) -> None:
    connection = await _patient(url)
    await connection.execute(statement, timeout=_PATIENCE)
    await connection.close()


async def newcomers(url: str, town: Town) -> None:
    """Let others borrow from now on: who has borrowed much has more to be looked at, which is no matter of how many loans there are."""
    async with okapi(url) as client:
        known = (await client.get("/users?limit=0&query=username==bench*")).json()["totalRecords"]
        group = (await client.get('/groups?query=group=="faculty"')).json()["usergroups"][0]["id"]
        town.facts["patrons"] = [await _patron(client, group, known + number) for number in range(100)]


def check_outs(town: Town, items: list[int]) -> list[Shot]:
    """Return a check-out of each item, to patrons in turn."""
    people = town.facts["patrons"]
    return [
        Shot("POST", "/circulation/check-out-by-barcode", orjson.dumps({
            "itemBarcode": f"BI{number:07}", "userBarcode": people[number % len(people)]["barcode"], "servicePointId": town.facts["desk"],
        }))
        for number in items
    ]  # fmt: skip


async def make_account(url: str, town: Town) -> str:
    """Give a patron ten loans, five holds and three charges; return their id."""
    reader, lender = town.facts["account holders"]
    items = town.fresh_items(15)
    async with okapi(url) as client:
        for number, borrower in [(number, reader) for number in items[:10]] + [(number, lender) for number in items[10:]]:
            await post(client, "/circulation/check-out-by-barcode", itemBarcode=f"BI{number:07}", userBarcode=borrower["barcode"], servicePointId=town.facts["desk"])
        for number in items[10:]:
            await post(client, f"/patron/account/{reader['id']}/item/{key(LENT_KEY, number)}/hold", **hold(town))
        owner = (await client.get("/owners?limit=1")).json()["owners"][0]
        kind = (await client.get(f"/feefines?query=ownerId=={owner['id']}")).json()["feefines"][0]
        for amount in (1.5, 2.25, 10.0):
            await post(
                client, "/accounts", userId=reader["id"], ownerId=owner["id"], feeFineId=kind["id"], amount=amount, remaining=amount,
                status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineOwner=owner["owner"], feeFineType=kind["feeFineType"],
            )  # fmt: skip
    return str(reader["id"])


def hold(town: Town) -> Json:
    """Return the body of a hold."""
    return {"requestDate": datetime.now(UTC).isoformat(), "pickupLocationId": town.facts["desk"]}


def run(work: Any) -> Any:
    """Run a coroutine."""
    return asyncio.run(work)
