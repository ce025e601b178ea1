"""Registration of patrons by other systems: by e-mail address (seed 004), and over staging users (FOLIO edge-patron)."""

from octavo.auth.api_keys import Scope
from octavo.edge.checks import (
    NO_PATRON_DATA,
    Entry,
    InvalidIdentifiers,
    MissingBody,
    body_or,
    one_identifier,
    registration_body,
)
from octavo.edge.errors import told
from octavo.errors import BadRequest
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.routes import Route
from octavo.services import register_patron as service
from octavo.services import staging
from octavo.services.staging import Unclear, UnknownRegistrant
from octavo_models.registration import ExternalPatron, ExternalPatrons, RegisteredPatron
from octavo_models.user import StagingUser, User

_ACCOUNT = "/patron/account/{patronId}"
_BY_EMAIL = f"{_ACCOUNT}/by-email/{{emailId}}"

#: Problems whose code on the wire is a word.
NAMED = (MissingBody, InvalidIdentifiers, Unclear, UnknownRegistrant)


async def post_external_patron(call: Call) -> Reply:
    """Register a patron and answer with what was understood."""
    patron = read_body(ExternalPatron, call.body)
    async with call.transaction() as tx:
        await service.find_actor(tx, call.parameters["patronId"])
        await service.register(tx, patron)
    return ok(patron.to_wire(), 201)


async def put_external_patron(call: Call) -> Reply:
    """Renew the registration of the patron with an e-mail address."""
    patron = read_body(ExternalPatron, call.body)
    async with call.transaction() as tx:
        await service.find_actor(tx, call.parameters["patronId"])
        await service.change(tx, call.caller.tenant, call.parameters["emailId"], patron)
    return NO_CONTENT


async def get_external_patron(call: Call) -> Reply:
    """Show the patron with an e-mail address."""
    async with call.read() as tx:
        await service.find_actor(tx, call.parameters["patronId"])
        return ok((await service.read_by_email(tx, call.parameters["emailId"])).to_wire())


async def get_expired_patrons(call: Call) -> Reply:
    """List registered patrons whose membership has ended since the previous business day began."""
    if "expired" not in call.query:
        raise BadRequest("Missing required parameter: expired")
    async with call.read() as tx:
        await service.find_actor(tx, call.parameters["patronId"])
        expired = call.query["expired"].lower() == "true"
        found = await service.read_expired(tx) if expired else ExternalPatrons(total_records=0)
    return ok(found.to_wire())


async def post_patron(call: Call) -> Reply:
    """Register somebody over the web."""
    person = read_body(StagingUser, call.body)
    async with call.read() as tx:
        return ok(await staging.create_staging_user(tx, person), 201)


async def put_patron(call: Call) -> Reply:
    """Change somebody who has registered over the web."""
    person = read_body(StagingUser, call.body)
    async with call.transaction() as tx:
        document = await staging.change_staging_user(tx, call.parameters["externalSystemId"], person)
    if document is None:
        return told(404, "STAGING_USER_NOT_FOUND", "Staging user does not exist")
    return ok(document)


async def get_status(call: Call) -> Reply:
    """Tell whether somebody is a patron, by e-mail address or external id."""
    email, external_id = call.query.get("emailId") or None, call.query.get("externalSystemId") or None
    async with call.read() as tx:
        return ok(await staging.registration_status(tx, email=email, external_id=external_id))


ENTRIES: tuple[Entry, ...] = (
    Entry(
        Route("POST", _ACCOUNT, Scope.REGISTER, post_external_patron, "Register a patron by e-mail address", 7,
              body=ExternalPatron, answer=ExternalPatron, success=201, errors=(400, 404, 422)),
        (body_or(NO_PATRON_DATA),),
    ),
    Entry(
        Route("PUT", _BY_EMAIL, Scope.REGISTER, put_external_patron, "Renew a patron's registration", 9,
              body=ExternalPatron, success=204, errors=(400, 404, 422)),
        (body_or(NO_PATRON_DATA),),
    ),
    Entry(Route("GET", _BY_EMAIL, Scope.REGISTER, get_external_patron, "Show the patron with an e-mail address", 2,
                answer=RegisteredPatron, errors=(404, 422))),
    Entry(Route("GET", f"{_ACCOUNT}/external-patrons", Scope.REGISTER, get_expired_patrons,
                "List registered patrons whose membership has ended", 3, answer=ExternalPatrons, query=("expired",),
                errors=(400, 404))),
    Entry(
        Route("POST", "/patron", Scope.REGISTER, post_patron, "Register somebody over the web", 1, body=StagingUser,
              answer=StagingUser, success=201, errors=(400, 422)),
        (registration_body,),
    ),
    Entry(
        Route("PUT", "/patron/{externalSystemId}", Scope.REGISTER, put_patron,
              "Change somebody who has registered over the web", 4, body=StagingUser, answer=StagingUser,
              errors=(400, 404, 422)),
        (registration_body,),
    ),
    Entry(
        Route("GET", "/patron/registration-status", Scope.REGISTER, get_status, "Tell whether somebody is a patron", 1,
              answer=User, query=("emailId", "externalSystemId"), errors=(400, 404)),
        (one_identifier,),
    ),
)  # fmt: skip
