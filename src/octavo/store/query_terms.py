"""What a CQL term means: masks, words, ids, numbers and dates. No SQL here.

Masks travel to the database as noncharacters, which no text of a library contains: there the term is
folded first and made a pattern after, see `functions.sql`.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from octavo.errors import BadRequest
from octavo_models.scalars import parse_instant

ANY_RUN = "\ufdd0"
ONE_CHARACTER = "\ufdd1"

_MASKS = {"*": ANY_RUN, "?": ONE_CHARACTER}
_MASK_OR_ESCAPE = re.compile(r"\\(.?)|([*?])", re.DOTALL)
_LONE_STAR = re.compile(r" \*(?= |$)")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_MAX_DIGITS = 200
_MAX_WORDS = 1_000
# PostgreSQL's limit on a word, in bytes; folding makes at most five of one character.
_MAX_WORD_BYTES = 2_046
_BYTES_OF_CHARACTER = 5


def refused(tail: str) -> BadRequest:
    """Return the problem of a query that can be read but not answered, with FOLIO's text."""
    return BadRequest(f"org.folio.cql2pgjson.exception.QueryValidationException: {tail}")


def unmask(term: str) -> str:
    """Return the term with its masks as noncharacters and without the backslashes that escape."""
    plain = term if term.isascii() else term.replace(ANY_RUN, "\ufffd").replace(ONE_CHARACTER, "\ufffd")
    if not any(sign in plain for sign in "*?\\"):
        return plain
    return _MASK_OR_ESCAPE.sub(lambda match: _MASKS[match[2]] if match[2] else match[1] or "\\", plain)


def is_masked(text: str) -> bool:
    """Say whether an unmasked term contains masks."""
    return ANY_RUN in text or ONE_CHARACTER in text


def prefix_of(text: str) -> str | None:
    """Return the stem of an unmasked term whose only mask is at its end, as in `abc*`."""
    stem = text.rstrip(ANY_RUN)
    return None if stem == text or not stem or is_masked(stem) else stem


def without_lone_stars(term: str) -> str:
    """Drop every `*` that stands alone behind a blank, as FOLIO does before it looks at the words."""
    return _LONE_STAR.sub("", term)


def words_of(term: str) -> list[str]:
    """Return the words of a full text term; a prefix ends in the mask. Refuses what FOLIO refuses."""
    text = unmask(term)
    if ONE_CHARACTER in text:
        raise refused("? wildcard not allowed in full text query string")
    words = [word for word in text.split(" ") if word and word != ANY_RUN]
    for word in words:
        _check_word(word)
    if len(words) > _MAX_WORDS:
        raise refused(f"more than {_MAX_WORDS} words in full text query string")
    return words


def _check_word(word: str) -> None:
    _, star, rest = word.partition(ANY_RUN)
    if star and rest:
        raise refused(
            "* right truncation wildcard must be followed by space or end of string, "
            f"but found {rest[0].replace(ANY_RUN, '*')}"
        )
    size = len(word) if word.isascii() else len(word) * _BYTES_OF_CHARACTER
    if size > _MAX_WORD_BYTES:
        raise refused("word is too long in tsquery")


def uuid_of(term: str) -> UUID | None:
    """Return the id that a term is, or None."""
    return UUID(term) if _UUID.fullmatch(term) else None


def uuid_range(stem: str) -> tuple[UUID, UUID] | None:
    """Return the first and the last id that begin with a stem, or None where no id does."""
    bounds = [uuid_of(stem + template[len(stem) :]) for template in _id_bounds()]
    first, last = bounds
    return (first, last) if first and last else None


def _id_bounds() -> tuple[str, str]:
    return "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"


def number_of(term: str) -> Decimal:
    """Return the number of a term with `/number`; fails with PostgreSQL's text."""
    if len(term) > _MAX_DIGITS or not _NUMBER.fullmatch(term):
        raise BadRequest(f'invalid input syntax for type numeric: "{term}"')
    return Decimal(term)


def instant_of(term: str) -> datetime | None:
    """Return the point in time of a full date-time, in UTC, or None where the term is less than that."""
    if not _DATE_TIME.fullmatch(term):
        return None
    try:
        return parse_instant(term).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_of(term: str) -> tuple[datetime, datetime] | None:
    """Return the midnights (UTC) at which a date begins and ends, or None where the term is no date."""
    if not _DATE.fullmatch(term):
        return None
    try:
        begin = datetime.combine(date.fromisoformat(term), time(tzinfo=UTC))
        return begin, begin + timedelta(days=1)
    except (ValueError, OverflowError):
        return None
