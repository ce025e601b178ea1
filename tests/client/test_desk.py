"""A desk at work over the typed client: lending, what happens to loans, rules, requests and their queues."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import ASGITransport

from library import LOAN_POLICY, Library
from octavo_client import AsyncClient, Invalid, Login, NotFound, Retries, Unavailable
from octavo_models.circulation import OverrideBlocks
from octavo_models.loan import Loan
from octavo_models.new_request import InstanceRequestDraft, RequestDraft
from octavo_models.policies import LoanPolicy
from octavo_models.print_events import PrintEventEntry
from octavo_models.request import Request
from sides import TENANT

Json = dict[str, Any]


def draft(library: Library, patron: Json, item: Json, instance: Json, **more: Any) -> RequestDraft:
    return RequestDraft(
        request_level="Item", request_type="Hold", request_date=library.clock(), requester_id=patron["id"],
        item_id=item["id"], holdings_record_id=item["holdingsRecordId"], instance_id=instance["id"],
        pickup_service_point_id=library.ids["main desk"], **more,
    )  # fmt: skip


async def test_a_loan_from_check_out_to_check_in(typed: AsyncClient, library: Library, clock: Any) -> None:
    patron, item, desk = await library.patron(), await library.item(), library.ids["main desk"]
    loan = await typed.circulation.check_out(item["barcode"], patron["barcode"], desk)
    assert (loan.user_id, loan.action, loan.status.name) == (patron["id"], "checkedout", "Open")
    assert loan.borrower
    assert loan.borrower.barcode == patron["barcode"]
    assert loan.item
    assert loan.item.title
    assert loan.due_date
    assert loan.due_date > library.clock() + timedelta(days=20)
    clock.advance(days=1)
    renewed = await typed.circulation.renew(item["barcode"], patron["barcode"])
    clock.advance(days=1)
    again = await typed.circulation.renew_by_id(item["id"], patron["id"])
    assert (renewed.renewal_count, again.renewal_count) == (1, 2)
    with pytest.raises(Invalid) as caught:
        await typed.circulation.renew(item["barcode"], patron["barcode"])
    assert "loan at maximum renewal number" in caught.value.text
    clock.advance(days=1)
    comment = OverrideBlocks.from_wire({"renewalBlock": {}, "comment": "exam week"})
    assert (await typed.circulation.renew(item["barcode"], patron["barcode"], override=comment)).renewal_count == 3
    done = await typed.circulation.check_in(item["barcode"], desk)
    assert done.loan
    assert (done.loan.action, done.item.barcode, done.in_house_use) == ("checkedin", item["barcode"], False)
    [passed] = [entry async for entry in typed.circulation.check_ins.iterate(f"itemId=={item['id']}")]
    assert passed.service_point_id == desk
    await typed.circulation.end_sessions([patron["id"]], "Check-out")
    assert await typed.sessions.count(f"patronId=={patron['id']} and actionType==Check-out") == 0


async def test_a_loan_on_trial_and_under_a_chosen_policy(typed: AsyncClient, library: Library) -> None:
    patron, item, ids = await library.patron(), await library.item(), library.ids
    policies = await typed.circulation.try_check_out(item["barcode"], patron["barcode"])
    assert policies.loan_policy_id == ids["three weeks"]
    assert await typed.circulation.loans.count() == 0
    days = {"period": {"duration": 2, "intervalId": "Days"}, "forUseAtLocation": True}
    shorter = {**LOAN_POLICY, "name": "reading room", "loansPolicy": {**LOAN_POLICY["loansPolicy"], **days}}
    policy = await typed.circulation.loan_policies.create(LoanPolicy.from_wire(shorter))
    loan = await typed.circulation.check_out(
        item["barcode"], patron["barcode"], ids["main desk"], loan_policy_id=policy.id
    )
    assert loan.loan_policy
    assert loan.loan_policy.name == "reading room"
    held = await typed.circulation.hold_for_use(item["barcode"])
    used = await typed.circulation.pick_up_for_use(item["barcode"], patron["barcode"])
    assert held.for_use_at_location
    assert used.for_use_at_location
    assert (held.for_use_at_location.status, used.for_use_at_location.status) == ("Held", "In use")


async def test_what_happens_to_a_loan(typed: AsyncClient, library: Library) -> None:
    patron, desk, loans = await library.patron(), library.ids["main desk"], typed.circulation.loans
    lost, claimed = [(await library.check_out(patron, await library.item()))["id"] for _ in range(2)]
    due = library.clock() + timedelta(days=40)
    await loans.change_due_date(lost, due)
    assert (await loans.get(lost)).due_date == due
    await loans.add_patron_info(lost, "seen on the bus")
    await loans.add_staff_info(lost, "asked twice")
    await loans.declare_lost(lost, desk, comment="left on the bus")
    assert (await loans.get(lost)).declared_lost_date == library.clock()
    await loans.claim_returned(claimed, comment="was in the box")
    await loans.declare_missing(claimed, "searched everywhere")
    assert (await loans.get(claimed)).status.name == "Closed"
    history = await typed.loans.history(f'loan.id=="{lost}"')
    assert {"patronInfoAdded", "staffInfoAdded", "dueDateChanged"} <= {entry.loan.action for entry in history.records}
    assert {loan.id async for loan in loans.iterate(f"userId=={patron['id']}", size=1)} == {lost, claimed}
    told = await loans.anonymize_user(patron["id"])
    assert set(told.anonymized_loans) == {lost, claimed}


async def test_loans_made_elsewhere(typed: AsyncClient, library: Library) -> None:
    patron, item, loans = await library.patron(), await library.item(), typed.circulation.loans
    made = await loans.create(
        Loan(user_id=patron["id"], item_id=item["id"], loan_date="2026-03-01T10:00:00Z", action="checkedout")
    )
    assert made.id
    stored = await typed.loans.get(made.id)
    await loans.replace(stored.model_copy(update={"action_comment": "moved in"}))
    assert (await loans.get(made.id)).action_comment == "moved in"
    await loans.delete(made.id)
    with pytest.raises(NotFound):
        await loans.get(made.id)
    await loans.delete_all()
    assert await loans.count() == 0


async def test_the_rules_and_what_they_choose(typed: AsyncClient, library: Library) -> None:
    rules, ids = typed.circulation.rules, library.ids
    text = (await rules.get()).rules_as_text
    chosen = {
        "material_type_id": ids["book"], "loan_type_id": ids["can circulate"], "patron_group_id": ids["students"],
        "location_id": ids["main stacks"],
    }  # fmt: skip
    names = {
        "loan-policy": "three weeks", "overdue-fine-policy": "no fines", "lost-item-policy": "no lost fees",
        "request-policy": "all requests", "notice-policy": "no notices",
    }  # fmt: skip
    for kind, name in names.items():
        assert (await rules.policy(kind, **chosen)).policy_id == ids[name]  # type: ignore[arg-type]
        [match] = await rules.policies(kind, **chosen)  # type: ignore[arg-type]
        assert (match.policy_id, match.circulation_rule_line) == (ids[name], 2)
    with pytest.raises(Invalid) as caught:
        await rules.replace(f"{text}\nnonsense\n")
    assert set(caught.value.violations[0].parameters) == {"line", "column"}
    await rules.replace(f"{text}\n# a remark\n")
    assert (await rules.get_stored()).rules_as_text.endswith("# a remark\n")
    await rules.store(text)
    assert (await rules.get()).rules_as_text == text
    assert [policy.name async for policy in typed.circulation.loan_policies.iterate()] == ["three weeks"]


async def test_locks_of_check_outs(typed: AsyncClient, library: Library) -> None:
    locks, user_id = typed.circulation.locks, (await library.patron())["id"]
    assert await locks.of_user(user_id) == []
    lock = await locks.take(user_id, ttl_ms=60_000)
    assert await locks.of_user(user_id) == [lock]
    assert await locks.get(lock.id) == lock
    await locks.release(lock.id)
    assert await locks.get(lock.id) is None


async def test_a_request_from_placing_to_cancelling(typed: AsyncClient, library: Library) -> None:
    instance = await library.instance()
    item, other = await library.item(instance), await library.item(instance)
    for copy in (item, other):
        await library.check_out(await library.patron(), copy)
    reader = await library.patron()
    placed = await typed.requests.place(draft(library, reader, item, instance, patron_comments="please"))
    assert placed.id
    assert (placed.position, placed.status, placed.patron_comments) == (1, "Open - Not yet filled", "please")
    assert placed.loan
    assert placed.pickup_service_point
    moved = await typed.requests.move(placed.id, other["id"])
    assert (moved.item_id, moved.request_type) == (other["id"], "Hold")
    later = library.clock() + timedelta(days=9)
    changed = RequestDraft.from_wire(moved.model_dump(mode="json", by_alias=True, exclude_none=True))
    await typed.requests.replace(changed.model_copy(update={"request_expiration_date": later}))
    shown = await typed.requests.get(placed.id)
    assert shown.request_expiration_date
    assert shown.request_expiration_date.date() == later.date()
    assert shown.requester
    assert shown.requester.barcode == reader["barcode"]
    reason = library.ids["cancelled by patron"]
    await typed.requests.cancel(placed.id, reason_id=reason, cancelled_by=reader["id"], information="found at home")
    cancelled = await typed.requests.get(placed.id)
    assert (cancelled.status, cancelled.cancellation_reason_id, cancelled.cancelled_by_user_id) == (
        "Closed - Cancelled", reason, reader["id"],
    )  # fmt: skip
    assert (cancelled.patron_comments, cancelled.position) == ("please", None)
    assert cancelled.cancellation_additional_information == "found at home"
    assert (await typed.requests.anonymize(placed.id)).anonymized
    told = await typed.requests.stored.anonymize([placed.id, item["id"]])
    assert placed.id in (*told.anonymized_requests, *told.not_anonymized_requests[0].request_ids)
    await typed.requests.delete(placed.id)
    assert await typed.requests.count(f"requesterId=={reader['id']}") == 0


async def test_queues_and_pickup_points(typed: AsyncClient, library: Library) -> None:
    instance, desk = await library.instance(), library.ids["main desk"]
    item = await library.item(instance)
    await library.check_out(await library.patron(), item)
    readers = [await library.patron() for _ in range(3)]
    ids = [(await typed.requests.place(draft(library, reader, item, instance))).id or "" for reader in readers]
    assert [request.id for request in await typed.requests.queue_for_item(item["id"])] == ids
    queue = await typed.requests.reorder_for_item(item["id"], list(reversed(ids)))
    assert [(request.id, request.position) for request in queue] == [(ids[2], 1), (ids[1], 2), (ids[0], 3)]
    with pytest.raises(Invalid):
        await typed.requests.reorder_for_item(item["id"], ids[:2])
    assert len(await typed.requests.queue_for_instance(instance["id"])) == 3
    newcomer = await library.patron()
    pickup = typed.requests.pickup
    by_item = await pickup.for_item(item["id"], newcomer["id"])
    assert {point.name for point in by_item.hold} == {"main desk", "branch desk"}
    assert by_item.page == []
    assert desk in {point.id for point in (await pickup.for_instance(instance["id"], newcomer["id"])).hold}
    assert desk in {point.id for point in (await pickup.for_request(ids[0])).hold}
    second = await library.item(instance)
    assert desk in {point.id for point in (await pickup.for_move(ids[0], second["id"])).page}
    stored = typed.requests.stored
    one, two = [await stored.requests.get(request_id) for request_id in ids[:2]]
    await stored.replace_all([_at(one, two.position), _at(two, one.position)])
    assert [request.id for request in await typed.requests.queue_for_item(item["id"])] == [ids[2], ids[0], ids[1]]
    await typed.requests.delete_all()
    assert await stored.requests.count() == 0


def _at(request: Request, position: int | None) -> Request:
    return request.model_copy(update={"position": position})


async def test_titles_are_requested_and_put_in_order(typed: AsyncClient, library: Library) -> None:
    feature = {"titleLevelRequestsFeatureEnabled": True, "createTitleLevelRequestsByDefault": False}
    await library.post("/circulation/settings", id=str(uuid4()), name="TLR", value=feature)
    instance = await library.instance()
    item = await library.item(instance)
    await library.check_out(await library.patron(), item)
    ids = []
    for reader in [await library.patron() for _ in range(2)]:
        wish = RequestDraft(
            request_level="Title", request_type="Hold", request_date=library.clock(), requester_id=reader["id"],
            instance_id=instance["id"], pickup_service_point_id=library.ids["main desk"],
        )  # fmt: skip
        ids.append((await typed.requests.place(wish, idempotency_key=reader["id"])).id or "")
    queue = await typed.requests.reorder_for_instance(instance["id"], [ids[1], ids[0]])
    assert [request.id for request in queue] == [ids[1], ids[0]]


async def test_any_copy_and_what_staff_do_with_it(typed: AsyncClient, library: Library) -> None:
    instance, desk = await library.instance(), library.ids["main desk"]
    item = await library.item(instance)
    reader = await library.patron()
    wish = InstanceRequestDraft(
        instance_id=instance["id"], requester_id=reader["id"], pickup_service_point_id=desk, request_date=library.clock()
    )
    placed = await typed.requests.place_on_any_copy(wish)
    assert (placed.request_type, placed.item_id) == ("Page", item["id"])
    [slip] = await typed.requests.pick_slips(desk)
    assert (slip.item["barcode"], slip.requester["barcode"]) == (item["barcode"], reader["barcode"])
    assert slip.current_date_time
    assert await typed.requests.search_slips(desk) == []
    assert await typed.requests.to_clear_from_shelf(desk) == []
    entry = PrintEventEntry(
        request_ids=[placed.id], requester_id=reader["id"], requester_name="Lee", print_event_date=_second(library)
    )
    await typed.requests.stored.note_printed(entry)
    [printed] = await typed.requests.stored.printed([placed.id or ""])
    assert (printed.count, printed.requester_name) == (1, "Lee")
    with pytest.raises(Invalid):
        await typed.requests.note_printed(entry)  # the library has not asked for that


def _second(library: Library) -> datetime:
    return library.clock().replace(microsecond=0)


async def test_a_taken_lock_is_told(octavo: Any, typed: AsyncClient, library: Library, clock: Any) -> None:
    user_id = (await library.patron())["id"]
    lock = await typed.circulation.locks.take(user_id, ttl_ms=60_000)
    once = AsyncClient(
        "http://octavo", TENANT, Login("admin", "admin-password"), retries=Retries(times=0),
        transport=ASGITransport(app=octavo.okapi), clock=clock,
    )  # fmt: skip
    with pytest.raises(Unavailable):
        await once.circulation.locks.take(user_id, ttl_ms=60_000)
    await typed.circulation.locks.release(lock.id)
    await once.close()
