"""Calendars of service points, and what they say of a day (FOLIO mod-calendar)."""

from dataclasses import replace
from datetime import date, timedelta

from octavo.catalogue.calendars import CALENDAR
from octavo.catalogue.calendars_checks import check_calendar
from octavo.errors import BadRequest
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.parameters import is_uuid, path_uuid, read_flag, read_int, read_paging
from octavo.http.routes import Route
from octavo.services import calendars as service
from octavo.services.record_verbs import SPECIAL
from octavo.store import calendars as store
from octavo.store.calendars import Filter
from octavo.web.records import LIST_QUERY, envelope, expected_tag, record_routes
from octavo_models.calendar import Calendar, DailyOpenings, SurroundingOpenings, parse_date

_PATH, _PERMISSION = CALENDAR.path, CALENDAR.permission
_DATES = "/calendar/dates/{servicePointId}"
_LONGEST = timedelta(days=3660)


async def list_calendars(call: Call) -> Reply:
    """List calendars by id, service point, and days; also by CQL."""
    paging = read_paging(call.query)
    wanted = Filter(
        _ids(call, "id"), _ids(call, "servicePointId"), _optional_date(call, "startDate"), _optional_date(call, "endDate")
    )
    async with call.read() as tx:
        page = await store.page_of_calendars(
            tx, CALENDAR, paging.query, wanted, paging.offset, paging.limit, paging.totals
        )
    return envelope(CALENDAR.endpoint.many, page)


async def replace_calendar(call: Call) -> Reply:
    """Replace a calendar; as in mod-calendar the answer is the calendar."""
    calendar_id = path_uuid(call.parameters, "id")
    calendar = read_body(Calendar, call.body)
    check_calendar(calendar)
    async with call.transaction() as tx:
        return ok(await service.replace_calendar(tx, calendar_id, calendar, expected_tag(call)))


async def delete_calendars(call: Call) -> Reply:
    """Delete the calendars that are named, all of them or none."""
    ids = _ids(call, "id")
    if not ids:
        raise BadRequest("Required request parameter 'id' is not present")
    async with call.transaction() as tx:
        await service.delete_calendars(tx, ids)
    return NO_CONTENT


async def show_surrounding_openings(call: Call) -> Reply:
    """Tell when a service point is open around a day."""
    point, day = _service_point(call), _date(call, "date")
    async with call.read() as tx:
        return ok((await service.surrounding_openings(tx, point, day)).to_wire())


async def show_all_openings(call: Call) -> Reply:
    """Tell when a service point is open on each day of a range."""
    point, first, last = _service_point(call), _date(call, "startDate"), _date(call, "endDate")
    offset, limit = read_int(call.query, "offset", 0), read_int(call.query, "limit", 10)
    if last - first > _LONGEST:
        raise BadRequest(f"at most {_LONGEST.days} days can be asked for at once")
    async with call.read() as tx:
        found = await service.daily_openings(
            tx, point, first, last, offset, limit, include_closed=read_flag(call.query, "includeClosed")
        )
    return ok(found.to_wire())


def _service_point(call: Call) -> str:
    return path_uuid(call.parameters, "servicePointId")


def _ids(call: Call, name: str) -> tuple[str, ...]:
    """Return the ids in a parameter, which may be repeated or have commas. Raises BadRequest."""
    ids = [part for value in call.query.every(name) for part in value.split(",")]
    wrong = next((one for one in ids if not is_uuid(one)), None)
    if wrong is not None:
        raise BadRequest(f"'{name}' parameter is incorrect. parameter value {{{wrong[:40]}}} is not a UUID")
    return tuple(one.lower() for one in ids)


def _date(call: Call, name: str) -> date:
    day = _optional_date(call, name)
    if day is None:
        raise BadRequest(f"Required request parameter '{name}' is not present")
    return day


def _optional_date(call: Call, name: str) -> date | None:
    text = call.query.get(name)
    if text is None:
        return None
    try:
        day = parse_date(text)
    except ValueError as reason:
        raise BadRequest(f"'{name}' parameter is incorrect. parameter value {{{text[:40]}}} is not valid: {reason}") from None
    if not date.min < day < date.max:
        raise BadRequest(f"'{name}' parameter is incorrect. there is no day before or after {day}")
    return day


def _own_routes() -> tuple[Route, ...]:
    """Return the routes of every record type, with the names that mod-calendar gives their permissions."""
    verbs = SPECIAL[CALENDAR]
    create, read, remove = record_routes(
        CALENDAR, create=verbs.create, only=("create", "read", "remove"), statements=verbs.statements
    )
    return (
        replace(create, permission=f"{_PERMISSION}.post", errors=(400, 409, 422)),
        replace(read, permission=f"{_PERMISSION}.calendarId.get"),
        replace(remove, permission=f"{_PERMISSION}.calendarId.delete", statements=1),
    )


ROUTES = (
    *_own_routes(),
    Route(
        "GET", _PATH, f"{_PERMISSION}.get", list_calendars, "List calendars", 2, answer=Calendar, many="calendars",
        query=("id", "servicePointId", "startDate", "endDate", *LIST_QUERY), errors=(400,),
    ),
    Route(
        "PUT", f"{_PATH}/{{id}}", f"{_PERMISSION}.calendarId.put", replace_calendar, "Replace one calendar", 5,
        body=Calendar, answer=Calendar, errors=(400, 404, 409, 422),
    ),
    Route(
        "DELETE", _PATH, f"{_PERMISSION}.delete", delete_calendars, "Delete several calendars", 3,
        success=204, query=("id",), errors=(400, 404),
    ),
    Route(
        "GET", f"{_DATES}/surrounding-openings", f"{_PERMISSION}.surroundingOpenings.get", show_surrounding_openings,
        "Tell when a service point is open around a day", 1, answer=SurroundingOpenings, query=("date",), errors=(400,),
    ),
    Route(
        "GET", f"{_DATES}/all-openings", f"{_PERMISSION}.allOpenings.get", show_all_openings,
        "Tell when a service point is open on each day of a range", 1, answer=DailyOpenings,
        query=("startDate", "endDate", "includeClosed", "offset", "limit"), errors=(400,),
    ),
)  # fmt: skip
