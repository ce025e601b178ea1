"""Whatever is done one after another, the server does what the reference says, and the doctor finds nothing."""

import asyncio
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from model.acts import VERBS
from model.choices import CHOOSERS, Chooser, possible
from model.telling import Telling
from model.town import Town

pytestmark = pytest.mark.slow

#: How many stories are told. The usual ones are always the same; OCTAVO_MODEL_STORIES=500 tells others, and longer ones.
STORIES = int(os.environ.get("OCTAVO_MODEL_STORIES", "0"))
HOW_LONG = settings(
    max_examples=STORIES or 10, stateful_step_count=60 if STORIES else 30, derandomize=not STORIES, deadline=None,
    database=None, suppress_health_check=list(HealthCheck), print_blob=True,
)  # fmt: skip


class Story(RuleBasedStateMachine):
    """One thing after another happens. Rules run in a thread of their own, what they do on the loop of the town."""

    town: Town
    loop: asyncio.AbstractEventLoop
    telling: Telling | None = None
    count = 0

    @initialize(by_title=st.booleans())
    def begin(self, by_title: bool) -> None:
        self.telling = Telling(self.town, by_title=by_title)
        self.run(self.telling.begin())

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def choose(self, data: st.DataObject, chooser: Chooser) -> Any:
        self.count += 1
        return chooser(
            self.telling.world, f"{chooser.__name__} {self.count}", lambda options: data.draw(st.sampled_from(options))
        )


def _rule(chooser: Chooser) -> Any:
    def step(self: Story, data: st.DataObject) -> None:
        self.run(self.telling.then(self.choose(data, chooser)))

    step.__name__ = chooser.__name__
    ready = precondition(lambda self: self.telling is not None and possible(self.telling.world, chooser))
    return ready(rule(data=st.data())(step))


for _chooser in CHOOSERS:
    setattr(Story, _chooser.__name__, _rule(_chooser))


async def test_the_server_does_what_the_reference_says(town: Town) -> None:
    Story.town, Story.loop = town, asyncio.get_running_loop()
    await asyncio.to_thread(run_state_machine_as_test, Story, settings=HOW_LONG)


def test_stories_tell_of_every_verb() -> None:
    told = {chooser.__name__ for chooser in CHOOSERS} | {"expire", "age_to_lost", "bill_lost"}
    assert set(VERBS) <= told
