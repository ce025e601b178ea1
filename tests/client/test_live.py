"""The two clients, and the classes with foliolib's names, over the network against the live server."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from client.world import World
from octavo_client import ApiKey, AsyncClient, AsyncEdgeClient, Client, EdgeClient, Login, Unauthenticated
from octavo_client.foliolib.folio.api.circulationStorage import LoanStorage, PatronActionSession
from octavo_client.foliolib.folio.api.patron import Patron
from octavo_client.foliolib.folio.usersImpl import UsersImpl
from octavo_client.foliolib.okapi.okapiClient import OkapiClient
from octavo_models.account import Account, HoldRequest
from octavo_models.loan import Loan, LoanStatus
from octavo_models.user import USERS


def login(world: World) -> Login:
    return Login(world.username, world.password)


async def test_many_calls_at_once_over_one_session(world: World) -> None:
    patron, item = await world.library.patron(), await world.library.item()
    await world.library.check_out(patron, item)
    async with AsyncClient(world.okapi, world.tenant, login(world)) as client:
        accounts = await asyncio.gather(*(client.patron(patron["id"]).account(loans=True) for _ in range(10)))
    assert {account.total_loans for account in accounts} == {1}


class Counting(httpx.AsyncHTTPTransport):
    """The network, with a list of what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return await super().handle_async_request(request)


async def test_many_callers_outlive_their_tokens_together(world: World) -> None:
    passed, network = timedelta(), Counting()

    def clock() -> datetime:
        return datetime.now(UTC) + passed

    async with AsyncClient(world.okapi, world.tenant, login(world), transport=network, clock=clock) as client:
        for _ in range(4):
            counts = await asyncio.gather(*(client.loans.count() for _ in range(12)))
            assert len(set(counts)) == 1
            passed += timedelta(minutes=9, seconds=30)
    renewals = [path.rpartition("/")[2] for path in network.paths if path.startswith("/authn")]
    assert renewals == ["login-with-expiry", "refresh", "refresh", "refresh", "logout"]


async def test_a_session_ended_elsewhere_is_begun_again_once(world: World) -> None:
    network, reader = Counting(), await world.library.patron()
    async with AsyncClient(world.okapi, world.tenant, login(world)) as staff:
        await staff.users.set_password(reader["id"], reader["username"], "a-long-password")
    enter = Login(reader["username"], "a-long-password")
    async with AsyncClient(world.okapi, world.tenant, enter, transport=network) as client:
        await client.users.myself()
        async with httpx.AsyncClient(headers={"X-Okapi-Tenant": world.tenant}) as other:
            body = {"username": enter.username, "password": enter.password}
            entered = await other.post(f"{world.okapi}/authn/login", json=body)
            token = {"X-Okapi-Token": entered.headers["X-Okapi-Token"]}
            assert (await other.post(f"{world.okapi}/authn/logout-all", headers=token)).status_code == 204
        profiles = await asyncio.gather(*(client.users.myself() for _ in range(8)))
    assert {profile.user.id for profile in profiles} == {reader["id"]}
    renewals = [path.rpartition("/")[2] for path in network.paths if path.startswith("/authn")]
    assert renewals == ["login-with-expiry", "refresh", "login-with-expiry", "logout"]


async def test_the_blocking_client_sees_what_the_desk_did(world: World) -> None:
    patron, item = await world.library.patron(), await world.library.item()
    loan = await world.library.check_out(patron, item)

    def look() -> tuple[Account, list[Loan], str | None]:
        with Client(world.okapi, world.tenant, login(world)) as client:
            account = client.patron(patron["id"]).account(loans=True)
            loans = list(client.loans.iterate(f'userId=="{patron["id"]}"', size=1))
            return account, loans, client.collection(USERS).get(patron["id"]).username

    account, loans, username = await asyncio.to_thread(look)
    assert [shown.id for shown in account.loans] == [stored.id for stored in loans] == [loan["id"]]
    assert username == patron["username"]


async def test_a_hold_placed_by_a_patron(world: World) -> None:
    patron, instance = await world.library.patron(), await world.library.instance()
    await world.library.item(instance)
    hold = HoldRequest(
        request_date=datetime.now(UTC), pickup_location_id=world.library.ids["main desk"], patron_comments="please"
    )
    async with AsyncClient(world.okapi, world.tenant, login(world)) as client:
        placed = await client.patron(patron["id"]).hold_instance(instance["id"], hold)
        account = await client.patron(patron["id"]).account(holds=True)
    assert [(shown.request_id, shown.patron_comments) for shown in account.holds] == [(placed.request_id, "please")]


async def test_a_patron_tool_over_the_network(world: World) -> None:
    patron, item = await world.library.patron(), await world.library.item()
    await world.library.check_out(patron, item)

    def look() -> int:
        with EdgeClient(world.edge, ApiKey(world.key)) as edge:
            return edge.patron(patron["externalSystemId"]).account().total_loans

    assert await asyncio.to_thread(look) == 1
    async with AsyncEdgeClient(world.edge, ApiKey("guess")) as stranger:
        with pytest.raises(Unauthenticated):
            await stranger.patron(patron["externalSystemId"]).account()


async def test_what_has_changed_is_told_page_by_page(world: World) -> None:
    loan = await world.library.check_out(await world.library.patron(), await world.library.item())
    async with AsyncClient(world.okapi, world.tenant, login(world)) as client:

        async def told() -> list[str]:
            events = client.events.iterate(topics=["circulation.loan"])
            return [event.event["data"]["new"]["id"] async for event in events if "new" in event.event["data"]]

        async with asyncio.timeout(30):
            while loan["id"] not in await told():  # noqa: ASYNC110 - it is the server that is waited for
                await asyncio.sleep(0.1)
        page = await client.events.page(topics=["circulation.loan"])
    assert {event.topic.rpartition(".")[2] for event in page.records} == {"loan"}
    assert page.next >= page.records[-1].position


async def test_a_walk_over_the_network(world: World) -> None:
    user_id = str(uuid4())
    async with AsyncClient(world.okapi, world.tenant, login(world)) as client:
        for _ in range(5):
            await client.loans.create(
                Loan(
                    user_id=user_id, item_id=str(uuid4()), loan_date="2026-03-01", action="checkedin",
                    status=LoanStatus(name="Closed"),
                )
            )
        ids = [loan.id async for loan in client.loans.iterate(f"userId=={user_id}", size=2)]
        assert len(set(ids)) == len(ids) == 5
        await client.loans.delete_matching(f"userId=={user_id}")


async def test_scripts_with_foliolibs_names(world: World) -> None:
    patron = await world.library.patron()

    def script() -> None:
        okapi = OkapiClient(world.okapi)
        UsersImpl(world.tenant, okapi).login(world.username, world.password)
        sessions = PatronActionSession(world.tenant, okapi)
        made = sessions.set_patronActionSession(
            {"patronId": patron["id"], "loanId": str(uuid4()), "actionType": "Check-in"}
        )
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        expired = sessions.get_expiredSessionPatronIds(session_inactivity_time_limit=later, limit=1000)
        assert {"patronId": patron["id"], "actionType": "Check-in"} in expired["expiredSessions"]
        sessions.delete_patronActionSession(made["id"])
        assert LoanStorage(world.tenant, okapi).get_loans(query=f"userId=={patron['id']}", limit=1)["loans"] == []
        assert Patron(world.tenant, okapi).get_account(patron["id"], includeLoans=True)["totalLoans"] == 0
        okapi.close()

    await asyncio.to_thread(script)
