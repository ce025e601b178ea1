"""Two patrons with a loan, a hold and a charge each, one record of every other type, and how to fill every route."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson

from library import Json, Library
from octavo.catalogue import ALL_TYPES
from octavo.http.routes import Route
from octavo.store.tx import Tx, schema_of
from sides import OTHER_TENANT

DATE = "2026-01-05T10:00:00Z"
#: What the town's people are called; no answer to a stranger may contain it.
CANARY = "Canaryfeather"


#: Somebody who registers over the web, and somebody whom another system registers.
REGISTRANT: Json = {
    "generalInfo": {"firstName": "Web", "lastName": CANARY}, "contactInfo": {"email": f"{CANARY}@web.example.org"},
}  # fmt: skip
EXTERNAL: Json = {
    "generalInfo": {
        "externalSystemId": "from outside", "firstName": "New", "preferredFirstName": "N", "middleName": "", "lastName": "Record",
    },
    "addressInfo": {"addressLine0": "1 Main St", "city": "Metropolis", "province": "NY", "zip": "12345", "country": "USA"},
    "contactInfo": {"phone": "1", "mobilePhone": "2", "email": "outside@example.org"},
    "preferredEmailCommunication": ["Support"],
}  # fmt: skip


@dataclass
class Household:
    """A patron with an item on loan, a hold of another (a copy of what is wanted), and a charge."""

    patron: Json
    item: Json
    loan: Json
    wanted: Json
    held: Json
    hold: Json
    charge: Json

    @property
    def marks(self) -> set[str]:
        """Return what would give this patron away in an answer to somebody else."""
        given = {self.loan["id"], self.hold["id"], self.charge["id"], self.item["barcode"]}
        return given | {self.patron[name] for name in ("id", "barcode", "username", "externalSystemId")}


@dataclass
class Town:
    """A tenant with something in every table. `names`: a value for every kind of path parameter there is."""

    library: Library
    ann: Household
    ben: Household
    lock: str
    registered: str
    names: dict[str, str] = field(default_factory=dict)
    documents: dict[str, Json] = field(default_factory=dict)

    @classmethod
    async def settled(cls, library: Library, tx: Tx) -> "Town":
        ann, ben = await household(library), await household(library)
        locked = await library.post("/check-out-lock-storage", userId=ann.patron["id"], ttlMs=1)
        registered = await library.post("/staging-users", **REGISTRANT)
        town = cls(library, ann, ben, locked["id"], registered["externalSystemId"])
        town.documents[town.registered] = registered
        for kind in ALL_TYPES:
            record_id, document = await own_record(tx, kind.table) or await plant(tx, kind.table)
            town.names[kind.table] = record_id
            town.documents[record_id] = orjson.loads(document)
        town._choose(town.ann)
        await settle()
        return town

    def _choose(self, home: Household) -> None:
        records = {
            "users": home.patron, "item": home.held, "loan": home.loan, "request": home.hold,
            "instance": home.wanted, "accounts": home.charge,
        }  # fmt: skip
        for table, record in records.items():
            self.names[table] = record["id"]
            self.documents[record["id"]] = record
        self.names |= {
            "username": home.patron["username"], "external id": home.patron["externalSystemId"],
            "email": home.patron["personal"]["email"], "permission": "users.item.get",
            "registered": self.registered, "lock": self.lock,
        }  # fmt: skip

    def stranger_names(self) -> dict[str, str]:
        """Return values of the same form that mean nobody and nothing."""
        return {
            name: value if name == "permission" else str(uuid4()) if is_id(value) else f"nobody-{uuid4().hex}"
            for name, value in self.names.items()
        }


async def household(library: Library) -> Household:
    patron = await library.patron()
    named = {**patron, "personal": {**patron["personal"], "lastName": CANARY, "email": f"{CANARY}{uuid4().hex}@example.org"}}
    await library.put(f"/users/{patron['id']}", named)
    wanted = await library.instance()
    item, held = await library.item(), await library.item(wanted)
    loan = await library.check_out(patron, item)
    await library.check_out(await library.patron(), held)
    return Household(named, item, loan, wanted, held, await library.hold(patron, held), await charge(library, patron))


async def charge(library: Library, patron: Json) -> Json:
    owner = await library.post("/owners", owner=f"Desk {uuid4()}")
    kind = await library.post("/feefines", feeFineType=f"damage {uuid4()}", ownerId=owner["id"])
    return await library.post(
        "/accounts", userId=patron["id"], feeFineId=kind["id"], ownerId=owner["id"], amount=15, remaining=15,
        status={"name": "Open"}, paymentStatus={"name": "Outstanding"}, feeFineType="damage",
    )  # fmt: skip


async def own_record(tx: Tx, table: str) -> tuple[str, bytes] | None:
    """Return a record that the other tenant does not have: the same rows ship with every tenant."""
    found = await tx.connection.fetchrow(
        f"""SELECT id::text, doc FROM {tx.table(table)} WHERE id NOT IN
            (SELECT id FROM {schema_of(OTHER_TENANT)}."{table}") ORDER BY id LIMIT 1"""
    )
    return found and (found["id"], found["doc"])


#: What a planted record cannot do without, for it takes part in decisions.
_READ_BY_RULES = {
    "permissions": {"permissionName": "planted", "mutable": True, "subPermissions": [], "childOf": []},
    "patron_block_conditions": {"blockBorrowing": False, "blockRenewals": False, "blockRequests": False, "message": ""},
}


async def plant(tx: Tx, table: str, **fields: Any) -> tuple[str, bytes]:
    """Put a record into a table, whatever its rules."""
    record_id = str(uuid4())
    document = orjson.dumps({"id": record_id, **_READ_BY_RULES.get(table, {}), **fields})
    await tx.connection.execute(f"INSERT INTO {tx.table(table)} (id, doc) VALUES ($1, $2)", record_id, document)
    await settle()
    return record_id, document


async def settle() -> None:
    """Let the log of statements take note of ours, lest the next request be charged with them."""
    await asyncio.sleep(0.001)


def is_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


LOAN_ACTIONS: dict[str, Json] = {
    "change-due-date": {"dueDate": "2030-01-01T00:00:00Z"},
    "add-info": {"action": "patronInfoAdded", "actionComment": "x"},
    "claim-item-returned": {"itemClaimedReturnedDateTime": DATE, "comment": "x"},
    "declare-item-lost": {"declaredLostDateTime": DATE, "servicePointId": str(uuid4()), "comment": "x"},
    "declare-claimed-returned-item-as-missing": {"comment": "x"},
}
_AMOUNTS = ("pay", "waive", "transfer", "refund")

#: What stands for each parameter of a path: a table (the id of a record in it), or another of a town's names.
PLACES: dict[str, Mapping[str, str]] = {
    **{f"{kind.path}/{{id}}": {"id": kind.table} for kind in ALL_TYPES},
    "/staging-users/{id}": {"id": "registered"},
    "/bl-users/by-id/{id}": {"id": "users"},
    "/bl-users/by-username/{username}": {"username": "username"},
    "/perms/users/{id}/permissions": {"id": "permissions_users"},
    "/perms/users/{id}/permissions/{permissionName}": {"id": "permissions_users", "permissionName": "permission"},
    "/automated-patron-blocks/{id}": {"id": "users"},
    "/user-summary/{id}": {"id": "users"},
    "/calendar/dates/{servicePointId}/all-openings": {"servicePointId": "service_point"},
    "/calendar/dates/{servicePointId}/surrounding-openings": {"servicePointId": "service_point"},
    "/circulation/loans/{id}": {"id": "loan"},
    **{f"/circulation/loans/{{id}}/{action}": {"id": "loan"} for action in LOAN_ACTIONS},
    "/check-out-lock-storage/{lockId}": {"lockId": "lock"},
    "/circulation/pick-slips/{servicePointId}": {"servicePointId": "service_point"},
    "/circulation/search-slips/{servicePointId}": {"servicePointId": "service_point"},
    "/circulation/requests-reports/hold-shelf-clearance/{servicePointId}": {"servicePointId": "service_point"},
    "/circulation/settings/{id}": {"id": "circulation_settings"},
    "/circulation/requests/{id}": {"id": "request"},
    "/circulation/requests/{id}/move": {"id": "request"},
    "/circulation/requests/queue/item/{id}": {"id": "item"},
    "/circulation/requests/queue/instance/{id}": {"id": "instance"},
    "/circulation/requests/queue/item/{id}/reorder": {"id": "item"},
    "/circulation/requests/queue/instance/{id}/reorder": {"id": "instance"},
    "/inventory/items/{id}": {"id": "item"},
    "/inventory/instances/{id}": {"id": "instance"},
    **{f"/accounts/{{id}}/{action}": {"id": "accounts"} for action in (*_AMOUNTS, *map("check-{}".format, _AMOUNTS), "cancel")},
    "/loan-anonymization/by-user/{id}": {"id": "users"},
    "/loan-storage/loans/anonymize/{id}": {"id": "users"},
    "/request-anonymization/{id}": {"id": "request"},
    "/octavo/patrons/{id}/erase": {"id": "users"},
    "/webhooks/{id}/secret": {"id": "webhook"},
    "/patron/{externalSystemId}": {"externalSystemId": "registered"},
    "/patron/registration-status/{identifier}": {"identifier": "email"},
    "/patron/account/{id}": {"id": "users"},
    "/patron/account/{id}/item/{itemId}/renew": {"id": "users", "itemId": "item"},
    "/patron/account/{id}/item/{itemId}/hold": {"id": "users", "itemId": "item"},
    "/patron/account/{id}/item/{itemId}/hold/{holdId}": {"id": "users", "itemId": "item", "holdId": "request"},
    "/patron/account/{id}/instance/{instanceId}/hold": {"id": "users", "instanceId": "instance"},
    "/patron/account/{id}/hold/{holdId}/cancel": {"id": "users", "holdId": "request"},
    "/patron/account/{id}/item/{itemId}/allowed-service-points": {"id": "users", "itemId": "item"},
    "/patron/account/{id}/instance/{instanceId}/allowed-service-points": {"id": "users", "instanceId": "instance"},
    "/patron/account/{id}/instance/{instanceId}/allowed-service-points-multi-item": {"id": "users", "instanceId": "instance"},
    "/staging-users/{id}/mergeOrCreateUser": {"id": "staging_users"},
}  # fmt: skip

_EDGE_PATRON = {"patronId": "external id"}
EDGE_PLACES: dict[str, Mapping[str, str]] = {
    **{
        path.replace("/account/{id}", "/account/{patronId}"): {
            "patronId" if name == "id" else name: "external id" if name == "id" else what
            for name, what in places.items()
        }
        for path, places in PLACES.items()
        if path.startswith("/patron/account/{id}")
    },
    "/patron/account/{patronId}/by-email/{emailId}": {**_EDGE_PATRON, "emailId": "email"},
    "/patron/account/{patronId}/external-patrons": _EDGE_PATRON,
    "/patron/{externalSystemId}": {"externalSystemId": "registered"},
}


def filled(route: Route, places: Mapping[str, Mapping[str, str]], names: Mapping[str, str]) -> str:
    """Return the path of a route for a town's names.

    Of a new route nothing is known yet: it is asked for what does not exist, and `test_every_route_is_known` fails.
    """
    known = {name: names[what] for name, what in places.get(route.path, {}).items()}
    return re.sub(r"{(\w+)}", lambda parameter: known.get(parameter[1]) or str(uuid4()), route.path)


def body_for(route: Route, town: Town, names: Mapping[str, str]) -> Any:
    """Return a body with which the request would be meant: the stored record for PUT, what POST needs."""
    if route.method not in ("POST", "PUT"):
        return None
    if route.path in _BODIES:
        return _BODIES[route.path](town, names)
    if route.method == "PUT" and "{" in route.path and route.path in PLACES:
        (what, *_) = PLACES[route.path].values()
        text = orjson.dumps(town.documents.get(town.names[what], {})).decode()
        for name, value in town.names.items():
            text = text.replace(value, names[name])
        return orjson.loads(text)
    return {}


_BODIES: dict[str, Any] = {
    "/perms/users/{id}/permissions": lambda _, names: {"permissionName": names["permission"]},
    "/check-out-lock-storage": lambda *_: {"userId": str(uuid4()), "ttlMs": 1},
    "/circulation/requests/{id}/move": lambda _, names: {"destinationItemId": names["item"]},
    "/circulation/requests/queue/item/{id}/reorder": lambda _, names: _reorder(names),
    "/circulation/requests/queue/instance/{id}/reorder": lambda _, names: _reorder(names),
    "/circulation/check-out-by-barcode": lambda town, _: {
        "itemBarcode": town.ann.held["barcode"], "userBarcode": town.ann.patron["barcode"],
        "servicePointId": town.library.ids["main desk"],
    },
    "/circulation/check-in-by-barcode": lambda town, _: {
        "itemBarcode": town.ann.item["barcode"], "servicePointId": town.library.ids["main desk"], "checkInDate": DATE,
    },
    "/circulation/renew-by-barcode": lambda town, _: {
        "itemBarcode": town.ann.item["barcode"], "userBarcode": town.ann.patron["barcode"],
    },
    "/circulation/renew-by-id": lambda _, names: {"itemId": names["item"], "userId": names["users"]},
    "/patron": lambda *_: REGISTRANT,
    "/patron/{externalSystemId}": lambda *_: REGISTRANT,
    "/staging-users/{id}": lambda *_: REGISTRANT,
    "/patron/account/{patronId}": lambda *_: EXTERNAL,
    "/patron/account/{patronId}/by-email/{emailId}": lambda *_: EXTERNAL,
    "/anonymize-storage-loans": lambda _, names: {"loanIds": [names["loan"]]},
    "/circulation/end-patron-action-session": lambda _, names: {
        "endSessions": [{"patronId": names["users"], "actionType": "Check-out"}]
    },
    "/authn/credentials": lambda _, names: {"userId": names["users"], "password": "a new password"},
}  # fmt: skip
_BODIES |= {f"/circulation/loans/{{id}}/{action}": (lambda *_, sent=sent: sent) for action, sent in LOAN_ACTIONS.items()}
_BODIES |= {f"/accounts/{{id}}/check-{action}": lambda *_: {"amount": "1.00"} for action in _AMOUNTS}
_BODIES |= {f"/accounts/{{id}}/{action}": lambda town, _: _deed(town) for action in ("cancel", *_AMOUNTS)}
_BODIES |= {
    f"/accounts-bulk/{action}": lambda town, names: {**_deed(town), "accountIds": [names["accounts"]]}
    for action in ("cancel", *_AMOUNTS)
}
for _path in PLACES.keys() | EDGE_PLACES.keys():
    if _path.endswith("/hold"):
        _BODIES[_path] = lambda town, _: {"requestDate": DATE, "pickupLocationId": town.library.ids["main desk"]}
    elif _path.endswith("/allowed-service-points-multi-item"):
        _BODIES[_path] = lambda _, names: {"itemIds": [names["item"]]}
    elif _path.endswith("/{holdId}/cancel"):
        _BODIES[_path] = lambda town, names: {
            "holdId": names["request"], "cancellationReasonId": town.library.ids["cancelled by patron"],
        }  # fmt: skip


def _deed(town: Town) -> Json:
    return {
        "amount": "1.00", "notifyPatron": False, "servicePointId": town.library.ids["main desk"], "userName": "desk",
        "paymentMethod": "cash",
    }  # fmt: skip


def _reorder(names: Mapping[str, str]) -> Json:
    return {"reorderedQueue": [{"id": names["request"], "newPosition": 1}]}


async def send(client: httpx.AsyncClient, route: Route, path: str, body: Any, **headers: str) -> httpx.Response:
    """Send a request to a route; lists are asked for in full."""
    query = {"limit": "1000"} if route.many else None
    return await client.request(route.method, path, params=query, json=body, headers=headers)


async def dump(connection: Any, schema: str) -> dict[str, str]:
    """Return a digest of every table of a tenant, to tell whether anything changed."""
    tables = await connection.fetchval(
        "SELECT array_agg(table_name::text) FROM information_schema.tables WHERE table_schema = $1", schema
    )
    parts = (
        f"""SELECT '{table}' AS name, md5(coalesce(string_agg(r::text, '' ORDER BY r::text), '')) AS digest
            FROM "{schema}"."{table}" r"""
        for table in tables
    )
    rows = await connection.fetch(" UNION ALL ".join(parts))
    await settle()
    return {row["name"]: row["digest"] for row in rows}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the tables that changed."""
    return sorted(table for table in before if before[table] != after[table])


def texts_of(answer: httpx.Response) -> Iterator[str]:
    """Return everything that an answer says."""
    yield answer.text
    yield from answer.headers.values()
