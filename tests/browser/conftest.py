"""A real browser (Debian's Chromium) in front of the sample library, served as the demo serves it."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from conftest import new_database

CHROMIUM = os.environ.get("OCTAVO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@dataclass
class Demo:
    """The demo that runs: where its pages are, and whom to sign in as, a patron and a librarian."""

    page: str
    username: str
    password: str
    barcode: str
    desk: str
    librarian: str
    librarians_password: str

    async def sign_in(self, page: Page) -> None:
        await page.goto(f"{self.page}/sign-in")
        await page.fill("#name", self.username)
        await page.fill("#secret", self.password)
        await page.press("#secret", "Enter")
        await page.wait_for_url(self.page)

    async def go_to_work(self, page: Page, place: str = "Main Desk") -> None:
        """Sign in at the desk, at a service point."""
        await page.goto(f"{self.desk}/sign-in")
        await page.fill("#name", self.librarian)
        await page.fill("#secret", self.librarians_password)
        await page.press("#secret", "Enter")
        await page.wait_for_url(f"{self.desk}/place")
        await page.select_option("#place", label=place)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{self.desk}/check-out")


@pytest.fixture(scope="session")
async def demo(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """`octavo demo` on a database of its own."""
    async with new_database(server_url, "demo") as url:
        command = [sys.executable, "-m", "octavo", "demo", "--json", "--port", "0", "--edge-port", "0"]
        folder = tmp_path_factory.mktemp("demo")
        process = await asyncio.create_subprocess_exec(
            *command, "--database-url", url, "--data-dir", str(folder), stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        told = json.loads(await process.stdout.readline())
        patron, admin = told["patron"], told["admin"]
        yield Demo(
            told["page"], patron["username"], patron["password"], patron["barcode"], told["desk"], admin["username"], admin["password"]
        )
        process.terminate()
        await process.wait()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium; nothing is downloaded."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here: apt-get install chromium, or set OCTAVO_CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def screenshots(repository: Path) -> Path:
    """Where pictures of the pages are kept, for people to look at."""
    folder = repository / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
