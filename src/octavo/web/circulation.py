"""Check-out, check-in, renewal and loans as circulation shows them (mod-circulation)."""

from octavo.catalogue.loans import LOAN
from octavo.http.bodies import check, read_body, read_json
from octavo.http.call import NO_CONTENT, Call, Reply, created, ok
from octavo.http.parameters import read_paging
from octavo.http.routes import Route
from octavo.services import loans
from octavo.services.anonymise import anonymise_patron
from octavo.services.check_in import check_in
from octavo.services.check_out import check_out, try_check_out
from octavo.services.desk import override_permissions
from octavo.services.renew import renew_by_barcode, renew_by_id
from octavo.store import pages
from octavo.store.loans import load_shown_loan, page_of_shown_loans
from octavo.web.records import LIST_QUERY, envelope
from octavo_models.circulation import (
    CheckInAnswer,
    CheckInByBarcode,
    CheckOutByBarcode,
    CheckOutDryRun,
    CheckOutPolicies,
    EndSessions,
    RenewByBarcode,
    RenewById,
    ShownLoan,
)
from octavo_models.loan import Loan

_LOANS = "/circulation/loans"
_ONE = f"{_LOANS}/{{id}}"


async def post_check_out(call: Call) -> Reply:
    """Lend an item to a patron."""
    asked = read_body(CheckOutByBarcode, call.body)
    async with call.transaction() as tx:
        made = await check_out(tx, asked, override_permissions(call.caller))
    return created(made.document, f"{_LOANS}/{made.loan_id}")


async def post_check_out_dry_run(call: Call) -> Reply:
    """Tell under which policies an item would be lent."""
    asked = read_body(CheckOutDryRun, call.body)
    async with call.transaction() as tx:
        policies = await try_check_out(tx, asked, override_permissions(call.caller))
    return ok(policies.to_wire(), 201)


async def post_check_in(call: Call) -> Reply:
    """Take an item back, or pass it over the desk."""
    asked = read_body(CheckInByBarcode, call.body)
    async with call.transaction() as tx:
        done = await check_in(tx, asked)
    told = done.answer
    loan = b'"loan":%b,' % told.loan if told.loan else b""
    in_house = b"true" if done.in_house_use else b"false"
    return ok(b'{%b"item":%b,"staffSlipContext":%b,"inHouseUse":%b}' % (loan, told.item, told.slip, in_house))


async def post_renew_by_barcode(call: Call) -> Reply:
    """Renew a loan found by barcodes."""
    asked = read_body(RenewByBarcode, call.body)
    async with call.transaction() as tx:
        return ok((await renew_by_barcode(tx, asked, override_permissions(call.caller))).document)


async def post_renew_by_id(call: Call) -> Reply:
    """Renew a loan found by ids."""
    asked = read_body(RenewById, call.body)
    async with call.transaction() as tx:
        return ok((await renew_by_id(tx, asked, override_permissions(call.caller))).document)


async def get_loans(call: Call) -> Reply:
    """List loans as circulation shows them."""
    paging = read_paging(call.query)
    async with call.read() as tx:
        return envelope(
            "loans", await page_of_shown_loans(tx, LOAN, paging.query, paging.offset, paging.limit, paging.totals)
        )


async def get_loan(call: Call) -> Reply:
    """Read a loan as circulation shows it."""
    loan_id = loans.known_form(call.parameters["id"])
    async with call.read() as tx:
        return ok(await load_shown_loan(tx, loan_id))


async def post_loan(call: Call) -> Reply:
    """Create a loan outright, as it was made elsewhere or long ago."""
    loan = check(Loan, loans.stored_part(read_json(call.body)))
    async with call.transaction() as tx:
        loan_id = await loans.create_loan(tx, loan)
        return created(await load_shown_loan(tx, loan_id), f"{_LOANS}/{loan_id}")


async def put_loan(call: Call) -> Reply:
    """Replace a loan."""
    loan_id = loans.known_form(call.parameters["id"])
    loan = check(Loan, loans.stored_part(read_json(call.body)))
    async with call.transaction() as tx:
        await loans.replace_loan(tx, loan_id, loan)
    return NO_CONTENT


async def delete_loan(call: Call) -> Reply:
    """Delete a loan."""
    loan_id = loans.known_form(call.parameters["id"])
    async with call.read() as tx:
        await loans.delete_loan(tx, loan_id)
    return NO_CONTENT


async def delete_loans(call: Call) -> Reply:
    """Delete all loans."""
    async with call.read() as tx:
        await pages.delete_all(tx, LOAN)
    return NO_CONTENT


async def post_anonymise_patron(call: Call) -> Reply:
    """Let a patron's closed loans without fees and fines forget the patron."""
    async with call.transaction() as tx:
        return ok(await anonymise_patron(tx, call.parameters["id"]))


async def post_end_sessions(call: Call) -> Reply:
    """End the visits of patrons to the desk."""
    asked = read_body(EndSessions, call.body)
    async with call.transaction() as tx:
        await loans.end_sessions(tx, asked)
    return NO_CONTENT


ROUTES: tuple[Route, ...] = (
    Route("POST", "/circulation/check-out-by-barcode", "circulation.check-out-by-barcode.post", post_check_out,
          "Lend an item to a patron", 6, body=CheckOutByBarcode, answer=ShownLoan, success=201, errors=(400, 422)),
    Route("POST", "/circulation/check-out-by-barcode-dry-run", "circulation.check-out-by-barcode-dry-run.post",
          post_check_out_dry_run, "Tell under which policies an item would be lent", 4, body=CheckOutDryRun,
          answer=CheckOutPolicies, success=201, errors=(400, 422)),
    Route("POST", "/circulation/check-in-by-barcode", "circulation.check-in-by-barcode.post", post_check_in,
          "Take an item back, or pass it over the desk", 13, body=CheckInByBarcode, answer=CheckInAnswer, errors=(400, 422)),
    Route("POST", "/circulation/renew-by-barcode", "circulation.renew-by-barcode.post", post_renew_by_barcode,
          "Renew a loan found by barcodes", 12, body=RenewByBarcode, answer=ShownLoan, errors=(400, 422)),
    Route("POST", "/circulation/renew-by-id", "circulation.renew-by-id.post", post_renew_by_id,
          "Renew a loan found by ids", 12, body=RenewById, answer=ShownLoan, errors=(400, 422)),
    Route("GET", _LOANS, "circulation.loans.collection.get", get_loans, "List loans with borrower and item", 2,
          answer=ShownLoan, many="loans", query=LIST_QUERY, errors=(400,)),
    Route("POST", _LOANS, "circulation.loans.item.post", post_loan, "Create a loan outright", 7,
          body=Loan, answer=ShownLoan, success=201, errors=(400, 422)),
    Route("DELETE", _LOANS, "circulation.loans.collection.delete", delete_loans, "Delete all loans", 1, success=204),
    Route("GET", _ONE, "circulation.loans.item.get", get_loan, "Read a loan with borrower and item", 1,
          answer=ShownLoan, errors=(404,)),
    Route("PUT", _ONE, "circulation.loans.item.put", put_loan, "Replace a loan", 7,
          body=Loan, success=204, errors=(400, 404, 422)),
    Route("DELETE", _ONE, "circulation.loans.item.delete", delete_loan, "Delete a loan", 1, success=204, errors=(404,)),
    Route("POST", "/loan-anonymization/by-user/{id}", "circulation.loans.collection.anonymize.user.post",
          post_anonymise_patron, "Anonymise the closed loans of a patron that cost nothing", 5, errors=(422,)),
    Route("POST", "/circulation/end-patron-action-session", "circulation.end-patron-action-session.post",
          post_end_sessions, "End the visits of patrons to the desk", 3, body=EndSessions, success=204, errors=(400, 422)),
)  # fmt: skip
