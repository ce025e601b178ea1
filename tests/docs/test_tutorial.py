"""The tutorial and the README, followed as a newcomer would: a loan is renewed in the browser and over the API."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from browsing import read
from conftest import new_database
from documented import blocks, follow, script
from octavo.app.settings import Settings

START = "make demo"
TITLE = "Northanger Abbey"


@pytest.fixture
async def demo(server_url: str, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """What `make demo` starts, on free ports and on the tests' PostgreSQL; what it keeps is in `.octavo` below `tmp_path`."""
    async with new_database(server_url, "tutorial") as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "octavo", "demo", "--json", "--port", "0", "--edge-port", "0", "--database-url", url,
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        yield json.loads(await process.stdout.readline())
        process.terminate()
        await process.wait()


def test_both_begin_with_the_command_that_starts_the_demo(repository: Path):
    for page in ("README.md", "docs/tutorial.md"):
        assert blocks(repository / page)[0].text.strip() == START, page
    assert re.search(r"^demo: setup .*\n\t\$\(BIN\)/octavo demo$", (repository / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_addresses_are_those_of_the_settings(repository: Path, page: str):
    named = set(re.findall(r"http://127\.0\.0\.1:\d+", (repository / page).read_text()))
    assert named == {f"http://127.0.0.1:{port}" for port in (Settings().port, Settings().edge_port)}


@pytest.mark.slow
async def test_both_end_with_a_renewed_loan_and_the_tutorial_works_as_written(demo: dict[str, Any], repository: Path, tmp_path: Path):
    page = repository / "docs" / "tutorial.md"
    await renew_in_the_browser(demo, [page.read_text(), (repository / "README.md").read_text()])
    written = script(page, but=(START,))
    told = written.replace("http://127.0.0.1:9130", demo["okapi"]).replace("http://127.0.0.1:8081", demo["edge"])
    said = await asyncio.to_thread(follow, told, tmp_path)
    assert said.count(TITLE) == 3, "the account, the loan renewed by curl, the loan renewed in Python"
    assert f"{TITLE} until" in said
    assert re.search(r"\d+ loans are overdue", said)


async def renew_in_the_browser(demo: dict[str, Any], pages: list[str]) -> None:
    """Do what the pages say, by the forms of the patron's page."""
    assert all(words in page for page in pages for words in ("**Renew**", f"*{TITLE}*", "Renewed one loan."))
    address, patron = demo["page"], demo["patron"]
    async with httpx.AsyncClient(base_url=demo["okapi"], follow_redirects=True) as client:
        sign_in = read(await client.get(address))
        fields = {**sign_in.form("").fields, "name": patron["username"], "secret": patron["password"]}
        loans = read(await client.post(str(sign_in.answer.url), data=fields))
        assert TITLE in loans.text
        [button] = [form for form in loans.forms if form.action.endswith("/renew") and TITLE in form.says]
        renewed = read(await client.post(button.action, data=button.fields))
        assert "Renewed one loan." in renewed.text
