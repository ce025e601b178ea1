"""How often a library's timers run, as the library says it."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from octavo.store.timers import load_periods
from octavo.store.tx import Tx
from octavo.worker.timers import TIMERS

Json = dict[str, Any]

TIMERS_PATH = "/scheduler/timers"
AGEING = "/circulation/scheduled-age-to-lost"


def timer(**more: Any) -> Json:
    entry = {"methods": ["POST"], "pathPattern": AGEING, "unit": "second", "delay": "1", **more}
    return {"id": str(uuid4()), "enabled": True, "routingEntry": entry}


async def periods(tx: Tx) -> dict[str, timedelta | None]:
    found = await load_periods(tx)
    await asyncio.sleep(0)  # the driver tells its loggers of a statement a moment later
    return found


async def listed(client: httpx.AsyncClient) -> dict[str, Json]:
    answer = await client.get(f"{TIMERS_PATH}?limit=100")
    assert answer.status_code == 200
    found = answer.json()
    assert found["totalRecords"] == len(found["timerDescriptors"])
    return {one["routingEntry"]["pathPattern"]: one for one in found["timerDescriptors"]}


async def test_every_library_has_the_timers_at_their_usual_pace(client: httpx.AsyncClient, tx: Tx) -> None:
    found = await listed(client)
    usual = {one.name: one.period for one in TIMERS if one.name.startswith("/")}
    assert found.keys() == usual.keys()
    assert found[AGEING]["routingEntry"] == {"methods": ["POST"], "pathPattern": AGEING, "unit": "minute", "delay": "30"}
    assert await periods(tx) == usual


async def test_a_timer_is_made_faster_and_switched_off(client: httpx.AsyncClient, tx: Tx) -> None:
    ageing = (await listed(client))[AGEING]
    faster = {**ageing, "routingEntry": {**ageing["routingEntry"], "unit": "second", "delay": 1}}
    answer = await client.put(f"{TIMERS_PATH}/{ageing['id']}", json=faster)
    assert (answer.status_code, answer.json()["routingEntry"]["delay"]) == (200, "1")
    assert (await periods(tx))[AGEING] == timedelta(seconds=1)
    assert (await client.put(f"{TIMERS_PATH}/{ageing['id']}", json={**faster, "enabled": "false"})).status_code == 200
    assert (await periods(tx))[AGEING] is None


async def test_the_fastest_of_several_timers_counts_and_a_deleted_one_does_not(
    client: httpx.AsyncClient, tx: Tx
) -> None:
    more = timer(unit="day", delay="2")
    assert (await client.post(TIMERS_PATH, json=more)).status_code == 201
    assert (await periods(tx))[AGEING] == timedelta(minutes=30)
    usual = next(one for one in (await listed(client)).values() if one["routingEntry"]["delay"] == "20")
    assert (await client.delete(f"{TIMERS_PATH}/{usual['id']}")).status_code == 204
    assert usual["routingEntry"]["pathPattern"] not in await periods(tx)
    off = {**more, "enabled": False}
    assert (await client.put(f"{TIMERS_PATH}/{more['id']}", json=off)).status_code == 200
    assert (await periods(tx))[AGEING] == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        ({"pathPattern": "/circulation/loans"}, 422),
        ({"schedule": {"cron": "0 0 * * *"}}, 422),
        ({"delay": "0"}, 422),
        ({"delay": "soon"}, 422),
        ({"unit": "moon"}, 400),
    ],
)
async def test_a_timer_that_would_never_run_is_refused(
    client: httpx.AsyncClient, entry: dict[str, Any], status: int
) -> None:
    before = await listed(client)
    assert (await client.post(TIMERS_PATH, json=timer(**entry))).status_code == status
    ageing = before[AGEING]
    changed = await client.put(f"{TIMERS_PATH}/{ageing['id']}", json={**timer(**entry), "id": ageing["id"]})
    assert changed.status_code == status
    assert await listed(client) == before


async def test_an_unknown_timer_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.put(f"{TIMERS_PATH}/{uuid4()}", json=timer())).status_code == 404
