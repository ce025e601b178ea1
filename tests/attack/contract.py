"""Schemathesis over the OpenAPI documents of both sides, as everybody who may come: whatever is sent, the answer is described.

It sends valid and broken values to every operation, and follows links from a created record to its own operations.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import orjson

from attack.outcome import Outcome, attack
from attack.victim import Victim
from safety.town import EDGE_PLACES, PLACES

Json = dict[str, Any]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
SEED = 20_261_126

#: Who comes for what is left out of the other rounds, to a library that nobody needs afterwards.
DESTROYER = "administrator, destroying"

#: What would cut off the attack itself or take the library away from it; only `DESTROYER` asks it.
LEFT_OUT: Mapping[str, str] = {
    r"POST /authn/logout-all": "it voids the token that the attack comes with",
    r"POST /authn/logout": "as above",
    r"(PUT|DELETE) /users/\{id\}": "it could make the administrator inactive",
    r"DELETE /users": "it could delete the administrator",
    r"(PUT|POST|DELETE) /perms/users.*": "it could take the administrator's permissions",
    r"(PUT|DELETE) /perms/permissions/\{id\}": "as above",
    r"DELETE /authn/credentials": "it voids the tokens of whom it names",
    r"DELETE /[\w-]+(/[\w-]+)*": "it deletes all records of a type",
    r"POST /octavo/patrons/\{id\}/erase": "it takes away the patron whose id the attack knows",
}

#: Statuses of 500 and more that are a documented answer, not a failure.
MEANT: Mapping[str, str] = {
    "PUT /patron/account/{id}/item/{itemId}/hold/{holdId}": "501",
    "PUT /patron/account/{patronId}/item/{itemId}/hold/{holdId}": "501",
    "POST /check-out-lock-storage": "503",
}


@dataclass(frozen=True)
class Visitor:
    """Somebody who comes to a side: who, where, and with which header."""

    who: str
    edge: bool
    header: str | None
    destroys: bool = False


#: Who comes for what, by libraries: an administrator may well do to a patron what leaves the patron's own attack nothing.
#: Coverage goes through the edges of every schema, once, however long that takes; fuzzing makes up values, and stateful
#: follows links from what was created to what may be done with it, each for its share of the time.
ROUNDS: tuple[tuple[tuple[str, str, float], ...], ...] = (
    (("administrator", "coverage", 0), ("administrator", "stateful", 0.4), ("administrator", "fuzzing", 0.4)),
    (("patron", "coverage", 0), ("nobody", "coverage", 0)),
    (("patron tool", "coverage", 0), ("patron tool", "fuzzing,stateful", 0.2), ("nobody with a tool", "coverage", 0)),
    ((DESTROYER, "coverage", 0),),
)
#: What ends a round that has no share of its own, in seconds.
_LONGEST = 1800.0


def _visitor(victim: Victim, who: str) -> Visitor:
    token, patron = f"X-Okapi-Token: {victim.admin_token}", f"X-Okapi-Token: {victim.patron_token}"
    everybody = (
        Visitor("administrator", edge=False, header=token),
        Visitor("patron", edge=False, header=patron),
        Visitor("nobody", edge=False, header=None),
        Visitor("patron tool", edge=True, header=f"Authorization: apikey {victim.key}"),
        Visitor("nobody with a tool", edge=True, header=None),
        Visitor(DESTROYER, edge=False, header=token, destroys=True),
    )
    return next(visitor for visitor in everybody if visitor.who == who)


@attack("schemathesis", "no 5xx, every status, type and schema as described")
def attack_contract(outcome: Outcome, victim: Victim, who: str, phases: str, seconds: float = 0, every: int = 1) -> None:
    """Let schemathesis ask as somebody: for so long, or (0) until every operation was asked. every: one in so many of them."""
    visitor = _visitor(victim, who)
    outcome.attack = f"{'edge' if visitor.edge else 'Okapi'} side as {who}: {phases}"
    with TemporaryDirectory() as folder:
        base = victim.edge if visitor.edge else victim.okapi
        document = described(httpx.get(f"{base}/openapi.json", timeout=60).json(), victim, visitor)
        document["paths"] = dict(list(document["paths"].items())[::every])
        options = [f"--max-time={seconds or _LONGEST:.0f}", f"--phases={phases}", "--max-examples=20"]
        whole = _run(Path(folder), document, base, visitor, options, outcome)
        outcome.check(whole or seconds, "not every operation was tried")
        if visitor.header and not visitor.destroys:
            name, _, credential = visitor.header.partition(": ")
            own = f"/patron/account/{victim.names['external id']}" if visitor.edge else "/bl-users/_self"
            still = httpx.get(f"{base}{own}", headers={name: credential}, timeout=30)
            outcome.check(still.status_code not in {401, 403}, f"the attack lost its own access ({still.status_code}) and proves little")


def described(document: Json, victim: Victim, visitor: Visitor) -> Json:
    """Return a document as it is to be attacked: without what is left out, with ids that exist, credentials as given."""
    places = EDGE_PLACES if visitor.edge else PLACES
    kept = {
        path: {method: operation for method, operation in operations.items() if _is_asked(method, path) != visitor.destroys}
        for path, operations in document["paths"].items()
    }
    names = {operation["operationId"] for operations in kept.values() for operation in operations.values()}
    for path, operations in kept.items():
        for operation in operations.values():
            operation.pop("security", None)
            _give_examples(operation, {name: victim.names.get(what) for name, what in places.get(path, {}).items()})
            _drop_links(operation, names)
    return {**document, "paths": {path: operations for path, operations in kept.items() if operations}}


def _is_asked(method: str, path: str) -> bool:
    return not any(re.fullmatch(pattern, f"{method.upper()} {path}") for pattern in LEFT_OUT)


def _give_examples(operation: Json, known: Mapping[str, str | None]) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path" and known.get(parameter["name"]):
            parameter["examples"] = {"known": {"value": known[parameter["name"]]}}


def _drop_links(operation: Json, names: set[str]) -> None:
    links = operation["responses"].get("201", {}).get("links", {})
    for name in [name for name, link in links.items() if link["operationId"] not in names]:
        del links[name]


def _run(folder: Path, document: Json, base: str, visitor: Visitor, options: list[str], outcome: Outcome) -> bool:
    """Run schemathesis and note what it found; tell whether it has tried every operation."""
    described_in, report, config = folder / "openapi.json", folder / "report.json", folder / "schemathesis.toml"
    described_in.write_bytes(orjson.dumps(document))
    config.write_text(_config())
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(config), "run", str(described_in),
        "--url", base, "--checks", CHECKS, "--seed", str(SEED), "--continue-on-failure", "--warnings", "off", "--no-color",
        "--suppress-health-check", "all", "--report-json-path", str(report), *options,
    ]  # fmt: skip
    if visitor.header:
        command += ["--header", visitor.header]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if not report.exists():
        outcome.findings.append(f"schemathesis did not run: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        return False
    told = orjson.loads(report.read_bytes())
    operations = told["operations"]
    outcome.times = told["test_cases"]["generated"]
    outcome.tried = f"{operations['tested']} of {operations['selected']} operations"
    outcome.check(operations["tested"], "no operation was tried")
    outcome.findings += [f"{failure['title']}: {', '.join(failure['operations'])}" for failure in told["failures"]]
    outcome.findings += [f"schemathesis: {error}" for error in told["errors"]]
    if outcome.findings:
        outcome.findings.append(done.stdout[-8000:])
    return bool(operations["tested"] == operations["selected"])


def _config() -> str:
    expected = ["2xx", "3xx", "4xx"]
    parts = [
        f"[[operations]]\ninclude-name = {orjson.dumps(name).decode()}\n"
        f"checks.not_a_server_error.expected-statuses = {orjson.dumps([*expected, status]).decode()}\n"
        for name, status in MEANT.items()
    ]
    # A method that a document does not name is tried, too; one that is only left out of it must not be.
    text = "\n".join(['[phases.coverage]\nunexpected-methods = ["PATCH", "TRACE"]\n', *parts])
    tomllib.loads(text)
    return text
