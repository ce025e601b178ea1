"""People: users with their groups, departments and address types, proxies, and who has registered but is not yet a user."""

from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field

from octavo_models.record import Endpoint, OpenRecord, Part, Record, Tags
from octavo_models.scalars import Flag, Instant, Text, Uuid, Whole

T = TypeVar("T")


def _distinct(values: list[T]) -> list[T]:
    return list(dict.fromkeys(values))


EmailTopic = Literal["Support", "Programs", "Services"]
EmailTopics = Annotated[list[EmailTopic], AfterValidator(_distinct), Field(max_length=3)]


class Address(Part):
    """A postal address; a user has at most one of each address type."""

    id: Text | None = None
    country_id: Text | None = None
    address_line1: Text | None = None
    address_line2: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    address_type_id: Uuid
    primary_address: Flag | None = None


class Personal(Part):
    """Who the user is, and how to reach them."""

    pronouns: Annotated[Text, Field(max_length=300)] | None = None
    last_name: Text
    first_name: Text | None = None
    middle_name: Text | None = None
    preferred_first_name: Text | None = None
    email: Text | None = None
    phone: Text | None = None
    mobile_phone: Text | None = None
    date_of_birth: Instant | None = None
    addresses: list[Address] = Field(default_factory=list)
    preferred_contact_type_id: Text | None = None
    preferred_contact_type_ids: list[Text] = Field(default_factory=list)
    profile_picture_link: Text | None = None


class User(Record):
    """A user of the library: patron, staff or system."""

    username: Annotated[Text, AfterValidator(str.strip)] | None = None
    external_system_id: Text | None = None
    barcode: Text | None = None
    active: Flag | None = None
    type: Text | None = None
    patron_group: Uuid | None = None
    departments: Annotated[list[Uuid], AfterValidator(_distinct)] = Field(default_factory=list)
    meta: dict[str, Any] | None = None
    proxy_for: list[Text] = Field(default_factory=list)
    personal: Personal | None = None
    enrollment_date: Instant | None = None
    expiration_date: Instant | None = None
    created_date: Instant | None = None
    updated_date: Instant | None = None
    tags: Tags | None = None
    custom_fields: dict[str, Any] | None = None
    preferred_email_communication: EmailTopics = Field(default_factory=list)


class Group(OpenRecord):
    """A patron group; `expiration_offset_in_days` says how long a membership usually lasts."""

    group: Text
    desc: Text | None = None
    expiration_offset_in_days: Whole | None = None
    source: Text | None = None


class AddressType(Record):
    """A kind of address, such as Home."""

    address_type: Text
    desc: Text | None = None


class Department(Record):
    """A department that users belong to."""

    read_only: ClassVar[frozenset[str]] = frozenset({"usageNumber"})

    name: Text
    code: Text
    usage_number: Whole | None = None
    source: Text | None = None


class Proxy(Record):
    """A user (`proxy_user_id`) who may act for another (`user_id`)."""

    user_id: Uuid | None = None
    proxy_user_id: Uuid | None = None
    request_for_sponsor: Text | None = None
    notifications_to: Text | None = None
    accrue_to: Text | None = None
    status: Text | None = None
    expiration_date: Instant | None = None
    created_date: Instant | None = None


class GeneralInfo(Part):
    """The name of somebody who has registered."""

    first_name: Text
    preferred_first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text


class AddressInfo(Part):
    """The address of somebody who has registered."""

    address_line0: Text | None = None
    address_line1: Text | None = None
    city: Text | None = None
    province: Text | None = None
    zip: Text | None = None
    country: Text | None = None


class ContactInfo(Part):
    """How to reach somebody who has registered."""

    phone: Text | None = None
    mobile_phone: Text | None = None
    email: Text


class StagingUser(Record):
    """Somebody who has registered over the web and is not yet a user."""

    is_email_verified: Flag = False
    minor: Flag | None = None
    status: Literal["TIER-1", "TIER-2"] = "TIER-1"
    external_system_id: Uuid | None = None
    general_info: GeneralInfo
    address_info: AddressInfo | None = None
    contact_info: ContactInfo
    preferred_email_communication: EmailTopics = Field(default_factory=list)


class PatronPin(Part):
    """A user, by id, and a PIN; to take the PIN away it need not be told."""

    id: Uuid
    pin: Annotated[Text, Field(max_length=100)] | None = None


USERS = Endpoint(User, "/users", many="users")
GROUPS = Endpoint(Group, "/groups", many="usergroups")
ADDRESS_TYPES = Endpoint(AddressType, "/addresstypes", many="addressTypes")
DEPARTMENTS = Endpoint(Department, "/departments", many="departments")
PROXIES = Endpoint(Proxy, "/proxiesfor", many="proxiesFor")
STAGING_USERS = Endpoint(StagingUser, "/staging-users", many="staging_users")
