"""Registration by e-mail: when memberships end, which of them count as expired, what a record becomes."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.rules.registration import (
    Refusal,
    as_registered,
    expired_window,
    last_business_day,
    refusal_of_change,
    refusal_of_new,
    refusal_of_reading,
    register,
)
from octavo_models.registration import ExternalPatron
from octavo_models.user import Address, Personal, User

GROUP, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
HOME, WORK = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
BERLIN = ZoneInfo("Europe/Berlin")
SENT = {
    "generalInfo": {"externalSystemId": "ext-1", "firstName": "Ada", "middleName": "", "lastName": "Byron"},
    "addressInfo": {"addressLine0": "1 Main St", "addressLine1": "Apt 4", "city": "X", "province": "NY", "zip": "1", "country": "USA"},
    "contactInfo": {"phone": "1", "mobilePhone": "2", "email": "ada@example.org"},
    "preferredEmailCommunication": ["Support", "Programs"],
}  # fmt: skip


def registered(now: datetime, before: User | None = None, zone: ZoneInfo = BERLIN) -> User:
    return register(ExternalPatron.from_wire(SENT), before, group_id=GROUP, home_id=HOME, now=now, zone=zone)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 20)),  # Monday: Friday
        (date(2026, 11, 24), date(2026, 11, 23)),
        (date(2026, 11, 27), date(2026, 11, 26)),
        (date(2026, 11, 28), date(2026, 11, 27)),  # Saturday: Friday
        (date(2026, 11, 29), date(2026, 11, 27)),
    ],
)
def test_the_last_business_day_is_the_last_monday_to_friday(today, expected):
    assert last_business_day(today) == expected


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"]))
def test_asking_on_every_business_day_misses_nobody(day, zone):
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    start, end = expired_window(noon, ZoneInfo(zone))
    assert start < end <= noon
    if day.weekday() < 5:
        before = noon - timedelta(days=3 if day.weekday() == 0 else 1)
        assert expired_window(before, ZoneInfo(zone))[1] == start


def test_the_day_is_that_of_the_tenants_time_zone():
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # Tuesday already in Berlin
    start, end = expired_window(late, BERLIN)
    assert (start, end) == (datetime(2026, 11, 23, tzinfo=BERLIN), datetime(2026, 11, 24, tzinfo=BERLIN))


def test_a_membership_lasts_two_years_from_the_start_of_the_day():
    user = registered(datetime(2026, 3, 5, 23, 30, tzinfo=UTC))
    assert user.expiration_date == datetime(2028, 3, 6, tzinfo=BERLIN)
    assert registered(datetime(2028, 2, 29, 12, tzinfo=UTC)).expiration_date == datetime(2030, 2, 28, tzinfo=BERLIN)


def test_a_new_patron_is_an_active_one_with_a_home_address():
    user = registered(datetime(2026, 3, 5, tzinfo=UTC))
    assert (user.type, user.active, user.patron_group, user.external_system_id) == ("patron", True, GROUP, "ext-1")
    assert user.personal.preferred_contact_type_id == "002"
    (home,) = user.personal.addresses
    assert (home.address_line1, home.address_line2, home.country_id, home.primary_address) == ("1 Main St", "Apt 4", "USA", True)
    assert json.loads(as_registered(user).to_wire()) == SENT


def test_what_the_registering_system_does_not_know_stays():
    work = Address(address_type_id=WORK, city="Y", primary_address=True)
    old_home = Address(address_type_id=HOME, city="Z", primary_address=False)
    before = User(
        id=OTHER, username="ada", barcode="123", active=False, patron_group=GROUP,
        personal=Personal(last_name="B", pronouns="she", addresses=[work, old_home]),
    )  # fmt: skip
    user = registered(datetime(2026, 3, 5, tzinfo=UTC), before)
    assert (user.id, user.username, user.barcode, user.active) == (OTHER, "ada", "123", True)
    assert user.personal.pronouns == "she"
    assert [(one.city, one.primary_address) for one in user.personal.addresses] == [("X", True), ("Y", False)]


def test_a_user_without_details_can_be_shown():
    assert as_registered(User()).address_info is None


def person(number: int, group: str = GROUP, *, active: bool | None = True) -> User:
    return User(id=f"{number:08}-0000-4000-8000-000000000000", patron_group=group, active=active)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], None),
        ([person(1)], Refusal.USER_ALREADY_EXIST),
        ([person(1, OTHER)], Refusal.INVALID_PATRON_GROUP),
        ([person(1, OTHER, active=False)], Refusal.USER_ACCOUNT_INACTIVE),
        ([person(1, active=None)], Refusal.USER_ACCOUNT_INACTIVE),
        ([person(1), person(2)], Refusal.MULTIPLE_USER_WITH_EMAIL),
    ],
)
def test_why_nobody_new_is_registered(found, expected):
    assert refusal_of_new(found, GROUP) is expected


@pytest.mark.parametrize(
    ("found", "with_new", "expected"),
    [
        ([], [], Refusal.USER_NOT_FOUND),
        ([person(1), person(2)], [], Refusal.MULTIPLE_USER_WITH_EMAIL),
        ([person(1, OTHER)], [person(2)], Refusal.PATRON_GROUP_NOT_APPLICABLE),
        ([person(1)], [person(2)], Refusal.EMAIL_ALREADY_EXIST),
        ([person(1)], [person(1)], None),
        ([person(1)], [], None),
    ],
)
def test_why_a_registration_is_not_changed(found, with_new, expected):
    assert refusal_of_change(found, with_new, GROUP) is expected


def test_why_nobody_is_shown():
    assert refusal_of_reading([]) is Refusal.USER_NOT_FOUND
    assert refusal_of_reading([person(1)]) is None
