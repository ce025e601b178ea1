"""Where Hypothesis makes up stories: a state machine whose rules run in a thread, and what they do on the town's loop."""

import asyncio
import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

from model.acts import Act
from model.choices import Chooser, Pick
from model.telling import Telling
from model.town import Town

#: How many stories are told. The usual ones are always the same; OCTAVO_MODEL_STORIES=500 tells others, and longer ones.
STORIES = int(os.environ.get("OCTAVO_MODEL_STORIES", "0"))


class Stage(RuleBasedStateMachine):
    """A story that begins on the first day of the town. What happens then is for the rules of a subclass to say."""

    town: Town
    loop: asyncio.AbstractEventLoop
    telling: Telling | None = None
    count = 0

    @initialize(by_title=st.booleans())
    def begin(self, by_title: bool) -> None:
        self.telling = Telling(self.town, by_title=by_title)
        self.run(self.telling.begin())

    def run(self, work: Any) -> Any:
        """Do something on the loop of the town."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def choose(self, chooser: Chooser, pick: Pick) -> Act:
        """Choose what happens next; every act that makes something gives it a key of its own."""
        self.count += 1
        return chooser(self.telling.world, f"{chooser.__name__} {self.count}", pick)


def picking(data: st.DataObject) -> Pick:
    """Let Hypothesis choose."""
    return lambda options: data.draw(st.sampled_from(options))


async def perform(stage: type[Stage], town: Town, stories: int, steps: int) -> None:
    """Tell stories, `stories` of them with at most so many steps unless more are asked for."""
    stage.town, stage.loop = town, asyncio.get_running_loop()
    how = settings(
        max_examples=STORIES or stories, stateful_step_count=2 * steps if STORIES else steps, derandomize=not STORIES,
        deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, stage, settings=how)
