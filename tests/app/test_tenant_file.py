"""A tenant written to a file and read back: equal to the byte, all of it or nothing, and refused with the line."""

import asyncio
import gzip
import io
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commanding import octavo
from conftest import OTHER_TENANT, TENANT, migrate, new_database
from healthy import assert_healthy
from library import Library
from octavo.app import sample, tenant_file
from octavo.auth import api_keys
from octavo.catalogue.loans import LOAN
from octavo.catalogue.patrons import USER
from octavo.errors import BadRequest, Conflict
from octavo.services import webhooks
from octavo.store import bulk, dump
from octavo.store.tx import Tx, schema_of

Json = dict[str, Any]


async def exported(tx: Tx, **more: Any) -> bytes:
    out = io.BytesIO()
    await tenant_file.export(tx, out, **more)
    return out.getvalue()


def other(tx: Tx) -> Tx:
    """Return the way to the other tenant, which is as new."""
    return Tx(tx.connection, schema_of(OTHER_TENANT), tx.now)


async def restored(tx: Tx, lines: bytes, **more: Any) -> Tx:
    await tenant_file.restore(other(tx), OTHER_TENANT, io.BytesIO(lines), **more)
    return other(tx)


async def test_what_a_library_has_comes_back_to_the_byte(library: Library, tx: Tx):
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    await library.hold(await library.patron(), item)
    await library.check_in(item)
    await api_keys.create(tx, TENANT, "admin", "catalogue", list(api_keys.Scope))
    before = await exported(tx)
    again = await restored(tx, before)
    assert await exported(again) == before
    await assert_healthy(again)
    history = [json.loads(line) for line in before.splitlines() if line.startswith(b'{"type":"loan_history"')]
    assert [change["record"]["action"] for change in history] == ["checkedout", "holdrequested", "checkedin"]


@pytest.mark.slow
async def test_the_sample_library_comes_back_to_the_byte_without_indexes_in_between(
    tx: Tx, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dump, "_MANY", 50)
    await sample.load(tx, sample.generate())
    before = await exported(tx)
    told: list[tuple[int, int]] = []
    again = await restored(tx, before, progress=lambda done, total: told.append((done, total)))
    assert await exported(again) == before
    await assert_healthy(again)
    rows = before.count(b"\n") - 2
    assert told[-1] == (rows, rows)
    assert await indexes(again) == await indexes(tx)


async def indexes(tx: Tx) -> int:
    return int(await tx.connection.fetchval("SELECT count(*) FROM pg_indexes WHERE schemaname = $1", tx.schema))


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT | st.sampled_from(["}\n", '"}', '{"type":"users","record":{}}', "\\u0000", '}},"record":{'])
)  # fmt: skip
LISTS = st.lists(LEAVES | st.lists(LEAVES, max_size=2), max_size=3)
VALUES = LEAVES | LISTS | st.dictionaries(TEXT, LEAVES | LISTS, max_size=3)
DOCUMENTS = st.dictionaries(TEXT.filter(lambda name: name != "id"), VALUES, max_size=4)
MOMENTS = st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bound is a naive one
CHANGES = st.lists(st.tuples(st.uuids(), st.sampled_from("IUD"), MOMENTS, DOCUMENTS), max_size=4)


def document(record_id: Any, fields: Json) -> bytes:
    return json.dumps({**fields, "id": str(record_id)}).encode()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(
    users=st.dictionaries(st.uuids(), DOCUMENTS, max_size=4),
    loans=st.dictionaries(st.uuids(), DOCUMENTS, max_size=4),
    changes=CHANGES,
    numbers=st.integers(0, 2**62),
)
async def test_any_record_comes_back_to_the_byte(
    tx: Tx, users: dict[Any, Json], loans: dict[Any, Json], changes: list[Any], numbers: int
):
    undone = tx.connection.transaction()
    await undone.start()
    try:
        await bulk.copy(tx, USER, [(str(key), document(key, fields)) for key, fields in users.items()])
        await bulk.copy(tx, LOAN, [(str(key), document(key, fields)) for key, fields in loans.items()])
        await bulk.copy_history(tx, LOAN, [(str(key), how, at, document(key, doc)) for key, how, at, doc in changes])
        await dump.set_sequences(tx, {"item_hrid": numbers})
        before = await exported(tx)
        assert await exported(await restored(tx, before)) == before
    finally:
        await undone.rollback()


async def test_numbers_keep_the_digits_with_which_they_were_written(tx: Tx):
    key = "6d1ef5b0-3ddb-4b8e-9c5c-1a1b1c1d1e1f"
    await bulk.copy(tx, LOAN, [(key, f'{{"id":"{key}","amount":10.00,"more":12345678901234567890.123456789}}'.encode())])
    before = await exported(tx)
    assert b"10.00" in before
    assert await exported(await restored(tx, before)) == before


async def test_new_numbers_go_on_after_those_that_were_given(library: Library, tx: Tx):
    await library.item()
    last = (await dump.sequences(tx, [kind for kind in tenant_file.ALL_TYPES if kind.table == "item"]))["item_hrid"]
    again = await restored(tx, await exported(tx))
    assert await again.connection.fetchval(f"SELECT nextval('{again.table('item_hrid')}'::regclass)") == last + 1


async def test_secrets_are_left_out_on_demand(tx: Tx):
    await api_keys.create(tx, TENANT, "admin", "catalogue", list(api_keys.Scope))
    whole, without = await exported(tx), await exported(tx, secrets=False)
    assert b"$argon2id$" in whole
    assert b'"api_key"' in whole
    assert b"argon2" not in without
    assert b"api_key" not in without
    again = await restored(tx, without)
    assert await exported(again, secrets=False) == without


async def test_a_webhook_keeps_its_secret_and_begins_anew(library: Library, tx: Tx):
    made = await library.post("/webhooks", url="https://example.org/hook")
    delivery = "SELECT webhook_id::text, secret, position FROM {}"
    secret = (await tx.connection.fetchrow(delivery.format(tx.table("webhook_delivery"))))["secret"]
    await asyncio.sleep(0.001)  # let the log of statements take note of ours, lest the next request be charged with them
    again = await restored(tx, await exported(tx))
    kept = await again.connection.fetch(delivery.format(again.table("webhook_delivery")))
    assert [tuple(row) for row in kept] == [(made["id"], secret, 0)]
    assert await again.connection.fetchval(f"SELECT count(*) FROM {again.table('event_horizon')}") == 1


async def test_a_webhook_that_was_restored_without_its_secret_can_be_given_one(library: Library, tx: Tx):
    made = await library.post("/webhooks", url="https://example.org/hook")
    again = await restored(tx, await exported(tx, secrets=False))
    count = f"SELECT count(*) FROM {again.table('webhook_delivery')}"
    assert await again.connection.fetchval(count) == 0
    await webhooks.change_secret(again, made["id"])
    assert await again.connection.fetchval(count) == 1


async def test_only_a_tenant_as_new_is_restored_into(library: Library, tx: Tx):
    before = await exported(tx)
    with pytest.raises(Conflict, match="the tenant is not empty: it has 2 rows in groups"):
        await tenant_file.restore(tx, TENANT, io.BytesIO(before))
    assert await exported(tx) == before


async def test_what_people_have_made_is_not_overwritten(tx: Tx, library: Library):
    await library.post("/perms/permissions", permissionName="desk", subPermissions=["users.item.get"])
    for table in ("groups", "loan_type", "material_type"):
        await tx.connection.execute(f"DELETE FROM {tx.table(table)}")
    with pytest.raises(Conflict, match="it has"):
        await tenant_file.restore(tx, TENANT, io.BytesIO(await exported(tx)))


async def damaged(lines: list[bytes], how: str) -> bytes:
    """Return a file with one thing wrong; line 3 is the first group."""
    changes: dict[str, list[bytes]] = {
        "other": [b"{}"],
        "version": [lines[0].replace(b'"version":1', b'"version":9'), *lines[1:]],
        "schema": [lines[0].replace(b'"schema":1', b'"schema":99'), *lines[1:]],
        "table": [lines[0].replace(b'"groups"', b'"grapes"'), *lines[1:]],
        "counts": [lines[0].replace(b'"groups":2', b'"groups":"2"'), *lines[1:]],
        "json": [lines[0], b"{broken", *lines[2:]],
        "array": [lines[0], b"[]", *lines[2:]],
        "type": [lines[0], lines[1].replace(b'"groups"', b'"users"', 1), *lines[2:]],
        "parts": [lines[0], lines[1][:-1] + b',"more":1}', *lines[2:]],
        "id": [lines[0], lines[1].replace(b'"id"', b'"no"'), *lines[2:]],
        "twice": [*lines[:2], lines[1], *lines[3:]],
        "nul": [lines[0], lines[1].replace(b'"group": "', b'"group": "\\u0000'), *lines[2:]],
        "short": lines[:-3],
        "long": [*lines, b"{}"],
        "sequences": [*lines[:-1], b'{"type":"sequences","row":{"item_hrid":3}}'],
        "no sequences": [*lines[:-1], b'{"type":"users"}'],
    }
    return b"\n".join(changes[how]) + b"\n"


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("other", "this is no exported tenant"),
        ("version", "the file has format version 9, this Octavo reads 1"),
        ("schema", "the file was made at schema version 99, this Octavo has 1"),
        ("table", "line 1: no table is called grapes"),
        ("counts", "line 1: counts are missing"),
        ("json", "line 2: malformed JSON"),
        ("array", "line 2: a JSON object is expected"),
        ("type", "line 2: a row of groups is expected, this is one of users"),
        ("parts", "line 2: its parts are not those of a row of groups"),
        ("id", "line 2: there is no id"),
        ("twice", "line 3: groups: duplicate key"),
        ("nul", "line 2: groups: unsupported Unicode"),
        ("short", "the file ends after line"),
        ("long", "nothing is expected after the sequences"),
        ("sequences", "the numbers of holdings_record_hrid, instance_hrid, item_hrid are expected"),
        ("no sequences", "the line with the sequences is expected here"),
    ],
)
async def test_a_file_that_is_not_whole_is_refused_with_its_line(library: Library, tx: Tx, how: str, says: str):
    before = await exported(other(tx))
    with pytest.raises(BadRequest, match=says):
        async with bulk.attempt(tx):
            await restored(tx, await damaged((await exported(tx)).splitlines(), how))
    assert await exported(other(tx)) == before, "nothing has changed"


async def test_every_table_is_exported_or_said_to_stay_behind(tx: Tx):
    rows = await tx.connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", tx.schema)
    known = [table.name for table in dump.tables(tenant_file.ALL_TYPES)]
    assert len(known) == len(set(known))
    behind = dump.LEFT_OUT | dump.FIXED
    assert not set(known) & set(behind)
    assert {row["tablename"] for row in rows} == {*known, *behind}, "say in store/dump.py whether it is exported"
    assert all(behind.values())


@pytest.fixture(scope="module")
async def url(server_url: str) -> AsyncIterator[str]:
    async with new_database(server_url, "exported") as made:
        await migrate(made)
        yield made


async def test_the_commands_write_a_file_and_make_a_tenant_of_it(url: str, tmp_path: Path):
    loaded = await octavo(url, "sample", "--tenant", TENANT)
    assert loaded.returncode == 0, loaded.stderr
    file, packed = tmp_path / "city.jsonl", tmp_path / "city.jsonl.gz"
    for target in (file, packed):
        done = await octavo(url, "export", TENANT, str(target), "--json")
        assert (done.returncode, done.stderr) == (0, b"")
        assert target.stat().st_mode & 0o077 == 0, "hashes are for the owner only"
    whole = file.read_bytes()
    assert gzip.decompress(packed.read_bytes()) == whole
    assert json.loads(done.stdout)["rows"] == whole.count(b"\n") - 2

    made = await octavo(url, "import", "tenant", str(packed), "--tenant", "town", "--json")
    assert (made.returncode, json.loads(made.stdout)["rows"]) == (0, whole.count(b"\n") - 2), made.stderr
    assert (await octavo(url, "export", "town", "-")).stdout == whole
    assert (await octavo(url, "doctor", "--tenant", "town")).returncode == 0

    again = await octavo(url, "import", "tenant", str(file), "--tenant", "town")
    assert (again.returncode, again.stderr) == (1, b"octavo: the tenant is not empty: it has 5 rows in groups\n")
    piped = await octavo(url, "import", "tenant", "-", "--tenant", OTHER_TENANT, given=whole)
    assert piped.returncode == 0, piped.stderr
    assert (await octavo(url, "export", OTHER_TENANT, "-")).stdout == whole


async def test_what_cannot_be_is_said_and_leaves_nothing_behind(url: str, tmp_path: Path):
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress((await octavo(url, "export", TENANT, "-")).stdout)[:-20])
    broken = await octavo(url, "import", "tenant", str(cut), "--tenant", "nobody")
    assert broken.returncode == 1
    assert b"cannot be read: Compressed file ended" in broken.stderr
    names = [one["id"] for one in json.loads((await octavo(url, "tenant", "list", "--json")).stdout)]
    assert "nobody" not in names
    for arguments, says in (
        (("export", "nowhere", str(tmp_path / "x")), b"octavo: Tenant nowhere not found\n"),
        (("export", TENANT, str(tmp_path / "no" / "x")), f"octavo: {tmp_path}/no/x cannot be written: No such file or directory\n".encode()),
        (("import", "tenant", str(tmp_path / "no"), "--tenant", "x"), f"octavo: {tmp_path}/no cannot be read: No such file or directory\n".encode()),
    ):
        refused = await octavo(url, *arguments)
        assert (refused.returncode, refused.stderr) == (1, says)
    assert os.listdir(tmp_path) == ["cut.gz"], "no half of a file is left"  # noqa: PTH208 - the loop has nothing else to do
