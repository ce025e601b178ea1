"""Which answers the five seed contracts document, and which tests exercise them.

A test says what it exercises with `@exercises("PUT /loan-storage/loans/{loanId}", 404)`, or with the same as the
mark of a parameter; `conftest.py` fails it unless that operation really gave that status while it ran.
As a program, this writes the table in `docs/compatibility.md` anew: `python tests/seeds/exercises.py`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent.parent / "docs" / "compatibility.md"
BEGIN, END = "<!-- operations: begin -->", "<!-- operations: end -->"
REGENERATE = "run `python tests/seeds/exercises.py` to write the table anew"

_SESSIONS = "/patron-action-session-storage"
_SESSION = f"{_SESSIONS}/patron-action-sessions/{{patronSessionId}}"
_CONDITION = "/patron-block-conditions/{patronBlockConditionId}"
_LOAN = "/loan-storage/loans/{loanId}"
_ACCOUNT = "/patron/account/{id}"
_REGISTRATION = "/patron/account/{externalSystemId}"

#: Every operation of every seed, with the status codes that the seed gives for it. Seed 000 names exceptions instead:
#: Bad Request is 400, Authentication 401, Not Found 404, Conflict 409, Unprocessable 422, Server Error 500.
#: Seed 004 gives the codes of refusals; of the successes it names the 204 and shows the bodies of the others.
DOCUMENTED: dict[str, dict[str, set[int]]] = {
    "000": {
        f"GET {_SESSIONS}/patron-action-sessions": {200, 400, 401, 500},
        f"POST {_SESSIONS}/patron-action-sessions": {201, 400, 401, 422, 500},
        f"GET {_SESSION}": {200, 404, 500},
        f"PUT {_SESSION}": {204, 400, 404, 409, 422, 500},
        f"DELETE {_SESSION}": {204, 400, 404, 500},
        f"GET {_SESSIONS}/expired-session-patron-ids": {200, 422, 500},
    },
    "001": {
        f"GET {_ACCOUNT}": {200, 400, 401, 403, 404, 500},
        f"POST {_ACCOUNT}/item/{{itemId}}/renew": {201, 400, 401, 403, 404, 422, 500},
        f"POST {_ACCOUNT}/item/{{itemId}}/hold": {201, 400, 401, 403, 404, 422, 500},
        f"PUT {_ACCOUNT}/item/{{itemId}}/hold/{{holdId}}": {501},
        f"DELETE {_ACCOUNT}/item/{{itemId}}/hold/{{holdId}}": {204, 400, 401, 403, 404, 500},
        f"POST {_ACCOUNT}/instance/{{instanceId}}/hold": {201, 400, 401, 403, 404, 422, 500},
    },
    "002": {
        "GET /patron-block-conditions": {200, 400, 401, 500},
        "POST /patron-block-conditions": {201, 400, 401, 422, 500},
        f"GET {_CONDITION}": {200, 404, 500},
        f"PUT {_CONDITION}": {204, 400, 404, 422, 500},
        f"DELETE {_CONDITION}": {204, 400, 404, 500},
    },
    "003": {
        "GET /loan-storage/loans": {200, 400, 401, 500, 501},
        "POST /loan-storage/loans": {201, 400, 401, 422, 500},
        "DELETE /loan-storage/loans": {204, 500},
        "POST /loan-storage/loans/anonymize/{userId}": {204, 400, 422, 500},
        f"GET {_LOAN}": {200, 404, 500, 501},
        f"PUT {_LOAN}": {204, 400, 404, 409, 422, 500, 501},
        f"DELETE {_LOAN}": {204, 400, 404, 500, 501},
        "GET /loan-storage/loan-history": {200, 400, 500},
    },
    "004": {
        f"POST {_REGISTRATION}": {201, 422},
        f"PUT {_REGISTRATION}/by-email/{{email}}": {204, 404, 422},
        f"GET {_REGISTRATION}/by-email/{{email}}": {200, 404, 422},
        f"GET {_REGISTRATION}/external-patrons": {200},
    },
}

#: Documented codes that Octavo never answers, and why.
NEVER: dict[tuple[str, int], str] = {
    (operation, 501): "everything is implemented"
    for operation in ("GET /loan-storage/loans", f"GET {_LOAN}", f"PUT {_LOAN}", f"DELETE {_LOAN}")
}

#: Codes that Octavo answers beyond what the seeds document.
ADDED: dict[str, set[int]] = {
    f"GET {_SESSIONS}/patron-action-sessions": {403},
    f"POST {_SESSIONS}/patron-action-sessions": {403},
    f"GET {_SESSION}": {401, 403},
    f"PUT {_SESSION}": {401, 403},
    f"DELETE {_SESSION}": {401, 403},
    f"GET {_SESSIONS}/expired-session-patron-ids": {400, 401, 403},
    f"PUT {_ACCOUNT}/item/{{itemId}}/hold/{{holdId}}": {401, 403},
    f"DELETE {_ACCOUNT}/item/{{itemId}}/hold/{{holdId}}": {422},
    "GET /patron-block-conditions": {403},
    "POST /patron-block-conditions": {403},
    f"GET {_CONDITION}": {401, 403},
    f"PUT {_CONDITION}": {401, 403, 409},
    f"DELETE {_CONDITION}": {401, 403},
    "GET /loan-storage/loans": {403},
    "POST /loan-storage/loans": {403},
    "DELETE /loan-storage/loans": {400, 401, 403},
    "POST /loan-storage/loans/anonymize/{userId}": {401, 403},
    f"GET {_LOAN}": {304, 400, 401, 403},
    f"PUT {_LOAN}": {201, 401, 403},
    f"DELETE {_LOAN}": {401, 403, 409},
    "GET /loan-storage/loan-history": {401, 403},
    f"POST {_REGISTRATION}": {400, 401, 403, 404, 500},
    f"PUT {_REGISTRATION}/by-email/{{email}}": {400, 401, 403, 500},
    f"GET {_REGISTRATION}/by-email/{{email}}": {401, 403, 500},
    f"GET {_REGISTRATION}/external-patrons": {400, 401, 403, 404, 500},
}


def exercises(operation: str, code: int) -> pytest.MarkDecorator:
    """Mark a test, or a parameter of one, that makes an operation answer with a status code."""
    return pytest.mark.exercises(operation, code)


@dataclass(frozen=True, order=True)
class Claim:
    """What a test says that it exercises."""

    operation: str
    code: int
    file: str
    test: str


def claims(folder: Path = TESTS) -> list[Claim]:
    """Return what the tests of a folder say they exercise, read from their source."""
    return [claim for path in sorted(folder.glob("test_*.py")) for claim in _claims_of(path)]


def _claims_of(path: Path) -> Iterator[Claim]:
    for function in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (part for decorator in function.decorator_list for part in ast.walk(decorator)):
                if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "exercises":
                    operation, code = (ast.literal_eval(argument) for argument in part.args)
                    yield Claim(operation, code, path.name, function.name)


def seed_of(operation: str) -> str:
    """Return the number of the seed that describes an operation."""
    return next(seed for seed, operations in DOCUMENTED.items() if operation in operations)


def table() -> str:
    """Return the table of operations, codes and tests in Markdown, in the order of the seeds."""
    rows = ["| operation | code | given by | tests |", "|---|---|---|---|"]
    order = [operation for operations in DOCUMENTED.values() for operation in operations]
    found = sorted(set(claims()), key=lambda claim: (order.index(claim.operation), claim.code, claim.file, claim.test))
    for (operation, code), group in groupby(found, key=lambda claim: (claim.operation, claim.code)):
        seed = seed_of(operation)
        source = f"seed {seed}" if code in DOCUMENTED[seed][operation] else "Octavo"
        tests = "<br>".join(f"`tests/seeds/{claim.file}::{claim.test}`" for claim in group)
        rows.append(f"| `{operation}` | {code} | {source} | {tests} |")
    rows += ["", "Documented, but never answered:", "", "| operation | code | why |", "|---|---|---|"]
    rows += [f"| `{operation}` | {code} | {reason} |" for (operation, code), reason in NEVER.items()]
    return "\n".join(rows)


def with_table(page: str) -> str:
    """Return the page with the table as it should be between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")
