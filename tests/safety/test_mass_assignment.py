"""What a patron's tool may write: these fields and no others. A new field must be listed here before it can be sent."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import BaseModel

from octavo.edge import side
from octavo.http.routes import Route
from octavo.store.tx import Tx
from safety.town import EDGE_PLACES, Town, body_for, differences, dump, filled

_PERSON = {
    "generalInfo.firstName", "generalInfo.lastName", "generalInfo.middleName", "generalInfo.preferredFirstName",
    "addressInfo.addressLine0", "addressInfo.addressLine1", "addressInfo.city", "addressInfo.country",
    "addressInfo.province", "addressInfo.zip", "contactInfo.email", "contactInfo.mobilePhone", "contactInfo.phone",
    "preferredEmailCommunication",
}  # fmt: skip

#: What only the server writes: it is dropped without a word.
_SERVERS_OWN = {f"metadata.{what}{how}" for what in ("created", "updated") for how in ("ByUserId", "ByUsername", "Date")}

#: The fields of each body that a patron's tool may send.
WRITABLE: dict[str, set[str]] = {
    "HoldRequest": {"requestDate", "expirationDate", "patronComments", "pickupLocationId"},
    "HoldCancellation": {
        "cancellationReasonId", "cancellationAdditionalInformation", "canceledDate",
        "canceledByUserId", "pickupLocationId", "requestDate",  # of these three the edge takes no notice
    },
    "ItemIds": {"itemIds"},
    "ExternalPatron": _PERSON | {"generalInfo.externalSystemId"},
    "StagingUser": _PERSON | _SERVERS_OWN | {"id", "externalSystemId", "isEmailVerified", "minor", "status"},
}  # fmt: skip

#: What somebody would send who wants more than is theirs.
WISHES: dict[str, Any] = {
    "active": True, "barcode": "0001", "expirationDate": "2099-01-01", "patronGroup": str(uuid4()), "permissions": ["octavo.all"],
    "personal": {"lastName": "X"}, "tenant": "other", "type": "staff", "userId": str(uuid4()), "username": "admin",
}  # fmt: skip
REGISTRATIONS = [route for route in side.ROUTES if route.body and route.permission == "register"]


def names_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the wire names of a model's fields, those of its parts behind a dot."""
    for name, field in model.model_fields.items():
        path = f"{before}{field.alias or name}"
        part = next((one for one in _models(field.annotation)), None)
        yield from names_of(part, f"{path}.") if part else [path]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def test_nothing_else_can_be_sent() -> None:
    models = {route.body for route in side.ROUTES if route.body}
    assert {model.__name__: set(names_of(model)) for model in models} == WRITABLE


@pytest.mark.parametrize("route", REGISTRATIONS, ids=lambda route: route.name)
async def test_whoever_registers_gets_nothing_that_they_wish_for(
    town: Town, edge: httpx.AsyncClient, tx: Tx, route: Route
) -> None:
    """Neither beside what may be sent nor within its parts."""
    before = await dump(tx.connection, tx.schema)
    path, body = filled(route, EDGE_PLACES, town.names), body_for(route, town, town.names)
    for wish, value in WISHES.items():
        for sent in ({**body, wish: value}, {**body, "generalInfo": {**body["generalInfo"], wish: value}}):
            answer = await edge.request(route.method, path, json=sent)
            assert (answer.status_code, answer.json()["errorMessage"]) == (422, f'Unrecognized field "{wish}"')
    assert differences(before, await dump(tx.connection, tx.schema)) == []


async def test_a_hold_is_what_the_server_makes_of_it(town: Town, edge: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
    """A tool sends back the whole hold that it was shown; what it says of itself counts for nothing."""
    ann, ben = town.ann, town.ben
    wishes = {
        "requestId": str(uuid4()), "id": str(uuid4()), "status": "Open - Awaiting pickup", "queuePosition": 1, "position": 1,
        "requesterId": ben.patron["id"], "requestType": "Recall", "proxyUserId": ben.patron["id"],
        "fulfillmentPreference": "Delivery", "item": {"itemId": ben.item["id"]}, "requestProcessingParameters": {"overrideBlocks": {}},
    }  # fmt: skip
    path = f"/patron/account/{ann.patron['externalSystemId']}/item/{ben.held['id']}/hold"
    honest = {"requestDate": "2026-01-05T10:00:00Z", "pickupLocationId": town.library.ids["main desk"]}
    answer = await edge.post(path, json={**wishes, **honest})
    assert answer.status_code == 201, answer.text
    stored = (await client.get(f"/circulation/requests/{answer.json()['requestId']}")).json()
    assert stored["requesterId"] == ann.patron["id"]
    assert stored["itemId"] == ben.held["id"]
    assert (stored["status"], stored["position"]) == ("Open - Not yet filled", 2)
    assert stored["fulfillmentPreference"] == "Hold Shelf"
    assert "proxyUserId" not in stored
    assert stored["id"] not in (wishes["requestId"], wishes["id"])


async def test_whoever_cancels_is_the_patron_whatever_is_said(
    town: Town, edge: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    ann, ben = town.ann, town.ben
    path = f"/patron/account/{ann.patron['externalSystemId']}/hold/{ann.hold['id']}/cancel"
    body = {"holdId": ann.hold["id"], "cancellationReasonId": town.library.ids["cancelled by patron"],
            "canceledByUserId": ben.patron["id"], "requesterId": ben.patron["id"]}  # fmt: skip
    answer = await edge.post(path, json=body)
    assert answer.status_code == 200, answer.text
    stored = (await client.get(f"/circulation/requests/{ann.hold['id']}")).json()
    assert stored["cancelledByUserId"] == ann.patron["id"]
    assert stored["requesterId"] == ann.patron["id"]
