"""Whatever is done at once, over several connections: some order of it explains what the server says and does."""

from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from model import choices
from model.choices import CHOOSERS, Chooser, Pick, possible
from model.stage import Stage, perform
from model.town import Town
from model.world import World

pytestmark = pytest.mark.slow

SEEDS = st.integers(0, 2**32 - 1)

#: These are no single transaction of the server: the clock, and clients that read, change and write a record.
_ALONE = (choices.wait, choices.block, choices.update_request, choices.edit_patron, choices.edit_desk)
#: What leads to loans, queues and charges soonest.
_BEFORE = (
    choices.check_out, choices.check_out, choices.request, choices.request, choices.check_in, choices.declare_lost,
    choices.wait, choices.claim_returned, choices.charge, choices.move,
)  # fmt: skip


class Crowd(Stage):
    """Some things happen one after another, then several at once, most of them about the same item.

    Who is first is not for Hypothesis to say, so that nothing it draws may depend on the world: it draws seeds.
    """

    @precondition(lambda self: self.telling is not None)
    @rule(seed=SEEDS)
    def one_after_another(self, seed: int) -> None:
        pick = Random(seed).choice  # noqa: S311 - an order, no secret
        for _ in range(4):
            self.run(self.telling.at_once([self.choose(pick(self._possible(_BEFORE)), pick)]))

    @precondition(lambda self: self.telling is not None)
    @rule(seed=SEEDS, people=st.integers(2, 4))
    def at_once(self, seed: int, people: int) -> None:
        random = Random(seed)  # noqa: S311 - an order, no secret
        choosers = [chooser for chooser in self._possible(CHOOSERS) if chooser not in _ALONE]
        pick = _about(self.telling.world, random.choice(sorted(self.telling.world.items)), random.choice)
        self.run(self.telling.at_once([self.choose(pick(choosers), pick) for _ in range(people)]))

    def _possible(self, choosers: tuple[Chooser, ...] | dict[Chooser, str | None]) -> list[Chooser]:
        return [chooser for chooser in choosers if possible(self.telling.world, chooser)]


def _about(world: World, item: str, pick: Pick) -> Pick:
    """Choose mostly what has to do with one item: its loans, the requests for it, the charges for it."""
    loans = [key for key, loan in world.loans.items() if loan.item == item]
    requests = [key for key, one in world.requests.items() if one.title == world.items[item].title]
    near = [item, *loans, *requests, *(key for key, charge in world.charges.items() if charge.loan in loans)]

    def choose(options: list[object]) -> object:
        nearer = [option for option in options if option in near]
        return pick(nearer) if nearer and pick((True, True, True, False)) else pick(options)

    return choose


async def test_several_at_once_are_as_one_after_another(town: Town) -> None:
    await perform(Crowd, town, stories=10, steps=8)


