"""The statement that a route sends, taken from Octavo itself, so that all programs run the very same SQL."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from bench.load import Shot
from octavo.app import wiring
from octavo.app.settings import Settings
from octavo.store.pool import Pool
from octavo.store.tx import Store


@dataclass(frozen=True)
class Captured:
    """One statement and its arguments; `varying` is the place of the one that changes from request to request."""

    sql: str
    args: tuple[Any, ...]
    varying: int

    def with_value(self, value: Any) -> list[Any]:
        """Return the arguments with another value in the varying place."""
        args = list(self.args)
        args[self.varying] = value
        return args

    def with_document(self, record_id: str, document: bytes) -> list[Any]:
        """Return the arguments of an insert: a new id, then the document."""
        return [record_id, document, *self.args[2:]]

    def for_pgbench(self, value: str) -> tuple[str, dict[str, str]]:
        """Return a pgbench script and its variables; `value` is the SQL that makes the varying argument from :n."""
        script, variables = self.sql, {}
        for place in reversed(range(len(self.args))):
            name = f"${place + 1}"
            if place == self.varying:
                script = script.replace(name, f"({value})")
            else:
                variables[f"p{place}"] = _text(self.args[place])
                script = script.replace(name, f":p{place}")
        return " ".join(script.split()) + ";\n", variables


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


async def capture(url: str, tenant: str, shots: Sequence[Shot], markers: Sequence[str]) -> list[Captured]:
    """Send requests to Octavo in this process and return the statement each of them takes.

    markers: for each request the text that tells which argument varies.
    """
    pool = Pool(url, 1)
    octavo = wiring.assemble(Store(pool), Settings())
    octavo.registry.listening(True)  # noqa: FBT003 - as if it heard of changes, so that log-ins are remembered
    token = await octavo.token_of(tenant, "admin")
    headers = {"X-Okapi-Tenant": tenant, "X-Okapi-Token": token}
    found = []
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=octavo.okapi), base_url="http://octavo", headers=headers) as client:
        await client.get("/groups?limit=1")  # looks up the token and the rights once
        for shot, marker in zip(shots, markers, strict=True):
            found.append(await _one(pool, client, shot, marker))
    await pool.close()
    return found


async def _one(pool: Pool, client: httpx.AsyncClient, shot: Shot, marker: str) -> Captured:
    seen: list[tuple[str, tuple[Any, ...]]] = []
    async with pool.acquire() as connection:
        connection.add_query_logger(note := (lambda record: seen.append((record.query, tuple(record.args)))))
    answer = await client.request(shot.method, shot.path, content=shot.body, headers={"Content-Type": "application/json"})
    assert answer.status_code < 300, f"{shot}: {answer.text}"
    await asyncio.sleep(0.01)  # the driver tells of a statement one turn of the loop later
    async with pool.acquire() as connection:
        connection.remove_query_logger(note)
    ((sql, args),) = [(sql, args) for sql, args in seen if "pg_notify" not in sql]
    varying = next((place for place, value in enumerate(args) if str(value) == marker), 0)
    return Captured(sql, args, varying)
