"""Patrons and loans from CSV: whatever the columns are called, each bad line is said and harms no other."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commanding import octavo
from conftest import TENANT, Clock, OneTransaction, migrate, new_database
from healthy import assert_healthy
from library import Library
from octavo.app.csv_import import Report, import_loans, import_patrons
from octavo.errors import BadRequest
from octavo.services import tenant_settings
from octavo.store.tx import Store, Tx

Json = dict[str, Any]


async def load(tx: Tx, folder: Path, text: str | bytes, what: Any = import_patrons, **more: Any) -> Report:
    file = folder / "records.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    report: Report = await what(Store(OneTransaction(tx.connection)), TENANT, file, tx.now, **more)
    return report


async def users(tx: Tx) -> dict[str, Json]:
    rows = await tx.connection.fetch(f"SELECT doc FROM {tx.table('users')} WHERE doc ->> 'username' <> 'admin' OR NOT doc ? 'username'")
    return {one["personal"]["lastName"]: one for one in (json.loads(row["doc"]) for row in rows)}


def reasons(report: Report) -> dict[int, str]:
    return {one.line: one.reason for one in report.refused}


PATRONS = """\
Student ID,Card Number,User name,Surname,First name,E-Mail,Patron Group,Expiry date,Favourite colour
s1,C1,ada,Lovelace,Ada,ada@example.org,students,2030-06-30,blue
s2,C2,,Hopper,"Grace ""Amazing"" B.",,Staff,2031-01-31 18:00,
"""


async def test_patrons_are_created_with_dates_in_the_tenant_s_zone(library: Library, tx: Tx, tmp_path: Path):
    await tenant_settings.write(tx, "timezone", "Europe/Berlin")
    report = await load(tx, tmp_path, PATRONS)
    assert (report.created, report.refused, report.ignored) == (2, [], ["Favourite colour"])
    made = await users(tx)
    ada, grace = made["Lovelace"], made["Hopper"]
    assert (ada["externalSystemId"], ada["barcode"], ada["username"], ada["type"], ada["active"]) == ("s1", "C1", "ada", "patron", True)
    assert (ada["patronGroup"], grace["patronGroup"]) == (library.ids["students"], library.ids["staff"])
    assert ada["expirationDate"] == "2030-06-30T21:59:59.000+00:00", "the day is over with its last second"
    assert grace["expirationDate"] == "2031-01-31T17:00:00.000+00:00"
    assert grace["personal"]["firstName"] == 'Grace "Amazing" B.'


async def test_a_second_run_changes_nothing_and_an_empty_cell_leaves_what_is_there(library: Library, tx: Tx, tmp_path: Path):
    await load(tx, tmp_path, PATRONS)
    before = await users(tx)
    again = await load(tx, tmp_path, PATRONS)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert await users(tx) == before
    report = await load(tx, tmp_path, "barcode;email;active;username\nC1;;no;\nc2;grace@example.org;;grace\n")
    assert (report.updated, report.refused) == (2, [])
    after = await users(tx)
    assert after["Lovelace"]["active"] is False
    assert after["Lovelace"]["personal"] == before["Lovelace"]["personal"]
    assert (after["Hopper"]["username"], after["Hopper"]["personal"]["email"]) == ("grace", "grace@example.org")
    assert after["Hopper"]["barcode"] == "c2", "letter case does not make another patron"


async def test_addresses_and_departments(library: Library, tx: Tx, tmp_path: Path):
    await library.post("/addresstypes", addressType="Home")
    await library.post("/departments", name="Letters", code="LET")
    await library.post("/departments", name="Sums", code="SUM")
    head = "externalsystemid,last name,address type,street,town,zip,country,departments\n"
    report = await load(tx, tmp_path, head + "s1,Woolf,home,Main St 1,City,10115,DE,Letters; sum\ns2,Doe,,Main St 2,,,,\n")
    assert (report.created, reasons(report)) == (1, {3: "addressType is needed for an address"})
    woolf = (await users(tx))["Woolf"]
    (address,) = woolf["personal"]["addresses"]
    assert {name: address[name] for name in ("addressLine1", "city", "postalCode", "countryId")} == {
        "addressLine1": "Main St 1", "city": "City", "postalCode": "10115", "countryId": "DE",
    }  # fmt: skip
    assert len(woolf["departments"]) == 2
    assert (await load(tx, tmp_path, head + "s1,,Home,Side St 2,,,,\n")).updated == 1
    (address,) = (await users(tx))["Woolf"]["personal"]["addresses"]
    assert (address["addressLine1"], address["city"]) == ("Side St 2", "City")


async def test_every_refused_line_says_why_and_the_others_are_loaded(library: Library, tx: Tx, tmp_path: Path):
    await load(tx, tmp_path, PATRONS)
    text = (
        "externalSystemId,barcode,lastName,group,active,expirationDate\n"
        "n1,,,,,\n"
        ",,Nobody,,,\n"
        "s1,C2,Mix,,,\n"
        "n2,,Group,emperors,,\n"
        "n3,,Flag,,perhaps,\n"
        "n4,,Date,,,31/12/2030\n"
        "n5,,Date,,,2030-02-30\n"
        "n6,,Cells,,,,,\n"
        "\n"
        '"n7",,Quote"d",,,\n'
        "n8,,Fine,students,yes,2030-12-31\n"
        "n8,,Again,,,\n"
        'n9,,"two\nlines",,,\n'
        "n10,N\0UL,Nul,,,\n"
        'n11,,"open,,,\n'
    )
    report = await load(tx, tmp_path, text)
    said = reasons(report)
    assert {line: said[line] for line in (2, 3, 4, 5, 6, 7, 8, 9)} == {
        2: "lastName is needed for a new patron", 3: "one of externalSystemId, barcode, username is needed",
        4: "externalSystemId and barcode belong to different users", 5: "no patron group is called emperors",
        6: "active is neither yes nor no", 7: "expirationDate is no date such as 2026-03-31 or 2026-03-31 18:00",
        8: "expirationDate is no date such as 2026-03-31 or 2026-03-31 18:00", 9: "has 8 cells, the first line has 6",
    }  # fmt: skip
    assert said[16] == "has the character U+0000"
    assert said[17].startswith("is no CSV")
    assert set(said) - set(range(2, 10)) <= {11, 16, 17}
    assert {"Again", "two\nlines"} <= set(await users(tx)), "the second line of n8 changed the first"
    assert report.updated == 1


@pytest.mark.parametrize(
    ("text", "encoding", "says"),
    [
        (b"", "utf-8", "the first line names no known column"),
        (b"colour,size\nred,3\n", "utf-8", "the first line names no known column: there are externalSystemId"),
        (b"barcode,Card number\n1,2\n", "utf-8", "the first line names the column barcode twice"),
        ("barcode,lastName\n1,Müller\n".encode("latin-1"), "utf-8", "is not in utf-8"),
        (b"barcode\n1\n", "klingon", "no encoding is called klingon"),
        (b'"barcode\n1\n', "utf-8", "the first line is no CSV"),
    ],
)
async def test_a_file_that_says_nothing_is_refused(tx: Tx, tmp_path: Path, text: bytes, encoding: str, says: str):
    with pytest.raises(BadRequest, match=says):
        await load(tx, tmp_path, text, encoding=encoding)


async def test_files_of_spreadsheets_are_read(library: Library, tx: Tx, tmp_path: Path):
    assert (await load(tx, tmp_path, "\ufeffbarcode\tlastName\r\n1\tMüller\r\n")).created == 1
    assert (await load(tx, tmp_path, "barcode;lastName\n2;Müllerin\n".encode("cp1252"), encoding="cp1252")).created == 1
    assert {"Müller", "Müllerin"} <= set(await users(tx))


async def test_a_dry_run_says_what_would_be_and_does_nothing(library: Library, tx: Tx, tmp_path: Path):
    report = await load(tx, tmp_path, PATRONS + "s3,,,,,,,,\n", dry_run=True)
    assert (report.dry_run, report.created, len(report.refused)) == (True, 2, 1)
    assert await users(tx) == {}


async def test_progress_reaches_the_end(library: Library, tx: Tx, tmp_path: Path):
    told: list[tuple[int, int]] = []
    text = "barcode,lastName\n" + "".join(f"{number},Reader\n" for number in range(450))
    report = await load(tx, tmp_path, text, progress=lambda done, total: told.append((done, total)))
    assert report.created == 450
    assert [done for done, _ in told] == [201, 401, 451]


async def loans(tx: Tx) -> list[Json]:
    rows = await tx.connection.fetch(f"SELECT doc FROM {tx.table('loan')} ORDER BY doc ->> 'loanDate'")
    await asyncio.sleep(0.001)  # let the log of statements take note of ours, lest the next request be charged with them
    return [json.loads(row["doc"]) for row in rows]


async def load_loans(tx: Tx, folder: Path, text: str, **more: Any) -> Report:
    return await load(tx, folder, text, import_loans, **more)


async def test_loans_keep_their_dates_and_items_follow(library: Library, tx: Tx, clock: Clock, tmp_path: Path):
    await tenant_settings.write(tx, "timezone", "Europe/Berlin")
    patron, item = await library.patron(), await library.item()
    due = (clock.now + timedelta(days=9)).date()
    text = (
        "Item barcode,User barcode,Checkout date,Due date,Checkin date,Renewals,Desk\n"
        f"{item['barcode']},{patron['barcode']},2026-01-05 09:30,2026-02-01,2026-01-20T10:00:00Z,,MD\n"
        f"{item['barcode']},,2025-01-05,2025-02-01,2025-01-05,,\n"
        f"{item['barcode']},{patron['barcode']},2026-03-01,{due},,2,main desk\n"
    )
    report = await load_loans(tx, tmp_path, text)
    assert (report.created, report.refused) == (3, [])
    forgotten, returned, lent = await loans(tx)
    assert "userId" not in forgotten
    assert (returned["loanDate"], returned["dueDate"], returned["returnDate"], returned["status"]["name"], returned["action"]) == (
        "2026-01-05T08:30:00.000Z", "2026-02-01T22:59:59.000+00:00", "2026-01-20T10:00:00.000Z", "Closed", "checkedin",
    )  # fmt: skip
    assert returned["checkinServicePointId"] == library.ids["main desk"]
    assert (lent["status"]["name"], lent["renewalCount"], lent["loanPolicyId"]) == ("Open", 2, library.ids["three weeks"])
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Checked out"
    await assert_healthy(tx)
    again = await load_loans(tx, tmp_path, text)
    assert (again.created, again.unchanged, again.refused) == (0, 3, [])
    await library.check_in(item)
    assert reasons(await load_loans(tx, tmp_path, text)) == {4: "the loan is here already, and is not open"}
    await assert_healthy(tx)


async def test_loans_that_cannot_be_are_refused_with_their_lines(library: Library, tx: Tx, clock: Clock, tmp_path: Path):
    ada, bob = await library.patron(), await library.patron()
    free, held, lent, missing = [await library.item() for _ in range(4)]
    await library.hold(ada, held, requestType="Page")
    await library.check_out(ada, lent)
    record = await library.get(f"/item-storage/items/{missing['id']}")
    await library.put(f"/item-storage/items/{missing['id']}", {**record, "status": {"name": "Missing"}})
    b, a = free["barcode"], ada["barcode"]
    tomorrow = (clock.now + timedelta(days=1, hours=1)).date()
    rows = {
        f",{a},2026-01-01,2026-02-01,,,": "itemBarcode is needed",
        f"nothing,{a},2026-01-01,2026-02-01,,,": "no item has the barcode nothing",
        f"{b},nobody,2026-01-01,2026-02-01,,,": "no patron has the patronBarcode of this row",
        f"{b},{a},2026-01-01,2026-02-01,,,{bob['username']}": "the row names several patrons",
        f"{b},,2026-01-01,2026-02-01,,,": "an open loan needs a patron: patronBarcode, externalSystemId or username",
        f"{b},{a},,2026-02-01,,,": "loanDate and dueDate are needed",
        f"{b},{a},2026-01-01,2025-02-01,,,": "a loan is neither due nor returned before it begins",
        f"{b},{a},2026-01-09,2026-02-01,2026-01-08,,": "a loan is neither due nor returned before it begins",
        f"{b},{a},{tomorrow},2099-02-01,,,": "loanDate is in the future",
        f"{b},{a},2026-01-01,2026-02-01,{tomorrow},,": "returnDate is in the future",
        f"{b},{a},2026-01-01,2026-02-01,,Moon,": "no service point is called Moon",
        f"{held['barcode']},{bob['barcode']},2026-01-01,2026-02-01,,,": "the item is Paged",
        f"{lent['barcode']},{bob['barcode']},2026-01-01,2026-02-01,,,": "the item is Checked out",
    }
    head = "itemBarcode,patronBarcode,loanDate,dueDate,returnDate,servicePoint,username\n"
    report = await load_loans(tx, tmp_path, head + "\n".join(rows) + f"\n{missing['barcode']},{a},2026-01-01,2026-02-01,,,\n")
    said = reasons(report)
    assert [said[line] for line in range(2, len(rows) + 2)] == list(rows.values())
    assert "has the item status Missing" in said[len(rows) + 2]
    assert report.created == 0
    await assert_healthy(tx)


async def test_the_commands_report_in_json_and_by_their_exit_codes(server_url: str, tmp_path: Path):
    async with new_database(server_url, "csv") as url:
        await migrate(url)
        file = tmp_path / "patrons.csv"
        file.write_text("barcode,lastName\nC1,Lovelace\nC2,\n")
        rehearsed = await octavo(url, "import", "patrons", str(file), "--tenant", TENANT, "--dry-run")
        assert (rehearsed.returncode, rehearsed.stdout) == (3, b"1 would be created, 0 would be updated, 0 unchanged, 1 refused\n")
        assert rehearsed.stderr == b"refused: line 3: lastName is needed for a new patron\n"
        done = await octavo(url, "import", "patrons", str(file), "--tenant", TENANT, "--json")
        assert (done.returncode, done.stderr) == (3, b"")
        told = json.loads(done.stdout)
        assert (told["created"], told["refused"]) == (1, [{"line": 3, "reason": "lastName is needed for a new patron"}])
        loans_file = tmp_path / "loans.csv"
        loans_file.write_text("itemBarcode\n")
        none = await octavo(url, "import", "loans", str(loans_file), "--tenant", TENANT, "--json")
        assert (none.returncode, json.loads(none.stdout)["created"]) == (0, 0)
        nowhere = await octavo(url, "import", "loans", str(loans_file), "--tenant", "nowhere")
        assert (nowhere.returncode, nowhere.stderr) == (1, b"octavo: Tenant nowhere not found\n")
        usage = await octavo(url, "import", "marc", str(file), "--tenant", TENANT, "--item-subfield", "colour=a")
        assert usage.returncode == 2
        bad = await octavo(url, "import", "marc", str(file), "--tenant", TENANT, "--json")
        assert bad.returncode == 3
        assert json.loads(bad.stdout)["left_out"][0]["record"] == 1
