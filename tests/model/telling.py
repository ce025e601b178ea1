"""Telling a story: everything in it happens in the world of the reference and on the server, which are compared."""

from healthy import assert_healthy
from model.acts import Act, after
from model.server import Server, expected
from model.town import TENANT, Town, new_world
from octavo.store.tx import Tx, schema_of


class Telling:
    """A story being told, from the first day on."""

    def __init__(self, town: Town, *, by_title: bool) -> None:
        self.town, self.server = town, Server(town.library)
        self.world = new_world(by_title=by_title)

    async def begin(self) -> None:
        await self.town.begin(by_title=self.world.by_title)

    async def then(self, act: Act) -> None:
        """Let something happen; fail where the server says or does anything but the reference."""
        self.world, answer = after(self.world, act)
        assert await self.server.do(act) == answer, act
        await self.compare()

    async def compare(self) -> None:
        assert await self.server.seen(self.world) == expected(self.world)
        await assert_healthy(Tx(self.town.admin, schema_of(TENANT), self.town.clock.now))


async def tell(town: Town, acts: list[Act], *, by_title: bool = False) -> None:
    """Tell a whole story."""
    telling = Telling(town, by_title=by_title)
    await telling.begin()
    for act in acts:
        await telling.then(act)
