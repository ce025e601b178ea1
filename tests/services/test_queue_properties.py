"""Whatever is done to requests, queues have no gaps, and items are where their loans and requests say."""

from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import Clock
from library import Library
from requesting import REQUESTS, full_draft, title_draft, title_level

Json = dict[str, Any]

ITEMS, PATRONS = 3, 4
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("create"), st.integers(0, PATRONS - 1), st.integers(0, ITEMS - 1),
                  st.sampled_from(["Page", "Hold", "Recall"]), st.booleans()),
        st.tuples(st.just("title"), st.integers(0, PATRONS - 1), st.sampled_from(["Page", "Hold", "Recall"])),
        st.tuples(st.sampled_from(["cancel", "delete"]), st.integers(0, 9)),
        st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, ITEMS - 1), st.sampled_from([None, "Hold", "Recall"])),
        st.tuples(st.just("reorder"), st.integers(0, ITEMS - 1), st.randoms(use_true_random=False)),
        st.tuples(st.just("check in"), st.integers(0, ITEMS - 1), st.sampled_from(["main desk", "branch desk"])),
        st.tuples(st.just("check out"), st.integers(0, ITEMS - 1), st.integers(0, PATRONS - 1)),
        st.tuples(st.just("expire"), st.sampled_from([2, 40])),
    ),
    min_size=4,
    max_size=14,
)  # fmt: skip
FETCHED = {"Open - Awaiting pickup": "Awaiting pickup", "Open - In transit": "In transit"}


class Shelf:
    """A few copies of one title and a few patrons, and what people do with them; much of it is refused."""

    def __init__(self, library: Library, clock: Clock) -> None:
        self.library, self.clock, self.client = library, clock, library.client

    async def fill(self) -> None:
        self.instance = await self.library.instance()
        self.items = [await self.library.item(self.instance) for _ in range(ITEMS)]
        self.patrons = [await self.library.patron() for _ in range(PATRONS)]

    async def requests(self) -> list[Json]:
        query = f'instanceId=={self.instance["id"]} and status="Open*" sortby position'
        return list((await self.library.get(f"/request-storage/requests?query={query}&limit=100"))["requests"])

    async def step(self, verb: str, *how: Any) -> None:
        await getattr(self, verb.replace(" ", "_"))(*how)

    async def _post(self, path: str, body: Json) -> None:
        answer = await self.client.post(path, json=body)
        assert answer.status_code in (200, 201, 204, 422), answer.text

    async def create(self, patron: int, item: int, kind: str, expires: bool) -> None:
        body = await full_draft(self.library, self.patrons[patron], self.items[item], requestType=kind)
        await self._post(REQUESTS, {**body, **self._limit(expires=expires)})

    async def title(self, patron: int, kind: str) -> None:
        await self._post(REQUESTS, title_draft(self.library, self.patrons[patron], self.instance, kind))

    def _limit(self, *, expires: bool) -> Json:
        return {"requestExpirationDate": (self.clock.now + timedelta(days=1)).isoformat()} if expires else {}

    async def _chosen(self, number: int) -> Json | None:
        found = await self.requests()
        return found[number % len(found)] if found else None

    async def cancel(self, number: int) -> None:
        if request := await self._chosen(number):
            body = {"status": "Closed - Cancelled", "cancellationReasonId": self.library.ids["cancelled by patron"]}
            await self.library.put(f"{REQUESTS}/{request['id']}", {**request, **body})

    async def delete(self, number: int) -> None:
        if request := await self._chosen(number):
            assert (await self.client.delete(f"{REQUESTS}/{request['id']}")).status_code == 204

    async def move(self, number: int, item: int, kind: str | None) -> None:
        if request := await self._chosen(number):
            body = {"destinationItemId": self.items[item]["id"]} | ({"requestType": kind} if kind else {})
            await self._post(f"{REQUESTS}/{request['id']}/move", body)

    async def reorder(self, item: int, random: Any) -> None:
        for path in (f"item/{self.items[item]['id']}", f"instance/{self.instance['id']}"):
            queue = (await self.library.get(f"{REQUESTS}/queue/{path}"))["requests"]
            places = random.sample(range(1, len(queue) + 1), len(queue))
            order = [{"id": one["id"], "newPosition": place} for one, place in zip(queue, places, strict=True)]
            await self._post(f"{REQUESTS}/queue/{path}/reorder", {"reorderedQueue": order})

    async def check_in(self, item: int, desk: str) -> None:
        await self.library.check_in(self.items[item], desk)

    async def check_out(self, item: int, patron: int) -> None:
        body = {"itemBarcode": self.items[item]["barcode"], "userBarcode": self.patrons[patron]["barcode"]}
        await self._post("/circulation/check-out-by-barcode", {**body, "servicePointId": self.library.ids["main desk"]})

    async def expire(self, days: int) -> None:
        self.clock.advance(days=days)
        assert (await self.client.post("/scheduled-request-expiration")).status_code == 204

    async def check(self, *, by_title: bool) -> None:
        """Check everything that must always hold."""
        requests = await self.requests()
        queues: dict[str | None, list[int]] = {}
        for request in requests:
            queues.setdefault(None if by_title else request["itemId"], []).append(request["position"])
        for places in queues.values():
            assert places == list(range(1, len(places) + 1)), requests
        for item in self.items:
            await self._check_item(item, [one for one in requests if one.get("itemId") == item["id"]])

    async def _check_item(self, item: Json, requests: list[Json]) -> None:
        status = (await self.library.get(f"/item-storage/items/{item['id']}"))["status"]["name"]
        loans = await self.library.get(f'/loan-storage/loans?query=itemId=={item["id"]} and status.name==Open')
        assert (status == "Checked out") is (loans["totalRecords"] == 1), (status, loans)
        begun = [one["status"] for one in requests if one["status"] in FETCHED]
        assert max(Counter(begun).values(), default=0) <= 1, requests
        for one in begun:
            assert status == FETCHED[one], (status, requests)
        if status == "Paged":
            assert requests, "fetched for nobody"
        if any(one["requestType"] == "Page" and one["status"] not in FETCHED for one in requests):
            assert status != "Available", requests


async def play(library: Library, clock: Clock, steps: list[tuple[Any, ...]], *, by_title: bool) -> None:
    shelf = Shelf(library, clock)
    await shelf.fill()
    for step in steps:
        await shelf.step(*step)
        await shelf.check(by_title=by_title)


FEW = settings(
    max_examples=12, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@FEW
@given(STEPS)
async def test_queues_of_items_agree_with_the_items(library: Library, clock: Clock, steps: list[tuple[Any, ...]]) -> None:
    await play(library, clock, steps, by_title=False)


@FEW
@given(STEPS)
async def test_queues_of_titles_agree_with_the_items(library: Library, clock: Clock, steps: list[tuple[Any, ...]]) -> None:
    query = await library.get("/circulation-settings-storage/circulation-settings")
    if not query["totalRecords"]:
        await title_level(library)
    await play(library, clock, steps, by_title=True)
