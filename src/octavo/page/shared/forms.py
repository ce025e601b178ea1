"""Forms: what a browser sends, believed only with the token of this visit."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from octavo.auth.visits import check_form_token, digest_of
from octavo.errors import BadRequest, Forbidden, NotFound, refuse
from octavo.http.call import Call
from octavo.http.parameters import is_uuid
from octavo.page.shared.languages import Reader
from octavo.page.shared.visitor import Visitor, visitor_of
from octavo.store import visits
from octavo.store.tx import Tx

#: The name of the hidden field that holds the token.
TOKEN = "token"  # noqa: S105 # nosec B105 - the name of a field
_MOST_FIELDS = 250
_LONGEST_FIELD = 2000
_LARGEST = 64 * 1024


def read_form(call: Call) -> Mapping[str, str]:
    """Return the fields of a form, trimmed; of those sent twice the last counts. Raises BadRequest, Forbidden."""
    if call.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("this form was sent by another site")
    if len(call.body) > _LARGEST:
        raise BadRequest("the form is too large")
    try:
        pairs = parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise BadRequest("the form cannot be read") from None
    fields = {name: value.replace("\0", "").strip()[:_LONGEST_FIELD] for name, value in pairs}
    check_form_token(visitor_of(call).secret, fields.get(TOKEN, ""))
    return fields


def path_id(call: Call, name: str) -> str:
    """Return the id in a page's address. Raises NotFound where it can be none."""
    value = call.parameters[name]
    if not is_uuid(value):
        raise NotFound("not found")
    return value.lower()


def read_day(text: str) -> date:
    """Return a day as browsers send it: `2026-12-01`. Raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse("A day is needed, as 2026-12-01", "DAY_NEEDED", day=text[:20]) from None


def read_moment(text: str, reader: Reader) -> datetime | None:
    """Return a moment at the library as browsers send it: `2026-12-01T17:30`; None where the field is empty. Raises Invalid."""
    if not text:
        return None
    try:
        return datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=reader.zone)
    except ValueError:
        raise refuse("A day and a time are needed, as 2026-12-01T17:30", "MOMENT_NEEDED", moment=text[:20]) from None


async def leave_word(tx: Tx, visitor: Visitor, told: dict[str, Any]) -> None:
    """Let the visitor's next page say what was done."""
    await visits.leave_word(tx, digest_of(visitor.secret), told)


def page_number(call: Call, last: int) -> int:
    """Return which page of a list is asked for, from 0 to `last`; whatever cannot be understood is the first."""
    text = call.query.get("page", "")
    return min(int(text), last) if re.fullmatch(r"\d{1,5}", text, re.ASCII) else 0
