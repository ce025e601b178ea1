"""What patrons decide about their loan history counts for the timer that lets loans forget."""

import re
from datetime import timedelta
from uuid import uuid4

from octavo.catalogue import ALL_TYPES
from octavo.services import privacy
from octavo.services.anonymise import anonymise_closed_before
from octavo.services.anonymise_by_time import anonymise_by_time
from octavo.services.privacy import PERSONAL

#: Fields that name somebody who did something, which is the library's record, not the reader's.
_STAFF = {"performedByUserId", "cancelledByUserId", "requesterId"}


async def returned(library, patron):
    item = await library.item()
    loan = await library.check_out(patron, item)
    await library.check_in(item)
    return loan


async def remembers(library, loan):
    return "userId" in await library.get(f"/loan-storage/loans/{loan['id']}")


async def setting(library, way):
    await library.post(
        "/circulation-settings-storage/circulation-settings", id=str(uuid4()), name="loan_history",
        value={"closingType": {"loan": way, "feeFine": None, "loanExceptions": []}},
    )  # fmt: skip


async def test_who_wants_a_history_keeps_it_where_the_library_forgets_at_once(library, tx, begin):
    await setting(library, "immediately")
    keeps, undecided = await library.patron(), await library.patron()
    loans = [await returned(library, patron) for patron in (keeps, undecided)]
    await privacy.keep_history(tx, keeps["id"])
    await anonymise_by_time(begin)
    assert [await remembers(library, loan) for loan in loans] == [True, False]


async def test_who_wants_a_history_keeps_it_where_all_old_loans_are_made_to_forget(library, tx, begin):
    keeps, undecided = await library.patron(), await library.patron()
    loans = [await returned(library, patron) for patron in (keeps, undecided)]
    await privacy.keep_history(tx, keeps["id"])
    assert await anonymise_closed_before(begin, tx.now + timedelta(days=1)) == (1, 0)
    assert [await remembers(library, loan) for loan in loans] == [True, False]


async def test_who_wants_none_is_forgotten_where_the_library_remembers_for_ever(library, tx, begin):
    await setting(library, "never")
    forgets, undecided = await library.patron(), await library.patron()
    await privacy.forget_history(tx, forgets["id"])
    loans = [await returned(library, patron) for patron in (forgets, undecided)]
    await anonymise_by_time(begin)
    assert [await remembers(library, loan) for loan in loans] == [False, True]


async def test_who_wants_a_history_after_all_has_one_from_then_on(library, tx, begin):
    await setting(library, "immediately")
    patron = await library.patron()
    await privacy.forget_history(tx, patron["id"])
    await privacy.keep_history(tx, patron["id"])
    loan = await returned(library, patron)
    await anonymise_by_time(begin)
    assert await remembers(library, loan)
    assert len(await privacy.read_history(tx, patron["id"], 0, 10)) == 1


def test_no_record_that_names_a_reader_is_left_out_of_what_is_stored_about_them():
    known = {kind.table: paths for kind, paths in PERSONAL}
    named = re.compile(r"(?i)(user|requester|patron|borrower|recipient)id$")
    for kind in ALL_TYPES:
        names = {field.alias or name for name, field in kind.record.model_fields.items()}
        for name in {name for name in names if named.search(name)} - _STAFF:
            assert name in known.get(kind.table, ()), (kind.table, name)
    assert {"users", "actual_cost_record", "request"} <= set(known)
