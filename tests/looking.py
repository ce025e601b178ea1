"""How pages are looked at in a real browser: in which languages, widths and colour schemes, and what must be true of each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from octavo.page.shared.languages import LANGUAGES

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


@asynccontextmanager
async def opened(chromium, look) -> AsyncIterator[Page]:
    """Open a browser of one language, width and colour scheme, that fails on anything the console complains of."""
    language, width, scheme = look
    size = WIDTHS[width]
    context = await chromium.new_context(
        locale=language, color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce"
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    yield page
    await context.close()
    assert [text for text in complaints if "404" not in text and "422" not in text] == []


async def examined(page, name, screenshots):
    """Fail unless a page is light, comes from here alone, fits its window and has no fault that axe would find."""
    sizes = dict(await page.evaluate(LOADED))
    assert sum(sizes.values()) < LARGEST, (name, sizes)
    house = "/".join(page.url.split("/")[:3])
    assert all(url.startswith(house) for url in sizes), sizes
    await page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} scrolls sideways"
    found = await Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    told = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found.response["violations"]]
    assert told == [], name


async def says(page, text):
    assert text in " ".join((await page.locator("main").inner_text()).split()), await page.locator("main").inner_text()


async def focused(page):
    """Return what has the focus, by its text or id; it must be within the window and have a visible outline."""
    return await page.evaluate("""() => {
        const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
        if (one === document.body) return "";
        const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 || one.id === "main";
        if (!seen || box.bottom < 0 || box.top > innerHeight) return `unseen: ${one.outerHTML}`;
        return one.id && one.tagName === "INPUT" ? one.id : one.innerText.trim().split("\\n")[0];
    }""")


async def tab_to(page, wanted):
    for _ in range(60):
        await page.keyboard.press("Tab")
        found = await focused(page)
        assert not found.startswith("unseen"), found
        if found == wanted or found.startswith(f"{wanted}:"):
            return
    raise AssertionError(f"the keyboard never gets to {wanted}")
