"""A patron with records of every kind that the data map knows: one maker for each table.

A table that the map gains needs a maker here, or the test of erasing fails.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import orjson

from library import Library
from octavo.auth import api_keys
from octavo.catalogue import BY_TABLE
from octavo.services import privacy
from octavo.store import events
from octavo.store.tx import Tx

Json = dict[str, Any]

#: What the patron is known by; none of it may be found anywhere once they are erased. `#` stands for the patron's number.
PERSON: Json = {
    "username": "zquser#", "barcode": "ZQCARD#", "externalSystemId": "6ac93e36-54b1-4c3e-8d52-5dce0000#",
    "personal": {
        "lastName": "Zquill#feather", "firstName": "Zorabélla#", "middleName": "Zquentin#", "preferredFirstName": "Zozo#",
        "email": "zorabella#@zq.example", "phone": "+00 555 #", "mobilePhone": "+00 556 #",
        "addresses": [{"addressLine1": "# Zqlane", "city": "Zqtown#", "postalCode": "ZQ7 #"}],
    },
}  # fmt: skip
_NUMBERS = count(7701)


@dataclass
class World:
    """What makers need: the library over HTTP, the database, the patron, and what was made before."""

    library: Library
    tx: Tx
    patron: Json
    number: int
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def pin(self) -> str:
        return f"zqpin{self.number}"

    @property
    def comment(self) -> str:
        return f"zqcomment{self.number} for my aunt"

    def words(self) -> list[str]:
        """Return everything by which the patron could be known."""
        personal = self.patron["personal"]
        address = personal["addresses"][0]
        known = [self.patron[name] for name in ("id", "username", "barcode", "externalSystemId")]
        known += [personal[name] for name in ("lastName", "firstName", "middleName", "preferredFirstName", "email", "phone", "mobilePhone")]
        return [*known, address["addressLine1"], address["city"], address["postalCode"], self.pin, self.comment]

    async def post(self, table: str, /, **record: Any) -> Json:
        return await self.library.post(BY_TABLE[table].path, **record)

    async def charge(self, amount: int, **more: Any) -> Json:
        """Charge the patron for some damage."""
        return await self.library.post(
            "/accounts", userId=self.patron["id"], feeFineId=self.library.ids["damage"], ownerId=self.library.ids["owner"],
            amount=amount, remaining=amount, status={"name": "Open"}, paymentStatus={"name": "Outstanding"},
            feeFineType="damage", **more,
        )  # fmt: skip

    async def insert(self, table: str, /, **record: Any) -> str:
        """Store a record that only the server itself makes."""
        record_id = str(uuid4())
        document = orjson.dumps({"id": record_id, **record})
        await self.tx.connection.execute(f"INSERT INTO {self.tx.table(table)} (id, doc) VALUES ($1, $2)", record_id, document)
        return record_id

    async def sent(self, path: str, **body: Any) -> None:
        """Send a POST that must succeed, whatever it answers."""
        answer = await self.library.client.post(path, json=body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"


async def furnish(library: Library) -> None:
    """Make what all patrons share: a type of address, and something to charge."""
    library.ids["home"] = (await library.post("/addresstypes", addressType="Home"))["id"]
    library.ids["owner"] = (await library.post("/owners", owner="Desk"))["id"]
    library.ids["damage"] = (await library.post("/feefines", feeFineType="damage", ownerId=library.ids["owner"]))["id"]


async def somebody(library: Library, tx: Tx) -> World:
    """Make a patron whom nobody has heard of."""
    number = next(_NUMBERS)
    person: Json = orjson.loads(orjson.dumps(PERSON).replace(b"#", str(number).encode()))
    person["personal"]["addresses"][0]["addressTypeId"] = library.ids["home"]
    return World(library, tx, await library.patron(**person), number)


async def _user(world: World) -> None:
    """Let the patron log in and make a record of their own; another user names them."""
    other = await world.library.patron(proxyFor=[world.patron["id"]])
    world.ids["other"] = other["id"]
    await world.sent("/authn/credentials", userId=world.patron["id"], username=world.patron["username"], password="zq-secret-77")


async def _proxies(world: World) -> None:
    me, other = world.patron["id"], world.ids["other"]
    await world.post("proxyfor", userId=me, proxyUserId=other, status="Active")
    await world.post("proxyfor", userId=other, proxyUserId=me, status="Active")


async def _staging(world: World) -> None:
    personal = world.patron["personal"]
    made = await world.post(
        "staging_users", generalInfo={"firstName": personal["firstName"], "lastName": personal["lastName"]},
        contactInfo={"email": personal["email"], "phone": personal["phone"]},
        addressInfo={"addressLine0": personal["addresses"][0]["addressLine1"], "city": personal["addresses"][0]["city"]},
    )  # fmt: skip
    world.ids["staging"] = made["id"]


async def _confirmation(world: World) -> None:
    await world.tx.connection.execute(
        f"INSERT INTO {world.tx.table('confirmation')} VALUES ($3, $1, $2)", world.ids["staging"], world.tx.now + timedelta(days=1),
        world.ids["staging"].encode(),
    )


async def _loan(world: World) -> None:
    """Borrow twice, once for another patron; write a note; bring everything back."""
    other = {"id": world.ids["other"], "barcode": (await world.library.get(f"/users/{world.ids['other']}"))["barcode"]}
    for number, (borrower, proxy) in enumerate(((world.patron, other), (other, world.patron))):
        item = await world.library.item()
        loan = await world.library.check_out(borrower, item, proxyUserBarcode=proxy["barcode"])
        world.ids[f"loan {number}"] = loan["id"]
        await world.sent(f"/circulation/loans/{loan['id']}/add-info", action="patronInfoAdded", actionComment=world.comment if not number else "other")
        if number == 0:
            await world.library.check_in(item)


async def _nothing(world: World) -> None:
    """What the maker of another table has made as well."""


async def _check_in(world: World) -> None:
    item = await world.library.item()
    await world.post(
        "check_in", occurredDateTime=world.tx.now.isoformat(), itemId=item["id"], servicePointId=world.library.ids["main desk"],
        performedByUserId=world.patron["id"],
    )  # fmt: skip


async def _request(world: World) -> None:
    item = await world.library.item()
    await world.library.check_out(await world.library.patron(), item)
    placed = await world.library.hold(world.patron, item, patronComments=world.comment)
    world.ids["request"] = placed["id"]
    reason = {"cancellationReasonId": world.library.ids["cancelled by patron"], "cancellationAdditionalInformation": world.comment}
    ended = {**placed, "status": "Closed - Cancelled", "cancelledByUserId": world.patron["id"], **reason}
    await world.library.put(f"/circulation/requests/{placed['id']}", ended)


async def _suspension(world: World) -> None:
    await world.tx.connection.execute(
        f"INSERT INTO {world.tx.table('request_suspension')} VALUES ($1, $2)", world.ids["request"], world.tx.now
    )


async def _preference(world: World) -> None:
    await world.post("user_request_preference", userId=world.patron["id"], holdShelf=True, delivery=False)


async def _print_event(world: World) -> None:
    await world.insert(
        "print_events", requestId=str(uuid4()), requesterId=world.patron["id"], requesterName=world.patron["username"],
        printEventDate=world.tx.now.isoformat(),
    )  # fmt: skip


async def _block(world: World) -> None:
    await world.post(
        "manualblocks", type="Manual", desc=world.comment, patronMessage=world.comment, staffInformation=world.comment, userId=world.patron["id"],
        borrowing=False, renewals=True, requests=False,
    )  # fmt: skip


async def _account(world: World) -> None:
    account = await world.charge(5, loanId=world.ids["loan 0"])
    world.ids["account"] = account["id"]
    await world.library.post(
        f"/accounts/{account['id']}/pay", amount="5", notifyPatron=False, servicePointId=world.library.ids["main desk"],
        userName="desk", paymentMethod="cash", comments=world.comment, transactionInfo=world.comment,
    )  # fmt: skip


async def _actual_cost(world: World) -> None:
    personal = world.patron["personal"]
    await world.insert(
        "actual_cost_record", status="Billed", lossType="Declared lost", lossDate=world.tx.now.isoformat(),
        user={"id": world.patron["id"], "barcode": world.patron["barcode"], "lastName": personal["lastName"], "firstName": personal["firstName"]},
        additionalInfoForStaff=world.comment, loan={"id": world.ids["loan 0"]}, feeFine={"accountId": world.ids["account"]},
    )  # fmt: skip


async def _notice(world: World) -> None:
    await world.insert(
        "scheduled_notice", loanId=world.ids["loan 0"], recipientUserId=world.patron["id"], nextRunTime=world.tx.now.isoformat(),
        triggeringEvent="Due date",
    )  # fmt: skip


async def _message(world: World) -> None:
    letter = {"to": world.patron["personal"]["email"], "header": "Hello", "body": f"Dear {world.patron['personal']['firstName']}", "status": "DELIVERED"}
    await world.insert("message", notificationId="1", recipientUserId=world.patron["id"], loanIds=[world.ids["loan 0"]], **letter)
    await world.insert("message", notificationId="2", **letter)


async def _entry(world: World) -> None:
    await world.sent("/settings/entries", id=str(uuid4()), scope="desk", key="likes", value={"of": world.comment}, userId=world.patron["id"])


async def _setting(world: World) -> None:
    await world.post("settings", scope="desk", key=f"likes {world.number}", value={"of": world.comment}, userId=world.patron["id"])


async def _permissions(world: World) -> None:
    """Let the patron, who may make groups, make one: it says who made it."""
    await world.post("permissions_users", userId=world.patron["id"], permissions=["usergroups.item.post"])
    client = world.library.client
    answer = await client.post("/authn/login", json={"username": world.patron["username"], "password": "zq-secret-77"})
    assert answer.status_code == 201, answer.text
    client.cookies.clear()
    own = {"X-Okapi-Token": answer.headers["x-okapi-token"]}
    answer = await client.post("/groups", json={"group": f"group {world.number}"}, headers=own)
    assert answer.status_code == 201, answer.text
    assert answer.json()["metadata"]["createdByUserId"] == world.patron["id"]


async def _refresh_token(world: World) -> None:
    await world.sent("/authn/login-with-expiry", username=world.patron["username"], password="zq-secret-77")
    world.library.client.cookies.clear()


async def _occasion(world: World) -> None:
    await world.tx.connection.execute(
        f"INSERT INTO {world.tx.table('occasion')} (event, at, user_id, loan_id) VALUES ('Check out', $2, $1, $3), ('Check in', $2, NULL, $3)",
        world.patron["id"], world.tx.now, world.ids["loan 0"],
    )  # fmt: skip


async def _replay(world: World) -> None:
    """Send something twice under one key, so that the answer is kept."""
    wish = {"userId": world.patron["id"], "ttlMs": 60_000}
    answer = await world.library.client.post("/check-out-lock-storage", json=wish, headers={"Idempotency-Key": f"key {world.number}"})
    assert answer.status_code == 201, answer.text


async def _pin(world: World) -> None:
    await world.sent("/patron-pin", id=world.patron["id"], pin=world.pin)


async def _visit(world: World) -> None:
    await world.tx.connection.execute(
        f"INSERT INTO {world.tx.table('visit')} (digest, user_id, side, begun, seen, told) VALUES ($4, $1, 'my', $2, $2, $3)",
        world.patron["id"], world.tx.now, orjson.dumps({"hello": world.patron["personal"]["firstName"]}),
        str(uuid4()).encode(),
    )  # fmt: skip


async def _api_key(world: World) -> None:
    await api_keys.create(world.tx, world.tx.tenant, world.patron["username"], "a tool", list(api_keys.Scope))


async def _decision(world: World) -> None:
    await privacy.keep_history(world.tx, world.patron["id"])


async def _events(world: World) -> None:
    """Publish what waits, and change the patron once more, so that something waits again."""
    while await events.publish(world.tx):
        pass
    stored = await world.library.get(f"/users/{world.patron['id']}")
    await world.library.put(f"/users/{world.patron['id']}", {**stored, "tags": {"tagList": [world.comment]}})


#: In this order, as some build on others.
MAKERS: dict[str, Callable[[World], Awaitable[None]]] = {
    "users": _user,
    "credential": _pin,
    "proxyfor": _proxies,
    "staging_users": _staging,
    "confirmation": _confirmation,
    "service_point_user": lambda world: world.sent("/service-points-users", userId=world.patron["id"], servicePointsIds=[]),
    "loan": _loan,
    "loan_history": _nothing,
    "patron_action_session": _nothing,
    "check_in": _check_in,
    "request": _request,
    "request_suspension": _suspension,
    "user_request_preference": _preference,
    "print_events": _print_event,
    "manualblocks": _block,
    "accounts": _account,
    "feefineactions": _nothing,
    "actual_cost_record": _actual_cost,
    "scheduled_notice": _notice,
    "message": _message,
    "settings_entry": _entry,
    "settings": _setting,
    "permissions_users": _permissions,
    "refresh_token": _refresh_token,
    "occasion": _occasion,
    "replay": _replay,
    "check_out_lock": _nothing,
    "visit": _visit,
    "api_key": _api_key,
    "patron_preference": _decision,
    "event": _events,
    "outbox": _nothing,
}
