"""What a loan must keep by itself."""

from octavo.errors import Invalid, Violation
from octavo_models.loan import Loan


def check_loan(loan: Loan) -> None:
    """Refuse an open loan that belongs to nobody. As in FOLIO, only the exact status `Open` counts."""
    if loan.status.name == "Open" and loan.user_id is None:
        raise Invalid(Violation("Open loan must have a user ID"))
