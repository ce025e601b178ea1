"""People over the typed client: users with what belongs to them, passwords, blocks, registration on both sides."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from octavo_client import AsyncClient, AsyncEdgeClient, Invalid, Login, NotFound, Unauthenticated
from octavo_models.account import HoldCancellation, HoldRequest
from octavo_models.blocks import BlockTemplate, ManualBlock, ManualBlockTemplate
from octavo_models.location import ServicePointsUser
from octavo_models.registration import ExternalPatron
from octavo_models.user import Group, Personal, Proxy, StagingUser, User
from sides import TENANT

PERSON = StagingUser.from_wire(
    {"generalInfo": {"firstName": "Web", "lastName": "Reader"}, "contactInfo": {"email": "web@example.org"}}
)
NEWCOMER = {
    "generalInfo": {"externalSystemId": "ext-new", "firstName": "New", "preferredFirstName": "", "lastName": "Comer"},
    "addressInfo": {"addressLine0": "1 Way", "city": "A", "province": "NY", "zip": "1", "country": "USA"},
    "contactInfo": {"email": "new@example.org"},
}


async def test_users_and_what_belongs_to_them(typed: AsyncClient, library: Library) -> None:
    users = typed.users
    group = await users.groups.create(Group(group="scholars", expiration_offset_in_days=365))
    made = await users.create(
        User(username="ada", barcode="A1", active=True, patron_group=group.id, personal=Personal(last_name="Ada"))
    )
    assert made.id
    sponsor = await library.patron()
    await users.proxies.create(Proxy(user_id=made.id, proxy_user_id=sponsor["id"], status="Active"))
    desk = library.ids["main desk"]
    await users.service_points.create(
        ServicePointsUser(user_id=made.id, service_points_ids=[desk], default_service_point_id=desk)
    )
    profile = await users.profile(made.id)
    assert (profile.user.username, profile.patron_group and profile.patron_group.group) == ("ada", "scholars")
    assert [proxy.proxy_user_id for proxy in profile.proxies_for] == [sponsor["id"]]
    assert profile.service_points_user
    assert [point.name for point in profile.service_points_user.service_points] == ["main desk"]
    assert await users.profile_of("ada") == profile
    assert (await users.myself()).user.username == "admin"
    for collection in (users.departments, users.address_types, users.settings):
        assert await collection.count() == 0
    await users.delete_matching(f'username=="{sponsor["username"]}"')
    with pytest.raises(NotFound):
        await users.get(sponsor["id"])
    with pytest.raises(ValueError, match="names nobody"):
        await users.delete_matching(" ")


async def test_passwords(octavo: Any, clock: Any, typed: AsyncClient, library: Library) -> None:
    patron = await library.patron()

    async def enter(password: str) -> str | None:
        login, transport = Login(patron["username"], password), httpx.ASGITransport(app=octavo.okapi)
        async with AsyncClient("http://octavo", TENANT, login, transport=transport, clock=clock) as client:
            return (await client.users.myself()).user.id

    await typed.users.set_password(patron["id"], patron["username"], "first-password")
    assert await enter("first-password") == patron["id"]
    await typed.users.change_password(patron["username"], "first-password", "second-password")
    assert await enter("second-password") == patron["id"]
    await typed.users.remove_password(patron["id"])
    with pytest.raises(Unauthenticated):
        await enter("second-password")


async def test_blocks(typed: AsyncClient, library: Library) -> None:
    patron, blocks = await library.patron(), typed.blocks
    template = ManualBlockTemplate(name="vandal", block_template=BlockTemplate(desc="tears pages out", borrowing=True))
    assert (await blocks.templates.create(template)).name == "vandal"
    await blocks.manual.create(ManualBlock(desc="tears pages out", borrowing=True, user_id=patron["id"]))
    item = await library.item()
    with pytest.raises(Invalid) as caught:
        await typed.circulation.check_out(item["barcode"], patron["barcode"], library.ids["main desk"])
    assert caught.value.code == "USER_IS_BLOCKED_MANUALLY"
    assert "tears pages out" in str(caught.value.violations)
    with pytest.raises(NotFound):
        await blocks.summary(patron["id"])
    reader = await library.patron()
    loan = await library.check_out(reader, item)
    summary = await blocks.summary(reader["id"])
    assert [open_loan.loan_id for open_loan in summary.open_loans] == [loan["id"]]


async def test_somebody_registers_and_becomes_a_user(typed: AsyncClient, library: Library) -> None:
    await library._keep("remote", "/groups", group="Remote Non-circulating")
    await library._keep("home", "/addresstypes", addressType="Home")
    registration = typed.registration
    made = await registration.register(PERSON)
    assert made.external_system_id
    changed = await registration.change(made.external_system_id, PERSON.model_copy(update={"minor": False}))
    assert changed.minor is False
    with pytest.raises(NotFound) as caught:
        await registration.change(str(uuid4()), PERSON)
    assert caught.value.code == "STAGING_USER_NOT_FOUND"
    [staged] = [person async for person in registration.staged.iterate()]
    await registration.staged.change(made.external_system_id, PERSON)
    user_id = await registration.staged.merge(staged.id or "")
    assert (await registration.status("web@example.org")).id == user_id
    other = await registration.staged.create(PERSON.model_copy(update={"contact_info": _mail("other@example.org")}))
    assert await registration.staged.merge(other.id or "", user_id) == user_id


def _mail(address: str) -> Any:
    return PERSON.contact_info.model_copy(update={"email": address})


async def test_a_patron_tool_acts_for_a_patron(typed_edge: AsyncEdgeClient, library: Library) -> None:
    reader, instance = await library.patron(), await library.instance()
    item = await library.item(instance)
    lent = await library.item()
    await library.check_out(reader, lent)
    patron = typed_edge.patron(reader["externalSystemId"])
    assert (await patron.account(loans=True)).total_loans == 1
    [points] = await patron.pickup_points_for_items(instance["id"], [item["id"]])
    assert (points.item_id, len(points.allowed_service_points)) == (item["id"], 2)
    hold = HoldRequest(request_date=library.clock(), pickup_location_id=library.ids["main desk"])
    placed = await patron.hold_item(item["id"], hold)
    reason = HoldCancellation(cancellation_reason_id=library.ids["cancelled by patron"])
    cancelled = await patron.cancel_hold(placed.request_id or "", reason)
    assert cancelled.status == "Closed - Cancelled"
    with pytest.raises(NotFound, match="Unable to find patron nobody"):
        await typed_edge.patron("nobody").account()


async def test_a_patron_tool_registers_by_email(typed_edge: AsyncEdgeClient, library: Library) -> None:
    await library._keep("remote", "/groups", group="Remote Non-circulating")
    await library._keep("home", "/addresstypes", addressType="home")
    actor = await library.patron()
    registrar, newcomer = typed_edge.registrar(actor["externalSystemId"]), ExternalPatron.from_wire(NEWCOMER)
    assert (await registrar.register(newcomer)).general_info.external_system_id == "ext-new"
    with pytest.raises(Invalid, match="USER_ALREADY_EXIST"):
        await registrar.register(newcomer)
    assert (await registrar.patron("New@example.org")).general_info.first_name == "New"
    moved = newcomer.address_info.model_copy(update={"city": "B"})
    await registrar.renew("new@example.org", newcomer.model_copy(update={"address_info": moved}))
    shown = await registrar.patron("new@example.org")
    assert shown.address_info
    assert shown.address_info.city == "B"
    assert await registrar.expired() == []


async def test_a_patron_tool_registers_over_the_web(typed_edge: AsyncEdgeClient, library: Library) -> None:
    made = await typed_edge.registration.register(PERSON)
    changed = await typed_edge.registration.change(made.external_system_id or "", PERSON)
    assert changed.id == made.id
    reader = await library.patron()
    assert (await typed_edge.registration.status_of_email(reader["personal"]["email"])).id == reader["id"]
    with pytest.raises(NotFound) as caught:
        await typed_edge.registration.status_of_external_id(str(uuid4()))
    assert caught.value.code == "USER_NOT_FOUND"
