"""Let closed loans forget who borrowed the item (mod-circulation-storage; DECISIONS 33 and 34)."""

import re
from datetime import datetime
from typing import Any, Final

import orjson

from octavo.errors import Invalid, storage_violation
from octavo.services.expire import Begin
from octavo.store import anonymise as store
from octavo.store.remembering import BEFORE_ALL, load_closed
from octavo.store.tx import Tx
from octavo_models.answers import AnonymizedLoans, NotAnonymizedLoans
from octavo_models.scalars import LOOSE_UUID

CHARGED = "haveAssociatedFeesAndFines"
INVALID, UNKNOWN, OPEN = "invalidLoanIds", "loanNotFound", "loanNotClosed"
_REASONS: Final = (INVALID, UNKNOWN, OPEN)
_BATCH: Final = 2000


async def anonymise_user(tx: Tx, user_id: str) -> None:
    """Let all closed loans of a patron forget them. Raises Invalid where the id is none."""
    if not _is_uuid(user_id):
        raise Invalid(storage_violation("Invalid user ID, should be a UUID", "userId", user_id))
    await store.anonymise_user(tx, user_id)


async def anonymise_patron(tx: Tx, user_id: str) -> dict[str, Any]:
    """Let a patron's closed loans forget them, but for those with fees or fines; say which, in wire form.

    The form is that of FOLIO mod-circulation, which prints the ids in a parameter as a JSON array in a text.
    """
    if not _is_uuid(user_id):
        raise Invalid(storage_violation("Invalid user ID, should be a UUID", "userId", user_id))
    done, charged = await store.anonymise_unencumbered(tx, user_id)
    parameters = [{"key": "loanIds", "value": orjson.dumps(charged).decode()}]
    errors = [{"message": CHARGED, "parameters": parameters}] if charged else []
    return {"anonymizedLoans": done, "errors": errors}


async def anonymise_loans(tx: Tx, loan_ids: list[str]) -> AnonymizedLoans:
    """Let the closed ones among some loans forget their patrons; say why others did not. Raises Invalid."""
    valid = list(dict.fromkeys(loan_id.lower() for loan_id in loan_ids if _is_uuid(loan_id)))
    if not valid:
        shown = f"[{', '.join(loan_ids)}]"
        raise Invalid(storage_violation("Please provide valid loanIds", "loanIds", shown))
    result = await store.anonymise_loans(tx, valid)
    left = {
        INVALID: [loan_id for loan_id in loan_ids if not _is_uuid(loan_id)],
        UNKNOWN: result.unknown,
        OPEN: result.still_open,
    }
    return AnonymizedLoans(
        anonymized_loans=result.done,
        not_anonymized_loans=[
            NotAnonymizedLoans(reason=reason, loan_ids=left[reason]) for reason in _REASONS if left[reason]
        ],
    )


async def anonymise_closed_before(begin: Begin, moment: datetime) -> tuple[int, int]:
    """Let loans that were closed before a moment forget, but for those with fees or fines; return how many of both.

    Those of borrowers who want their history kept stay as they are. Each batch is a transaction of its own.
    """
    done = charged = 0
    until, after = moment - datetime.resolution, BEFORE_ALL
    while True:
        async with begin() as tx:
            loans = await load_closed(tx, until, after, _BATCH, charged=True)
            free = [loan["id"] for loan in loans if not loan["has_fees"]]
            done += len(await store.forget_loans(tx, free))
        charged += len(loans) - len(free)
        if len(loans) < _BATCH:
            return done, charged
        after = (loans[-1]["closed_at"], loans[-1]["id"])


def _is_uuid(text: str) -> bool:
    return re.fullmatch(LOOSE_UUID, text, re.ASCII) is not None
