"""Items that stay in the house: lent for use in the reading room, held on its shelf, picked up, returned."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from library import LOAN_POLICY, Library
from octavo_models.scalars import format_instant, parse_instant
from opening import calendar

Json = dict[str, Any]

HOLD = "/circulation/hold-by-barcode-for-use-at-location"
PICK_UP = "/circulation/pickup-by-barcode-for-use-at-location"


async def reading_room(library: Library, shelf: Json | None = None) -> None:
    """Lend from now on for use in the house only."""
    loans = {**LOAN_POLICY["loansPolicy"], "forUseAtLocation": True}
    if shelf:
        loans["holdShelfExpiryPeriodForUseAtLocation"] = shelf
    record = {**LOAN_POLICY, "name": "reading room", "loansPolicy": loans}
    library.ids["reading room"] = (await library.post("/loan-policy-storage/loan-policies", **record))["id"]
    await library.rules(loan="reading room")


async def lent(library: Library) -> tuple[Json, Json, Json]:
    patron, item = await library.patron(), await library.item()
    return patron, item, await library.check_out(patron, item)


async def done(client: httpx.AsyncClient, path: str, **body: Any) -> Json:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def told(client: httpx.AsyncClient, path: str, status: int, **body: Any) -> str:
    """Return what a refusal says."""
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    if status == 400:
        return answer.text
    (error,) = answer.json()["errors"]
    return str(error["message"])


async def test_an_item_is_used_shelved_picked_up_and_returned(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await reading_room(library)
    patron, item, loan = await lent(library)
    assert loan["forUseAtLocation"] == {"status": "In use", "statusDate": format_instant(clock.now)}
    clock.advance(hours=3)
    held = await done(client, HOLD, itemBarcode=item["barcode"])
    assert (held["id"], held["action"], held["status"]) == (loan["id"], "heldForUseAtLocation", {"name": "Open"})
    assert held["forUseAtLocation"] == {"status": "Held", "statusDate": format_instant(clock.now)}
    assert held["item"]["status"]["name"] == "Checked out"
    clock.advance(hours=3)
    used = await done(client, PICK_UP, itemBarcode=item["barcode"], userBarcode=patron["barcode"])
    assert (used["action"], used["dueDate"]) == ("pickedUpForUseAtLocation", loan["dueDate"])
    assert used["forUseAtLocation"] == {"status": "In use", "statusDate": format_instant(clock.now)}
    clock.advance(hours=3)
    returned = (await library.check_in(item))["loan"]
    assert returned["forUseAtLocation"] == {"status": "Returned", "statusDate": format_instant(clock.now)}
    rows = await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']} sortBy createdDate")
    assert [row["loan"]["action"] for row in rows["loansHistory"]] == [
        "checkedout", "heldForUseAtLocation", "pickedUpForUseAtLocation", "checkedin",
    ]  # fmt: skip


async def test_an_item_claimed_returned_is_marked_too(library: Library, client: httpx.AsyncClient, clock: Any) -> None:
    await reading_room(library)
    _, item, loan = await lent(library)
    claim = {"itemClaimedReturnedDateTime": clock.now.isoformat()}
    assert (await client.post(f"/circulation/loans/{loan['id']}/claim-item-returned", json=claim)).status_code == 204
    returned = (await library.check_in(item, claimedReturnedResolution="Found by library"))["loan"]
    assert returned["forUseAtLocation"]["status"] == "Returned"


async def test_how_long_an_item_waits_is_in_the_policy_and_the_hours_of_the_desk(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    clock.now = datetime(2037, 3, 12, 10, tzinfo=UTC)
    desk = await library.get(f"/service-points/{library.ids['main desk']}")
    desk["holdShelfClosedLibraryDateManagement"] = "Move_to_the_end_of_the_next_open_day"
    await library.put(f"/service-points/{desk['id']}", desk)
    hours = calendar("2037-01-01", "2037-12-31", "Mon-Fri 09:00-18:00", assignments=[desk["id"]])
    await library.post("/calendar/calendars", **hours)
    await reading_room(library, {"duration": 2, "intervalId": "Days"})
    _, item, _ = await lent(library)
    held = await done(client, HOLD, itemBarcode=item["barcode"])
    until = parse_instant(held["forUseAtLocation"]["holdShelfExpirationDate"])
    assert until == datetime(2037, 3, 16, 23, 59, 59, tzinfo=UTC), "Saturday is closed, so Monday"


async def test_without_calendar_days_end_at_midnight_and_hours_are_exact(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    await reading_room(library, {"duration": 5, "intervalId": "Hours"})
    _, item, _ = await lent(library)
    held = await done(client, HOLD, itemBarcode=item["barcode"])
    until = parse_instant(held["forUseAtLocation"]["holdShelfExpirationDate"])
    assert until == clock.now + timedelta(hours=5)


@pytest.mark.parametrize("policy", [None, "7a2f1e0c-9a67-4d5c-8c0a-6a1e3f2b1c00", "gone"])
async def test_a_loan_whose_policy_is_gone_waits_without_an_end(
    library: Library, client: httpx.AsyncClient, clock: Any, policy: str | None
) -> None:
    await reading_room(library, {"duration": 5, "intervalId": "Hours"})
    _, item, loan = await lent(library)
    stored = await library.get(f"/loan-storage/loans/{loan['id']}")
    stored.pop("checkoutServicePointId")
    await library.put(f"/loan-storage/loans/{loan['id']}", {**stored, "loanPolicyId": policy})
    held = await done(client, HOLD, itemBarcode=item["barcode"])
    assert held["forUseAtLocation"] == {"status": "Held", "statusDate": format_instant(clock.now)}


async def test_barcodes_are_asked_for(library: Library, client: httpx.AsyncClient) -> None:
    assert await told(client, HOLD, 422) == "Request to put item on hold shelf must have an item barcode"
    assert await told(client, PICK_UP, 422) == "Request to pick up from hold shelf must have an item barcode"
    message = "Request to pick up from hold shelf must have a user barcode"
    assert await told(client, PICK_UP, 422, itemBarcode="I1") == message


async def test_only_items_on_loan_are_shelved_and_picked_up(library: Library, client: httpx.AsyncClient) -> None:
    await reading_room(library)
    barcode = (await library.item())["barcode"]
    for unlent in ("no such item", barcode):
        assert await told(client, HOLD, 400, itemBarcode=unlent) == f"No open loan found for the item barcode. ({unlent})"
        message = f"No open loan found for item barcode ({unlent}) and user (P1)"
        assert await told(client, PICK_UP, 400, itemBarcode=unlent, userBarcode="P1") == message


async def test_only_the_patron_picks_an_item_up(library: Library, client: httpx.AsyncClient) -> None:
    await reading_room(library)
    other, (_, item, loan) = await library.patron(), await lent(library)
    await done(client, HOLD, itemBarcode=item["barcode"])
    for somebody in (other["barcode"], "nobody"):
        message = f"No open loan found for item barcode ({item['barcode']}) and user ({somebody})"
        assert await told(client, PICK_UP, 400, itemBarcode=item["barcode"], userBarcode=somebody) == message
    assert (await library.get(f"/circulation/loans/{loan['id']}"))["forUseAtLocation"]["status"] == "Held"


async def test_other_loans_leave_the_house(library: Library, client: httpx.AsyncClient) -> None:
    patron, item, loan = await lent(library)
    assert "forUseAtLocation" not in loan
    message = f"The loan is open but is not for use at location, item barcode ({item['barcode']})"
    assert await told(client, HOLD, 400, itemBarcode=item["barcode"]) == message
    assert await told(client, PICK_UP, 400, itemBarcode=item["barcode"], userBarcode=patron["barcode"]) == message
    assert "forUseAtLocation" not in (await library.check_in(item))["loan"]
