"""Commands about users, settings and privacy, run as an operator would; what they end with is for scripts."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from commanding import octavo
from conftest import TENANT, migrate, new_database
from octavo.app import settings
from octavo.store.tx import schema_of


@pytest.fixture(scope="module")
async def url(server_url: str) -> AsyncIterator[str]:
    async with new_database(server_url, "operating") as made:
        await migrate(made)
        loaded = await octavo(made, "sample", "--tenant", TENANT, "--json")
        assert json.loads(loaded.stdout)["records"] > 300, loaded.stderr
        yield made


async def told(url: str, *arguments: str, **environment: str) -> Any:
    """Return what a command of the tenant says in JSON."""
    done = await octavo(url, *arguments, "--tenant", TENANT, "--json", **environment)
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


async def refused(url: str, *arguments: str, code: int = 1, **environment: str) -> str:
    done = await octavo(url, *arguments, "--tenant", TENANT, **environment)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stderr.decode()


async def test_a_user_from_the_first_day_to_the_last(url: str):
    made = await told(
        url, "user", "create", "desk", "--last-name", "Desk", "--group", "staff", "--barcode", "S1",
        "--permission", "users.collection.get",
    )  # fmt: skip
    assert (await told(url, "user", "password", "desk", OCTAVO_PASSWORD="a good one"))["username"] == "desk"
    held = await told(url, "user", "grant", "S1", "users.item.get", "users.item.put")
    assert held["permissions"] == ["users.collection.get", "users.item.get", "users.item.put"]
    assert (await told(url, "user", "grant", made["id"], "users.item.put", "--take"))["permissions"] == held["permissions"][:2]
    (shown,) = await told(url, "user", "list", "--query", "username==desk")
    assert shown == {
        "id": made["id"], "username": "desk", "barcode": "S1", "externalSystemId": None, "type": "staff", "active": True,
    }  # fmt: skip
    assert await told(url, "user", "deactivate", "desk") == {"username": "desk", "active": False}
    assert (await told(url, "user", "list", "--query", "username==desk"))[0]["active"] is False


async def test_what_is_wrong_about_a_user_is_said(url: str):
    create = ("user", "create", "twin", "--last-name", "Twin")
    assert await refused(url, *create, "--group", "nobody") == "octavo: no patron group is called nobody\n"
    assert await refused(url, *create, "--permission", "fly") == "octavo: no permission is called fly\n"
    assert "Missing option '--last-name'" in await refused(url, *create[:3], code=2)
    assert await told(url, "user", "list", "--query", "username==twin") == [], "nothing was created"
    assert "already exists" in await refused(url, "user", "create", "admin", "--last-name", "Twin")
    missing = "octavo: no user has the barcode, user name, externalSystemId or id nobody\n"
    for command in (("password", "nobody"), ("grant", "nobody", "octavo.all"), ("deactivate", "nobody")):
        assert await refused(url, "user", *command, OCTAVO_PASSWORD="x") == missing
    assert "the password is empty" in await refused(url, "user", "password", "admin", "--password", "", code=2)


async def test_settings_of_a_tenant_are_read_and_set(url: str):
    before = await told(url, "settings", "get")
    assert {"name": "timezone", "value": "UTC"} in before
    await told(url, "settings", "set", "timezone", "Europe/Berlin")
    await told(url, "settings", "set", "circulation.loan_history", '{"closingType": {"loan": "never"}}')
    assert await told(url, "settings", "get", "timezone") == {"name": "timezone", "value": "Europe/Berlin"}
    assert (await told(url, "settings", "get", "circulation.loan_history"))["value"] == {"closingType": {"loan": "never"}}
    await told(url, "settings", "set", "timezone", "UTC")
    for arguments, says in (
        (("set", "timezone", "Mars/North"), "timezone must be a name of the IANA time zone database"),
        (("set", "circulation.x", "12"), "the value of a circulation setting is a JSON object"),
        (("set", "colour", "red"), "no setting is called colour"),
        (("get", "colour"), f"no setting colour of {TENANT}"),
    ):
        assert says in await refused(url, "settings", *arguments)


async def test_settings_of_the_process_say_where_they_come_from_without_secrets(url: str):
    done = await octavo("postgresql://octavo:hidden@db/octavo", "settings", "--json", "--data-dir", "/srv/o", OCTAVO_PORT="9999")
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert (found["database_url"]["value"], found["database_url"]["from"]) == ("postgresql://octavo:***@db/octavo", "environment")
    assert (found["port"]["value"], found["port"]["from"]) == ("9999", "environment")
    assert (found["data_dir"]["value"], found["data_dir"]["from"]) == ("/srv/o", "flag")
    assert found["edge_port"]["from"] == "default"
    assert all(one["what it sets"] for one in found.values())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://a:b@h/d", "postgresql://a:***@h/d"),
        ("postgresql://h/d?user=a&password=b%40c&x=1", "postgresql://h/d?user=a&password=***&x=1"),
        ("postgresql://a@h/d", "postgresql://a@h/d"),
    ],
)
def test_a_password_in_a_url_is_masked(given: str, shown: str):
    (found,) = [one for one in settings.shown({"OCTAVO_DATABASE_URL": given}) if one.name == "database_url"]
    assert found.value == shown


async def test_old_loans_forget_their_borrowers_but_for_those_with_fees(url: str):
    connection = await asyncpg.connect(url)
    table = f'"{schema_of(TENANT)}".loan'
    known = f"SELECT count(*) FROM {table} WHERE status_name = 'closed' AND doc ? 'userId'"
    before = await connection.fetchval(known)
    assert await told(url, "anonymise", "--loans-closed-before", "1999-01-01") == {"anonymised": 0, "with_fees_or_fines": 0}
    ada = await told(url, "anonymise", "--patron", "ada")
    assert ada["anonymised"] + ada["with_fees_or_fines"] == 1
    rest = await told(url, "anonymise", "--loans-closed-before", "2026-01-01T00:00:00")
    everything = await octavo(url, "anonymise", "--tenant", TENANT, "--loans-closed-before", "2026-11-01")
    assert everything.returncode == 0
    assert await connection.fetchval(known) < before - rest["anonymised"] + 1
    assert await connection.fetchval(
        f"""SELECT count(*) FROM "{schema_of(TENANT)}".loan_history past JOIN {table} loan ON loan.id = past.record_id
            WHERE past.doc ? 'userId' AND NOT loan.doc ? 'userId'"""
    ) == 0, "no history remembers what its loan has forgotten"
    await connection.close()
    assert (await octavo(url, "doctor", "--tenant", TENANT)).returncode == 0
    for arguments in ((), ("--patron", "ada", "--loans-closed-before", "2020-01-01")):
        assert "give either" in await refused(url, "anonymise", *arguments, code=2)
    assert "the date is in the future" in await refused(url, "anonymise", "--loans-closed-before", "2099-01-01")
    assert "no user has" in await refused(url, "anonymise", "--patron", "nobody")


async def test_the_api_is_described_without_a_database():
    for side, path, schemes in (((), "/loan-storage/loans", {"token", "bearer", "cookie"}), (("--edge",), "/patron/account/{patronId}", {"header", "query"})):
        done = await octavo("postgresql://nowhere.invalid/x", "openapi", *side)
        document = json.loads(done.stdout)
        assert (document["openapi"], set(document["components"]["securitySchemes"])) == ("3.1.0", schemes)
        assert {name for one in document["paths"][path]["get"]["security"] for name in one} == schemes


async def test_a_tenant_that_is_not_there_is_said_by_every_command(url: str, tmp_path: Path):
    for arguments in (("doctor",), ("user", "list"), ("settings", "get"), ("apikey", "list"), ("sample",), ("anonymise", "--patron", "x")):
        done = await octavo(url, *arguments, "--tenant", "nowhere")
        assert (done.returncode, done.stderr) == (1, b"octavo: Tenant nowhere not found\n"), arguments


async def test_the_shell_completes_commands_and_flags():
    for words, place, found in (("octavo an", 1, b"anonymise"), ("octavo export --wi", 2, b"--without-secrets")):
        done = await octavo("", _OCTAVO_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(place))
        assert found in done.stdout, done.stderr
    assert "OCTAVO" not in os.environ.get("COMP_WORDS", "")
