"""Items that may be used in the reading room only: in use, held on its shelf meanwhile, returned (FOLIO mod-circulation)."""

from datetime import datetime

from octavo.rules.check_in import hold_shelf_expiration
from octavo.rules.closed_library import Place
from octavo_models.loan import ForUseAtLocation
from octavo_models.location import ClosedLibraryDateManagement
from octavo_models.policies import LoanPolicy, Period

HELD_ACTION, PICKED_UP_ACTION = "heldForUseAtLocation", "pickedUpForUseAtLocation"


def is_for_use_at_location(policy: LoanPolicy) -> bool:
    """Tell whether loans under a policy stay in the house."""
    return policy.loans_policy is not None and policy.loans_policy.for_use_at_location is True


def in_use(now: datetime) -> ForUseAtLocation:
    """Return the mark of an item that its patron takes to a desk in the reading room."""
    return ForUseAtLocation(status="In use", status_date=now)


def returned(now: datetime) -> ForUseAtLocation:
    """Return the mark of an item that has come back for good."""
    return ForUseAtLocation(status="Returned", status_date=now)


def held(
    policy: LoanPolicy | None, management: ClosedLibraryDateManagement, place: Place, now: datetime
) -> ForUseAtLocation:
    """Return the mark of an item that waits on the shelf for its patron to come back.

    How long it waits is in the loan policy, and what happens where the library is then closed is in the service point
    that lent it. Raises Invalid without a calendar to ask.
    """
    period = _shelf_period(policy)
    until = hold_shelf_expiration(now, period, management, place) if period else None
    return ForUseAtLocation(status="Held", status_date=now, hold_shelf_expiration_date=until)


def _shelf_period(policy: LoanPolicy | None) -> Period | None:
    """Return how long items wait; None where the policy says nothing, or nothing that can be counted."""
    loans = policy.loans_policy if policy else None
    return loans.hold_shelf_expiry_period_for_use_at_location if loans else None
