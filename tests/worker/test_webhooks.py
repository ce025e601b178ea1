"""Webhooks over a real database and real HTTP: signed, in order, again until taken, and nowhere they should not be."""

import asyncio
import hmac
import re
import time
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson
import pytest

from library import Json
from octavo.rules.destinations import Destinations
from octavo.worker.sending import NotDelivered, Sender
from worker.conftest import House, Letter, Receiver, receiving

SERVER_ERROR = b"500 Internal Server Error"


def names(letters: list[Letter]) -> list[str]:
    return [orjson.loads(letter.body)["data"]["new"]["group"] for letter in letters]


async def state(house: House, webhook: Json) -> Any:
    async with house.store.read(house.tenant, house.clock()) as tx:
        return await tx.connection.fetchrow(
            f"SELECT * FROM {tx.table('webhook_delivery')} WHERE webhook_id = $1::uuid", webhook["id"]
        )


async def until(true: Any) -> None:
    async with asyncio.timeout(15):
        while not await true():  # noqa: ASYNC110 - a test's patience
            await asyncio.sleep(0.02)


async def tell(house: House, *groups: str) -> None:
    for group in groups:
        await house.add_group(group)
    await house.publish()
    house.news.add(house.tenant)


async def test_what_happens_is_posted_in_folios_form_signed_and_in_order(house: House, receiver: Receiver):
    webhook = await house.add_webhook(receiver.url, topics=["users.userGroup"])
    async with house.delivering():
        await tell(house, "one", "two", "three")
        letters = await receiver.wait_for(3)
    assert names(letters) == ["one", "two", "three"]
    for letter in letters:
        event, headers = orjson.loads(letter.body), letter.headers
        assert set(event) == {"id", "type", "tenant", "timestamp", "data"}
        assert (event["type"], event["tenant"]) == ("CREATED", house.tenant)
        assert headers["x-octavo-event-id"] == event["id"]
        assert headers["x-octavo-topic"] == f"{house.tenant}.users.userGroup"
        assert headers["x-okapi-tenant"] == house.tenant
        signed = headers["x-octavo-timestamp"].encode() + b"." + letter.body
        assert headers["x-octavo-signature"] == f"sha256={hmac.new(webhook['secret'].encode(), signed, sha256).hexdigest()}"
        assert abs(int(headers["x-octavo-timestamp"]) - time.time()) < 60
    assert len({letter.headers["x-octavo-event-id"] for letter in letters}) == 3


async def test_only_named_topics_are_posted_and_the_others_are_passed_by(house: House, receiver: Receiver):
    webhook = await house.add_webhook(receiver.url, topics=["circulation.loan"])
    async with house.delivering():
        await tell(house, "nobody's business")
        newest = (await house.published())[-1].position
        await until(lambda: caught_up(house, webhook, newest))
    assert receiver.letters == []


async def caught_up(house: House, webhook: Json, position: int) -> bool:
    row = await state(house, webhook)
    return row["position"] == position and row["holder"] is None


async def test_what_happened_before_is_not_posted(house: House, receiver: Receiver):
    await tell(house, "before")
    await house.add_webhook(receiver.url)
    async with house.delivering():
        await tell(house, "after")
        assert names(await receiver.wait_for(1)) == ["after"]


async def test_what_nobody_takes_is_posted_again_in_order_and_others_do_not_wait(house: House, receiver: Receiver):
    webhook = await house.add_webhook(receiver.url)
    receiver.answers = [b"200 OK", SERVER_ERROR, b"404 Not Found"]
    async with receiving() as other:
        await house.add_webhook(other.url)
        async with house.delivering():
            await tell(house, "one", "two", "three")
            assert names(await other.wait_for(3)) == ["one", "two", "three"]
            await receiver.wait_for(2)
            await until(lambda: failures(house, webhook, 1))
            house.clock.advance(seconds=1)
            await receiver.wait_for(3)
            await until(lambda: failures(house, webhook, 2))
            house.clock.advance(seconds=1)
            house.news.add(house.tenant)
            await asyncio.sleep(0.1)
            assert len(receiver.letters) == 3, "it is not time yet"
            house.clock.advance(seconds=1)
            letters = await receiver.wait_for(5)
    assert names(letters) == ["one", "two", "two", "two", "three"]
    assert len({letter.headers["x-octavo-event-id"] for letter in letters[1:4]}) == 1, "it is known as the same event"


async def failures(house: House, webhook: Json, number: int) -> bool:
    row = await state(house, webhook)
    return row["failures"] == number and row["holder"] is None


async def test_one_that_fails_for_too_long_is_suspended_says_why_and_goes_on_when_asked_to(
    house: House, receiver: Receiver, said: pytest.LogCaptureFixture
):
    webhook = await house.add_webhook(receiver.url)
    receiver.answers = [SERVER_ERROR, SERVER_ERROR]
    path = f"/webhooks/{webhook['id']}"
    async with house.delivering():
        await tell(house, "secret word")
        await until(lambda: failures(house, webhook, 1))
        assert (await house.client.get(path)).json()["active"] is True
        house.clock.advance(hours=72)
        house.news.add(house.tenant)
        await until(lambda: failures(house, webhook, 2))
        stopped = (await house.client.get(path)).json()
        assert stopped["active"] is False
        assert stopped["suspended"]["reason"] == "answer 500"
        house.clock.advance(hours=72)
        house.news.add(house.tenant)
        await asyncio.sleep(0.1)
        assert len(receiver.letters) == 2, "nothing is sent to a suspended webhook"
        answer = await house.client.put(path, json={**stopped, "active": True})
        assert answer.status_code == 204, answer.text
        assert "suspended" not in (await house.client.get(path)).json()
        house.news.add(house.tenant)
        assert names(await receiver.wait_for(3)) == ["secret word"] * 3
    assert "is suspended: answer 500" in said.text
    assert webhook["secret"] not in said.text
    assert "secret word" not in "".join(record.message for record in said.records if record.name == "octavo.webhooks")


async def test_a_receiver_that_wants_nothing_any_more_is_suspended_at_once(house: House, receiver: Receiver):
    webhook = await house.add_webhook(receiver.url)
    receiver.answers = [b"410 Gone"]
    async with house.delivering():
        await tell(house, "one")
        await until(lambda: failures(house, webhook, 1))
    assert (await house.client.get(f"/webhooks/{webhook['id']}")).json()["suspended"]["reason"] == "answer 410"


async def test_only_one_of_several_workers_delivers_to_a_webhook(house: House, receiver: Receiver):
    await house.add_webhook(receiver.url)
    await tell(house, *(f"group {number}" for number in range(30)))
    async with house.delivering():
        others = [asyncio.create_task(house.deliverer().run()) for _ in range(3)]
        for _ in range(20):
            house.news.add(house.tenant)
            await asyncio.sleep(0.02)
        letters = await receiver.wait_for(30)
        await asyncio.sleep(0.1)
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    assert names(letters) == [f"group {number}" for number in range(30)]


async def test_what_a_crash_leaves_undone_is_done_by_the_next_worker(house: House, receiver: Receiver):
    webhook = await house.add_webhook(receiver.url)
    await tell(house, "one", "two")
    receiver.answers = [b"200 OK", b"103 Early Hints"]  # the second is never answered: its deliverer dies meanwhile
    async with house.delivering():
        await receiver.wait_for(2)
    assert (await state(house, webhook))["holder"] is not None, "it held on to the webhook when it died"
    async with house.delivering():
        house.news.add(house.tenant)
        await asyncio.sleep(0.1)
        assert len(receiver.letters) == 2, "somebody else still holds it"
        house.clock.advance(seconds=61)
        house.news.add(house.tenant)
        assert names(await receiver.wait_for(3)) == ["one", "two", "two"]


async def test_redirections_are_not_followed(house: House, receiver: Receiver):
    async with receiving() as other:
        webhook = await house.add_webhook(receiver.url)
        receiver.answers = [b"307 Temporary Redirect\nLocation: " + other.url.encode() + b"\r\n"]
        async with house.delivering():
            await tell(house, "one")
            await until(lambda: failures(house, webhook, 1))
        assert other.letters == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nothing_is_sent_to_an_address_that_is_not_public(house: House, receiver: Receiver, host: str):
    port = receiver.url.rpartition(":")[2]
    webhook = await house.add_webhook(f"http://{host}:{port}")
    async with house.delivering(Destinations(http=True)):
        await tell(house, "one")
        await until(lambda: failures(house, webhook, 1))
    assert receiver.letters == []


async def test_where_nobody_answers_it_is_tried_again(house: House):
    webhook = await house.add_webhook("http://127.0.0.1:9/nobody")
    async with house.delivering():
        await tell(house, "one")
        await until(lambda: failures(house, webhook, 1))


async def test_a_secret_is_shown_once_and_can_be_changed(house: House, receiver: Receiver):
    key = {"Idempotency-Key": str(uuid4())}
    first = await house.client.post("/webhooks", json={"url": receiver.url}, headers=key)
    again = await house.client.post("/webhooks", json={"url": receiver.url}, headers=key)
    webhook = first.json()
    assert (again.status_code, again.json()) == (201, {name: value for name, value in webhook.items() if name != "secret"})
    for path in ("/webhooks", f"/webhooks/{webhook['id']}"):
        assert webhook["secret"] not in (await house.client.get(path)).text
    changed = await house.client.post(f"/webhooks/{webhook['id']}/secret")
    assert changed.status_code == 200
    assert re.fullmatch(r"whsec_[\w-]{43}", changed.json()["secret"])
    async with house.delivering():
        await tell(house, "one")
        (letter,) = await receiver.wait_for(1)
    signed = letter.headers["x-octavo-timestamp"].encode() + b"." + letter.body
    expected = hmac.new(changed.json()["secret"].encode(), signed, sha256).hexdigest()
    assert letter.headers["x-octavo-signature"] == f"sha256={expected}"


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"url": "https://10.0.0.1/"}, "the address 10.0.0.1 is not public"),
        ({"url": "https://ann:word@example.org/"}, "a URL with a user name or password is not allowed"),
        ({"url": "file:///etc/passwd"}, "must match"),
        ({"url": "https://example.org/", "topics": ["weather"]}, "no such topic"),
        ({}, "must not be null"),
    ],
)
async def test_what_could_not_be_delivered_to_is_refused(house: House, record: Json, says: str):
    answer = await house.client.post("/webhooks", json=record)
    assert (answer.status_code, says in answer.text) == (422, True), answer.text
    assert (await house.client.get("/webhooks")).json()["totalRecords"] == 0


async def test_an_address_that_nobody_can_read_is_one_where_nobody_answers():
    async with Sender(Destinations()).channel("https://\u2460\u2461\u2466.example/") as channel:
        with pytest.raises(NotDelivered):
            await channel.post(b"{}", {})


async def test_a_webhook_that_is_deleted_gets_nothing_more(house: House, receiver: Receiver):
    webhook = await house.add_webhook(receiver.url)
    assert (await house.client.delete(f"/webhooks/{webhook['id']}")).status_code == 204
    assert (await house.client.post(f"/webhooks/{webhook['id']}/secret")).status_code == 404
    async with house.delivering():
        await tell(house, "one")
        await asyncio.sleep(0.1)
    assert receiver.letters == []
    assert await state(house, webhook) is None
