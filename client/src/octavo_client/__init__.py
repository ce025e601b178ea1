"""The typed client for Octavo, and for FOLIO where it offers the same APIs.

    from octavo_client import Client, Login

    with Client("http://localhost:9130", "diku", Login("diku_admin", "admin")) as client:
        for loan in client.loans.iterate('status.name=="Open"'):
            print(loan.due_date)

`AsyncClient` has the same operations as coroutines, `EdgeClient` those of the edge side with an API key. Errors are in `octavo_client.errors`, records in `octavo_models`.
"""

from octavo_client.calls import Page, Tagged
from octavo_client.client import AsyncClient, AsyncEdgeClient, Client, EdgeClient
from octavo_client.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotOffered,
    OctavoError,
    Refused,
    TooMany,
    Unauthenticated,
    Unavailable,
    Unreachable,
    Unreadable,
    Violation,
)
from octavo_client.session import ApiKey, Login, Retries, Token

__all__ = [
    "ApiKey",
    "AsyncClient",
    "AsyncEdgeClient",
    "BadRequest",
    "Client",
    "Conflict",
    "EdgeClient",
    "Forbidden",
    "Invalid",
    "Login",
    "NotFound",
    "NotOffered",
    "OctavoError",
    "Page",
    "Refused",
    "Retries",
    "Tagged",
    "Token",
    "TooMany",
    "Unauthenticated",
    "Unavailable",
    "Unreachable",
    "Unreadable",
    "Violation",
]
