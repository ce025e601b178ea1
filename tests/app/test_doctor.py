"""The doctor: healthy libraries pass, and each kind of damage is found and named."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from conftest import TENANT, Clock, OneTransaction, migrate, new_database
from healthy import assert_healthy
from library import Library
from octavo.app import sample
from octavo.app.folio_json import import_folder
from octavo.store.doctor import LINKS, Link, checks_for, examine
from octavo.store.tx import Store, Tx, schema_of

Json = dict[str, Any]
SAMPLE = Path(
    os.environ.get("OCTAVO_FOLIO_SAMPLE")
    or Path(__file__).resolve().parents[2].parent / "shared" / "data" / "folio-sample"
)


async def test_a_new_tenant_is_healthy(tx: Tx):
    await assert_healthy(tx)


@pytest.mark.parametrize("sizes", [sample.Sizes(), sample.Sizes(20, 60, 20), sample.Sizes(200, 500, 2000)])
async def test_the_sample_library_is_healthy(tx: Tx, sizes: sample.Sizes):
    await sample.load(tx, sample.generate(sizes))
    await assert_healthy(tx)


@pytest.mark.skipif(not (SAMPLE / "MANIFEST.json").is_file(), reason=f"FOLIO's sample records are not at {SAMPLE}")
async def test_folios_sample_records_are_healthy_up_to_their_own_contradictions(tx: Tx):
    await import_folder(Store(OneTransaction(tx.connection)), TENANT, SAMPLE, tx.now)
    assert {finding.check.name for finding in await examine(tx)} <= {"lent-item", "borrowed-by-somebody", "returned-loans"}


async def town(library: Library) -> Json:
    """Lend, hold, page, recall, fetch, return, renew and charge; return what there is afterwards."""
    patron, other = await library.patron(), await library.patron()
    lent, moving, fetched, returned = [await library.item() for _ in range(4)]
    loan = await library.check_out(patron, lent)
    first = await library.hold(other, lent)
    second = await library.hold(await library.patron(), lent, requestType="Recall")
    await library.hold(other, moving, requestType="Page", desk="branch desk")
    await library.check_in(moving)
    page = await library.hold(other, fetched, requestType="Page")
    await library.check_in(fetched)
    paged = await library.item()
    paging = await library.hold(patron, paged, requestType="Page")
    await library.check_out(patron, returned)
    await library.check_in(returned)
    return {
        "patron": patron, "lent": lent, "loan": loan, "first": first, "second": second, "page": page, "paged": paged,
        "paging": paging, "other": other,
        "moving": moving, "free": returned, "account": await charge(library, patron),
    }  # fmt: skip


async def charge(library: Library, patron: Json) -> Json:
    owner = await library.post("/owners", owner="Desk")
    kind = await library.post("/feefines", feeFineType="damage", ownerId=owner["id"])
    account = await library.post(
        "/accounts", userId=patron["id"], feeFineId=kind["id"], ownerId=owner["id"], amount=15, remaining=15,
        status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineType="damage",
    )  # fmt: skip
    await act(library, account, "pay", "4.50")
    await act(library, account, "waive", "0.55")
    await act(library, account, "refund", "1.25")
    return account


async def act(library: Library, account: Json, action: str, amount: str) -> None:
    deed = {
        "amount": amount, "notifyPatron": False, "servicePointId": library.ids["main desk"], "userName": "desk",
        "paymentMethod": "cash",
    }  # fmt: skip
    await library.post(f"/accounts/{account['id']}/{action}", **deed)


async def test_a_day_at_the_desk_leaves_everything_healthy(client: httpx.AsyncClient, library: Library, tx: Tx):
    made = await town(library)
    await assert_healthy(tx)
    cancelled = await library.get(f"/circulation/requests/{made['first']['id']}")
    cancelled |= {"status": "Closed - Cancelled", "cancellationReasonId": library.ids["cancelled by patron"]}
    await library.put(f"/circulation/requests/{made['first']['id']}", cancelled)
    await library.check_in(made["lent"])
    await act(library, made["account"], "pay", "11.20")
    await client.post(f"/loan-storage/loans/anonymize/{made['patron']['id']}")
    await assert_healthy(tx)


_TABLES = ("loan", "loan_unique_item_id", "loan_history", "item", "request", "accounts", "feefineactions", "users", "outbox")

#: How each rule is broken: by check, a statement over the tables of a town, and whose id is then reported.
BREAKS: dict[str, tuple[str, Callable[[Json], str]]] = {
    "events": (
        "UPDATE {outbox} SET at = now() - '2 hours'::interval WHERE record_id = '{account_id}'",
        lambda made: made["account"]["id"],
    ),
    "one-open-loan": (
        """DROP INDEX {loan_unique_item_id};
           INSERT INTO {loan} SELECT '00000000-0000-4000-8000-000000000001', doc FROM {loan} WHERE id = '{loan_id}';
           INSERT INTO {loan_history} (record_id, operation, at, doc) SELECT id, 'I', now(), doc FROM {loan}
           WHERE id = '00000000-0000-4000-8000-000000000001'""",
        lambda made: made["loan"]["id"],
    ),
    "lent-item": (
        """UPDATE {item} SET doc = jsonb_set(doc, '{{status,name}}', '"Missing"') WHERE id = '{lent_id}'""",
        lambda made: made["loan"]["id"],
    ),
    "loan-history": (
        "DELETE FROM {loan_history} WHERE record_id = '{loan_id}'",
        lambda made: made["loan"]["id"],
    ),
    "returned-loans": (
        """UPDATE {loan} SET doc = doc || '{{"returnDate": "2026-01-01T00:00:00Z"}}' WHERE id = '{loan_id}'""",
        lambda made: made["loan"]["id"],
    ),
    "borrowed-by-somebody": (
        """UPDATE {item} SET doc = jsonb_set(doc, '{{status,name}}', '"Checked out"') WHERE id = '{free_id}'""",
        lambda made: made["free"]["id"],
    ),
    "paged-for-somebody": (
        """UPDATE {item} SET doc = jsonb_set(doc, '{{status,name}}', '"Paged"') WHERE id = '{free_id}'""",
        lambda made: made["free"]["id"],
    ),
    "pages-fetched": (
        """UPDATE {item} SET doc = jsonb_set(doc, '{{status,name}}', '"Available"') WHERE id = '{paged_id}'""",
        lambda made: made["paging"]["id"],
    ),
    "one-request-each": (
        """UPDATE {request} SET doc = jsonb_set(doc, '{{requesterId}}', '"{other_id}"') WHERE id = '{second_id}'""",
        lambda made: made["second"]["id"],
    ),
    "names-in-requests": (
        """UPDATE {request} SET doc = jsonb_set(doc, '{{item,barcode}}', '"another"') WHERE id = '{second_id}'""",
        lambda made: made["second"]["id"],
    ),
    "queues": (
        "UPDATE {request} SET doc = jsonb_set(doc, '{{position}}', '7') WHERE id = '{second_id}'",
        lambda made: made["second"]["id"],
    ),
    "closed-requests": (
        """UPDATE {request} SET doc = jsonb_set(doc, '{{status}}', '"Closed - Filled"') WHERE id = '{page_id}'""",
        lambda made: made["page"]["id"],
    ),
    "filled-requests": (
        """UPDATE {request} SET doc = jsonb_set(doc, '{{status}}', '"Open - In transit"') WHERE id = '{page_id}'""",
        lambda made: made["page"]["id"],
    ),
    "balance": (
        "UPDATE {accounts} SET doc = jsonb_set(doc, '{{remaining}}', '3') WHERE id = '{account_id}'",
        lambda made: made["account"]["id"],
    ),
    "sum-of-actions": (
        """UPDATE {feefineactions} SET doc = jsonb_set(doc, '{{amountAction}}', '5')
           WHERE account_id = '{account_id}' AND type_action LIKE 'paid %'""",
        lambda made: made["account"]["id"],
    ),
    "closed-charges": (
        """UPDATE {accounts} SET doc = jsonb_set(doc, '{{status,name}}', '"Closed"') WHERE id = '{account_id}'""",
        lambda made: made["account"]["id"],
    ),
    "orphans": (
        "DELETE FROM {users} WHERE id = '{patron_id}'",
        lambda made: made["account"]["id"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
async def test_every_kind_of_damage_is_found_and_named(library: Library, tx: Tx, name: str):
    made = await town(library)
    statement, whose = BREAKS[name]
    tables = {table: tx.table(table) for table in _TABLES}
    ids = {f"{what}_id": record["id"] for what, record in made.items()}
    await tx.connection.execute(statement.format_map(tables | ids))
    found = {(finding.check.name, finding.id) for finding in await examine(tx)}
    assert (name, whose(made)) in found


NOWHERE, OWNER = "00000000-0000-4000-8000-000000000009", "00000000-0000-4000-8000-000000000008"


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link.table}.{link.field}")
async def test_whoever_names_what_is_not_there_is_found(tx: Tx, link: Link):
    named: Any = NOWHERE
    for part in reversed(link.field.split(".")):
        named = {part: named}
    state = {"status": "Open - Not yet filled" if link.table == "request" else "Open" if "cost" in link.table else {"name": "Open"}}
    document = json.dumps({"id": OWNER, **state, **named}).encode()
    await tx.connection.execute(f"INSERT INTO {tx.table(link.table)} (id, doc) VALUES ($1, $2)", OWNER, document)
    found = {(finding.check.name, finding.record, finding.id, finding.detail) for finding in await examine(tx)}
    assert ("orphans", link.table, OWNER, f"{link.field} {NOWHERE} is not there") in found


async def test_every_check_is_shown_to_find_something(tx: Tx):
    assert {check.name for check in checks_for(tx)} == set(BREAKS)


async def test_copies_of_a_title_share_one_queue_where_titles_are_requested(library: Library, tx: Tx, clock: Clock):
    setting = {"titleLevelRequestsFeatureEnabled": True}
    await library.post(
        "/circulation/settings", id="f5f3ae39-1d3c-4a8a-bf9f-1a3a1c7b6f01", name="TLR", value=setting
    )
    title = await library.instance()
    for _ in range(2):
        item = await library.item(title)
        await library.check_out(await library.patron(), item)
        await library.hold(await library.patron(), item)
    await assert_healthy(tx)
    await tx.connection.execute(f"UPDATE {tx.table('request')} SET doc = jsonb_set(doc, '{{position}}', '1')")
    assert [finding.check.name for finding in await examine(tx)] == ["queues"]


async def octavo(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "octavo", "doctor", "--database-url", url, *arguments]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)


async def test_the_command_says_what_is_wrong_and_ends_with_3(server_url: str):
    async with new_database(server_url, "doctor") as url:
        await migrate(url)
        healthy = await octavo(url, "--tenant", TENANT)
        assert (healthy.returncode, healthy.stdout) == (0, f"{TENANT}: {len(BREAKS)} checks, 0 violations\n")

        connection = await asyncpg.connect(url)
        table = f'"{schema_of(TENANT)}"."request"'
        lost = "6d1ef5b0-3ddb-4b8e-9c5c-1a1b1c1d1e1f"
        await connection.execute(
            f"INSERT INTO {table} (id, doc) VALUES ($1, $2)", lost, json.dumps({"id": lost, "status": "Closed - Filled", "position": 1})
        )
        await connection.close()

        ill = await octavo(url, "--tenant", TENANT)
        assert ill.returncode == 3
        assert ill.stdout.splitlines() == [
            f"{TENANT}: {len(BREAKS)} checks, 1 violations",
            "closed-requests: A closed request stands in no queue",
            f"  request {lost}: is closed at position 1",
        ]
        told = json.loads((await octavo(url, "--tenant", TENANT, "--json")).stdout)
        assert (told["tenant"], told["violations"]) == (TENANT, 1)
        (check,) = [check for check in told["checks"] if check["violations"]]
        assert check["violations"] == [{"record": "request", "id": lost, "detail": "is closed at position 1"}]

        unknown = await octavo(url, "--tenant", "nowhere")
        assert (unknown.returncode, unknown.stderr) == (1, "octavo: Tenant nowhere not found\n")
