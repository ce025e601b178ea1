"""The least that a server on Octavo's framework, server and driver can be: one statement a route, nothing else.

No log-in, no permission, no validation, no metrics, no error handling. What Octavo's rate is below this one's
is what Octavo itself costs. Started by `bench.programs`: `python -m bench.bare DATABASE_URL STATEMENTS`.
"""

import asyncio
import pickle
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import falcon.asgi
import uvicorn

from bench.captured import Captured
from octavo.app.serving import drive

CONNECTIONS = 8


class Resource:
    """One captured statement behind one path; its varying parameter is the last part of the path, or the body."""

    def __init__(self, lend: "asyncio.Queue[Any]", captured: Captured) -> None:
        self.lend = lend
        self.captured = captured

    async def on_get(self, _req: falcon.asgi.Request, resp: falcon.asgi.Response, value: str) -> None:
        """Run the statement with a value from the path."""
        row = await self._run(self.captured.with_value(value))
        resp.content_type = "application/json"
        resp.data = _printed(row)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, **_: str) -> None:
        """Run the statement with the body as a new document."""
        row = await self._run(self.captured.with_document(str(uuid4()), await req.stream.read()))
        resp.status = 201
        resp.content_type = "application/json"
        resp.data = _printed(row)

    async def _run(self, args: list[Any]) -> Any:
        connection = await self.lend.get()
        try:
            return await connection.fetchrow(self.captured.sql, *args)
        finally:
            self.lend.put_nowait(connection)


def _printed(row: Any) -> bytes:
    """Return a document, or a list of documents with their number, as bytes."""
    if len(row) == 1:
        return bytes(row[0])
    count, documents = row
    return b'{"loans":[%b],"totalRecords":%d}' % (b",".join(documents), count)


async def main(url: str, statements: dict[str, Captured]) -> None:
    """Serve until stopped."""
    lend: asyncio.Queue[Any] = asyncio.LifoQueue()
    for _ in range(CONNECTIONS):
        lend.put_nowait(await _connect(url))
    app = falcon.asgi.App()
    for name, captured in statements.items():
        app.add_route(f"/{name}/{{value}}", Resource(lend, captured))
    config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", access_log=False, log_level="warning", port=0)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(f"listens on http://127.0.0.1:{port}", flush=True)
    await serving


async def _connect(url: str) -> Any:
    connection = await asyncpg.connect(url, statement_cache_size=200, max_cached_statement_lifetime=0, server_settings={"jit": "off"})
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=lambda document: b"\x01" + document, decoder=lambda wire: wire[1:]
    )
    return connection


if __name__ == "__main__":
    drive(main(sys.argv[1], pickle.loads(Path(sys.argv[2]).read_bytes())))  # noqa: S301 - the file is our own
