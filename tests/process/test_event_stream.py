"""Events over a real server: streamed as they are published, resumed where a client left off, page by page."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from process.world import execute, new_loan, prepare
from servers import Served, running

Json = dict[str, Any]
PATIENCE = 15.0


@dataclass
class Listener:
    """A client of the stream; reads it in a thread until told to stop."""

    client: httpx.Client
    heard: list[tuple[int, str, Json]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    status: int = 0
    stream: Any = None

    def listen(self, **options: Any) -> None:
        headers = {"Accept": "text/event-stream", **options.pop("headers", {})}
        try:
            with self.client.stream("GET", "/events", headers=headers, timeout=60, **options) as answer:
                self.status, self.stream = answer.status_code, answer.extensions["network_stream"]
                assert answer.headers["content-type"] == "text/event-stream"
                told: dict[str, str] = {}
                for line in answer.iter_lines():
                    self.begun.set()
                    if line:
                        name, _, value = line.partition(": ")
                        told[name] = value
                        continue
                    if "data" in told:
                        self.heard.append((int(told["id"]), told["event"], orjson.loads(told["data"])))
                    told = {}
        except (httpx.ReadError, httpx.RemoteProtocolError, httpx.StreamClosed):
            pass
        finally:
            self.ended.set()

    def leave(self) -> None:
        """Hang up, as a client that has gone does."""
        with suppress(OSError):
            self.stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def wait_for(self, number: int) -> list[tuple[int, str, Json]]:
        wait_until(lambda: len(self.heard) >= number)
        return self.heard


def wait_until(true: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


@contextmanager
def listening(server: Served, **options: Any) -> Iterator[Listener]:
    with closing(server.login()) as client:
        listener = Listener(client)
        thread = threading.Thread(target=listener.listen, kwargs=options, daemon=True)
        thread.start()
        assert listener.begun.wait(PATIENCE)
        yield listener
        listener.leave()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture
def client(served: Served) -> Iterator[httpx.Client]:
    with closing(served.login()) as made:
        yield made


def add_loan(client: httpx.Client) -> Json:
    answer = client.post("/loan-storage/loans", json=new_loan())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_change_is_heard_at_once_in_folios_form(served: Served, client: httpx.Client):
    with listening(served, params={"topics": "circulation.loan"}) as listener:
        began = time.monotonic()
        loan = add_loan(client)
        ((position, topic, event),) = listener.wait_for(1)
        assert time.monotonic() - began < 5
    assert topic == "diku.circulation.loan"
    assert position > 0
    assert (event["type"], event["tenant"], event["data"]) == ("CREATED", "diku", {"new": loan})
    assert abs(event["timestamp"] / 1000 - time.time()) < 60
    assert set(event) == {"id", "type", "tenant", "timestamp", "data"}


def test_only_the_topics_that_are_asked_for_are_heard(served: Served, client: httpx.Client):
    with listening(served, params={"topics": "users.userGroup"}) as listener:
        add_loan(client)
        group = client.post("/groups", json={"group": f"group {uuid4()}"}).json()
        ((_, topic, event),) = listener.wait_for(1)
    assert (topic, event["data"]["new"]["id"]) == ("diku.users.userGroup", group["id"])


@pytest.mark.parametrize("how", ["Last-Event-ID", "after"])
def test_a_client_that_was_away_hears_what_it_has_missed(served: Served, client: httpx.Client, how: str):
    with listening(served, params={"topics": "circulation.loan"}) as listener:
        add_loan(client)
        last = listener.wait_for(1)[-1][0]
    missed = [add_loan(client)["id"] for _ in range(3)]
    again: Json = {"headers": {how: str(last)}} if how == "Last-Event-ID" else {"params": {"after": str(last)}}
    with listening(served, **again) as listener:
        loans = [event["data"]["new"]["id"] for _, _, event in listener.wait_for(3)]
        loans.append((add_loan(client)["id"], listener.wait_for(4))[1][-1][2]["data"]["new"]["id"])
    assert loans[:3] == missed
    assert len(set(loans)) == 4


def test_events_are_read_page_by_page(client: httpx.Client):
    newest = client.get("/events").json()
    while newest["more"]:
        newest = client.get("/events", params={"after": newest["next"]}).json()
    loan = add_loan(client)
    told: Json = {"events": []}
    wait_until(lambda: told.update(client.get("/events", params={"after": newest["next"]}).json()) or told["events"])
    (event,) = told["events"]
    assert (event["topic"], event["event"]["data"]) == ("diku.circulation.loan", {"new": loan})
    assert told["next"] == event["position"]
    assert told["more"] is False


def test_what_is_kept_no_longer_is_said_plainly(served: Served, client: httpx.Client):
    add_loan(client)
    wait_until(lambda: client.get("/events").json()["events"])
    newest = execute(
        served.database_url,
        'WITH gone AS (DELETE FROM "t_diku".event RETURNING position) UPDATE "t_diku".event_horizon '
        "SET position = (SELECT max(position) FROM gone) RETURNING position",
    )[0]["position"]
    for accept in ("text/event-stream", "application/json"):
        answer = client.get("/events", headers={"Last-Event-ID": str(newest - 1), "Accept": accept})
        assert answer.status_code == 410
        assert f"go on after {newest}" in answer.text
    assert client.get("/events", params={"after": newest}).status_code == 200


@pytest.mark.parametrize(
    ("query", "says"),
    [({"after": "yesterday"}, "not the position"), ({"after": "-1"}, "not the position"),
     ({"after": "999999999"}, "no event 999999999 yet"), ({"topics": "circulation.loan,weather"}, "no such topic: weather")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(client: httpx.Client, query: Json, says: str):
    answer = client.get("/events", params=query)
    assert (answer.status_code, says in answer.text) == (400, True), answer.text


def test_nobody_hears_of_another_tenant(served: Served, client: httpx.Client):
    other = Served(served.okapi, served.edge, served.process, tenant="other")
    with closing(other.login()) as elsewhere, listening(other) as listener:
        add_loan(client)
        theirs = add_loan(elsewhere)
        ((_, topic, event),) = listener.wait_for(1)
    assert (topic, event["data"]["new"]["id"]) == ("other.circulation.loan", theirs["id"])


def test_a_server_that_is_told_to_stop_ends_its_streams(served: Served):
    with running("--database-url", served.database_url) as server:
        with listening(server) as listener:
            began = time.monotonic()
            server.process.terminate()
            assert listener.ended.wait(PATIENCE)
        server.process.wait(PATIENCE)
        assert time.monotonic() - began < 5
        assert server.process.returncode == 0


def test_a_stream_that_nobody_reads_any_more_ends(served: Served):
    with running("--database-url", served.database_url, OCTAVO_LOG_LEVEL="info") as server:
        for _ in range(3):
            with listening(server):
                pass
        with closing(server.login()) as client:
            add_loan(client)
        server.process.terminate()
        server.process.wait(PATIENCE)
        assert server.process.returncode == 0


async def test_events_are_published_by_a_worker_of_its_own(empty_database: str):
    await prepare(empty_database, "diku")
    await asyncio.to_thread(publish_elsewhere, empty_database)


def publish_elsewhere(url: str) -> None:
    with running("--database-url", url, OCTAVO_WORKER="false") as server, listening(server) as listener:
        with closing(server.login()) as client:
            add_loan(client)
            assert client.get("/events").json()["events"] == [], "nobody publishes yet"
        command = [sys.executable, "-m", "octavo", "worker", "--database-url", url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdout is not None
            assert "works in the background" in worker.stdout.readline()
            listener.wait_for(1)
            with closing(server.login()) as client:
                add_loan(client)
            began = time.monotonic()
            wait_until(lambda: sum(topic == "diku.circulation.loan" for _, topic, _ in listener.heard) == 2)
            assert time.monotonic() - began < 10, "it is told of changes, and does not find them in a sweep"
            worker.terminate()
            assert worker.wait(PATIENCE) == 0


def test_timers_run_inside_the_server_and_what_they_change_is_told(served: Served, client: httpx.Client):
    group = client.post("/groups", json={"group": f"group {uuid4()}"}).json()
    user = {
        "id": str(uuid4()), "username": f"reader {uuid4()}", "active": True, "patronGroup": group["id"],
        "personal": {"lastName": "Reader"}, "expirationDate": "2020-01-01T00:00:00Z",
    }  # fmt: skip
    with running("--database-url", served.database_url) as server, listening(server, params={"topics": "users.users"}) as listener:
        execute(served.database_url, "DELETE FROM octavo.timer")
        answer = client.post("/users", json=user)
        assert answer.status_code == 201, answer.text
        wait_until(lambda: any(changed(event, user) for _, _, event in listener.heard))
    (data,) = [event["data"] for _, _, event in listener.heard if changed(event, user)]
    assert (data["old"]["active"], data["new"]["active"]) == (True, False)
    assert client.get(f"/users/{user['id']}").json()["active"] is False


def changed(event: Json, record: Json) -> bool:
    return event["type"] == "UPDATED" and event["data"]["new"]["id"] == record["id"]


async def test_a_webhook_hears_of_what_a_server_does(empty_database: str):
    await prepare(empty_database, "diku")
    await asyncio.to_thread(deliver_one, empty_database)


def deliver_one(url: str) -> None:
    heard: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    settings = {"OCTAVO_WEBHOOK_HTTP": "true", "OCTAVO_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as receiver, running("--database-url", url, **settings) as server:
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        with closing(server.login()) as client:
            webhook = {"url": f"http://127.0.0.1:{receiver.server_port}/", "topics": ["circulation.loan"]}
            made = client.post("/webhooks", json=webhook)
            assert made.status_code == 201, made.text
            loan = add_loan(client)
            wait_until(lambda: heard)
            assert client.delete(f"/webhooks/{made.json()['id']}").status_code == 204
        receiver.shutdown()
    assert orjson.loads(heard[0])["data"] == {"new": loan}
