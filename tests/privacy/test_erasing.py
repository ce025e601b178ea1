"""A patron with records of every kind is erased by a real server; then nothing tells of them, in no table and no log."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest

from commanding import octavo
from conftest import migrate, new_database
from library import Library
from octavo.catalogue.personal import HELD
from octavo.store import tenants
from octavo.store.doctor import examine
from octavo.store.leftovers import search
from octavo.store.tx import Tx
from privacy.everything import MAKERS, World, furnish, somebody
from servers import running
from sides import TENANT

#: What holds nothing that could be recognised, but only ids of records that are deleted.
_NAMELESS = {"confirmation", "request_suspension"}


@dataclass
class Town:
    """A server that logs as much as it can and publishes no events by itself, its database, its log, and a library."""

    database: str
    log: Path
    library: Library

    def work(self) -> AbstractAsyncContextManager[Tx]:
        return tenants.work(self.database, TENANT, datetime.now(UTC))


@pytest.fixture(scope="module")
async def town(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    log = tmp_path_factory.mktemp("erasing") / "server.log"
    settings = {"OCTAVO_LOG_LEVEL": "debug", "OCTAVO_LOG_FORMAT": "json", "OCTAVO_WORKER": "false"}
    async with new_database(server_url, "erasing") as url:
        await migrate(url)
        with running("--database-url", url, log=log, **settings) as server:
            with closing(server.login()) as admin:
                headers = dict(admin.headers)
            async with httpx.AsyncClient(base_url=server.okapi, headers=headers, timeout=60) as client:
                library = await Library.founded(client, lambda: datetime.now(UTC))
                await furnish(library)
                yield Town(url, log, library)


@pytest.fixture
async def world(town: Town) -> World:
    """The patron who is to be erased, with records of every kind."""
    async with town.work() as tx:
        world = await somebody(town.library, tx)
    for make in MAKERS.values():
        async with town.work() as world.tx:
            await make(world)
    return world


async def dump(url: str) -> dict[str, str]:
    """Return the whole database as text, by table."""
    connection = await asyncpg.connect(url)
    names = await connection.fetch(
        """SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
           WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
    )
    rows = {name["name"]: await connection.fetch(f"SELECT t::text FROM {name['name']} t") for name in names}
    await connection.close()
    return {name: "\n".join(row[0] for row in found).lower() for name, found in rows.items()}


def forms(word: str) -> set[str]:
    """Return a word as text, as JSON may write it, and as columns of bytes are printed."""
    return {word.lower(), json.dumps(word)[1:-1].lower(), word.encode().hex()}


async def erase(world: World) -> httpx.Response:
    return await world.library.client.post(f"/octavo/patrons/{world.patron['id']}/erase")


def test_every_table_of_the_data_map_has_a_maker() -> None:
    assert set(MAKERS) == set(HELD)


async def test_nothing_is_left_of_an_erased_patron(world: World, town: Town) -> None:
    before = await dump(town.database)
    words = world.words()
    for table in HELD:
        text = before[f"t_{TENANT}.{table}"]
        known = text if table in _NAMELESS else any(form in text for word in words for form in forms(word))
        assert known, f"nothing in {table} tells of the patron: the maker makes nothing to be erased"

    answer = await erase(world)
    assert answer.status_code == 200, answer.text
    after = await dump(town.database)
    assert [(name, word) for name, text in after.items() for word in words for form in forms(word) if form in text] == []

    logged = town.log.read_text().lower()
    assert '"debug"' in logged, "the server logs as much as it can"
    assert [word for word in words for form in forms(word) if form in logged] == []


async def test_what_is_over_stays_and_names_nobody(world: World, town: Town) -> None:
    assert (await erase(world)).status_code == 200
    library = world.library
    assert "userId" not in await library.get(f"/loan-storage/loans/{world.ids['loan 0']}")
    own = await library.get(f"/loan-storage/loans/{world.ids['loan 1']}")
    assert (own["userId"], "proxyUserId" in own) == (world.ids["other"], False)
    assert "requesterId" not in await library.get(f"/request-storage/requests/{world.ids['request']}")
    account = await library.get(f"/accounts/{world.ids['account']}")
    assert (account["userId"], account["amount"], account["status"]["name"]) == (account["id"], 5.0, "Closed")
    actions = (await library.get(f"/feefineactions?query=accountId=={account['id']}"))["feefineactions"]
    assert actions
    assert {action["userId"] for action in actions} == {account["id"]}
    async with tenants.snapshot(town.database, TENANT, datetime.now(UTC)) as tx:
        assert [str(finding) for finding in await examine(tx)] == []


async def test_who_is_erased_is_logged_out_and_gone(world: World) -> None:
    client = world.library.client
    word = {"username": world.patron["username"], "password": "zq-secret-77"}
    session = await client.post("/authn/login", json=word)
    client.cookies.clear()
    own = {"X-Okapi-Token": session.headers["x-okapi-token"]}
    assert (await client.post("/groups", json={"group": f"another {world.number}"}, headers=own)).status_code == 201
    assert (await erase(world)).status_code == 200
    assert (await client.post("/groups", json={"group": "refused"}, headers=own)).status_code == 401
    assert (await client.post("/authn/login", json=word)).status_code in (401, 422)
    assert (await client.get(f"/users/{world.patron['id']}")).status_code == 404
    again = await erase(world)
    assert (again.status_code, again.text) == (404, f"no user has the id {world.patron['id']}, and nothing tells of one")


async def test_what_a_deleted_user_has_left_is_erased_by_id(world: World, town: Town) -> None:
    assert (await world.library.client.delete(f"/users/{world.patron['id']}")).status_code == 204
    answer = await erase(world)
    assert answer.status_code == 200, answer.text
    assert answer.json()["erased"]["users"] == 1, "the other user, whose proxyFor named them"
    assert not any(world.patron["id"] in text for text in (await dump(town.database)).values())


async def test_who_owes_something_is_not_erased(world: World, town: Town) -> None:
    library = world.library
    lent = await library.check_out(world.patron, await library.item())
    wanted = await library.item()
    await library.check_out(await library.patron(), wanted)
    request = await library.hold(world.patron, wanted)
    fee = await world.charge(3)
    async with town.work() as world.tx:
        lost = await world.insert("actual_cost_record", status="Open", user={"id": world.patron["id"]}, loan={"id": lent["id"]})
    before = await dump(town.database)
    answer = await erase(world)
    assert answer.status_code == 422
    told = {error["code"]: error["parameters"][0]["value"] for error in answer.json()["errors"]}
    assert told == {"openLoans": lent["id"], "openRequests": request["id"], "unpaidFees": fee["id"], "openLostItems": lost}
    assert await dump(town.database) == before


async def test_commands_erase_and_find_what_is_left(world: World, town: Town) -> None:
    me = world.patron["id"]
    asked = ("doctor", "--tenant", TENANT, "--leftovers", me, "--also", world.patron["personal"]["lastName"], "--json")
    found = await octavo(town.database, *asked)
    assert found.returncode == 3
    tables = {one["table"] for one in json.loads(found.stdout)["leftovers"]}
    assert tables == set(HELD) - _NAMELESS | {"groups"}
    refused = await octavo(town.database, "user", "erase", "nobody77", "--tenant", TENANT, "--yes")
    assert (refused.returncode, refused.stdout) == (1, b"")
    erased = await octavo(town.database, "user", "erase", world.patron["barcode"], "--tenant", TENANT, "--yes", "--json")
    assert erased.returncode == 0, erased.stderr
    assert json.loads(erased.stdout)["erased"]["users"] >= 1
    clean = await octavo(town.database, *asked)
    assert (clean.returncode, json.loads(clean.stdout)["leftovers"]) == (0, [])


async def test_a_word_is_found_by_itself_in_any_letters_and_nowhere_else(tx: Tx, library: Library) -> None:
    for number, text in enumerate(("of ZQ12,", "zq123", 'a "Zq\\é" b')):
        await library.post("/groups", group=f"g{number}", desc=text)
    assert [(one.table, one.field) for one in await search(tx, ["zq12"])] == [("groups", "doc.desc"), ("outbox", "new.desc")]
    assert {one.table for one in await search(tx, ['"zQ\\É"'])} == {"groups", "outbox"}
    assert await search(tx, ["zq1", ""]) == []
