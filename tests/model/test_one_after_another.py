"""Whatever is done one after another, the server does what the reference says, and the doctor finds nothing."""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from model.acts import VERBS
from model.choices import CHOOSERS, Chooser, possible
from model.stage import Stage, perform, picking
from model.town import Town

pytestmark = pytest.mark.slow


class Story(Stage):
    """One thing after another happens: a rule for each chooser."""


def _rule(chooser: Chooser) -> Any:
    def step(self: Story, data: st.DataObject) -> None:
        self.run(self.telling.then(self.choose(chooser, picking(data))))

    step.__name__ = chooser.__name__
    ready = precondition(lambda self: self.telling is not None and possible(self.telling.world, chooser))
    return ready(rule(data=st.data())(step))


for _chooser in CHOOSERS:
    setattr(Story, _chooser.__name__, _rule(_chooser))


async def test_the_server_does_what_the_reference_says(town: Town) -> None:
    await perform(Story, town, stories=10, steps=30)


def test_stories_tell_of_every_verb() -> None:
    timers = {"expire", "expire_one", "age_to_lost", "age_one", "bill_lost", "bill_one"}
    assert {chooser.__name__ for chooser in CHOOSERS} == (set(VERBS) - timers) | {"timers"}
