"""What people do: a verb and how. The same act is done to the reference and to the server."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from model import charging, lending, people, queueing
from model.world import Refused, Unknown, World

VERBS = {
    verb.__name__: verb
    for verb in (
        lending.check_out, lending.check_in, lending.renew, lending.declare_lost, lending.claim_returned,
        lending.declare_missing, lending.change_due_date, lending.age_to_lost, lending.bill_lost,
        queueing.request, queueing.hold, queueing.cancel, queueing.delete_request, queueing.update_request, queueing.move,
        queueing.reorder, queueing.expire, charging.charge, charging.act, charging.cancel_charge, people.block,
        people.edit_patron, lending.age_one, lending.bill_one, queueing.expire_one,
         people.edit_item, people.edit_desk, people.edit_loan, people.anonymise, people.wait,
    )
}  # fmt: skip

DONE = "done"
NOT_THERE, CHANGED_MEANWHILE, UNAVAILABLE = "not there", "changed meanwhile", "unavailable"
#: What somebody is told: that it is done, or why not.
Answer = str | tuple[str, ...]


@dataclass(frozen=True)
class Act:
    """Something that somebody does."""

    verb: str
    how: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.verb}({', '.join(f'{name}={value!r}' for name, value in self.how.items())})"


def after(world: World, act: Act) -> tuple[World, Answer]:
    """Return the world once something is done, or the same world where it is refused; and what is said."""
    changed = deepcopy(world)
    try:
        VERBS[act.verb](changed, **act.how)
    except Refused as refused:
        return world, tuple(refused.messages)
    except Unknown:
        return world, NOT_THERE
    return changed, DONE


def parts(world: World, act: Act) -> list[Act] | None:
    """Return what a timer does, each in a transaction of its own; None for an act that is one transaction."""
    timers = {
        "expire": ("expire_one", "request", queueing.expired(world)),
        "age_to_lost": ("age_one", "loan", list(world.loans)),
        "bill_lost": ("bill_one", "loan", list(world.loans)),
    }
    if act.verb not in timers:
        return None
    verb, what, keys = timers[act.verb]
    made = [Act(verb, {what: key}) for key in keys]
    return [one for one in made if _changes(world, one)]


def _changes(world: World, act: Act) -> bool:
    return after(world, act)[0] != world
