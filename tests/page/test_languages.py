"""The languages of the pages: complete, and each with its own dates, money and plurals."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.pofile import read_po

from browsing import MY
from octavo.page.shared.languages import LANGUAGES, Reader, chosen
from wording import messages

OTHERS = [language for language in LANGUAGES if language != "en"]


def catalogue(language):
    with (files("octavo.page") / "locales" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_and_no_translation_is_left_over(language, repository: Path):
    wanted = {message.id for message in messages(repository) if message.id}
    kept = {message.id: message for message in catalogue(language) if message.id}
    assert len(wanted) > 200
    assert wanted - set(kept) == set()
    assert set(kept) - wanted == set()
    empty = [message.id for message in kept.values() if not all(_texts(message.string)) or message.fuzzy]
    assert empty == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_names_what_the_message_names(language):
    for message in catalogue(language):
        named = [set(re.findall(r"%\((\w+)\)s", text)) for text in _texts(message.id)]
        for text in _texts(message.string):
            assert set(re.findall(r"%\((\w+)\)s", text)) <= set().union(*named), message.id
        assert set(re.findall(r"%\((\w+)\)s", _texts(message.string)[-1])) == named[-1], message.id


def _texts(entry):
    return [entry] if isinstance(entry, str) else list(entry)


@pytest.mark.parametrize(
    ("language", "region", "day", "money"),
    [
        ("en", "en-US", "November 12, 2026", "$1,234.50"),
        ("en", "en-GB", "12 November 2026", "US$1,234.50"),
        ("de", "en-US", "12. November 2026", "1.234,50 $"),
        ("es", "en-US", "12 de noviembre de 2026", "1.234,50 US$"),
        ("fr", "en-US", "12 novembre 2026", "1 234,50 $US"),
    ],
)
def test_dates_and_money_are_written_as_in_the_language_and_the_librarys_region(language, region, day, money):
    reader = Reader(language, region, ZoneInfo("America/New_York"))
    assert reader.day(datetime(2026, 11, 13, 3, 0, tzinfo=UTC)) == day
    assert re.sub(r"\s", " ", reader.money(1234.5)) == money


def test_plurals_follow_the_language():
    forms = ("One title", "%(count)s titles")
    assert [Reader("fr").ngettext(*forms, count) for count in (0, 1, 2)] == ["%(count)s titre", "%(count)s titre", "%(count)s titres"]
    assert [Reader("de").ngettext(*forms, count) for count in (0, 1, 2)] == ["%(count)s Titel", "Ein Titel", "%(count)s Titel"]


@pytest.mark.parametrize(
    ("query", "kept", "accepted", "house", "expected"),
    [
        ({"lang": "fr"}, "de", "es", "en-US", "fr"),
        ({"lang": "xx"}, "de", "es", "en-US", "de"),
        ({}, None, "nl, es;q=0.4, fr;q=0.9", "de-DE", "fr"),
        ({}, None, "nl;q=1, pl", "de-DE", "de"),
        ({}, None, "", "ja-JP", "en"),
        ({}, "", "q=;;;,,,", "", "en"),
    ],
)
def test_the_language_is_what_was_asked_for_then_the_cookie_the_browser_and_the_library(query, kept, accepted, house, expected):
    assert chosen(query, kept, accepted, house) == expected


async def test_the_language_that_was_asked_for_stays(browser, library):
    page = await browser.get(f"{MY}/sign-in?lang=de")
    assert 'lang="de"' in page.answer.text
    assert "In Ihrer Bibliothek anmelden" in page.text
    assert "In Ihrer Bibliothek anmelden" in (await browser.get(f"{MY}/sign-in")).text
    assert "Connectez-vous" in (await browser.get(f"{MY}/sign-in?lang=fr")).text


async def test_the_library_speaks_its_own_language_to_whoever_asks_for_none(browser, client, library):
    await client.put("/locale", json={"locale": "es-ES", "currency": "EUR", "timezone": "Europe/Madrid"})
    assert "Entre en su biblioteca" in (await browser.get(f"{MY}/sign-in")).text
