"""`make bench-peers`: create, read and list, the same by Octavo, by Kinto and by FastAPI with SQLAlchemy, in turn."""

import argparse
import base64
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from uuid import uuid4

import httpx
import orjson

from bench import load, measure, programs, report, town
from bench.load import Shot
from bench.loads import GET, LIST, POST
from bench.measure import CLIENTS
from bench.programs import Program
from bench.report import Row
from bench.targets import Target
from octavo.app.postgres import EmbeddedPostgres
from octavo.store.pool import connect

HERE = Path(__file__).parent
LEAST = 3.0
PATRONS, EACH = 200, 10
_SECONDS = 4.0


@dataclass(frozen=True)
class Peer:
    """A server with records in it, and how to ask it for the three things."""

    name: str
    program: Program
    headers: dict[str, str]
    shots: dict[str, list[Shot]]
    forgiven: float = 0.0


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--python", required=True, help="the interpreter of the peers' environment")
    parser.add_argument("--rounds", type=int, default=3)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="octavo-peers-") as directory, EmbeddedPostgres(Path(directory)) as server, ExitStack() as running:
        peers = [_octavo(server.url, running), _usual(server.url, words.python, running), _kinto(server.url, words.python, running)]
        rates = _measured(peers, words.rounds)
    rows = [_row(name, rates[peers[0].name][name], rates[other.name][name], other.name) for other in peers[1:] for name in rates[other.name]]
    print(report.table(rows))
    report.keep("peers", rows)


def _measured(peers: list[Peer], rounds: int) -> dict[str, dict[str, list[float]]]:
    rates: dict[str, dict[str, list[float]]] = {peer.name: {name: [] for name in peer.shots} for peer in peers}
    for number in range(rounds + 1):
        for name in peers[0].shots:
            for peer in peers:
                rate = load.fire(
                    peer.program.url, peer.shots[name], _SECONDS, CLIENTS, peer.headers, forgiven=peer.forgiven
                ).rate
                if number:  # the first round warms up
                    rates[peer.name][name].append(rate)
    return rates


def _row(name: str, ours: list[float], theirs: list[float], other: str) -> Row:
    ratios = [mine / its for mine, its in zip(ours, theirs, strict=True)]
    what = "rate, times that of"
    return Row(name, what, other, median(ratios), min(ratios), max(ratios), Target(name, what, other, LEAST))


def _octavo(url: str, running: ExitStack) -> Peer:
    place = town.run(town.build(url, 20_000, 100))
    program = running.enter_context(programs.octavo(url))
    return Peer("Octavo", program, measure.token(place), {one.name: one.shots(place, _SECONDS) for one in (GET, LIST, POST)})


def _usual(url: str, python: str, running: ExitStack) -> Peer:
    program = running.enter_context(programs.program([str(HERE / "usual_server.py"), _own_database(url, "usual")], python))
    with httpx.Client(base_url=program.url) as client:
        loans, patrons = _filled(lambda loan: client.post("/loans", json=loan).raise_for_status().json()["id"])
    shots = {
        GET.name: [Shot("GET", f"/loans/{loan}") for loan in loans],
        LIST.name: [Shot("GET", f"/loans?user_id={patron}&limit=10") for patron in patrons],
        POST.name: [Shot("POST", "/loans", orjson.dumps(_loan(patron))) for patron in patrons],
    }
    return Peer("FastAPI with SQLAlchemy", program, {"Content-Type": "application/json"}, shots)


def _kinto(url: str, python: str, running: ExitStack) -> Peer:
    program = running.enter_context(programs.program([str(HERE / "kinto_server.py"), _own_database(url, "kinto")], python))
    headers = {"Authorization": f"Basic {base64.b64encode(b'bench:bench').decode()}", "Content-Type": "application/json"}
    records = "/v1/buckets/library/collections/loans/records"
    with httpx.Client(base_url=program.url, headers=headers, timeout=60) as client:
        client.put("/v1/buckets/library").raise_for_status()
        client.put("/v1/buckets/library/collections/loans").raise_for_status()
        loans, patrons = _filled(lambda loan: client.post(records, json={"data": loan}).raise_for_status().json()["data"]["id"])
    shots = {
        GET.name: [Shot("GET", f"{records}/{loan}") for loan in loans],
        LIST.name: [Shot("GET", f"{records}?user_id={patron}&_limit=10") for patron in patrons],
        POST.name: [Shot("POST", records, orjson.dumps({"data": _loan(patron)})) for patron in patrons],
    }
    # Of two records stored in one millisecond Kinto refuses one.
    return Peer("Kinto", program, headers, shots, forgiven=0.5)


def _filled(store: Callable[[dict[str, str]], str]) -> tuple[list[str], list[str]]:
    patrons = [str(uuid4()) for _ in range(PATRONS)]
    loans = [store(_loan(patron)) for patron in patrons for _ in range(EACH)]
    Random(1).shuffle(loans)  # noqa: S311 - no secret is made of it
    return loans, patrons


def _loan(patron: str) -> dict[str, str]:
    return {
        "user_id": patron, "item_id": str(uuid4()), "status": "Closed", "action": "checkedin", "loan_date": "2026-01-05T09:00:00.000+00:00",
        "due_date": "2026-02-05T09:00:00.000", "item_status": "Available", "return_date": "2026-02-01T09:00:00.000+00:00",
        "loan_policy_id": str(uuid4()), "checkout_service_point_id": str(uuid4()), "patron_group_id": str(uuid4()),
    }  # fmt: skip


def _own_database(url: str, name: str) -> str:
    async def create() -> None:
        connection = await connect(url)
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
        await connection.close()

    town.run(create())
    head, _, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{tail}"


if __name__ == "__main__":
    main()
