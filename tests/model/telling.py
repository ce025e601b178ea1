"""Telling a story: everything in it happens in the world of the reference and on the server, which are compared."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from healthy import assert_healthy
from library import Json
from model.acts import CHANGED_MEANWHILE, DONE, Act, Answer, after, parts
from model.server import Server, expected
from model.town import TENANT, Town, new_world
from model.world import World
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
        said = await self.server.do(act)
        await self.has_happened(act, said)

    async def given(self, acts: Sequence[Act]) -> None:
        """Let things happen one after another, and look at the outcome once."""
        for act in acts:
            if "charge" in act.how:
                await self.server.meet(self.world)
            said = await self.server.do(act)
            self.world, answer = after(self.world, act)
            assert said == answer, f"{act}: the server says {said}, the reference {answer}"
        differences = await self.differences(self.world)
        assert not differences, differences

    async def has_happened(self, act: Act, said: Answer = DONE) -> None:
        """Let something happen that the server has done already."""
        self.world, answer = after(self.world, act)
        assert said == answer, f"{act}: the server says {said}, the reference {answer}"
        differences = await self.differences(self.world)
        assert not differences, f"{act}: {differences}"
        await self._examine()

    async def at_once(self, acts: Sequence[Act]) -> None:
        """Let several things happen at once; fail where no order of them explains what the server says and does."""
        answers = await asyncio.gather(*map(self.server.do, acts))
        known = (dict(self.server.keys), dict(self.server.ids))
        nearest = "no order explains the answers"
        for world in _outcomes(self.world, list(zip(acts, answers, strict=True))):
            self.server.keys, self.server.ids = dict(known[0]), dict(known[1])
            nearest = await self.differences(world)
            if not nearest:
                self.world = world
                await self._examine()
                return
        raise AssertionError(f"{list(zip(acts, answers, strict=True))}: {nearest}")

    async def differences(self, world: World) -> str:
        """Return what the server shows that is not as it is in a world, and the other way round."""
        return "; ".join(_differences(await self.server.seen(world), expected(world)))

    async def _examine(self) -> None:
        await assert_healthy(Tx(self.town.admin, schema_of(TENANT), self.town.clock.now))


def _differences(seen: Json, wanted: Json) -> Iterator[str]:
    for part in wanted:
        for key in sorted(seen[part].keys() | wanted[part].keys()):
            there, right = seen[part].get(key), wanted[part].get(key)
            if there != right:
                yield f"{part} {key} is {there}, not {right}"


@dataclass(frozen=True)
class _Piece:
    """What happens in one transaction. answer: what was said of it, None where nobody is told."""

    act: Act
    answer: Answer | None


def _outcomes(world: World, told: list[tuple[Act, Answer]]) -> Iterator[World]:
    """Yield every world that some order of the acts leads to with the answers that were given; each once."""
    pieces: list[_Piece] = []
    for act, answer in told:
        divided = parts(world, act)
        if answer != CHANGED_MEANWHILE:
            pieces += [_Piece(act, answer)] if divided is None else [_Piece(part, None) for part in divided]
    seen: list[Any] = []
    for order in permutations(pieces):
        outcome = _in_order(world, order)
        if outcome is not None and expected(outcome) not in seen:
            seen.append(expected(outcome))
            yield outcome


def _in_order(world: World, pieces: Sequence[_Piece]) -> World | None:
    for piece in pieces:
        world, answer = after(world, piece.act)
        if piece.answer not in (None, answer):
            return None
    return world


async def tell(town: Town, acts: list[Act], *, by_title: bool = False) -> None:
    """Tell a whole story."""
    telling = Telling(town, by_title=by_title)
    await telling.begin()
    for act in acts:
        await telling.then(act)
