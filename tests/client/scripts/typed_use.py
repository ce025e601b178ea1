"""What type checkers know of the client; checked by mypy, never run."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from octavo_client import ApiKey, AsyncClient, AsyncEdgeClient, Client, EdgeClient, Login, Page, Tagged
from octavo_models.account import Account, Hold, HoldCancellation
from octavo_models.circulation import CheckInAnswer, ShownLoan
from octavo_models.fee_actions import ActionAnswer, AmountAction, CheckAnswer
from octavo_models.inventory import Item
from octavo_models.loan import Loan
from octavo_models.new_request import RequestDraft
from octavo_models.reference import NamedType
from octavo_models.shown import AppliedPolicy, ShownRequest
from octavo_models.user import GROUPS, Group, User


def blocking(client: Client, loan: Loan, draft: RequestDraft, action: AmountAction) -> None:
    assert_type(client.loans.get("x"), Loan)
    assert_type(client.loans.get_tagged("x"), Tagged[Loan])
    assert_type(client.loans.page(limit=1), Page[Loan])
    assert_type(client.loans.iterate(), Iterator[Loan])
    assert_type(client.loans.create(loan), Loan)
    assert_type(client.loans.delete_all(), None)
    assert_type(client.users.get("x"), User)
    assert_type(client.users.groups.get("x"), Group)
    assert_type(client.collection(GROUPS).iterate(), Iterator[Group])
    assert_type(client.inventory.items.get("x"), Item)
    assert_type(client.inventory.material_types.page(), Page[NamedType])
    assert_type(client.circulation.check_out("i", "u", "s"), ShownLoan)
    assert_type(client.circulation.check_in("i", "s"), CheckInAnswer)
    facts = {"material_type_id": "m", "loan_type_id": "l", "patron_group_id": "g", "location_id": "p"}
    assert_type(client.circulation.rules.policy("loan-policy", **facts), AppliedPolicy)
    assert_type(client.requests.place(draft), ShownRequest)
    assert_type(client.requests.cancel("x", reason_id="r"), None)
    assert_type(client.fees.accounts.pay("x", action), ActionAnswer)
    assert_type(client.fees.accounts.check("pay", "x", "1.00"), CheckAnswer)
    assert_type(client.patron("x").account(), Account)
    client.fees.accounts.check("steal", "x", "1.00")  # type: ignore[arg-type]
    client.users.groups.create(loan)  # type: ignore[arg-type]
    client.loans.get()  # type: ignore[call-arg]


async def awaiting(client: AsyncClient, draft: RequestDraft) -> None:
    assert_type(await client.loans.get("x"), Loan)
    assert_type(client.loans.iterate(), AsyncIterator[Loan])
    assert_type(await client.users.groups.get("x"), Group)
    assert_type(await client.circulation.check_out("i", "u", "s"), ShownLoan)
    assert_type(await client.requests.place(draft), ShownRequest)
    assert_type(await client.requests.cancel("x", reason_id="r"), None)
    async with AsyncEdgeClient("http://edge", ApiKey("k")) as edge:
        assert_type(await edge.patron("x").account(), Account)


def at_the_edge(cancellation: HoldCancellation) -> None:
    with EdgeClient("http://edge", ApiKey("k")) as edge:
        assert_type(edge.patron("x").cancel_hold("h", cancellation), Hold)
    Client("http://okapi", "diku", Login("a", "b"), transport=object())  # type: ignore[arg-type]
