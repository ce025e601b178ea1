"""Searching the catalogue as patrons do: some words, or a number as it stands on the back of a book."""

import re
from dataclasses import dataclass
from typing import Any, Final

from octavo.errors import NotFound
from octavo.store import catalogue_search as store
from octavo.store.catalogue_search import MOST, Found
from octavo.store.tx import Tx

#: By what can be searched; `any` is also a number.
WAYS: Final = ("any", "title", "author", "subject", "number")
PAGE: Final = 20
_MOST_WORDS: Final = 12
_LONGEST_WORD: Final = 60
_PREFIX: Final = "\ufdd0"
_ISBN_10: Final = 10


@dataclass(frozen=True)
class Search:
    """What somebody looks for: the text, by what, and which page of the answer, from 0."""

    text: str
    by: str = "any"
    page: int = 0


async def search(tx: Tx, asked: Search) -> Found:
    """Return a page of the works that have all the words or the number; without any word there are none."""
    words, numbers = words_of(asked.text), numbers_of(asked.text)
    if not words:
        return Found([], 0)
    by = asked.by if asked.by in WAYS else "any"
    return await store.search(tx, words, numbers, by, asked.page * PAGE, PAGE)


async def read_work(tx: Tx, instance_id: str) -> dict[str, Any]:
    """Return a work with its copies. Raises NotFound."""
    work = await store.load_work(tx, instance_id)
    if work is None:
        raise NotFound("title not found")
    return work


def words_of(text: str) -> list[str]:
    """Return the words to search for; the last one may be the beginning of a word."""
    words = words_in(text)
    return [*words[:-1], words[-1] + _PREFIX] if words else []


def words_in(text: str) -> list[str]:
    """Return the words of what somebody typed: letters and digits, joined by apostrophes at most."""
    return [word[:_LONGEST_WORD] for word in re.findall(r"[^\W_]+(?:['\u2019][^\W_]+)*", text)][:_MOST_WORDS]


def numbers_of(text: str) -> list[str]:
    """Return a text as a number of a work; an ISBN in both its forms, whichever was typed."""
    number = re.sub(r"[\s-]+", "", text).lower()
    if not re.fullmatch(r"[0-9a-z]{4,30}", number) or not re.search(r"\d", number):
        return []
    if re.fullmatch(r"97[89]\d{10}", number):
        return [number, *([_as_ten(number)] if number.startswith("978") else [])]
    if re.fullmatch(r"\d{9}[\dx]", number):
        return [number, _as_thirteen(number)]
    return [number]


def _as_thirteen(isbn: str) -> str:
    body = "978" + isbn[:9]
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(body))
    return body + str(-total % 10)


def _as_ten(isbn: str) -> str:
    body = isbn[3:12]
    check = sum(int(digit) * (_ISBN_10 - place) for place, digit in enumerate(body))
    return body + "0123456789x"[-check % 11]


__all__ = ["MOST", "PAGE", "WAYS", "Search", "numbers_of", "read_work", "search", "words_of"]
