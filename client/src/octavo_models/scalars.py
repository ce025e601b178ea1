"""The scalar types of the wire, as lenient on input as FOLIO and strict on output.

FOLIO's parser takes numbers and booleans where text is wanted, and text where a number or a boolean is
wanted (`spec: circulation-storage 0.2`). These types do the same and give back the type of the schema.
A value that cannot be read raises the error type `malformed`, which the server answers with 400; a value
that is readable but breaks a rule (pattern, range) raises pydantic's own types, answered with 422.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

STRICT_UUID = "^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[1-5][a-fA-F0-9]{3}-[89abAB][a-fA-F0-9]{3}-[a-fA-F0-9]{12}$"
LOOSE_UUID = "^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$"


class Kind(StrEnum):
    """How a field is compared, sorted and stored in a column."""

    TEXT = "text"
    UUID = "uuid"
    INSTANT = "instant"
    NUMBER = "number"
    FLAG = "flag"
    JSON = "json"


def malformed(message: str) -> PydanticCustomError:
    """Return the error of a value that cannot be read at all (400, not 422)."""
    return PydanticCustomError("malformed", "{reason}", {"reason": message})


def to_text(value: Any) -> Any:
    """Read text; numbers and booleans are taken and printed as JSON prints them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if value is None:
        return None
    raise malformed(f"Cannot deserialize value of type `String` from {_shape(value)}")


def to_flag(value: Any) -> Any:
    """Read a boolean; `"true"`, `"false"`, 1 and 0 are taken."""
    if isinstance(value, bool) or value is None:
        return value
    known = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
    if isinstance(value, str | int | float) and str(value).strip().lower() in known:
        return known[str(value).strip().lower()]
    raise malformed(f"Cannot deserialize value of type `Boolean` from {_shape(value)}: only true or false recognized")


def to_whole(value: Any) -> Any:
    """Read a 32-bit integer; numeric text and fractions are taken and cut, empty text counts as absent."""
    if value is None or value == "":
        return None
    try:
        number = int(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        raise malformed(f"Cannot deserialize value of type `Integer` from {_shape(value)}") from None
    if isinstance(value, bool) or not -(2**31) <= number < 2**31:
        raise malformed(f"Numeric value ({value}) out of range of int (-2147483648 - 2147483647)")
    return number


def to_decimal(value: Any) -> Any:
    """Read a decimal number exactly as written."""
    if value is None or value == "" or isinstance(value, Decimal):
        return value or (None if value == "" else value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or abs(number.adjusted()) > 30:  # noqa: PLR2004 - jsonb takes more, nobody owes it
        raise malformed(f"Cannot deserialize value of type `Double` from {_shape(value)}: not a valid number")
    return number


_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:[0-5]\d:[0-5]\d\.\d{3}\+00:00", re.ASCII).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(value: Any) -> datetime:
    """Read a point in time in any form FOLIO takes; without an offset it is UTC. Cut to milliseconds.

    ISO 8601 with or without time, seconds, fraction and offset; RFC 1123 text; milliseconds since 1970.
    Day 31 and hour 24 run over into the next month and day, as they do in FOLIO.
    Raises ValueError for anything else.
    """
    if isinstance(value, str):
        return _from_stored(value) or _from_text(value)
    if isinstance(value, datetime):
        return _cut(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, int) and not isinstance(value, bool):
        return _from_epoch(value)
    raise ValueError("not a date-time")


def _from_stored(value: str) -> datetime | None:
    """Read text as `format_instant` prints it, which Python does fastest: most instants come from stored records."""
    if not _STORED(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None  # a day that its month does not have


def _from_text(value: str) -> datetime:
    if re.fullmatch(r"[+-]?\d{5,16}", value, re.ASCII):
        return _from_epoch(int(value))
    match = _INSTANT.fullmatch(value)
    return _from_parts(*match.groups()) if match else _from_rfc1123(value)


def format_instant(value: datetime) -> str:
    """Print an instant as FOLIO stores it: UTC, three digits, `+00:00`."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds")


def _from_parts(  # noqa: PLR0913 - one argument for each group of the pattern
    year: str, month: str, day: str, hour: str | None, minute: str | None, second: str | None,
    fraction: str | None, offset: str | None,
) -> datetime:
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    if not (1 <= int(day) <= 31 and hours <= 24 and minutes <= 59 and seconds <= 59):  # noqa: PLR2004 - the calendar's own limits
        raise ValueError("a part of the date-time is out of range")
    millis = int((fraction or "0")[:3].ljust(3, "0"))
    try:
        return datetime(int(year), int(month), 1, tzinfo=_zone(offset)) + timedelta(
            days=int(day) - 1, hours=hours, minutes=minutes, seconds=seconds, milliseconds=millis
        )
    except OverflowError:
        raise ValueError("the date-time is out of range") from None


def _zone(offset: str | None) -> timezone:
    if offset is None or offset in "Zz":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:] if len(offset) > 3 else 0)  # noqa: PLR2004 - "+hh" has no minutes
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def _from_epoch(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise ValueError("the date-time is out of range") from None


def _from_rfc1123(value: str) -> datetime:
    if not re.match(r"[A-Z][a-z]{2}, ", value):
        raise ValueError("not a date-time")
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, IndexError):
        raise ValueError("not a date-time") from None
    return _cut(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _cut(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _to_instant(value: Any) -> Any:
    if value is None:
        return None
    try:
        moment = parse_instant(value)
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as reason:
        raise malformed(f"Cannot deserialize value of type `Date` from {_shape(value)}: {reason}") from None
    return moment


def _shape(value: Any) -> str:
    """Name a value by its kind only: what a patron typed does not belong into messages and logs."""
    names = {str: "String", bool: "Boolean", int: "Number", float: "Number", list: "Array", dict: "Object"}
    return f"{names.get(type(value), 'Object')} value"


Text = Annotated[str, BeforeValidator(to_text), Kind.TEXT]
# Behind a validator of our own, pydantic says nothing of the rules; so it is said what a client is to send. The rules stand
# before our validator: after it pydantic would check each with a function in Python, at the cost of all the rest.
Uuid = Annotated[
    str,
    StringConstraints(pattern=STRICT_UUID, to_lower=True),
    BeforeValidator(to_text),
    WithJsonSchema({"type": "string", "pattern": STRICT_UUID}),
    Kind.UUID,
]
LooseUuid = Annotated[
    str,
    StringConstraints(pattern=LOOSE_UUID, to_lower=True),
    BeforeValidator(to_text),
    WithJsonSchema({"type": "string", "pattern": LOOSE_UUID}),
    Kind.UUID,
]
# FOLIO never checks these ids; they are compared as ids all the same.
FreeId = Annotated[str, BeforeValidator(to_text), Kind.UUID]
Flag = Annotated[bool, BeforeValidator(to_flag), Kind.FLAG]
Whole = Annotated[
    int,
    BeforeValidator(to_whole),
    WithJsonSchema({"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}),
    Kind.NUMBER,
]
Number = Annotated[
    Decimal,
    BeforeValidator(to_decimal),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}),
    Kind.NUMBER,
]
Instant = Annotated[
    datetime,
    BeforeValidator(_to_instant),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
    Kind.INSTANT,
]
Natural = Annotated[Whole, Field(ge=0), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 2**31 - 1})]
