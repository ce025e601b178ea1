"""Running it: several workers, readiness, metrics, logs, traces."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from conftest import migrate, new_database
from octavo.app.logs import JsonLines
from octavo.telemetry import METRICS
from servers import Served, running
from sides import Sides


@pytest.fixture(scope="module")
async def two_workers(server_url: str) -> Iterator[Served]:
    async with new_database(server_url, "workers") as url:
        await migrate(url)
        with running("--database-url", url, "--workers", "2") as server:
            server.database_url = url
            yield server


def workers_of(server: Served) -> set[int]:
    """Return the processes that serve: the children of the first but for the one that keeps their resources."""
    found = set()
    for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split():
        if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            found.add(int(pid))
    return found


def test_a_worker_that_is_killed_is_replaced_while_the_other_serves(two_workers: Served) -> None:
    before = workers_of(two_workers)
    assert len(before) == 2
    os.kill(min(before), signal.SIGKILL)
    until = time.monotonic() + 30
    while len(now := workers_of(two_workers)) < 2 or now == before:
        assert time.monotonic() < until
        time.sleep(0.1)
    with closing(two_workers.login()) as client:
        assert client.get("/groups").status_code == 200


def test_those_who_replace_all_that_were_killed_serve(two_workers: Served) -> None:
    for pid in workers_of(two_workers):
        os.kill(pid, signal.SIGKILL)
    httpx.get(f"{two_workers.okapi}/admin/health", timeout=60)  # the sockets stay open, so whoever comes waits
    with closing(two_workers.login()) as client:
        assert client.get("/groups").status_code == 200


def test_metrics_are_those_of_all_workers(two_workers: Served) -> None:
    with closing(two_workers.login()) as client:
        for _ in range(20):
            with httpx.Client(base_url=two_workers.okapi, headers=client.headers) as fresh:
                assert fresh.get("/departments").status_code == 200
    text = httpx.get(f"{two_workers.okapi}/metrics").text
    (count,) = re.findall(r'octavo_request_seconds_count\{route="GET /departments",status="200"\} ([\d.]+)', text)
    assert float(count) == 20


def test_everybody_stops_when_asked_to(two_workers: Served) -> None:
    with running("--database-url", two_workers.database_url, "--workers", "2") as server:
        everybody = {server.process.pid, *workers_of(server)}
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(timeout=30)
    for pid in everybody - {server.process.pid}:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_it_is_ready_while_the_database_answers(sides: Sides) -> None:
    async with sides.okapi() as client:
        answer = await client.get("/admin/ready")
        assert (answer.status_code, answer.text) == (200, "ready")


def test_it_is_not_ready_when_the_database_is_of_another_version(two_workers: Served) -> None:
    change = "UPDATE octavo.tenant SET version = version + {}"
    run_sql(two_workers.database_url, change.format(1))
    try:
        answer = httpx.get(f"{two_workers.okapi}/admin/ready")
        assert answer.status_code == 503
        assert "retry-after" in answer.headers
    finally:
        run_sql(two_workers.database_url, change.format(-1))


def run_sql(url: str, sql: str) -> None:
    script = "import asyncio, asyncpg, sys\nasync def go():\n c = await asyncpg.connect(sys.argv[1])\n await c.execute(sys.argv[2])\n await c.close()\nasyncio.run(go())"
    subprocess.run([sys.executable, "-c", script, url, sql], check=True)


async def test_metrics_are_not_for_strangers(octavo, sides: Sides) -> None:
    transport = httpx.ASGITransport(app=octavo.okapi, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo") as stranger:
        assert (await stranger.get("/metrics")).status_code == 403


def test_metrics_may_be_asked_for_from_elsewhere_with_the_key(two_workers: Served) -> None:
    with running("--database-url", two_workers.database_url, OCTAVO_METRICS_KEY="let-me-see") as server:
        assert httpx.get(f"{server.okapi}/metrics").status_code == 403
        answer = httpx.get(f"{server.okapi}/metrics", headers={"Authorization": "Bearer let-me-see"})
        assert answer.status_code == 200
        assert "octavo_request_seconds" in answer.text


def test_every_metric_says_what_it_is() -> None:
    for metric in METRICS:
        assert len(metric._documentation) > 20, metric._name
        assert metric._name.startswith("octavo_")


def test_a_line_of_the_log_is_one_json_object() -> None:
    record = logging.LogRecord("octavo.request", logging.INFO, "", 0, "%s %d", ("GET /groups", 200), None)
    record.request = "abc"
    told = json.loads(JsonLines().format(record))
    assert (told["message"], told["level"], told["request"]) == ("GET /groups 200", "info", "abc")
    assert "\n" not in JsonLines().format(record)


class Collector(BaseHTTPRequestHandler):
    """Takes traces in and remembers them."""

    seen: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        self.seen.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_traces_go_to_the_collector_and_name_routes_not_ids(two_workers: Served) -> None:
    collector = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{collector.server_port}"
    with running("--database-url", two_workers.database_url, OCTAVO_TRACES_URL=url, OTEL_BSP_SCHEDULE_DELAY="100") as server:
        with closing(server.login()) as client:
            client.get("/loan-storage/loans/8f4b7f5e-54d9-4a06-a04e-6ac6c5ad7df8")
        until = time.monotonic() + 20
        while not any(b"GET /loan-storage/loans/{id}" in body for body in Collector.seen):
            assert time.monotonic() < until
            time.sleep(0.1)
    assert not any(b"8f4b7f5e" in body for body in Collector.seen)
    collector.shutdown()
    collector.server_close()
