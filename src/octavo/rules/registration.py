"""Registration of patrons from outside by e-mail address (seed 004; FOLIO mod-patron of August 2024)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from octavo_models.registration import (
    ExternalAddressInfo,
    ExternalPatron,
    RegisteredContactInfo,
    RegisteredGeneralInfo,
    RegisteredPatron,
)
from octavo_models.user import Address, AddressInfo, Personal, User

REMOTE_GROUP = "Remote Non-circulating"
MINOR_GROUP = "Basic -- Minor (INTERNAL)"
HOME = "Home"
PATRON = "patron"
MEMBERSHIP_YEARS = 2
BY_EMAIL = "002"
_FRIDAY = 4

HomeAddress = ExternalAddressInfo | AddressInfo


class Refusal(StrEnum):
    """Why somebody cannot be registered or changed; the text is what the client is told."""

    USER_NOT_FOUND = "USER_NOT_FOUND"
    MULTIPLE_USER_WITH_EMAIL = "MULTIPLE_USER_WITH_EMAIL"
    USER_ACCOUNT_INACTIVE = "USER_ACCOUNT_INACTIVE"
    USER_ALREADY_EXIST = "USER_ALREADY_EXIST"
    INVALID_PATRON_GROUP = "INVALID_PATRON_GROUP"
    PATRON_GROUP_NOT_APPLICABLE = "PATRON_GROUP_NOT_APPLICABLE"
    EMAIL_ALREADY_EXIST = "EMAIL_ALREADY_EXIST"


def refusal_of_new(with_email: Sequence[User], group_id: str | None) -> Refusal | None:
    """Return why nobody new can be registered with an e-mail address, given the users who have it already."""
    if not with_email:
        return None
    if len(with_email) > 1:
        return Refusal.MULTIPLE_USER_WITH_EMAIL
    if not with_email[0].active:
        return Refusal.USER_ACCOUNT_INACTIVE
    return Refusal.USER_ALREADY_EXIST if with_email[0].patron_group == group_id else Refusal.INVALID_PATRON_GROUP


def refusal_of_reading(with_email: Sequence[User]) -> Refusal | None:
    """Return why an e-mail address does not lead to one user."""
    if not with_email:
        return Refusal.USER_NOT_FOUND
    return Refusal.MULTIPLE_USER_WITH_EMAIL if len(with_email) > 1 else None


def refusal_of_change(
    with_email: Sequence[User], with_new_email: Sequence[User], group_id: str | None
) -> Refusal | None:
    """Return why the user with an e-mail address cannot be changed, given those who have the new address."""
    unclear = refusal_of_reading(with_email)
    if unclear:
        return unclear
    if with_email[0].patron_group != group_id:
        return Refusal.PATRON_GROUP_NOT_APPLICABLE
    taken = any(user.id != with_email[0].id for user in with_new_email)
    return Refusal.EMAIL_ALREADY_EXIST if taken else None


def register(
    patron: ExternalPatron, before: User | None, *, group_id: str, home_id: str, now: datetime, zone: ZoneInfo
) -> User:
    """Return the user record of a patron who registers, or whose registration is renewed, for two years from today.

    What the registering system does not know of an existing user (barcode, user name, other addresses) stays.
    """
    general, contact = patron.general_info, patron.contact_info
    user = before or User()
    others = user.personal.addresses if user.personal else []
    personal = (user.personal or Personal(last_name=general.last_name)).model_copy(
        update={
            "first_name": general.first_name,
            "middle_name": general.middle_name,
            "last_name": general.last_name,
            "preferred_first_name": general.preferred_first_name,
            "email": contact.email,
            "phone": contact.phone,
            "mobile_phone": contact.mobile_phone,
            "preferred_contact_type_id": BY_EMAIL,
            "addresses": with_home(others, patron.address_info, home_id),
        }
    )
    return user.model_copy(
        update={
            "external_system_id": general.external_system_id,
            "type": PATRON,
            "active": True,
            "patron_group": group_id,
            "personal": personal,
            "enrollment_date": now,
            "expiration_date": datetime.combine(_years_later(now.astimezone(zone).date()), time(), zone),
            "preferred_email_communication": patron.preferred_email_communication,
        }
    )


def with_home(addresses: Sequence[Address], sent: HomeAddress, home_id: str) -> list[Address]:
    """Return addresses with the one sent as home and primary address; those of other types stay."""
    home = Address(
        country_id=sent.country,
        address_line1=sent.address_line0,
        address_line2=sent.address_line1,
        city=sent.city,
        region=sent.province,
        postal_code=sent.zip,
        address_type_id=home_id,
        primary_address=True,
    )
    others = (address for address in addresses if address.address_type_id != home_id)
    return [home, *(address.model_copy(update={"primary_address": False}) for address in others)]


def _years_later(day: date) -> date:
    try:
        return day.replace(year=day.year + MEMBERSHIP_YEARS)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + MEMBERSHIP_YEARS, day=28)


def as_registered(user: User) -> RegisteredPatron:
    """Return a user as the registering system knows patrons; the first address counts."""
    personal = user.personal or Personal(last_name="")
    address = next(iter(personal.addresses), None)
    return RegisteredPatron(
        general_info=RegisteredGeneralInfo(
            external_system_id=user.external_system_id,
            first_name=personal.first_name,
            preferred_first_name=personal.preferred_first_name,
            middle_name=personal.middle_name,
            last_name=personal.last_name,
        ),
        address_info=AddressInfo(
            address_line0=address.address_line1,
            address_line1=address.address_line2,
            city=address.city,
            province=address.region,
            zip=address.postal_code,
            country=address.country_id,
        )
        if address
        else None,
        contact_info=RegisteredContactInfo(
            phone=personal.phone, mobile_phone=personal.mobile_phone, email=personal.email
        ),
        preferred_email_communication=user.preferred_email_communication,
    )


def last_business_day(today: date) -> date:
    """Return the last Monday to Friday before a day."""
    day = today - timedelta(days=1)
    return day if day.weekday() <= _FRIDAY else day - timedelta(days=day.weekday() - _FRIDAY)


def expired_window(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when memberships ended that count as expired on the previous business day: from, and before.

    On Tuesday that is Monday, on Monday it is Friday to Sunday, so that asking each business day misses nobody.
    """
    today = now.astimezone(zone).date()
    return datetime.combine(last_business_day(today), time(), zone), datetime.combine(today, time(), zone)
