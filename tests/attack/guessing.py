"""Guessing passwords, from one address and at one user, and finding out by the clock who exists."""

import statistics
import time
from collections.abc import Callable

import httpx

from attack.outcome import Outcome, attack
from attack.victim import ADMIN, PASSWORD, PATRON, Victim

_ROUNDS = 12
_TIMES_LONGER = 3.0  # of a log-in that takes tens of milliseconds; an unknown name without a hash would be 20 times faster


@attack("who exists, by log-in", f"one answer, medians within a factor of {_TIMES_LONGER:g}")
def attack_timing(outcome: Outcome, victim: Victim) -> None:
    """Ask for users who exist and who do not: neither the answer nor the time tells them apart. Takes a server without haste."""
    with victim.client() as client:
        _forget(client)
        known, unknown = ([], []), ([], [])
        for number in range(_ROUNDS):
            for name, (seconds, answers) in ((PATRON, known), (f"nobody-{number}", unknown)):
                started = time.perf_counter()
                answer = client.post("/authn/login", json={"username": name, "password": f"wrong {number}"})
                seconds.append(time.perf_counter() - started)
                answers.append((answer.status_code, answer.text))
            if number % 4 == 3:
                _forget(client)
        outcome.times = 2 * _ROUNDS
        outcome.check({*known[1]} == {*unknown[1]}, f"answers differ: {known[1][0]} and {unknown[1][0]}")
        medians = statistics.median(known[0]), statistics.median(unknown[0])
        outcome.tried = f"medians {medians[0] * 1000:.0f} ms known, {medians[1] * 1000:.0f} ms unknown"
        outcome.check(max(medians) / min(medians) < _TIMES_LONGER, outcome.tried)


def _forget(client: httpx.Client) -> None:
    """Log in, so that the wrong passwords before are forgotten."""
    answer = client.post("/authn/login", json={"username": PATRON, "password": PASSWORD})
    assert answer.status_code == 201, answer.text


@attack("guessing passwords and keys", "a user is locked after 5, an address slowed after 100")
def attack_lock_out(outcome: Outcome, victim: Victim) -> None:
    """Guess at a server with its own limits: at one user until they are locked, at many until the address is."""
    with victim.client() as client, victim.tool() as tool:

        def log_in(name: str, password: str) -> httpx.Response:
            outcome.times += 1
            return client.post("/authn/login", json={"username": name, "password": password})

        for number in range(5):
            outcome.check(log_in(PATRON, f"wrong {number}").status_code == 422, "a wrong password is not refused")
        outcome.check(log_in(PATRON, PASSWORD).status_code == 422, "the right password opens a locked account")
        outcome.check(log_in(ADMIN, PASSWORD).status_code == 201, "the lock of one user locks another")
        _until_slowed(outcome, "passwords", lambda number: log_in(f"nobody-{number}", "spring2026"))
        slowed = tool.get("/patron/account/x", headers={"Authorization": "apikey guess"})
        outcome.check(slowed.status_code == 429, f"the address may go on with keys: {slowed.status_code}")
        admitted = tool.get(f"/patron/account/{victim.names['external id']}", headers={"Authorization": f"apikey {victim.key}"})
        outcome.check(admitted.status_code in (200, 429), "a key that is right is refused for another reason")
    outcome.tried = f"{outcome.times} guesses"


def _until_slowed(outcome: Outcome, what: str, guess: Callable[[int], httpx.Response]) -> None:
    for number in range(130):
        answer = guess(number)
        if answer.status_code == 429:
            outcome.check(int(answer.headers.get("retry-after", 0)) > 0, "429 does not say when to come back")
            return
    outcome.findings.append(f"130 guesses of {what} from one address were answered")
