"""A browser without JavaScript; a patron who looks at their page with it, and staff who work at the desk."""

import pytest

from browsing import DESK, PASSWORD, Browser
from octavo.auth import permissions
from octavo.auth.passwords import hash_password
from octavo.page.desk import rights
from octavo.store import access
from sides import TENANT


@pytest.fixture
async def browser(sides):
    """Somebody whom the library does not know."""
    async with sides.pages() as client:
        yield Browser(client)


@pytest.fixture
async def reader(library, tx):
    """A patron with a password."""
    patron = await library.patron()
    await access.set_password(tx, patron["id"], await hash_password(PASSWORD))
    return patron


@pytest.fixture
async def signed_in(browser, reader) -> Browser:
    """The browser of a patron who has signed in."""
    await browser.sign_in(reader["username"], PASSWORD)
    return browser


@pytest.fixture
async def hired(sides, library, tx):
    """Makes a colleague with some permissions, who works at the main desk, and returns their browser."""
    clients = []

    async def hire(*held: str, desk: str = "main desk") -> Browser:
        colleague = await library.patron("staff", personal={"lastName": "Panizzi", "firstName": "Antonio"})
        await access.set_password(tx, colleague["id"], await hash_password(PASSWORD))
        await permissions.grant(tx, TENANT, colleague["id"], held)
        client = await sides.pages().__aenter__()
        clients.append(client)
        browser = Browser(client)
        page = await browser.sign_in(colleague["username"], side=DESK)
        await browser.send(page, "/place", place=library.ids[desk])
        return browser

    yield hire
    for client in clients:
        await client.aclose()


@pytest.fixture
def employed(hired):
    """Makes a colleague who may do everything at the desk, but override nothing, and returns their browser."""
    named = {value for name, value in vars(rights).items() if name.isupper() and isinstance(value, str)}

    async def employ() -> Browser:
        return await hired(*sorted(named - {rights.STAFF, rights.EVERYTHING}))

    return employ


@pytest.fixture
async def staff(employed) -> Browser:
    """The browser of such a colleague, at work already."""
    return await employed()
