"""Webhooks to places that the server can reach and its callers cannot: none is registered, none is asked."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

from attack.outcome import Outcome, attack
from attack.victim import Victim

_PLACES = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "localhost", "LOCALHOST.", "a.localhost", "0.0.0.0", "0",
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00::1]",
    "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "user:pass@127.0.0.1", "example.org@127.0.0.1",
    "127.0.0.1#@example.org", "127.0.0.1\\@example.org", "①②⑦.⓪.⓪.①", "127。0。0。1",
]  # fmt: skip
_SECONDS_TO_BE_TOLD = 3.0
_SCHEMES = ["file:///etc/passwd", "gopher://example.org/", "ftp://example.org/", "http:/127.0.0.1", "//127.0.0.1/", "javascript:1", "http://", ""]


@attack("webhooks to private places", "refused, or registered by name and never sent to")
def attack_webhooks(outcome: Outcome, victim: Victim) -> None:
    """Register webhooks to each of them, and let something happen: a listener on this machine must hear nothing."""
    with _listener() as (port, heard), victim.client(victim.admin_token) as client:
        places = [f"https://{place}:{port}/" for place in _PLACES] + [f"http://{place}:{port}/" for place in _PLACES]
        for url in [*places, *_SCHEMES]:
            answer = client.post("/webhooks", json={"url": url, "topics": []})
            outcome.times += 1
            outcome.check(answer.status_code in (201, 400, 422), f"{url}: {answer.status_code}")
            outcome.check(answer.status_code != 201 or url.startswith("https://"), f"registered: {url}")
        outcome.check(client.post("/groups", json={"group": "told to webhooks"}).status_code == 201, "nothing happened")
        time.sleep(_SECONDS_TO_BE_TOLD)
        outcome.check(not heard, f"a listener on the server's own machine was asked {len(heard)} times: {heard[:1]}")
    outcome.tried = f"{len(_PLACES)} places, {outcome.times} addresses"


@contextmanager
def _listener() -> Iterator[tuple[int, list[bytes]]]:
    """Listen on this machine and note who comes."""
    heard: list[bytes] = []

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            heard.append(self.request.recv(1000))

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], heard
        server.shutdown()
