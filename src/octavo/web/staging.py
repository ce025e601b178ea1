"""Registration over the web: staging users (FOLIO mod-users), and what mod-patron makes of them."""

from typing import Any

from octavo.catalogue.patrons import STAGING_USER
from octavo.errors import BadRequest, NotFound
from octavo.http.bodies import read_body
from octavo.http.call import JSON, Call, Reply, ok
from octavo.http.parameters import is_uuid, path_uuid
from octavo.http.routes import ANYTHING, Route
from octavo.services import staging
from octavo.services.staging import Unclear, UnknownRegistrant
from octavo.web.records import record_routes
from octavo_models.user import StagingUser, User


def _refusal(status: int, code: str, text: str) -> Reply:
    """Print a refusal as mod-patron does: the form of a 422, whatever the status."""
    refusal: dict[str, Any] = {"message": text, "code": code, "parameters": []}
    return ok({"errors": [refusal], "total_records": 1}, status)


async def put_staging_user(call: Call) -> Reply:
    """Change somebody who has registered."""
    document = await _change(call, call.parameters["id"])
    if document is None:
        raise NotFound(staging.NOT_STAGED)
    return ok(document)


async def put_merge(call: Call) -> Reply:
    """Make a user of somebody who has registered, or merge them into a user."""
    staging_id = path_uuid(call.parameters, "id")
    user_id = call.query.get("userId") or None
    if user_id is not None and not is_uuid(user_id):
        raise BadRequest("userId must be a UUID")
    async with call.transaction() as tx:
        merged = await staging.merge_or_create(tx, call.caller.tenant, staging_id, user_id and user_id.lower())
    return ok({"userId": merged})


async def post_patron(call: Call) -> Reply:
    """Register somebody over the web."""
    person = read_body(StagingUser, call.body)
    async with call.read() as tx:
        return ok(await staging.create_staging_user(tx, person), 201)


async def put_patron(call: Call) -> Reply:
    """Change somebody who has registered over the web."""
    document = await _change(call, call.parameters["externalSystemId"])
    if document is None:
        return _refusal(404, "STAGING_USER_NOT_FOUND", "Staging user does not exist")
    return ok(document)


async def get_status(call: Call) -> Reply:
    """Tell whether somebody is a patron: by external id where it is a UUID, else by e-mail address."""
    identifier = call.parameters["identifier"]
    asked = {"external_id": identifier} if is_uuid(identifier) else {"email": identifier}
    try:
        async with call.read() as tx:
            return ok(await staging.registration_status(tx, **asked))
    except UnknownRegistrant as unknown:
        return _refusal(404, unknown.code, unknown.text)
    except Unclear as unclear:
        return _refusal(400, unclear.code, unclear.text)


async def _change(call: Call, external_id: str) -> bytes | None:
    person = read_body(StagingUser, call.body)
    async with call.transaction() as tx:
        return await staging.change_staging_user(tx, external_id, person)


_ONE = f"{STAGING_USER.path}/{{id}}"

#: That somebody is unknown, or not clearly known, is told as a list of errors.
_UNKNOWN = ((400, ANYTHING), (404, JSON))

ROUTES: tuple[Route, ...] = (
    *record_routes(STAGING_USER, create=staging.create_staging_user, only=("list", "create")),
    Route("PUT", _ONE, "staging-users.external-system-id.put", put_staging_user, "Change somebody who has registered", 4,
          body=StagingUser, answer=StagingUser, errors=(400, 404, 422)),
    Route("PUT", f"{_ONE}/mergeOrCreateUser", "staging-users.item.put", put_merge,
          "Make a user of somebody who has registered, or merge them into a user", 10, query=("userId",),
          errors=(400, 404, 422)),
    Route("POST", "/patron", "patron.item.post", post_patron, "Register somebody over the web", 1,
          body=StagingUser, answer=StagingUser, success=201, errors=(400, 422)),
    Route("PUT", "/patron/{externalSystemId}", "patron.item.put", put_patron,
          "Change somebody who has registered over the web", 4, body=StagingUser, answer=StagingUser,
          errors=(400, 404, 422), forms=_UNKNOWN),
    Route("GET", "/patron/registration-status/{identifier}", "patron.registration-status.item.get", get_status,
          "Tell whether somebody is a patron", 1, answer=User, errors=(400, 404), forms=_UNKNOWN),
)  # fmt: skip
