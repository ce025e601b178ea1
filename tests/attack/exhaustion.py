"""Using up what all share: connections to the database, connections to the server, time, memory. Others are served meanwhile."""

import asyncio
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import asyncpg
import httpx

from attack.outcome import Outcome, attack
from attack.victim import TENANT, Victim
from octavo.store.tx import schema_of

_BLOCKED = 24
_PATIENCE = 50.0  # 10 s for a connection, or 30 s for a statement, and a busy machine
_PATIENT = httpx.Timeout(_PATIENCE + 30)


@attack("all database connections busy", f"503 with Retry-After within {_PATIENCE:g} s, then served again")
def attack_pool(outcome: Outcome, victim: Victim) -> None:
    """Lock a table from outside, so that every connection waits: requests are given up with 503, and all is well afterwards."""
    asyncio.run(_attack_pool(outcome, victim))


async def _attack_pool(outcome: Outcome, victim: Victim) -> None:
    headers = {"X-Okapi-Token": victim.admin_token}
    async with httpx.AsyncClient(base_url=victim.okapi, headers=headers, timeout=_PATIENT) as client:
        locking = await asyncpg.connect(victim.database)
        transaction = locking.transaction()
        await transaction.start()
        await locking.execute(f'LOCK TABLE "{schema_of(TENANT)}".groups IN ACCESS EXCLUSIVE MODE')
        started = time.monotonic()
        answers = await asyncio.gather(*(client.get("/groups") for _ in range(_BLOCKED)))
        spent = time.monotonic() - started
        alive = await client.get("/_/version")
        await transaction.rollback()
        await locking.close()
        after = await client.get("/groups")
    outcome.times = _BLOCKED + 2
    statuses = Counter(answer.status_code for answer in answers)
    outcome.tried = f"{_BLOCKED} requests behind a lock, given up after {spent:.0f} s"
    outcome.check(set(statuses) == {503}, f"answers behind the lock: {dict(statuses)}")
    outcome.check(all(answer.headers.get("retry-after", "").isdigit() for answer in answers), "503 without Retry-After")
    outcome.check(spent < _PATIENCE, f"given up only after {spent:.0f} s")
    outcome.check(alive.status_code == 200, "the server itself does not answer")
    outcome.check(after.status_code == 200, f"not served again afterwards: {after.status_code}")


@attack("slow senders", "an honest reader waits less than 2 s")
def attack_slowly(outcome: Outcome, victim: Victim, dawdlers: int, seconds: float) -> None:
    """Send many heads and bodies a byte at a time; an honest reader is served as if nobody else were there."""
    with ExitStack() as stack:
        slow = [stack.enter_context(_begun(victim.okapi, whole_head=bool(number % 2))) for number in range(dawdlers)]
        slowest, until = 0.0, time.monotonic() + seconds
        with victim.client(victim.admin_token) as honest:
            while time.monotonic() < until:
                for connection in slow[outcome.times % 10 :: 10]:
                    _send(connection, b"x")
                started = time.monotonic()
                outcome.check(honest.get("/users?limit=1").status_code == 200, "an honest reader is not served")
                slowest = max(slowest, time.monotonic() - started)
                outcome.times += 1
        outcome.check(slowest < 2, f"an honest reader waited {slowest:.1f} s")
    outcome.times += dawdlers
    outcome.tried = f"{dawdlers} dawdlers for {seconds:g} s, slowest honest answer {slowest * 1000:.0f} ms"


def _begun(base: str, *, whole_head: bool) -> socket.socket:
    address = urlsplit(base)
    connection = socket.create_connection((address.hostname or "", address.port or 0), timeout=10)
    head = b"POST /groups HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" if whole_head else b"GET /users HTTP/1.1\r\nX: "
    connection.sendall(head)
    return connection


def _send(connection: socket.socket, data: bytes) -> None:
    try:
        connection.sendall(data)
    except OSError:
        return  # hung up on, as it should be sooner or later


@attack("dear questions", "answered or refused within 35 s each, others served within 5 s")
def attack_questions(outcome: Outcome, victim: Victim, rounds: int) -> None:
    """Ask what is dear: masks on every field, thousands of terms, sorting by what has no index, the end of long lists."""
    masks = " or ".join(f'personal.lastName=="*{letter}*{letter}*"' for letter in "abcdefghijklmnopqrstuvwxyz" * 8)
    questions = [
        {"query": masks}, {"query": 'keywords=="*a*e*"'}, {"query": "cql.allRecords=1 sortBy personal.lastName/sort.descending barcode"},
        {"offset": "2147483647"}, {"limit": "2147483647"}, {"query": "id=" + " or id=".join(["*a*"] * 2000)},
        {"query": 'username=="' + "*a" * 1000 + '"'}, {"totalRecords": "exact", "query": 'personal.email=="*@*.*"'},
    ]  # fmt: skip
    slowest, waited = 0.0, 0.0
    with ThreadPoolExecutor(6) as pool, victim.client(victim.admin_token) as honest:
        asked = [pool.submit(_ask, victim, question) for question in questions * rounds]
        while not all(one.done() for one in asked):
            started = time.monotonic()
            honest.get("/groups?limit=1")
            waited = max(waited, time.monotonic() - started)
            time.sleep(0.05)
        for one in asked:
            status, seconds = one.result()
            slowest = max(slowest, seconds)
            outcome.check(status in (200, 400, 414, 503), f"a dear question is answered {status}")
    outcome.times = len(asked)
    outcome.tried = f"{len(questions)} questions by 6 at once, slowest {slowest:.1f} s, others {waited:.1f} s"
    outcome.check(slowest < 35, f"a question took {slowest:.0f} s")
    outcome.check(waited < 5, f"others waited {waited:.1f} s")


def _ask(victim: Victim, question: dict[str, str]) -> tuple[int, float]:
    with victim.client(victim.admin_token) as client:
        started = time.monotonic()
        status = client.get("/users", params=question).status_code
        return status, time.monotonic() - started
