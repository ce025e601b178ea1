"""From a template to an answer: the page in the visitor's language, with the headers that keep it safe."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from octavo.auth.visits import form_token, new_secret
from octavo.http.call import Call, Reply
from octavo.page.shared import languages, reasons, static, words
from octavo.page.shared.languages import LANGUAGES, Reader
from octavo.page.shared.visitor import (
    Place,
    View,
    Visitor,
    cookie_name,
    place_cookie_name,
    sealed_place,
    visitor_of,
)
from octavo_models.scalars import parse_instant

HTML: Final = "text/html; charset=utf-8"
SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
#: Whose templates there are, each below the name of its side: `my/loans.html`.
_SIDES = ("my", "desk")
_YEAR = 365 * 24 * 3600


@cache
def environment() -> Environment:
    """Return the templates of all sides; everything that is put into them is escaped."""
    shared = PackageLoader("octavo.page.shared")
    sides = PrefixLoader({side: PackageLoader(f"octavo.page.{side}") for side in _SIDES})
    made = Environment(
        loader=ChoiceLoader([shared, sides]), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"], auto_reload=False,
    )  # fmt: skip
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(static=static.address, languages=LANGUAGES)
    made.filters.update(instant=parse_instant, spine=_spine)
    return made


@pass_context
def _gettext(context: Context, message: str) -> str:
    return _reader(context).gettext(message)


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return _reader(context).ngettext(one, many, count)


def _reader(context: Context) -> Reader:
    reader = context.get("reader")
    return reader if isinstance(reader, Reader) else Reader(languages.ENGLISH)


def _spine(record_id: str) -> int:
    """Return the colour in which a work is drawn, one of eight, always the same one."""
    return int(record_id[:8], 16) % 8


def page(call: Call, template: str, status: int = 200, **values: Any) -> Reply:
    """Return a page for the visitor of a call, and leave the language they asked for with them.

    A stranger who gets a form gets a secret with it.
    """
    return page_of(visitor_of(call), View(call.path, call.query, call.now), template, status, **values)


def page_of(visitor: Visitor, view: View, template: str, status: int, **values: Any) -> Reply:
    """Return a page as `page` does, for a visitor whose call was never made."""
    token = _FormToken(visitor.secret)
    text = environment().get_template(template).render(
        visitor=visitor, reader=visitor.reader, now=view.now, path=view.path, status=status, told=visitor.told,
        here=lambda **changed: _here(view, changed), form_token=token.new, reasons=partial(reasons.told, visitor.reader),
        word=partial(words.told, visitor.reader),
        **values,
    )  # fmt: skip
    reply = Reply(status, text.encode(), HTML, SECURITY)
    if token.secret != visitor.secret:
        reply = keep_secret(reply, visitor, token.secret)
    if view.query.get("lang") in LANGUAGES:
        reply = _with_cookie(reply, f"{languages.COOKIE}={view.query['lang']}; Path=/; Max-Age={_YEAR}; SameSite=Lax")
    return reply


@dataclass
class _FormToken:
    """Makes the tokens of a page's forms, and the secret that they are made from where there is none yet."""

    secret: str

    def new(self) -> str:
        self.secret = self.secret or new_secret()
        return form_token(self.secret)


def bare_page(template: str, status: int) -> Reply:
    """Return a page for somebody of whom nothing is known, not even the library they look for."""
    text = environment().get_template(template).render(reader=Reader(languages.ENGLISH), status=status)
    return Reply(status, text.encode(), HTML, SECURITY)


def see_other(location: str) -> Reply:
    """Send the browser on to another page, so that reloading it does nothing twice."""
    return Reply(303, b"", "", {**SECURITY, "Location": location})


def _here(view: View, changed: Mapping[str, str]) -> str:
    """Return the address of this page with other parameters."""
    return f"{view.path}?{urlencode({**view.query, **changed})}"


def keep_secret(reply: Reply, visitor: Visitor, secret: str) -> Reply:
    """Leave a visit's secret with the browser until it is closed; an empty one takes it away."""
    return _kept(reply, visitor, cookie_name(visitor.side), secret)


def keep_place(reply: Reply, visitor: Visitor, place: Place) -> Reply:
    """Leave with the browser where its visitor works, for as long as this visit."""
    return _kept(reply, visitor, place_cookie_name(visitor.side), sealed_place(visitor, place))


def _kept(reply: Reply, visitor: Visitor, name: str, value: str) -> Reply:
    ends = "; Max-Age=0" if not value else ""
    rest = f"Path={visitor.home}; HttpOnly; SameSite=Lax{'; Secure' if visitor.secure else ''}{ends}"
    return _with_cookie(reply, f"{name}={value}; {rest}")


def _with_cookie(reply: Reply, cookie: str) -> Reply:
    before = reply.headers.get("Set-Cookie")
    return reply.with_header("Set-Cookie", f"{before}\n{cookie}" if before else cookie)
