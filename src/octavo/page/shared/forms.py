"""Forms: what a browser sends, believed only with the token of this visit."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from octavo.auth.visits import check_form_token
from octavo.errors import BadRequest, Forbidden
from octavo.http.call import Call
from octavo.page.shared.visitor import visitor_of

#: The name of the hidden field that holds the token.
TOKEN = "token"  # noqa: S105 - the name of a field
_MOST_FIELDS = 60
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
