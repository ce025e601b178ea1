"""The languages of the pages: messages, dates, money and plurals as a reader of each expects them.

Messages are English in templates and code. `locales/<language>.po` holds each other language; the files are read once
as they are. A test sees to it that none lacks a message.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

import babel
from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

#: Every language there is, by the name it has for itself.
LANGUAGES: Final = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
ENGLISH: Final = "en"
COOKIE: Final = "octavo_language"


@cache
def translations(language: str) -> NullTranslations:
    """Return the messages of a language; English ones are their own translation."""
    if language == ENGLISH:
        return NullTranslations()
    compiled = BytesIO()
    with (files("octavo.page") / "locales" / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def chosen(query: Mapping[str, str], kept: str | None, accepted: str, house: str) -> str:
    """Return the language of an answer: asked for, kept in a cookie, preferred by the browser, or the library's own."""
    wanted = (query.get("lang"), kept, *_preferred(accepted), house)
    return next((known for one in wanted if one and (known := one[:2].lower()) in LANGUAGES), ENGLISH)


def _preferred(accepted: str) -> list[str]:
    """Return the languages of `Accept-Language`, the dearest first."""
    found = re.findall(r"([a-zA-Z]{2,3})(?:-[\w-]+)?\s*(?:;\s*q=([\d.]{1,5}))?\s*(?:,|$)", accepted[:500])
    return [name for name, _ in sorted(found, key=lambda entry: -_weight(entry[1]))]


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


@dataclass(frozen=True)
class Reader:
    """How one reader is spoken to: the language, and the library's region, time zone and currency."""

    language: str
    house_locale: str = "en-US"
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - immutable
    currency: str = "USD"

    @cached_property
    def locale(self) -> babel.Locale:
        """Return the locale for formats: that of the library where it speaks the reader's language."""
        house = re.match(r"([a-z]{2})(?:[-_]([A-Z]{2}))?", self.house_locale)
        region = house[2] if house and house[1] == self.language else None
        try:
            return babel.Locale(self.language, region)
        except babel.UnknownLocaleError:
            return babel.Locale(self.language)

    def gettext(self, message: str) -> str:
        """Return a message in the reader's language."""
        return translations(self.language).gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return a message in the form that a number takes."""
        return translations(self.language).ngettext(one, many, count)

    def day(self, moment: datetime | date, width: str = "long") -> str:
        """Print the day of an instant in the library's time zone: `November 12, 2026`."""
        return str(format_date(self._local(moment), width, locale=self.locale))

    def month(self, moment: datetime) -> str:
        """Print a month in short: `Nov`."""
        return self._skeleton("MMM", moment)

    def day_number(self, moment: datetime) -> str:
        """Print the day of the month alone: `12`."""
        return str(self._local(moment).day)

    def weekday(self, moment: datetime) -> str:
        """Print a day with its weekday: `Thursday, November 12`."""
        return self._skeleton("EEEEMMMMd", moment)

    def _skeleton(self, skeleton: str, moment: datetime) -> str:
        return str(format_skeleton(skeleton, self._local(moment), locale=self.locale))

    def time(self, moment: datetime) -> str:
        """Print the time of day of an instant: `5:30 PM`."""
        return str(format_time(self._local(moment), "short", locale=self.locale))

    def moment(self, moment: datetime) -> str:
        """Print an instant: `Nov 12, 2026, 5:30 PM`."""
        return str(format_datetime(self._local(moment), "medium", locale=self.locale))

    def money(self, amount: Decimal | float) -> str:
        """Print an amount in the library's currency."""
        return str(format_currency(amount, self.currency, locale=self.locale))

    def number(self, value: float) -> str:
        """Print a number with the separators of the language."""
        return str(format_decimal(value, locale=self.locale))

    def listed(self, parts: list[str]) -> str:
        """Print several things as a list: `loans, holds, and charges`."""
        return str(format_list(parts, locale=self.locale))

    def today(self, now: datetime) -> date:
        """Return the day that it is at the library."""
        return now.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the instant at which a day begins at the library."""
        return datetime.combine(day, time(), self.zone)

    def days_until(self, moment: datetime, now: datetime) -> int:
        """Return in how many days something is, by the calendar at the library; yesterday is -1."""
        return (self._local(moment).date() - self.today(now)).days

    def _local(self, moment: datetime | date) -> datetime:
        return moment.astimezone(self.zone) if isinstance(moment, datetime) else moment  # type: ignore[return-value]
