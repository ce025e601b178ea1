"""From the bytes of a body to a record, with every violation found at once.

What cannot be read (not JSON, wrong type, unknown enum value, bad date) is 400 text; what can be read but
breaks the schema (missing, pattern, range, unknown property) is 422 with one error for each violation.
"""

from itertools import chain
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from octavo.errors import BadRequest, Invalid, Violation
from octavo_models.record import Part, Record

P = TypeVar("P", bound=Part)

#: No record of FOLIO's comes near; what is deeper was made to break readers.
DEEPEST = 64

_CONSTRAINT = "jakarta.validation.constraints.{}.message"


def read_body(model: type[P], body: bytes) -> P:
    """Return the body as a wire model. Raises BadRequest or Invalid."""
    return check(model, read_json(body), has_nulls=b"null" in body)


def read_json(body: bytes) -> Any:
    """Return the decoded body; PostgreSQL keeps no NUL, so text with one is refused here."""
    if not body.strip():
        raise BadRequest("HV000116: The object to be validated must not be null.")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as reason:
        raise BadRequest(f"malformed JSON at {reason.lineno}:{reason.colno}: {reason.msg}") from None
    if b"\\u0000" in body:
        raise BadRequest("malformed JSON: a text may not contain the character U+0000")
    if body.count(b"[") + body.count(b"{") > DEEPEST and _deeper_than(value, DEEPEST):
        raise BadRequest(f"malformed JSON: nested more than {DEEPEST} deep")
    return value


def _deeper_than(value: Any, depth: int) -> bool:
    """Tell whether arrays and objects lie within one another more than so deep; level by level, so that none is too deep."""
    level = [value]
    for _ in range(depth + 1):
        inner = [part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)]
        if not inner:
            return False
        level = list(chain.from_iterable(inner))
    return True


def check(model: type[P], value: Any, *, has_nulls: bool = True) -> P:
    """Return a decoded JSON value, which may have nulls in it, as a wire model. Raises BadRequest or Invalid."""
    if not isinstance(value, dict):
        raise BadRequest(f"Cannot deserialize value of type `{model.__name__}`: a JSON object is expected")
    dropped = model.read_only if issubclass(model, Record) else frozenset[str]()
    value = {key: part for key, part in value.items() if key not in dropped}
    try:
        return model.from_wire(_without_nulls(value) if has_nulls else value)
    except ValidationError as failure:
        raise _problem(failure) from None


def _without_nulls(value: Any) -> Any:
    """Return a JSON value without its null members: to FOLIO, null is the same as absent."""
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value


def _problem(failure: ValidationError) -> BadRequest | Invalid:
    details = failure.errors(include_url=False, include_context=True)
    unreadable = [detail["msg"] for detail in details if _is_unreadable(detail)]
    if unreadable:
        return BadRequest("\n".join(dict.fromkeys(unreadable)))
    unknown = [detail for detail in details if detail["type"] == "extra_forbidden"]
    return Invalid(*(_violation(detail) for detail in unknown or details))


_BROKEN_RULES = {
    "missing": "NotNull",
    "string_pattern_mismatch": "Pattern",
    "greater_than_equal": "Min",
    "less_than_equal": "Max",
    "greater_than": "DecimalMin",
    "too_short": "Size",
    "too_long": "Size",
    "string_too_short": "Size",
    "string_too_long": "Size",
    "extra_forbidden": "",
    "rule": "Pattern",
}


def _is_unreadable(detail: Any) -> bool:
    return detail["type"] not in _BROKEN_RULES and not _is_null(detail)


def _is_null(detail: Any) -> bool:
    return detail["input"] is None


def _violation(detail: Any) -> Violation:
    path = _path(detail["loc"])
    if detail["type"] == "extra_forbidden":
        return Violation(f'Unrecognized field "{detail["loc"][-1]}"', (("", ""),), code="-1", type="1")
    if detail["type"] == "missing" or _is_null(detail):
        return Violation("must not be null", ((path, "null"),), code=_CONSTRAINT.format("NotNull"), type="1")
    shown = detail["input"] if isinstance(detail["input"], str) else orjson.dumps(detail["input"], default=str).decode()
    code = _CONSTRAINT.format(_BROKEN_RULES[detail["type"]])
    return Violation(_message(detail), ((path, shown),), code=code, type="1")


def _message(detail: Any) -> str:
    context = detail.get("ctx", {})
    texts = {
        "string_pattern_mismatch": 'must match "{pattern}"',
        "greater_than_equal": "must be greater than or equal to {ge}",
        "less_than_equal": "must be less than or equal to {le}",
        "greater_than": "must be greater than {gt}",
        "too_short": "size must be between {min_length} and 2147483647",
        "string_too_short": "size must be between {min_length} and 2147483647",
        "too_long": "size must be between 0 and {max_length}",
        "string_too_long": "size must be between 0 and {max_length}",
    }
    return texts[detail["type"]].format(**context) if detail["type"] in texts else str(detail["msg"])


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path
