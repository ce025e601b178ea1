"""Lending, renewing, recalling and shelving by the calendar of the service point."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import LOAN_POLICY, Library
from octavo_models.scalars import parse_instant
from opening import SPRING, calendar, exception

Json = dict[str, Any]

PREVIOUS, NEXT = "END_OF_THE_PREVIOUS_OPEN_DAY", "END_OF_THE_NEXT_OPEN_DAY"
CURRENT_HOURS = "END_OF_THE_CURRENT_SERVICE_POINT_HOURS"
NEXT_HOURS = "BEGINNING_OF_THE_NEXT_OPEN_SERVICE_POINT_HOURS"
NOT_FOUND = ("Calendar open periods are not found", "CALENDAR_OPEN_PERIODS_NOT_FOUND")
ABSENT = ("Calendar timetable is absent for requested date", "CALENDAR_TIMETABLE_ABSENT")

#: How many statements lending and renewing take, BEGIN and COMMIT left out.


@pytest.fixture
def clock(clock: Any) -> Any:
    """It is Thursday, ten in the morning."""
    clock.now = datetime(2037, 3, 12, 10, tzinfo=UTC)
    return clock


async def opens(library: Library, hours: Json = SPRING, desk: str = "main desk") -> Json:
    """Give a service point its hours."""
    return await library.post("/calendar/calendars", **{**hours, "assignments": [library.ids[desk]]})


async def policy(library: Library, strategy: str | None, lent: str = "3 Hours", **more: Any) -> None:
    """Let all loans follow a policy with this strategy."""
    duration, interval = lent.split()
    loans = {
        "profileId": "Rolling", "period": {"duration": int(duration), "intervalId": interval},
        "closedLibraryDueDateManagementId": strategy, **more.pop("loans", {}),
    }  # fmt: skip
    record = {**LOAN_POLICY, "name": str(uuid4()), "loansPolicy": loans, **more}
    library.ids["changed"] = (await library.post("/loan-policy-storage/loan-policies", **record))["id"]
    await library.rules(loan="changed")


async def zone(library: Library, name: str) -> None:
    await library.put("/locale", {"locale": "en-US", "timezone": name, "currency": "USD"})


async def lent(library: Library, loan_date: str, **more: Any) -> Json:
    return await library.check_out(await library.patron(), await library.item(), loanDate=loan_date, **more)


async def refusal(client: httpx.AsyncClient, path: str, body: Json) -> tuple[str, str]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return error["message"], error["code"]


def same(shown: str, expected: str) -> bool:
    return parse_instant(shown) == parse_instant(expected)


@pytest.mark.parametrize(
    ("strategy", "period", "loan_date", "due", "because"),
    [
        ("CURRENT_DUE_DATE", "3 Days", "2037-03-12T10:00-04:00", "2037-03-15T23:59:59-04:00", "Sunday is kept"),
        ("CURRENT_DUE_DATE_TIME", "3 Days", "2037-03-12T10:00-04:00", "2037-03-15T10:00-04:00", "to the minute"),
        ("as the moon tells", "3 Days", "2037-03-12T10:00-04:00", "2037-03-15T23:59:59-04:00", "unknown: as the first"),
        (None, "3 Days", "2037-03-12T10:00-04:00", "2037-03-15T23:59:59-04:00", "and so is none"),
        (PREVIOUS, "3 Days", "2037-03-12T10:00-04:00", "2037-03-14T23:59:59-04:00", "Sunday goes back to Saturday"),
        (PREVIOUS, "3 Weeks", "2037-03-16T10:00-04:00", "2037-04-02T23:59:59-04:00", "Easter Monday back to Thursday"),
        (NEXT, "3 Days", "2037-03-12T10:00-04:00", "2037-03-16T23:59:59-04:00", "Sunday goes on to Monday"),
        (NEXT, "3 Weeks", "2037-03-13T10:00-04:00", "2037-04-07T23:59:59-04:00", "Good Friday on to Tuesday"),
        (NEXT, "1 Months", "2037-02-25T10:00-05:00", "2037-03-25T23:59:59-04:00", "open in the middle of the inventory"),
        (NEXT, "3 Hours", "2037-03-14T22:30-04:00", "2037-03-16T23:59:59-04:00", "it is Sunday by then, in New York"),
        (PREVIOUS, "3 Hours", "2037-03-14T20:30-04:00", "2037-03-14T23:59:59-04:00", "in UTC it is Sunday; here it is not"),
        (CURRENT_HOURS, "3 Hours", "2037-03-12T10:00-04:00", "2037-03-12T12:00-04:00", "until noon"),
        (CURRENT_HOURS, "1 Hours", "2037-03-12T10:00-04:00", "2037-03-12T11:00-04:00", "an hour is over before noon"),
        (CURRENT_HOURS, "3 Hours", "2037-03-12T17:00-04:00", "2037-03-12T18:00-04:00", "until the evening"),
        (CURRENT_HOURS, "3 Hours", "2037-03-20T23:00-04:00", "2037-03-20T23:59-04:00", "in the long night, until midnight"),
        (NEXT_HOURS, "3 Hours", "2037-03-12T10:00-04:00", "2037-03-12T14:00-04:00", "until after lunch"),
        (NEXT_HOURS, "3 Hours", "2037-03-14T12:00-04:00", "2037-03-16T09:00-04:00", "over Sunday"),
        (NEXT_HOURS, "3 Hours", "2037-04-02T17:00-04:00", "2037-04-07T09:00-04:00", "over Easter"),
        (NEXT_HOURS, "12 Hours", "2037-03-07T17:00-05:00", "2037-03-09T09:00-04:00", "over the night of summer time"),
    ],
)  # fmt: skip
async def test_a_new_loan_is_due_when_its_desk_is_open(
    library: Library, strategy: str | None, period: str, loan_date: str, due: str, because: str
) -> None:
    await zone(library, "America/New_York")
    await opens(library)
    await policy(library, strategy, period)
    assert same((await lent(library, loan_date))["dueDate"], due), because


@pytest.mark.parametrize(
    ("offset", "due", "because"),
    [
        ("30 Minutes", "2037-03-12T14:30Z", "half an hour after it opens in the afternoon"),
        ("5 Hours", "2037-03-12T18:00Z", "it closes before five hours are over"),
    ],
)
async def test_the_offset_of_the_policy_counts_from_the_opening(
    library: Library, offset: str, due: str, because: str
) -> None:
    await opens(library)
    duration, interval = offset.split()
    offsets = {"openingTimeOffset": {"duration": int(duration), "intervalId": interval}}
    await policy(library, NEXT_HOURS, loans=offsets)
    assert same((await lent(library, "2037-03-12T10:00Z"))["dueDate"], due), because


@pytest.mark.parametrize("strategy", [PREVIOUS, NEXT, CURRENT_HOURS, NEXT_HOURS])
async def test_the_calendar_of_another_desk_does_not_count(
    library: Library, client: httpx.AsyncClient, strategy: str
) -> None:
    await opens(library, desk="branch desk")
    await policy(library, strategy)
    patron, item = await library.patron(), await library.item()
    asks = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"]}
    path = "/circulation/check-out-by-barcode"
    assert await refusal(client, path, {**asks, "servicePointId": library.ids["main desk"]}) == NOT_FOUND
    await library.check_out(patron, item, desk="branch desk")


@pytest.mark.parametrize("strategy", [PREVIOUS, NEXT, CURRENT_HOURS, NEXT_HOURS])
async def test_a_week_without_opening_hours_cannot_be_lent_over(
    library: Library, client: httpx.AsyncClient, strategy: str
) -> None:
    await opens(library, calendar("2037-03-09", "2037-03-15"))
    await policy(library, strategy)
    patron, item = await library.patron(), await library.item()
    asks = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    assert await refusal(client, "/circulation/check-out-by-barcode", asks) == ABSENT
    stored = await library.get(f"/item-storage/items/{item['id']}")
    assert stored["status"]["name"] == "Available"


async def test_a_changed_calendar_counts_at_once(library: Library, client: httpx.AsyncClient) -> None:
    made = await opens(library)
    await policy(library, NEXT, "3 Days")
    assert same((await lent(library, "2037-03-12T10:00Z"))["dueDate"], "2037-03-16T23:59:59Z")
    strike = exception("Strike", "2037-03-16", "2037-03-17")
    changed = {**made, "exceptions": [*made["exceptions"], strike]}
    assert (await client.put(f"/calendar/calendars/{made['id']}", json=changed)).status_code == 200
    assert same((await lent(library, "2037-03-12T10:00Z"))["dueDate"], "2037-03-18T23:59:59Z")


async def test_a_calendar_that_has_ended_tells_when_the_desk_was_last_open(library: Library) -> None:
    await opens(library, calendar("2037-01-01", "2037-03-10", "Mon-Fri 09:00-17:00"))
    await policy(library, PREVIOUS, "3 Days")
    assert same((await lent(library, "2037-03-12T10:00Z"))["dueDate"], "2037-03-10T23:59:59Z")


async def test_a_loan_of_long_ago_is_due_by_the_calendar_of_its_time(library: Library) -> None:
    await opens(library, calendar("2021-01-01", "2021-12-31", "Mon-Fri 09:00-17:00"))
    await policy(library, NEXT, "3 Days")
    assert same((await lent(library, "2021-05-06T10:00Z"))["dueDate"], "2021-05-10T23:59:59Z")


async def test_a_term_limits_the_loan_to_an_open_day(library: Library) -> None:
    await opens(library)
    term = {"from": "2037-03-01T00:00:00Z", "to": "2037-03-31T00:00:00Z", "due": "2037-04-05T23:59:59Z"}
    made = await library.post("/fixed-due-date-schedule-storage/fixed-due-date-schedules", name="Term", schedules=[term])
    await policy(library, NEXT, "6 Weeks", loans={"fixedDueDateScheduleId": made["id"]})
    assert same((await lent(library, "2037-03-12T10:00Z"))["dueDate"], "2037-04-02T23:59:59Z")


@pytest.mark.parametrize(
    ("strategy", "expires", "due", "because"),
    [
        ("CURRENT_DUE_DATE", "2037-03-15T12:00:00Z", "2037-03-15T12:00:00Z", "to the minute, though it is Sunday"),
        (NEXT, "2037-03-15T12:00:00Z", "2037-03-14T23:59:59Z", "Sunday goes back: on Monday the card has expired"),
        (PREVIOUS, "2037-03-16T12:00:00Z", "2037-03-14T23:59:59Z", "Monday ends after the card does"),
        (CURRENT_HOURS, "2037-03-16T12:00:00Z", "2037-03-16T12:00:00Z", "the card and the morning end together"),
        (NEXT_HOURS, "2037-03-16T08:00:00Z", "2037-03-14T13:00:00Z", "before it opens on Monday: on Saturday"),
    ],
)
async def test_a_loan_ends_in_opening_hours_before_the_card_expires(
    library: Library, strategy: str, expires: str, due: str, because: str
) -> None:
    await opens(library)
    await policy(library, strategy, "3 Weeks")
    patron = await library.patron(expirationDate=expires)
    loan = await library.check_out(patron, await library.item(), loanDate="2037-03-30T10:00:00Z")
    assert same(loan["dueDate"], due), because
    assert loan["dueDateChangedByNearExpireUser"] is True


async def renewed(library: Library, patron: Json, item: Json, desk: str = "main desk") -> Json:
    body = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids[desk]}
    answer = await library.client.post("/circulation/renew-by-barcode", json=body)
    assert answer.status_code == 200, answer.text
    loan: Json = answer.json()
    return loan


@pytest.mark.parametrize(
    ("strategy", "due", "because"),
    [
        ("CURRENT_DUE_DATE", "2037-04-05T23:59:59Z", "Easter Sunday is kept"),
        (PREVIOUS, "2037-04-02T23:59:59Z", "back before Easter"),
        (NEXT, "2037-04-07T23:59:59Z", "on after Easter"),
        (NEXT_HOURS, "2037-04-07T09:00:00Z", "when it opens after Easter"),
    ],
)
async def test_a_renewal_asks_the_desk_where_the_item_was_lent(
    library: Library, strategy: str, due: str, because: str
) -> None:
    await opens(library)
    await policy(library, strategy, "24 Days")
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item, loanDate="2037-03-08T10:00:00Z")
    assert same((await renewed(library, patron, item, desk="branch desk"))["dueDate"], due), because


async def test_a_renewal_without_a_calendar_is_refused(library: Library, client: httpx.AsyncClient) -> None:
    made = await opens(library)
    await policy(library, NEXT, "24 Days")
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item, loanDate="2037-03-08T10:00:00Z")
    assert (await client.delete(f"/calendar/calendars/{made['id']}")).status_code == 204
    body = {"itemId": item["id"], "userId": patron["id"]}
    assert await refusal(client, "/circulation/renew-by-id", body) == NOT_FOUND


@pytest.mark.parametrize(
    ("strategy", "due", "because"),
    [
        ("CURRENT_DUE_DATE", "2037-03-15T23:59:59Z", "three days from now is Sunday, and kept"),
        (PREVIOUS, "2037-03-14T23:59:59Z", "Sunday goes back to Saturday"),
        (NEXT, "2037-03-16T23:59:59Z", "or on to Monday"),
        (NEXT_HOURS, "2037-03-16T09:00:00Z", "when it opens on Monday"),
    ],
)
async def test_a_recalled_loan_is_due_when_its_desk_is_open(
    library: Library, strategy: str, due: str, because: str
) -> None:
    await opens(library)
    recalls = {"recallReturnInterval": {"duration": 3, "intervalId": "Days"}}
    await policy(library, strategy, "3 Weeks", requestManagement={"recalls": recalls})
    item = await library.item()
    loan = await library.check_out(await library.patron(), item, loanDate="2037-03-11T10:00:00Z")
    await library.hold(await library.patron(), item, desk="branch desk", requestType="Recall")
    changed = await library.get(f"/circulation/loans/{loan['id']}")
    assert (same(changed["dueDate"], due), changed["dueDateChangedByRecall"]) == (True, True), because


async def test_an_item_that_others_recall_is_lent_until_an_open_day(library: Library) -> None:
    await opens(library)
    recalls = {"recallReturnInterval": {"duration": 3, "intervalId": "Days"}}
    await policy(library, NEXT, "3 Weeks", requestManagement={"recalls": recalls})
    item, first, second = await library.item(), await library.patron(), await library.patron()
    await library.check_out(await library.patron(), item)
    for patron in (first, second):
        await library.hold(patron, item, requestType="Recall")
    await library.check_in(item)
    loan = await library.check_out(first, item)
    assert same(loan["dueDate"], "2037-03-16T23:59:59Z")


async def waits_until(library: Library, management: str, period: str = "3 Days") -> str:
    """Let an item wait on the hold shelf of the main desk; return until when."""
    duration, interval = period.split()
    desk = await library.get(f"/service-points/{library.ids['main desk']}")
    shelf = {
        "holdShelfExpiryPeriod": {"duration": int(duration), "intervalId": interval},
        "holdShelfClosedLibraryDateManagement": management,
    }
    await library.put(f"/service-points/{desk['id']}", {**desk, **shelf})
    item = await library.item()
    await library.check_out(await library.patron(), item, loanDate="2037-03-01T10:00Z", desk="branch desk")
    request = await library.hold(await library.patron(), item)
    await library.check_in(item)
    until: str = (await library.get(f"/circulation/requests/{request['id']}"))["holdShelfExpirationDate"]
    return until


@pytest.mark.parametrize(
    ("management", "period", "until", "because"),
    [
        ("Keep_the_current_due_date", "3 Days", "2037-03-15T23:59:59-04:00", "Sunday is kept"),
        ("Move_to_the_end_of_the_previous_open_day", "3 Days", "2037-03-14T23:59:59-04:00", "Saturday"),
        ("Move_to_the_end_of_the_next_open_day", "3 Days", "2037-03-16T23:59:59-04:00", "Monday"),
        ("Move_to_beginning_of_next_open_service_point_hours", "7 Hours", "2037-03-12T14:00-04:00", "after lunch"),
        ("Move_to_end_of_current_service_point_hours", "7 Hours", "2037-03-12T18:00-04:00", "until the evening"),
        ("Keep_the_current_due_date", "7 Hours", "2037-03-12T13:00-04:00", "the default leaves hours as they are"),
        ("Keep_the_current_due_date_time", "7 Hours", "2037-03-12T13:00-04:00", "kept in the lunch break"),
    ],
)
async def test_an_item_waits_on_the_hold_shelf_until_the_desk_is_open(
    library: Library, management: str, period: str, until: str, because: str
) -> None:
    await zone(library, "America/New_York")
    await opens(library)
    assert same(await waits_until(library, management, period), until), because


async def test_a_hold_shelf_that_keeps_its_day_needs_no_calendar(library: Library) -> None:
    assert same(await waits_until(library, "Keep_the_current_due_date"), "2037-03-15T23:59:59Z")


async def test_the_calendar_costs_no_statement(library: Library, statements: list[str]) -> None:
    await opens(library)
    await lent(library, "2037-03-10T10:00:00Z")  # what the first caller looks up is known afterwards
    costs: dict[str, list[int]] = {}
    for strategy in ("CURRENT_DUE_DATE", NEXT, NEXT_HOURS):
        await policy(library, strategy, "24 Days")
        patron, item = await library.patron(), await library.item()
        statements.clear()
        await library.check_out(patron, item, loanDate="2037-03-08T10:00:00Z")
        lending = len(statements)
        statements.clear()
        await renewed(library, patron, item)
        costs[strategy] = [lending, len(statements)]
    assert len({tuple(cost) for cost in costs.values()}) == 1
