"""Every page in every language, at phone and desktop width, light and dark: accessible, light, quick, and it fits."""

import re
from collections.abc import AsyncIterator
from time import perf_counter

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from octavo.page.shared.languages import LANGUAGES

#: The pages that anybody may see, and those of a patron; `title` and `hold` are found by links.
OPEN = ("/sign-in", "/register", "/search?q=emma", "/search?q=nothing+at+all", "title", "/nowhere")
PERSONAL = ("", "/holds", "hold", "/charges", "/history", "/privacy", "title")
WIDTHS = {"phone": (375, 812), "desktop": (1280, 900)}
#: Every language at both widths, every width in both schemes, every language in both schemes.
LOOKS = [
    (language, width, ("light", "dark")[(number + place) % 2])
    for number, language in enumerate(LANGUAGES)
    for place, width in enumerate(WIDTHS)
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What a page is made of: addresses and sizes, unpacked.
LOADED = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(one => [one.name, one.decodedBodySize])"""
LARGEST = 100_000
SLOWEST = 0.050


@pytest.fixture(params=LOOKS, ids="-".join)
async def look(request, chromium) -> AsyncIterator[Page]:
    """A browser of one language, width and colour scheme, that fails on anything the console complains of."""
    language, width, scheme = request.param
    size = WIDTHS[width]
    context = await chromium.new_context(
        locale=language, color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.name = "-".join(request.param)  # type: ignore[attr-defined]
    yield page
    await context.close()
    assert [text for text in complaints if "404" not in text] == []


async def test_every_page_is_accessible_light_and_fits(look, demo, screenshots):
    for path in OPEN:
        await examine(look, demo, path, screenshots, "open")
    await demo.sign_in(look)
    for path in PERSONAL:
        await examine(look, demo, path, screenshots, "personal")


async def examine(page, demo, path, screenshots, kind):
    name = f"{kind}-{re.sub('[^a-z]+', '-', path).strip('-') or 'loans'}-{page.name}"
    await visit(page, demo, path)
    sizes = dict(await page.evaluate(LOADED))
    assert sum(sizes.values()) < LARGEST, (name, sizes)
    assert all(url.startswith(demo.page.rpartition("/my/")[0]) for url in sizes), sizes
    await page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    told = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found.response["violations"]]
    assert told == [], name


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
