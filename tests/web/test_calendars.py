"""Calendars over HTTP: keeping them, and asking them when a service point is open."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from octavo.errors import Conflict
from octavo.services.calendars import create_calendar, delete_calendars
from octavo.store.pool import Pool
from octavo.store.records import id_of
from octavo.store.tx import Store
from octavo_models.calendar import Calendar
from opening import SPRING, calendar, exception, weekly
from sides import OTHER_TENANT

Json = dict[str, Any]

PATH = "/calendar/calendars"
DESK, OTHER_DESK = "c4c90014-c8c9-4ade-8f24-b5e313319f4b", "3a40852d-49fd-4df2-a1f9-6e2641a6e91f"

NOTHING = {"allDay": True, "open": False, "exceptional": False, "openings": []}


async def made(client: httpx.AsyncClient, record: Json = SPRING, *desks: str) -> Json:
    answer = await client.post(PATH, json={**record, "assignments": list(desks or (DESK,))})
    assert answer.status_code == 201, answer.text
    stored: Json = answer.json()
    return stored


async def around(client: httpx.AsyncClient, day: str, desk: str = DESK) -> list[Json]:
    answer = await client.get(f"/calendar/dates/{desk}/surrounding-openings", params={"date": day})
    assert answer.status_code == 200, answer.text
    openings: list[Json] = answer.json()["openings"]
    return openings


async def ids(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["calendars"]]


async def test_a_calendar_comes_back_as_it_was_written(client: httpx.AsyncClient) -> None:
    stored = await made(client)
    assert stored["assignments"] == [DESK]
    assert stored["normalHours"][0] == {
        "startDay": "MONDAY", "startTime": "09:00:00", "endDay": "MONDAY", "endTime": "12:00:00",
    }  # fmt: skip
    assert stored["exceptions"][2] == {
        "name": "Easter", "startDate": "2037-04-03", "endDate": "2037-04-06", "openings": [],
    }  # fmt: skip
    assert (await client.get(f"{PATH}/{stored['id']}")).json() == stored


async def test_what_folio_answers_can_be_sent_back(client: httpx.AsyncClient) -> None:
    """mod-calendar adds ids to the parts of a calendar."""
    own, part = str(uuid4()), str(uuid4())
    hours = [{**one, "calendarId": own} for one in weekly("Mon 09:00-17:00")]
    closure = {**exception("Closed", "2037-03-03"), "id": part, "calendarId": own}
    await made(client, calendar("2037-03-01", "2037-03-31", exceptions=(closure,), id=own) | {"normalHours": hours})
    assert (await client.get(f"{PATH}/{own}")).json()["exceptions"][0]["id"] == part


async def test_replacing_a_calendar_answers_with_it(client: httpx.AsyncClient) -> None:
    stored = await made(client)
    answer = await client.put(f"{PATH}/{stored['id']}", json={**stored, "name": "Shorter", "endDate": "2037-05-10"})
    assert (answer.status_code, answer.json()["name"], answer.json()["id"]) == (200, "Shorter", stored["id"])
    unknown = await client.put(f"{PATH}/{uuid4()}", json={**SPRING, "assignments": [OTHER_DESK]})
    assert (unknown.status_code, unknown.text) == (404, "calendar not found")
    assert (await client.put(f"{PATH}/x", json=SPRING)).status_code == 400


async def test_a_stale_calendar_is_not_written(client: httpx.AsyncClient) -> None:
    stored = await made(client)
    place = f"{PATH}/{stored['id']}"
    read = (await client.get(place)).headers["etag"]
    assert (await client.put(place, json={**stored, "name": "One"}, headers={"If-Match": read})).status_code == 200
    late = await client.put(place, json={**stored, "name": "Two"}, headers={"If-Match": read})
    assert (late.status_code, late.text) == (409, "version conflict")


async def test_calendars_are_deleted_one_by_one_or_together(client: httpx.AsyncClient) -> None:
    years = [
        (await made(client, calendar(f"{year}-01-01", f"{year}-12-31", "Mon 09:00-17:00")))["id"] for year in range(2037, 2042)
    ]
    assert (await client.delete(f"{PATH}/{years[0]}")).status_code == 204
    assert (await client.delete(PATH, params={"id": years[1]})).status_code == 204
    assert (await client.delete(PATH, params={"id": [years[2], years[3]]})).status_code == 204
    assert await ids(client) == [years[4]]
    some_missing = await client.delete(PATH, params={"id": f"{years[4]},{years[0]}"})
    assert (some_missing.status_code, some_missing.text) == (404, "calendar not found")
    assert await ids(client) == [years[4]], "all of them or none"
    assert (await client.delete(PATH)).status_code == 400
    assert (await client.delete(PATH, params={"id": "x"})).status_code == 400


async def test_calendars_are_found_by_id_desk_and_days(client: httpx.AsyncClient) -> None:
    summer = (await made(client, calendar("2037-06-01", "2037-08-31", "Mon 09:00-17:00", name="Summer")))["id"]
    spring = (await made(client, SPRING, DESK, OTHER_DESK))["id"]
    assert await ids(client) == [spring, summer], "in the order of their days"
    assert await ids(client, id=summer) == [summer]
    assert await ids(client, id=[summer, spring]) == [spring, summer]
    assert await ids(client, servicePointId=OTHER_DESK) == [spring]
    assert await ids(client, servicePointId=[OTHER_DESK, DESK]) == [spring, summer]
    assert await ids(client, startDate="2037-04-30") == [spring, summer]
    assert await ids(client, startDate="2037-05-01") == [summer]
    assert await ids(client, endDate="2037-05-31") == [spring]
    assert await ids(client, startDate="2037-05-01", endDate="2037-05-31") == []
    assert await ids(client, query="name==Summer") == [summer]
    assert await ids(client, query="cql.allRecords=1 sortBy name/sort.descending") == [summer, spring]
    assert await ids(client, offset=1, limit=1) == [summer]
    assert (await client.get(PATH, params={"limit": 0})).json() == {"calendars": [], "totalRecords": 2}
    assert (await client.get(PATH, params={"startDate": "tomorrow"})).status_code == 400


@pytest.mark.parametrize(
    ("first", "last", "clashes", "because"),
    [
        ("2037-01-01", "2037-03-01", False, "ends the day before"),
        ("2037-01-01", "2037-03-02", True, "shares one day"),
        ("2037-04-30", "2037-05-30", True, "shares the last day"),
        ("2037-05-01", "2037-05-30", False, "begins the day after"),
        ("2037-04-01", "2037-04-02", True, "lies within"),
        ("2037-01-01", "2037-12-31", True, "lies around"),
    ],
)
async def test_two_calendars_of_a_desk_may_not_overlap(
    client: httpx.AsyncClient, first: str, last: str, clashes: bool, because: str
) -> None:
    await made(client, SPRING, DESK, OTHER_DESK)
    other = calendar(first, last, "Mon 09:00-17:00")
    answer = await client.post(PATH, json={**other, "assignments": [str(uuid4()), DESK]})
    assert answer.status_code == (409 if clashes else 201), because
    if clashes:
        assert answer.text == (
            "This calendar overlaps with another calendar (“Spring” from 2037-03-02 to 2037-04-30) "
            f"at the service points {DESK}"
        )
    await made(client, other, str(uuid4()))
    assert (await client.post(PATH, json=other)).status_code == 201, "one without desks is in nobody's way"


async def test_a_calendar_may_not_grow_into_another(client: httpx.AsyncClient) -> None:
    spring = await made(client)
    may = await made(client, calendar("2037-05-01", "2037-05-31", "Mon 09:00-17:00"))
    grown = await client.put(f"{PATH}/{spring['id']}", json={**spring, "endDate": "2037-05-01"})
    assert grown.status_code == 409
    assert (await client.put(f"{PATH}/{may['id']}", json={**may, "startDate": "2037-05-02"})).status_code == 200
    assert (await client.put(f"{PATH}/{spring['id']}", json={**spring, "endDate": "2037-05-01"})).status_code == 200


MARCH = ("2037-03-01", "2037-03-31")


def week(*hours: str) -> Json:
    return calendar(*MARCH, *hours)


def exceptional(*exceptions: Json) -> Json:
    return calendar(*MARCH, exceptions=exceptions)


@pytest.mark.parametrize(
    ("record", "code", "message"),
    [
        ({**SPRING, "name": " "}, "calendarNoName", "Please provide a non-empty calendar name"),
        (
            calendar("2037-03-31", "2037-03-01"), "calendarInvalidDateRange",
            "Start date (2037-03-31) cannot be after end date (2037-03-01)",
        ),
        (
            week("Mon 09:00-12:00", "Mon 11:00-14:00", "Tue 09:00-12:00"), "calendarInvalidNormalOpenings",
            "The following openings conflict with each other: Mon 09:00 - Mon 12:00, Mon 11:00 - Mon 14:00",
        ),
        (
            week("Sat 20:00 to Mon 04:00", "Mon 03:00-05:00"), "calendarInvalidNormalOpenings",
            "The following openings conflict with each other: Sat 20:00 - Mon 04:00, Mon 03:00 - Mon 05:00",
        ),
        (
            week("Wed 06:00 to Wed 05:00", "Wed 04:00-04:30"), "calendarInvalidNormalOpenings",
            "The following openings conflict with each other: Wed 06:00 - Wed 05:00, Wed 04:00 - Wed 04:30",
        ),
        (exceptional(exception(" ", "2037-03-03")), "calendarInvalidExceptionName", "At least one exception is missing a name"),
        (
            exceptional(exception("Trip", "2037-03-05", "2037-03-03")), "calendarInvalidExceptionDateOrder",
            "The start date (2037-03-05) is after the end date (2037-03-03) for exception “Trip”",
        ),
        (
            exceptional(exception("Trip", "2037-03-30", "2037-04-01")), "calendarInvalidExceptionDateBoundary",
            ("The exception “Trip” (2037-03-30 to 2037-04-01) is not fully enclosed by the calendar's start and end dates "
            "(2037-03-01 to 2037-03-31)"),
        ),
        (
            exceptional(exception("One", "2037-03-03", "2037-03-05"), exception("Two", "2037-03-05")),
            "calendarInvalidExceptions",
            ("The following exceptions conflict with each other: “One” from 2037-03-03 to 2037-03-05, "
            "“Two” from 2037-03-05 to 2037-03-05"),
        ),
        (
            exceptional(exception("Sale", "2037-03-03", None, "2037-03-03 09:00 to 2037-03-04 01:00")),
            "calendarInvalidExceptionOpeningBoundary",
            "The following openings are not within the dates of exception “Sale”: 2037-03-03 09:00 to 2037-03-04 01:00",
        ),
        (
            exceptional(exception("Sale", "2037-03-03", None, "2037-03-03 12:00 to 2037-03-03 09:00")),
            "calendarInvalidExceptionOpeningBoundary",
            "The following openings are not within the dates of exception “Sale”: 2037-03-03 12:00 to 2037-03-03 09:00",
        ),
        (
            exceptional(
                exception(
                    "Sale", "2037-03-03", None,
                    "2037-03-03 09:00 to 2037-03-03 12:00", "2037-03-03 11:59 to 2037-03-03 13:00",
                )
            ),
            "calendarInvalidExceptionOpenings",
            ("The following openings within Sale conflict with each other: 2037-03-03 09:00 to 2037-03-03 12:00, "
            "2037-03-03 11:59 to 2037-03-03 13:00"),
        ),
    ],
)  # fmt: skip
async def test_a_calendar_that_contradicts_itself_is_refused(
    client: httpx.AsyncClient, record: Json, code: str, message: str
) -> None:
    for answer in (await client.post(PATH, json=record), await client.put(f"{PATH}/{uuid4()}", json=record)):
        assert answer.status_code == 422, answer.text
        (error,) = answer.json()["errors"]
        assert (error["code"], error["message"]) == (code, message)


@pytest.mark.parametrize(
    "record",
    [
        week("Mon 09:00-12:00", "Mon 12:00-18:00"),
        week("Mon 07:00 to Fri 22:00", "Fri 22:00-23:00", "Sat 10:00-13:00"),
        week("Sat 20:00 to Mon 04:00", "Mon 09:00-17:00"),
        exceptional(exception("One", "2037-03-03"), exception("Two", "2037-03-04")),
    ],
)
async def test_hours_that_only_touch_are_fine(client: httpx.AsyncClient, record: Json) -> None:
    await made(client, record)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"startDate": "2037-02-30"}, 400),
        ({"startDate": "1.3.2037"}, 400),
        ({"startDate": 20370301}, 400),
        ({"normalHours": [{"startDay": "Monday", "startTime": "09:00", "endDay": "MONDAY", "endTime": "10:00"}]}, 400),
        ({"normalHours": [{"startDay": "MONDAY", "startTime": "9 am", "endDay": "MONDAY", "endTime": "10:00"}]}, 400),
        ({"normalHours": [{"startDay": "MONDAY", "startTime": "24:00", "endDay": "MONDAY", "endTime": "24:00"}]}, 400),
        ({"normalHours": [{"startDay": "MONDAY", "startTime": "09:00", "endDay": "MONDAY"}]}, 422),
        ({"assignments": ["main desk"]}, 422),
        ({"colour": "red"}, 422),
        ({"name": None}, 422),
    ],
)
async def test_what_is_no_calendar_is_refused(client: httpx.AsyncClient, change: Json, status: int) -> None:
    answer = await client.post(PATH, json={**SPRING, **change})
    assert answer.status_code == status, answer.text


async def test_the_openings_around_a_day_are_told(client: httpx.AsyncClient) -> None:
    await made(client)
    assert await around(client, "2037-03-25") == [
        {
            "date": "2037-03-21", "allDay": False, "open": True, "exceptional": True, "exceptionName": "Long night",
            "openings": [{"startTime": "00:00:00", "endTime": "02:00:00"}],
        },
        {
            "date": "2037-03-25", "allDay": False, "open": True, "exceptional": True, "exceptionName": "Inventory",
            "openings": [{"startTime": "10:00:00", "endTime": "12:00:00"}],
        },
        {
            "date": "2037-03-30", "allDay": False, "open": True, "exceptional": False,
            "openings": [
                {"startTime": "09:00:00", "endTime": "12:00:00"}, {"startTime": "14:00:00", "endTime": "18:00:00"},
            ],
        },
    ]  # fmt: skip


async def test_a_closed_day_is_closed_all_day(client: httpx.AsyncClient) -> None:
    await made(client)
    _, sunday, _ = await around(client, "2037-03-15")
    assert sunday == {"date": "2037-03-15", **NOTHING}
    _, easter, _ = await around(client, "2037-04-03")
    assert easter == {"date": "2037-04-03", **NOTHING, "exceptional": True, "exceptionName": "Easter"}


async def test_a_span_of_days_is_cut_at_midnight(client: httpx.AsyncClient) -> None:
    await made(client, calendar(*MARCH, "Mon 07:00 to Wed 22:00"))
    assert [(one["date"], one["allDay"], one["openings"]) for one in await around(client, "2037-03-10")] == [
        ("2037-03-09", False, [{"startTime": "07:00:00", "endTime": "23:59:00"}]),
        ("2037-03-10", True, [{"startTime": "00:00:00", "endTime": "23:59:00"}]),
        ("2037-03-11", False, [{"startTime": "00:00:00", "endTime": "22:00:00"}]),
    ]


async def test_a_desk_without_calendar_is_closed(client: httpx.AsyncClient) -> None:
    await made(client, SPRING, OTHER_DESK)
    assert await around(client, "2037-03-12") == [
        {"date": day, **NOTHING} for day in ("2037-03-11", "2037-03-12", "2037-03-13")
    ]


@pytest.mark.parametrize(
    "query", ["", "date=", "date=2037-3-1", "date=2037-02-29", "date=9999-12-31", "date=0001-01-01", "date=2037-03-12T00:00:00Z"]
)
async def test_openings_are_asked_for_a_day(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/calendar/dates/{DESK}/surrounding-openings?{query}")
    assert answer.status_code == 400
    assert "'date'" in answer.text


async def test_openings_are_asked_of_a_service_point(client: httpx.AsyncClient) -> None:
    answer = await client.get("/calendar/dates/main-desk/surrounding-openings", params={"date": "2037-03-12"})
    assert answer.status_code == 400


async def days(client: httpx.AsyncClient, **query: Any) -> tuple[list[str], int]:
    answer = await client.get(f"/calendar/dates/{DESK}/all-openings", params=query)
    assert answer.status_code == 200, answer.text
    return [one["date"] for one in answer.json()["dates"]], answer.json()["totalRecords"]


async def test_all_openings_of_a_range_are_told(client: httpx.AsyncClient) -> None:
    await made(client)
    easter = {"startDate": "2037-04-02", "endDate": "2037-04-12"}
    assert await days(client, **easter, includeClosed="false", limit=20) == (
        [f"2037-04-{day:02}" for day in range(2, 12)], 10,
    )  # fmt: skip
    assert (await days(client, **easter, includeClosed="true", limit=20))[1] == 11, "with the Sunday after Easter"
    assert await days(client, **easter, includeClosed="true", offset=9, limit=1) == (["2037-04-11"], 11)
    assert await days(client, **easter, includeClosed="true", limit=0) == ([], 11)
    assert len((await days(client, startDate="2037-03-02", endDate="2037-04-30", includeClosed="true"))[0]) == 10
    assert await days(client, startDate="2037-04-12", endDate="2037-04-02", includeClosed="true") == ([], 0)


async def test_a_range_has_two_ends_and_at_most_ten_years(client: httpx.AsyncClient) -> None:
    place = f"/calendar/dates/{DESK}/all-openings"
    assert (await client.get(place, params={"startDate": "2037-04-02"})).status_code == 400
    assert (await client.get(place, params={"startDate": "1937-04-02", "endDate": "2037-04-02"})).status_code == 400


async def test_of_calendars_written_at_once_for_the_same_days_one_is_kept(migrated: str) -> None:
    pool = Pool(migrated, size=3, patience=60)
    store = Store(pool)
    record = Calendar.from_wire({**SPRING, "assignments": [DESK]})

    async def write() -> str:
        async with store.transaction(OTHER_TENANT, datetime.now(UTC)) as tx:
            return id_of(await create_calendar(tx, record))

    written = await asyncio.gather(*(write() for _ in range(3)), return_exceptions=True)
    kept = [outcome for outcome in written if isinstance(outcome, str)]
    async with store.transaction(OTHER_TENANT, datetime.now(UTC)) as tx:
        await delete_calendars(tx, kept)
    await pool.close()
    assert (len(kept), {type(outcome) for outcome in written}) == (1, {str, Conflict})


async def test_opening_hours_are_for_those_who_are_logged_in(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get(f"/calendar/dates/{DESK}/surrounding-openings", params={"date": "2037-03-12"})
    assert answer.status_code == 401
