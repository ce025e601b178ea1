"""A browser without JavaScript, and a patron who looks at their page with it."""

import pytest

from browsing import PASSWORD, Browser
from octavo.auth.passwords import hash_password
from octavo.store import access


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
