"""The loads: what is asked of the server, what the bare program and the database answer to the same, the targets."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from bench import town as places
from bench.load import Shot
from bench.town import LOAN_KEY, LOANS_PER_PATRON, PATRON_KEY, Town, key_sql

#: How many different requests a load that only reads is made of.
MANY = 5000
#: How many requests a load whose requests can be sent only once may need in a second.
FASTEST = 1500


@dataclass(frozen=True)
class Single:
    """A load of one statement: how the bare program and pgbench do the same.

    varying: the argument that changes, as SQL over the pgbench variable :n, which is drawn below `drawn(town)`.
    """

    varying: str
    drawn: Callable[[Town], int]
    value: Callable[[Shot], str]


@dataclass(frozen=True)
class Load:
    """Requests of one kind.

    once: none can be sent twice. share: for how much of the usual time they are sent.
    """

    name: str
    shots: Callable[[Town, float], list[Shot]]
    single: Single | None = None
    once: bool = False
    share: float = 1.0


def _loan_by_id(town: Town, _seconds: float) -> list[Shot]:
    return [Shot("GET", f"/loan-storage/loans/{loan}") for loan in town.some_loans(MANY)]


def _loans_of_patron(town: Town, _seconds: float) -> list[Shot]:
    return [Shot("GET", f"/loan-storage/loans?query=userId=={patron}&limit=10") for patron in town.some_patrons(MANY)]


def _three_clauses(town: Town, _seconds: float) -> list[Shot]:
    query = "userId=={}%20and%20status.name==%22Open%22%20and%20dueDate%3C%222026-12-24T00:00:00.000Z%22"
    return [Shot("GET", f"/loan-storage/loans?query={query.format(patron)}&limit=10") for patron in town.some_patrons(MANY)]


def _new_loan(town: Town, _seconds: float) -> list[Shot]:
    return [Shot("POST", "/loan-storage/loans", town.new_loan()) for _ in range(MANY)]


def _account(town: Town, _seconds: float) -> list[Shot]:
    path = "/patron/account/{}?includeLoans=true&includeHolds=true&includeCharges=true"
    return [Shot("GET", path.format(town.facts["account"]))]


def _check_out(town: Town, seconds: float) -> list[Shot]:
    items = town.fresh_items(int(seconds * FASTEST))
    town.facts["lent"] = items
    return places.check_outs(town, items)


def _renew(town: Town, _seconds: float) -> list[Shot]:
    people = town.facts["patrons"]
    lent = town.facts["lent"][:200]  # the first ones were lent for certain
    return [
        Shot("POST", "/circulation/renew-by-barcode", orjson.dumps({
            "itemBarcode": f"BI{number:07}", "userBarcode": people[number % len(people)]["barcode"], "servicePointId": town.facts["desk"],
        }))
        for number in lent
    ]  # fmt: skip


def _check_in(town: Town, _seconds: float) -> list[Shot]:
    moment = "2026-12-01T10:00:00.000+00:00"
    return [
        Shot("POST", "/circulation/check-in-by-barcode", orjson.dumps({
            "itemBarcode": f"BI{number:07}", "servicePointId": town.facts["desk"], "checkInDate": moment,
        }))
        for number in town.facts["lent"][: town.facts["check-outs"]]
    ]  # fmt: skip


def _hold(town: Town, seconds: float) -> list[Shot]:
    items = town.fresh_items(int(seconds * FASTEST))
    body = orjson.dumps(places.hold(town))
    people = town.facts["patrons"]
    return [
        Shot("POST", f"/patron/account/{people[number % len(people)]['id']}/item/{places.key(places.LENT_KEY, number)}/hold", body)
        for number in items
    ]


def _log_in(_town: Town, _seconds: float) -> list[Shot]:
    return [Shot("POST", "/authn/login-with-expiry", orjson.dumps({"username": "bench0", "password": places.PASSWORD}))]


def _last_part(shot: Shot) -> str:
    return shot.path.rpartition("/")[2]


def _patron_asked(shot: Shot) -> str:
    return shot.path.partition("userId==")[2][:36]


_ONE_PATRON = Single(
    key_sql(PATRON_KEY, ":n"), lambda town: town.loans // LOANS_PER_PATRON, _patron_asked
)

GET = Load("GET loan by id", _loan_by_id, Single(key_sql(LOAN_KEY, ":n"), lambda town: town.loans, _last_part))
LIST = Load("list of 10 by userId", _loans_of_patron, _ONE_PATRON)
CQL = Load("CQL with 3 clauses", _three_clauses, _ONE_PATRON)
POST = Load("POST loan with history", _new_loan, Single("gen_random_uuid()", lambda _town: 1, lambda _shot: "new"))
ACCOUNT = Load("GET /patron/account/{id}", _account)
CHECK_OUT = Load("check-out", _check_out, once=True)
RENEW = Load("renew", _renew)
CHECK_IN = Load("check-in", _check_in, once=True, share=0.5)
HOLD = Load("item hold", _hold, once=True)
LOG_IN = Load("login", _log_in)

#: In the order in which a round runs them: what is renewed and taken back was lent before.
LOADS = (GET, LIST, CQL, POST, ACCOUNT, CHECK_OUT, RENEW, CHECK_IN, HOLD, LOG_IN)
