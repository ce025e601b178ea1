"""Loan storage: loans as they are stored, their history, and anonymising (mod-circulation-storage; seed 003)."""

from octavo.catalogue.loans import LOAN
from octavo.http.bodies import read_body
from octavo.http.call import NO_CONTENT, Call, Reply, ok
from octavo.http.routes import Route
from octavo.services.anonymise import anonymise_loans, anonymise_user
from octavo.web.records import clear_route, history_route, record_routes
from octavo_models.answers import AnonymizedLoans, AnonymizeLoansRequest


async def post_anonymise_user(call: Call) -> Reply:
    """Let a patron's closed loans and their history forget the patron."""
    async with call.transaction() as tx:
        await anonymise_user(tx, call.parameters["id"])
    return NO_CONTENT


async def post_anonymise_loans(call: Call) -> Reply:
    """Let the named loans and their history forget their patrons, where they are closed."""
    asked = read_body(AnonymizeLoansRequest, call.body)
    async with call.transaction() as tx:
        return ok((await anonymise_loans(tx, asked.loan_ids)).to_wire())


ROUTES: tuple[Route, ...] = (
    *record_routes(LOAN),
    history_route(LOAN),
    clear_route(LOAN, by_query=True),
    Route("POST", f"{LOAN.path}/anonymize/{{id}}", f"{LOAN.permission}.anonymize.post", post_anonymise_user,
          "Anonymise the closed loans of a patron", 5, success=204, errors=(422,)),
    Route("POST", "/anonymize-storage-loans", "anonymize-storage-loans.post", post_anonymise_loans,
          "Anonymise closed loans", 5, body=AnonymizeLoansRequest, answer=AnonymizedLoans, errors=(400, 422)),
)  # fmt: skip
