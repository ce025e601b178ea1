"""The town in which the model's stories happen."""

from collections.abc import AsyncIterator

import pytest

from model.town import Town, founded


@pytest.fixture(scope="module")
async def town(migrated: str) -> AsyncIterator[Town]:
    """A town of its own, over four connections; what happens there is committed."""
    async with founded(migrated) as made:
        yield made
