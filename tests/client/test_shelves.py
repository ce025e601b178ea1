"""Inventory, settings, calendars and timers over the typed client."""

from datetime import date, time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from client.stub import ITEM, ok, stub
from library import Library
from octavo_client import AsyncClient, Conflict, NotFound
from octavo_models.calendar import Calendar, NormalHours
from octavo_models.inventory import Instance
from octavo_models.locale import Locale
from octavo_models.reference import NamedType
from octavo_models.settings import CirculationSetting, SettingsEntry
from octavo_models.shown import InventoryItem
from octavo_models.template import LocalizedTemplate, Template, TemplateRequest
from octavo_models.webhook import Webhook


async def test_a_copy_from_its_work_to_the_shelf(typed: AsyncClient, library: Library) -> None:
    inventory = typed.inventory
    kind = await inventory.material_types.create(NamedType(name="atlas"))
    instance = await inventory.instances.create(
        Instance(title="Maps", source="local", instance_type_id=library.ids["text"])
    )
    item = await library.item({"id": instance.id})
    found = await inventory.items.get_tagged(item["id"])
    await inventory.items.replace(found.record.model_copy(update={"material_type_id": kind.id}), if_match=found.etag)
    with pytest.raises(Conflict):
        await inventory.items.replace(found.record, if_match=found.etag)
    shown = await inventory.shown.items.get(item["id"])
    assert (shown.title, shown.material_type.name, shown.status.name) == ("Maps", "atlas", "Available")
    assert shown.effective_location
    assert shown.effective_location.name == "main stacks"
    page = await inventory.shown.items_of_holdings(item["holdingsRecordId"])
    assert [copy.id for copy in page.records] == [item["id"]]
    [work] = (await inventory.shown.with_items(f"id=={instance.id}")).records
    assert [copy["id"] for copy in work.items] == [item["id"]]
    assert await inventory.shown.in_transit() == []
    assert await inventory.locations.count() == 2
    assert {point.name async for point in inventory.service_points.iterate()} == {"main desk", "branch desk"}


async def test_items_and_instances_as_mod_inventory_takes_them(typed: AsyncClient, library: Library) -> None:
    item = await library.item()
    shown = typed.inventory.shown
    copied = (await shown.items.get(item["id"])).model_copy(update={"id": None, "barcode": "second", "hrid": None})
    made = await shown.items.create(copied, idempotency_key=str(uuid4()))
    assert (made.barcode, made.material_type.name) == ("second", "book")
    await shown.items.replace(made.model_copy(update={"barcode": "third"}))
    assert (await typed.inventory.items.get(made.id or "")).barcode == "third"
    work = await shown.instances.create(Instance(title="New", source="local", instance_type_id=library.ids["text"]))
    await shown.instances.delete(work.id or "")
    with pytest.raises(NotFound):
        await shown.instances.get(work.id or "")


def test_a_server_that_answers_only_where_a_record_is_is_asked_for_it() -> None:
    record = {
        "id": ITEM, "holdingsRecordId": ITEM, "status": {"name": "Available"}, "materialType": {"id": ITEM},
        "permanentLoanType": {"id": ITEM},
    }  # fmt: skip
    server = stub(httpx.Response(201, headers={"Location": f"http://stub/inventory/items/{ITEM}"}), ok(record))
    item = InventoryItem.from_wire({**record, "id": None})
    assert server.client().inventory.shown.items.create(item).id == ITEM
    assert server.paths == ["/inventory/items", f"/inventory/items/{ITEM}"]


async def test_settings(typed: AsyncClient) -> None:
    settings = typed.settings
    made = await settings.circulation.create(CirculationSetting(id=str(uuid4()), name="other", value={"a": 1}))
    assert (await settings.circulation.get(made.id)).value == {"a": 1}
    entry = SettingsEntry(id=str(uuid4()), scope="ui", key="colour", value="green")
    await settings.entries.create(entry)
    assert (await settings.entries.get(entry.id)).value == "green"
    await settings.set_locale(Locale(locale="de-DE", timezone="Europe/Berlin", currency="EUR"))
    assert (await settings.locale()).timezone == "Europe/Berlin"
    await settings.scheduled_notices.delete_matching("recipientUserId==x")
    with pytest.raises(ValueError, match="delete_all"):
        await settings.scheduled_notices.delete_matching("")
    await settings.staff_slips.delete_all()
    assert await settings.staff_slips.count() == 0
    assert await settings.tlr_jobs.count() == 0
    await settings.start_tlr_job()


async def test_what_is_written_to_patrons(typed: AsyncClient) -> None:
    templates, text = typed.settings.templates, LocalizedTemplate(header="Hello", body="Dear {{user.name}}")
    made = await templates.create(
        Template(output_formats=["txt"], template_resolver="mustache", localized_templates={"en": text})
    )
    asked = TemplateRequest(template_id=made.id or "", lang="en", output_format="txt", context={"user": {"name": "Ann"}})
    assert (await templates.render(asked)).result.body == "Dear Ann"
    await templates.delete(made.id or "")
    assert await typed.settings.messages.count() == 0
    await typed.settings.messages.delete_old()
    await typed.settings.messages.delete_old(date(2026, 1, 1), "FAILURE")


async def test_when_a_desk_is_open(typed: AsyncClient, library: Library) -> None:
    calendars, desk = typed.calendars, library.ids["main desk"]
    hours = NormalHours(start_day="MONDAY", start_time=time(9), end_day="MONDAY", end_time=time(17))
    made = await calendars.create(
        Calendar(
            name="spring", start_date=date(2026, 3, 2), end_date=date(2026, 3, 15), assignments=[desk], normal_hours=[hours]
        )
    )
    before, day, after = await calendars.around(desk, date(2026, 3, 4))
    assert (before.date, day.open, after.date) == (date(2026, 3, 2), False, date(2026, 3, 9))
    every = await calendars.daily(desk, date(2026, 3, 2), date(2026, 3, 15), include_closed=True)
    assert [shown.date.day for shown in every if shown.open] == [2, 9]
    second = await calendars.create(made.model_copy(update={"id": None, "name": "bare", "assignments": []}))
    await calendars.delete_several([made.id or "", second.id or ""])
    assert await calendars.count() == 0


async def test_addresses_that_are_told_of_changes(typed: AsyncClient) -> None:
    webhooks = typed.events.webhooks
    made = await webhooks.create(Webhook(url="https://example.org/hook", topics=["circulation.loan"]))
    assert made.id
    assert made.secret
    assert await webhooks.renew_secret(made.id) != made.secret
    await webhooks.replace((await webhooks.get(made.id)).model_copy(update={"active": False}))
    assert [hook.active async for hook in webhooks.iterate()] == [False]
    await webhooks.delete(made.id)


async def test_timers_do_what_is_due(typed: AsyncClient, library: Library, clock: Any) -> None:
    past = (clock.now.replace(microsecond=0)).isoformat()
    patron = await library.patron(expirationDate=past)
    clock.advance(days=3)
    timers = typed.timers
    for do in (
        timers.expire_requests, timers.expire_users, timers.expire_sessions, timers.expire_actual_costs,
        timers.age_to_lost, timers.bill_aged_to_lost, timers.anonymize_loans, timers.anonymize_requests,
        timers.send_loan_notices, timers.send_daily_loan_notices, timers.send_request_notices, timers.send_fine_notices,
        timers.send_fee_notices, timers.send_daily_fee_notices, timers.send_reminders,
    ):  # fmt: skip
        await do()
    assert (await typed.users.get(patron["id"])).active is False
    assert await timers.periods.count() >= 0
