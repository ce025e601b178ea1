"""What a template comes to: Mustache over plain JSON values, dates in the tenant's language and time zone.

A template reaches nothing but its tokens: values are JSON, so that there is nothing to call and no attribute to walk;
partials, which would be files, and other delimiters are refused.
"""

import re
from datetime import datetime
from html import escape
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, get_datetime_format
from pystache import Renderer
from pystache.common import PystacheError
from pystache.parsed import ParsedTemplate
from pystache.parser import ParsingError, parse

from octavo_models.scalars import parse_instant

#: How long a subject or a text may be, in characters.
LONGEST: Final = 100_000

_NOT_OFFERED = re.compile(r"\{\{\s*([=>])")
_WORDS: Final = {"=": "other delimiters than {{ and }}", ">": "partials"}
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)


class BadTemplate(ValueError):  # noqa: N818 - caught and told to whoever wrote it
    """A template that cannot be rendered; the text says why and where."""


class _Printer(Renderer):  # type: ignore[misc]  # the library has no types
    """Prints values as JSON does, and nothing for null."""

    def str_coerce(self, val: Any) -> str:
        return "" if val is None else str(val).lower() if isinstance(val, bool) else str(val)


def check_template(text: str) -> None:
    """Raise BadTemplate where a text cannot be rendered."""
    _parsed(text)


def render(text: str, context: dict[str, Any], *, html: bool) -> str:
    """Return a text with its tokens replaced, in HTML escaped. Raises BadTemplate.

    context: JSON values; a token that is not there comes to nothing. `{{{token}}}` is never escaped.
    """
    printer = _Printer(escape=escape if html else _as_it_is, partials={}, missing_tags="ignore")
    try:
        return str(printer.render(_parsed(text), context))
    except (PystacheError, RecursionError) as reason:
        raise BadTemplate(str(reason) or "the template is nested too deeply") from None


def _parsed(text: str) -> ParsedTemplate:
    if len(text) > LONGEST:
        raise BadTemplate(f"a template has at most {LONGEST} characters")
    if found := _NOT_OFFERED.search(text):
        raise BadTemplate(f"{_WORDS[found[1]]} are not offered (position {found.start()})")
    if text.rfind("{{") > text.rfind("}}"):
        raise BadTemplate(f"a tag is not closed (position {text.rfind('{{')})")
    try:
        return parse(text, raise_on_mismatch=True)
    except ParsingError as reason:
        raise BadTemplate(str(reason)) from None


def _as_it_is(text: str) -> str:
    return text


def localised(context: dict[str, Any], language: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return a context with its instants as people read them, as FOLIO does it by the names of tokens.

    `…Date` becomes a short date, `…DateTime` a date with the time, `…DetailedDateTime` a long one; beside each
    `…Date` there is a `…DateTime`. Text that is no instant stays as it is.
    """
    locale = _locale(language)
    return {name: _localised(name, value, locale, zone) for name, value in _with_times(context).items()}


def _with_times(part: dict[str, Any]) -> dict[str, Any]:
    times = {f"{name}Time": value for name, value in part.items() if name.endswith("Date") and isinstance(value, str)}
    return {**times, **part}


def _localised(name: str, value: Any, locale: Locale, zone: ZoneInfo) -> Any:
    if isinstance(value, dict):
        return {inner: _localised(inner, part, locale, zone) for inner, part in _with_times(value).items()}
    if isinstance(value, list):
        return [_localised(name, part, locale, zone) for part in value]
    return _shown(name.lower(), value, locale, zone) if isinstance(value, str) else value


def _shown(name: str, value: str, locale: Locale, zone: ZoneInfo) -> str:
    if not name.endswith(("date", "datetime")) or not _ISO.fullmatch(value):
        return value
    try:
        moment = parse_instant(value).astimezone(zone)
    except (ValueError, OverflowError):
        return value
    # CLDR puts a narrow space before AM and PM, which some mail readers show as a box.
    return _printed(name, moment, locale).replace("\u202f", " ")


def _printed(name: str, moment: datetime, locale: Locale) -> str:
    if name.endswith("detaileddatetime"):
        day, time = format_date(moment, "long", locale), format_time(moment, "short", locale=locale)
        return str(get_datetime_format("long", locale)).replace("'", "").replace("{1}", day).replace("{0}", time)
    if name.endswith("datetime"):
        return format_datetime(moment, "short", locale=locale)
    return format_date(moment, "short", locale)


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "US")
