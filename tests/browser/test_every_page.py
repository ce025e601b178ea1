"""Every page in every language, at phone and desktop width, light and dark: accessible, light, quick, and it fits."""

import re
from collections.abc import AsyncIterator
from time import perf_counter

import httpx
import pytest
from playwright.async_api import Page

from looking import LOOKS, examined, opened

#: The pages that anybody may see, and those of a patron; `title` and `hold` are found by links.
OPEN = ("/sign-in", "/register", "/search?q=emma", "/search?q=nothing+at+all", "title", "/nowhere")
PERSONAL = ("", "/holds", "hold", "/charges", "/history", "/privacy", "title")
SLOWEST = 0.050


@pytest.fixture(params=LOOKS, ids="-".join)
async def look(request, chromium) -> AsyncIterator[Page]:
    """A browser of one language, width and colour scheme."""
    async with opened(chromium, request.param) as page:
        page.name = "-".join(request.param)  # type: ignore[attr-defined]
        yield page


async def test_every_page_is_accessible_light_and_fits(look, demo, screenshots):
    for path in OPEN:
        await examine(look, demo, path, screenshots, "open")
    await demo.sign_in(look)
    for path in PERSONAL:
        await examine(look, demo, path, screenshots, "personal")


async def examine(page, demo, path, screenshots, kind):
    name = f"{kind}-{re.sub('[^a-z]+', '-', path).strip('-') or 'loans'}-{page.name}"
    await visit(page, demo, path)
    await examined(page, name, screenshots)


async def visit(page, demo, path):
    if path == "title":
        await page.goto(f"{demo.page}/search?q=jane+eyre")
        await page.click("main .cards h3 a")
    elif path == "hold":
        await page.goto(f"{demo.page}/holds")
        await page.click("main .cards li:last-child .card-act a")
    else:
        await page.goto(f"{demo.page}{path}")


async def test_every_page_is_quick(demo):
    """The best of ten: what the server needs when nothing else keeps the machine busy."""
    async with httpx.AsyncClient(base_url=demo.page.rpartition("/my/")[0], follow_redirects=True) as client:
        page = await client.get(f"{demo.page}/sign-in")
        token = page.text.partition('name="token" value="')[2].partition('"')[0]
        fields = {"token": token, "name": demo.username, "secret": demo.password}
        await client.post(f"{demo.page}/sign-in", data=fields)
        took = {}
        for path in ("", "/holds", "/charges", "/history", "/privacy", "/privacy/data", "/search?q=a", "/register"):
            times = []
            for _ in range(10):
                started = perf_counter()
                answer = await client.get(f"{demo.page}{path}")
                times.append(perf_counter() - started)
                assert answer.status_code == 200
            took[path] = min(times)
        assert {path: best for path, best in took.items() if best > SLOWEST} == {}, took
