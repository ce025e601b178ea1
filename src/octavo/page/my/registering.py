"""Getting a card: the form, the e-mail with the link, and the page that the link leads to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from octavo.auth.rate_limit import RateLimit
from octavo.auth.visits import new_secret
from octavo.errors import NotFound
from octavo.http.call import Call, Reply
from octavo.http.routes import Route
from octavo.page.shared.forms import read_form
from octavo.page.shared.render import page
from octavo.page.shared.side import route
from octavo.page.shared.visitor import Visitor, visitor_of
from octavo.services import register_online as service
from octavo.services.register_online import Letter, Letters
from octavo_models.user import AddressInfo, ContactInfo, GeneralInfo, StagingUser

_EMAIL: Final = re.compile(r"[^\s@,;:<>()\[\]\"\\]+@[^\s@,;:<>()\[\]\"\\]+\.[^\s@,;:<>()\[\]\"\\]+", re.ASCII)
_REQUIRED: Final = ("firstName", "lastName", "email", "addressLine0", "city", "province", "zip", "country")
_TOPICS: Final = ("Support", "Programs", "Services")
_LONGEST: Final = 200


@dataclass(frozen=True)
class Registering:
    """The pages about getting a card. limit: how often one address may register. url: where the page is, from outside."""

    limit: RateLimit
    url: str

    def routes(self) -> tuple[Route, ...]:
        """Return all of them."""
        return (
            route("GET", "/my/{tenant}/register", None, self.show, 0),
            route("POST", "/my/{tenant}/register", None, self.register, 5),
            route("GET", "/my/{tenant}/confirm/{secret}", None, self.show_link, 1),
            route("POST", "/my/{tenant}/confirm/{secret}", None, self.confirm, 3),
        )

    async def show(self, call: Call) -> Reply:
        """Show the form for a card."""
        return page(call, "my/register.html", form=_Sent({}), topics=_TOPICS)

    async def register(self, call: Call) -> Reply:
        """Take down somebody who wants a card, and write to them."""
        sent = _Sent(read_form(call))
        if sent.wrong:
            return page(call, "my/register.html", 422, form=sent, topics=_TOPICS)
        self.limit.take(visitor_of(call).address, call.now)
        secret = new_secret()
        async with call.transaction() as tx:
            await service.begin(tx, sent.person(), secret, self._letters(visitor_of(call), secret))
        return page(call, "my/registered.html", email=sent["email"])

    async def show_link(self, call: Call) -> Reply:
        """Show what the link in the e-mail is for; looking at it alone confirms nothing, for mail programs look too."""
        async with call.read() as tx:
            if not await service.may_confirm(tx, call.parameters["secret"]):
                raise NotFound("this link is not good any more")
        return page(call, "my/confirm.html", done=False)

    async def confirm(self, call: Call) -> Reply:
        """Note that the e-mail address is theirs."""
        read_form(call)
        async with call.transaction() as tx:
            if not await service.confirm(tx, call.parameters["secret"]):
                raise NotFound("this link is not good any more")
        return page(call, "my/confirm.html", done=True)

    def _letters(self, visitor: Visitor, secret: str) -> Letters:
        _ = visitor.reader.gettext
        library = {"library": visitor.library}
        link = {**library, "link": f"{self.url}{visitor.home}/confirm/{secret}"}
        home = {**library, "link": f"{self.url}{visitor.home}"}
        return Letters(
            Letter(
                _("Your card at %(library)s") % library,
                _(
                    "Hello,\n\nsomebody, probably you, has asked for a card at %(library)s with this address.\n"
                    "Please confirm it within two days:\n\n%(link)s\n\nIf it was not you, there is nothing to do."
                )
                % link,
            ),
            Letter(
                _("You have a card at %(library)s") % library,
                _(
                    "Hello,\n\nsomebody, probably you, has asked for a card at %(library)s with this address,\n"
                    "but there is one for it already. You can sign in here, or ask at the desk:\n\n%(link)s"
                )
                % home,
            ),
        )


@dataclass(frozen=True)
class _Sent:
    """The form as it was filled in, and what is wrong with it: `missing` or `email` by the name of the field."""

    fields: Mapping[str, str]
    wrong: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "wrong", dict(self._wrong()) if self.fields else {})

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")[:_LONGEST]

    def _wrong(self) -> list[tuple[str, str]]:
        missing = [(name, "missing") for name in _REQUIRED if not self[name]]
        is_address = _EMAIL.fullmatch(self["email"]) is not None
        return [*missing, *([("email", "email")] if self["email"] and not is_address else [])]

    def person(self) -> StagingUser:
        """Return who registers."""
        return StagingUser(
            general_info=GeneralInfo(
                first_name=self["firstName"], last_name=self["lastName"], middle_name=self["middleName"] or None,
                preferred_first_name=self["preferredFirstName"] or None,
            ),
            address_info=AddressInfo(
                address_line0=self["addressLine0"], address_line1=self["addressLine1"] or None, city=self["city"],
                province=self["province"], zip=self["zip"], country=self["country"],
            ),
            contact_info=ContactInfo(email=self["email"], phone=self["phone"] or None),
            preferred_email_communication=[topic for topic in _TOPICS if self[f"topic{topic}"]],
        )  # fmt: skip
