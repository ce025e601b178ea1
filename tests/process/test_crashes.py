"""What people were told is stored stays stored, whoever is killed; and nobody waits for ever."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from octavo.app import wiring
from octavo.app.commands import serve
from octavo.app.postgres import EmbeddedPostgres
from octavo.app.settings import Settings
from octavo.store.pool import Pool
from octavo.store.tx import Store
from postgres_processes import eventually, name_of, postmaster, processes
from process.world import TENANT, Writers, check_nothing_is_lost, execute, new_loan
from servers import Served, running

pytestmark = pytest.mark.slow

LOANS = "/loan-storage/loans"


def writing(writers: Writers, count: int) -> Callable[[], bool]:
    """Tell whether so many more loans have been acknowledged."""
    before = len(writers.acknowledged)
    return lambda: len(writers.acknowledged) >= before + count


def test_a_killed_server_has_lost_nothing_that_it_acknowledged(data_dir: Path) -> None:
    with running("--data-dir", str(data_dir)) as server:
        writers = Writers(server)
        with writers.at_work():
            assert eventually(writing(writers, 100), 20)
            server.process.kill()
        assert writers.broken_off
    with running("--data-dir", str(data_dir)) as server:
        check_nothing_is_lost(server, writers.acknowledged)


def test_a_killed_postgresql_costs_refusals_for_a_moment_and_comes_back_by_itself(data_dir: Path) -> None:
    with running("--data-dir", str(data_dir)) as server:
        writers = Writers(server)
        with writers.at_work():
            assert eventually(writing(writers, 50), 20)
            for _ in range(2):
                killed = postmaster(name_of(data_dir))
                before = len(writers.answers)
                os.kill(killed, signal.SIGKILL)
                assert eventually(lambda: any(answer.status == 503 for answer in writers.since(before)), 20)  # noqa: B023
                assert eventually(writing(writers, 50), 20), "the service did not come back"
        refused = [answer for answer in writers.answers if answer.status != 201]
        assert {answer.status for answer in refused} == {503}
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
        check_nothing_is_lost(server, writers.acknowledged)
    assert server.process.returncode == 0
    assert not processes(name_of(data_dir), "cluster_name")


def test_a_postgresql_that_crashes_and_recovers_by_itself_is_found_again(data_dir: Path) -> None:
    """A killed back end makes PostgreSQL throw everybody out and recover."""
    with running("--data-dir", str(data_dir)) as server, EmbeddedPostgres(data_dir) as database:
        writers = Writers(server)
        with writers.at_work():
            assert eventually(writing(writers, 20), 20)
            (found,) = execute(database.url, "SELECT pid FROM pg_stat_activity WHERE application_name = 'octavo' LIMIT 1")
            os.kill(found["pid"], signal.SIGKILL)
            assert eventually(lambda: any(answer.status == 503 for answer in writers.answers), 20)
            assert eventually(writing(writers, 50), 20), "the service did not come back"
        assert {answer.status for answer in writers.answers} == {201, 503}
        check_nothing_is_lost(server, writers.acknowledged)


@asynccontextmanager
async def logged_in(octavo: wiring.Octavo) -> AsyncIterator[httpx.AsyncClient]:
    """The Okapi side in this process, as the administrator."""
    headers = {"X-Okapi-Tenant": TENANT, "X-Okapi-Token": await octavo.token_of(TENANT, "admin")}
    transport = httpx.ASGITransport(app=octavo.okapi)
    async with httpx.AsyncClient(transport=transport, base_url="http://octavo", headers=headers) as client:
        yield client


@asynccontextmanager
async def in_process(pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """The Okapi side over a pool of one's own."""
    try:
        async with logged_in(wiring.assemble(Store(pool), Settings())) as client:
            yield client
    finally:
        await pool.close()


async def test_a_postgresql_that_cannot_be_started_again_is_tried_until_it_can(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    version = data_dir / "postgres" / "data" / "PG_VERSION"
    with EmbeddedPostgres(data_dir) as database:
        async with serve.assembled(Settings(data_dir=data_dir), database.url) as octavo, logged_in(octavo) as client:

            async def write() -> int:
                return (await client.post(LOANS, json=new_loan())).status_code

            assert await write() == 201
            right = version.read_text()
            version.write_text("9\n")
            os.kill(postmaster(name_of(data_dir)), signal.SIGKILL)
            async with asyncio.timeout(10):
                while "PostgreSQL cannot be started again: the data in" not in caplog.text:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                assert await write() == 503
                version.write_text(right)
                while await write() != 201:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
    assert not processes(name_of(data_dir), "cluster_name")


async def refused_within(seconds: float, client: httpx.AsyncClient, times: int) -> None:
    """Send so many writes at once; each is answered 503 in time."""
    async with asyncio.timeout(seconds):
        answers = await asyncio.gather(*(client.post(LOANS, json=new_loan()) for _ in range(times)))
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["Retry-After"]) >= 1


async def test_a_postgresql_that_stops_answering_keeps_nobody_waiting(data_dir: Path) -> None:
    """Whoever holds a connection loses it, whoever waits for one is told so."""
    embedded = EmbeddedPostgres(data_dir)
    pool = Pool(embedded.start().url, size=2, patience=3, longest=1)
    try:
        async with in_process(pool) as client:
            assert (await client.post(LOANS, json=new_loan())).status_code == 201
            with stopped(data_dir):
                await refused_within(10, client, 5)
            assert (await client.post(LOANS, json=new_loan())).status_code == 201
    finally:
        embedded.stop()


@contextmanager
def stopped(data_dir: Path) -> Iterator[None]:
    """Freeze the whole of PostgreSQL."""
    pids = [postmaster(name_of(data_dir)), *processes(name_of(data_dir), "postgres: ")]
    signal_all(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


def signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


async def test_whoever_keeps_a_connection_too_long_loses_it_even_within_a_transaction(served: Served) -> None:
    pool = Pool(served.database_url, size=1, longest=0.3)
    try:
        store = Store(pool)
        with pytest.raises(Exception, match="not available"):
            async with store.transaction(TENANT, wiring.utc_now()) as tx:
                await tx.connection.execute("SELECT pg_sleep(20)")
        async with store.read(TENANT, wiring.utc_now()) as tx:
            assert await tx.connection.fetchval("SELECT 1") == 1
    finally:
        await pool.close()


async def test_when_every_connection_is_busy_the_next_request_is_refused(served: Served) -> None:
    pool = Pool(served.database_url, size=1, patience=0.2)
    async with in_process(pool) as client:
        async with pool.acquire():
            await refused_within(5, client, 10)
        assert (await client.post(LOANS, json=new_loan())).status_code == 201


def test_terminated_connections_cost_at_most_one_request_each(served: Served) -> None:
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    writers = Writers(served)
    with writers.at_work(8):
        assert eventually(writing(writers, 50), 20)
        (found,) = execute(served.database_url, f"SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) AS ended {others}")
        assert eventually(writing(writers, 100), 20)
    refused = [answer.status for answer in writers.answers if answer.status != 201]
    assert set(refused) <= {503}
    assert len(refused) <= found["ended"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_asked_to_stop_answers_what_was_asked_and_leaves_nothing_behind(
    data_dir: Path, number: signal.Signals
) -> None:
    with (
        running("--data-dir", str(data_dir)) as server,
        closing(server.login()) as client,
        ThreadPoolExecutor() as threads,
    ):
        with EmbeddedPostgres(data_dir) as database:
            release, locked = threading.Event(), threading.Event()
            holder = threads.submit(asyncio.run, hold_loans(database.url, locked, release))
            assert locked.wait(5)
            answer = threads.submit(client.post, LOANS, json=new_loan())
            assert eventually(lambda: waiting_for_a_lock(database.url))
            server.process.send_signal(number)
            time.sleep(0.5)
            assert server.process.poll() is None, "it did not wait for the request"
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{server.okapi}/admin/health")
            release.set()
            assert answer.result(10).status_code == 201
            holder.result(10)
        assert server.process.wait(10) == 0
    name = name_of(data_dir)
    assert eventually(lambda: not processes(name)), "PostgreSQL was left running"


async def hold_loans(url: str, locked: threading.Event, release: threading.Event) -> None:
    """Keep everybody else from writing loans."""
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE t_{TENANT}.loan IN SHARE MODE")
        locked.set()
        await asyncio.to_thread(release.wait, 20)
    await connection.close()


def waiting_for_a_lock(url: str) -> bool:
    return bool(execute(url, "SELECT FROM pg_locks WHERE NOT granted"))
