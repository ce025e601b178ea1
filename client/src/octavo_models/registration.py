"""Registration of patrons from outside by e-mail address (seed 004).

The newer form, in which somebody registers first and becomes a user later, is `octavo_models.user.StagingUser`.
"""

from pydantic import Field

from octavo_models.record import Part
from octavo_models.scalars import Natural, Text
from octavo_models.user import AddressInfo, ContactInfo, EmailTopics, GeneralInfo


class ExternalGeneralInfo(GeneralInfo):
    """The name of the patron, and the id by which the registering system knows them."""

    external_system_id: Text


class ExternalAddressInfo(Part):
    """The patron's home address; only `address_line1` may be missing."""

    address_line0: Text
    address_line1: Text | None = None
    city: Text
    province: Text
    zip: Text
    country: Text


class ExternalPatron(Part):
    """A patron as the registering system sends it; everything but the e-mail topics is required."""

    general_info: ExternalGeneralInfo
    address_info: ExternalAddressInfo
    contact_info: ContactInfo
    preferred_email_communication: EmailTopics = Field(default_factory=list)


class RegisteredGeneralInfo(Part):
    """The name of a user who may have been made elsewhere, and need not have all of it."""

    external_system_id: Text | None = None
    first_name: Text | None = None
    preferred_first_name: Text | None = None
    middle_name: Text | None = None
    last_name: Text | None = None


class RegisteredContactInfo(Part):
    """How to reach a user who may have been made elsewhere."""

    phone: Text | None = None
    mobile_phone: Text | None = None
    email: Text | None = None


class RegisteredPatron(Part):
    """A patron as the server gives it back: what the user record lacks is absent, so nothing is required."""

    general_info: RegisteredGeneralInfo
    address_info: AddressInfo | None = None
    contact_info: RegisteredContactInfo
    preferred_email_communication: EmailTopics = Field(default_factory=list)


class ExternalPatrons(Part):
    """A list of patrons."""

    external_patrons: list[RegisteredPatron] = Field(default_factory=list)
    total_records: Natural
