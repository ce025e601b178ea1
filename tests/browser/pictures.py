"""The pictures of the patron's page in docs/pictures, taken anew: `make pictures`."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from browser.conftest import CHROMIUM, FLAGS, Demo

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DESKTOP, PHONE = {"width": 1000, "height": 720}, {"width": 375, "height": 720}
#: Name of the picture: below which address, how large, in which scheme.
WANTED = {
    "loans-light": ("", DESKTOP, "light"),
    "loans-dark": ("", DESKTOP, "dark"),
    "holds-phone": ("/holds", PHONE, "light"),
}


async def main() -> int:
    """Start the demo on free ports, and look at it."""
    if CHROMIUM is None:
        print("there is no Chromium here: apt-get install chromium, or set OCTAVO_CHROMIUM", file=sys.stderr)
        return 1
    command = [sys.executable, "-m", "octavo", "demo", "--json", "--port", "0", "--edge-port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(*command, "--data-dir", folder, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        told = json.loads(await process.stdout.readline())
        demo = Demo(told["page"], told["patron"]["username"], told["patron"]["password"])
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                for name in WANTED:
                    await take(browser, demo, name)
        finally:
            process.terminate()
            await process.wait()
    return 0


async def take(browser: Browser, demo: Demo, name: str) -> None:
    """Take one picture, signed in as the patron."""
    path, size, scheme = WANTED[name]
    context = await browser.new_context(locale="en-US", viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = await context.new_page()
    await demo.sign_in(page)
    await page.goto(f"{demo.page}{path}")
    await page.screenshot(path=PICTURES / f"{name}.png")
    await context.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
