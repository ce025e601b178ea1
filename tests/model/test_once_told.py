"""Stories in which the server once did something else than it should, each as short as it can be."""

import pytest

from model.acts import Act
from model.telling import tell
from model.town import Town

MAIN, BRANCH = "main desk", "branch desk"


def check_in(item: str, desk: str = MAIN, resolution: str | None = None) -> Act:
    return Act("check_in", {"item": item, "desk": desk, "resolution": resolution})


def check_out(key: str, patron: str, item: str, override: str | None = None) -> Act:
    return Act("check_out", {"key": key, "patron": patron, "item": item, "override": override})


def hold(key: str, patron: str, item: str, pickup: str = MAIN) -> Act:
    return Act("hold", {"key": key, "patron": patron, "item": item, "pickup": pickup})


def request(key: str, patron: str, target: str, kind: str, pickup: str | None = MAIN) -> Act:
    return Act("request", {"key": key, "patron": patron, "target": target, "kind": kind, "pickup": pickup})


def of(verb: str, loan: str) -> Act:
    return Act(verb, {"loan": loan})


def wait(days: int) -> Act:
    return Act("wait", {"hours": 24 * days})


ITEMS = {
    "an item paged for one stays paged for the next": [
        hold("page", "Cleo", "emma 3"), hold("hold", "Dan", "emma 3"), Act("cancel", {"request": "page"}),
    ],
    "what leaves the hold shelf has no time limit there": [
        hold("page", "Ada", "emma 2", BRANCH), check_in("emma 2", BRANCH), check_in("emma 2"), wait(4), check_in("emma 2", BRANCH),
    ],
    "of fees charged at the same moment the one that is owed is given back": [
        check_out("loan", "Cleo", "emma 2"), *[of(verb, "loan") for verb in ("declare_lost", "claim_returned") * 4],
        of("declare_lost", "loan"), check_in("emma 2"),
    ],
    "an item that is declared lost again is charged for once": [
        check_out("loan", "Cleo", "emma 2"), of("declare_lost", "loan"), of("claim_returned", "loan"), of("declare_lost", "loan"),
    ],
}  # fmt: skip
TITLES = {
    "a hold of a title keeps the barcode of the copy that comes in for it": [
        check_out("loan", "Ada", "vertigo 1"), check_out("other", "Ben", "vertigo 2"), request("hold", "Cleo", "Vertigo", "Hold"),
        check_in("vertigo 2"),
    ],
    "an item that is scanned again changes no places": [
        request("one", "Ada", "Emma", "Page"), request("two", "Ben", "Emma", "Page"), check_in("emma 1"), check_in("emma 2"),
        check_in("emma 1"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", ITEMS)
async def test_where_queues_are_those_of_items(town: Town, name: str) -> None:
    await tell(town, ITEMS[name])


@pytest.mark.parametrize("name", TITLES)
async def test_where_queues_are_those_of_titles(town: Town, name: str) -> None:
    await tell(town, TITLES[name], by_title=True)
