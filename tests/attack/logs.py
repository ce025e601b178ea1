"""What the whole attack left in the log at level DEBUG: routes and times, nothing of anybody."""

import asyncio
from collections.abc import Iterator

from attack.outcome import Outcome, attack
from attack.victim import PASSWORD, Victim, people

_CANARY = "Zephyrine-Canaria"


def travel(victim: Victim) -> None:
    """Do with names that occur nowhere else what goes right and what goes wrong."""
    person = {
        "username": f"{_CANARY}-user", "barcode": f"{_CANARY}-barcode", "externalSystemId": f"{_CANARY}-external", "active": True,
        "personal": {"lastName": _CANARY, "email": f"{_CANARY}@example.org", "phone": f"{_CANARY}-phone"},
    }  # fmt: skip
    with victim.client(victim.admin_token) as client, victim.tool(victim.key) as tool:
        made = client.post("/users", json=person).json()
        for body in (person, {**person, "personal": {"lastName": 7, "x": _CANARY}}, {**person, "active": [_CANARY]}):
            client.post("/users", json=body)
            client.put(f"/users/{made.get('id', _CANARY)}", json=body)
        for query in (f'personal.lastName=="{_CANARY}"', f'personal.lastName=="{_CANARY}', f'nothing=="{_CANARY}"'):
            client.get("/users", params={"query": query})
        client.post("/authn/credentials", json={"userId": made.get("id"), "password": f"{_CANARY}-password"})
        for password in (f"{_CANARY}-password", f"{_CANARY}-wrong"):
            client.post("/authn/login", json={"username": person["username"], "password": password})
            client.post("/authn/login", content=f'{{"username": "{_CANARY}", "password": "{password}'.encode())
        client.get(f"/{_CANARY}/{_CANARY}", headers={"X-Okapi-Request-Id": f"{_CANARY} x", "Cookie": f"folioAccessToken={_CANARY}"})
        tool.get(f"/patron/account/{_CANARY}-external?includeLoans=true&apikey={victim.key}")
        tool.get("/patron/registration-status", params={"emailId": f"{_CANARY}@example.org"})
        tool.post("/patron", json={"generalInfo": {"lastName": _CANARY}, _CANARY: 1})
        tool.get(f"/patron/account/{_CANARY}/by-email/{_CANARY}@example.org")


@attack("the log of the attacks above, at DEBUG", "no name, address, barcode, password, token or key in it")
def attack_log(outcome: Outcome, victim: Victim) -> None:
    """Look in the log for everybody who was in the library before the attacks, or is there after them."""
    text = victim.log.read_text(errors="replace")
    secrets = [
        _CANARY, PASSWORD, victim.admin_token, victim.patron_token, victim.neighbour_token, victim.key, victim.reading_key,
        victim.neighbour_key, *sorted(victim.people | asyncio.run(people(victim.database))),
    ]  # fmt: skip
    lowered = text.lower()
    told = [secret for secret in secrets if secret.lower() in lowered]
    outcome.tried, outcome.times = f"secrets in {text.count(chr(10)):,} lines", len(secrets)
    outcome.check(text.count("octavo.request") > 10, "hardly anything was logged: the search proves nothing")
    outcome.findings += [f"{secret[:40]} is in the log: {_line(text, secret)}" for secret in told]
    outcome.findings += [f"a failure of the server: {line}" for line in _failures(text)]


def _line(text: str, secret: str) -> str:
    return next(line for line in text.splitlines() if secret.lower() in line.lower())[:300]


def _failures(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if " ERROR " in line:
            yield "\n".join(lines[number : number + 40])
