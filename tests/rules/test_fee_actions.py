"""What may be done to charges, in which order it is refused, and what becomes of them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.rules.fee_actions import Account, Action, Change, PastAction, Refused, allow, cancel, perform

REDUCING = [Action.PAY, Action.WAIVE, Action.TRANSFER]


def account(remaining: str = "100", status: str = "Open", *past: PastAction, amount: str = "100", name: str = "a") -> Account:
    return Account(name, "reader", Decimal(amount), Decimal(remaining), status, past)


def paid(amount: str, *, full: bool = False) -> PastAction:
    return PastAction(f"Paid {'fully' if full else 'partially'}", Decimal(amount), "Cash")


def transferred(amount: str, to: str | None = "Bursar") -> PastAction:
    return PastAction("Transferred partially", Decimal(amount), to)


def refunded(amount: str, to: str | None = "patron") -> PastAction:
    information = to and f"Refunded to {to}"
    return PastAction("Refunded partially", Decimal(amount), "Cash", information)


def only(changes: list[Change]) -> Change:
    (change,) = changes
    return change


def told(change: Change) -> list[tuple[str, str, str, str | None]]:
    return [(one.type_action, str(one.amount), str(one.balance), one.transaction_information) for one in change.entries]


def refusal(action: Action, accounts: list[Account], amount: str) -> str:
    with pytest.raises(Refused) as caught:
        allow(action, accounts, amount)
    with pytest.raises(Refused, match=caught.value.text):
        perform(action, accounts, amount)
    return caught.value.text


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("eleven", "Invalid amount entered"), ("", "Invalid amount entered"), ("0", "Amount must be positive"),
        ("-30", "Amount must be positive"), ("0.005", "Amount must be positive"),
    ],
)  # fmt: skip
def test_the_amount_is_judged_before_the_account(action: Action, amount: str, reason: str) -> None:
    assert refusal(action, [account("0", "Closed")], amount) == reason


@pytest.mark.parametrize("action", REDUCING)
def test_a_closed_account_is_judged_before_the_amount_that_remains(action: Action) -> None:
    assert refusal(action, [account("0", "Closed")], "200") == "Fee/fine is already closed"
    assert refusal(action, [account("0.00499", "closed")], "200") == "Fee/fine is already closed"
    assert refusal(action, [account(), account("0", "Closed")], "1") == "Fee/fine is already closed"


@pytest.mark.parametrize("action", REDUCING)
@pytest.mark.parametrize("remaining", ["100", "99.995", "0", "-5"])
def test_nobody_pays_more_than_remains(action: Action, remaining: str) -> None:
    assert refusal(action, [account(remaining)], "100.01") == "Requested amount exceeds remaining amount"


def test_the_limit_of_several_accounts_is_their_sum_and_a_negative_one_counts_as_nothing() -> None:
    accounts = [account("60"), account("40"), account("-10")]
    assert allow(Action.PAY, accounts, "70").remaining == 30
    assert refusal(Action.PAY, accounts, "100.01") == "Requested amount exceeds remaining amount"
    assert refusal(Action.PAY, [], "1") == "Requested amount exceeds remaining amount"


@pytest.mark.parametrize("action", REDUCING)
def test_a_part_leaves_the_rest_open(action: Action) -> None:
    amount, changes = perform(action, [account("100")], "20.444444444444444")
    change = only(changes)
    assert amount == Decimal("20.44")
    assert told(change) == [(f"{action} partially", "20.44", "79.56", None)]
    assert (change.status, change.remaining, change.payment_status) == ("Open", Decimal("79.56"), f"{action} partially")


@pytest.mark.parametrize("action", REDUCING)
@pytest.mark.parametrize("remaining", ["30", "30.004987654321"])
def test_what_remains_closes_the_account(action: Action, remaining: str) -> None:
    change = only(perform(action, [account(remaining)], "30")[1])
    assert told(change) == [(f"{action} fully", "30.00", "0.00", None)]
    assert (change.status, change.remaining, change.payment_status) == ("Closed", 0, f"{action} fully")


def test_a_closed_account_on_which_something_remains_can_be_paid_and_stays_closed() -> None:
    assert only(perform(Action.PAY, [account("30", "Closed")], "10")[1]).status == "Closed"


def test_accounts_that_take_nothing_of_a_small_amount_are_left_alone() -> None:
    _, changes = perform(Action.PAY, [account("5", name="a"), account("6", name="b"), account("4", name="c")], "0.02")
    assert [(change.account.id, str(change.entries[0].amount)) for change in changes] == [("a", "0.01"), ("b", "0.01")]


def test_cancelling_leaves_nothing_and_tells_of_the_original_amount() -> None:
    change = only(cancel([account("40", amount="100")], "Cancelled item returned"))
    assert told(change) == [("Cancelled item returned", "100.00", "0.00", None)]
    assert (change.status, change.remaining, change.payment_status) == ("Closed", 0, "Cancelled item returned")


@pytest.mark.parametrize("remaining", ["0", "40"])
def test_a_closed_account_is_not_cancelled_whatever_remains(remaining: str) -> None:
    with pytest.raises(Refused, match="Fee/fine is already closed"):
        cancel([account(), account(remaining, "Closed")], "Cancelled as error")


def test_all_that_was_paid_can_be_refunded_and_is_owed_again() -> None:
    change = only(perform(Action.REFUND, [account("0", "Closed", paid("100", full=True))], "100")[1])
    assert told(change) == [
        ("Credited fully", "100.00", "0.00", "Refund to patron"),
        ("Refunded fully", "100.00", "100.00", "Refunded to patron"),
    ]
    assert (change.status, change.remaining, change.payment_status) == ("Open", 100, "Refunded fully")


def test_payments_are_refunded_before_transfers_and_all_credits_come_first() -> None:
    past = (transferred("20"), paid("30"), transferred("10", "Parents"), transferred("10", "Parents"))
    change = only(perform(Action.REFUND, [account("30", "Open", *past)], "60")[1])
    assert told(change) == [
        ("Credited fully", "30.00", "30.00", "Refund to patron"),
        ("Credited partially", "15.00", "30.00", "Refund to Bursar"),
        ("Credited partially", "15.00", "30.00", "Refund to Parents"),
        ("Refunded fully", "30.00", "60.00", "Refunded to patron"),
        ("Refunded partially", "15.00", "75.00", "Refunded to Bursar"),
        ("Refunded partially", "15.00", "90.00", "Refunded to Parents"),
    ]


def test_only_one_refund_of_everything_is_a_full_one() -> None:
    change = only(perform(Action.REFUND, [account("60", "Open", paid("100"), refunded("60"))], "40")[1])
    assert change.payment_status == "Refunded partially"


def test_waiving_is_not_refunded() -> None:
    waived = PastAction("Waived fully", Decimal(100), "Mercy")
    assert refusal(Action.REFUND, [account("0", "Closed", waived)], "1").startswith("Refund amount must be")


def test_a_refund_needs_no_open_account_but_something_to_refund() -> None:
    text = "Refund amount must be greater than zero and less than or equal to Selected amount"
    cancelled = account("0", "Closed", paid("90"))
    assert allow(Action.REFUND, [cancelled], "90").remaining == 0
    assert allow(Action.REFUND, [cancelled, account("10", "Open", transferred("5"))], "92").remaining == 3
    assert refusal(Action.REFUND, [cancelled], "90.01") == text
    assert refusal(Action.REFUND, [account("60", "Open", paid("60"), refunded("50"))], "10.01") == text
    assert refusal(Action.REFUND, [account("60", "Open", paid("60"), refunded("90"))], "0.01") == text


def test_what_was_refunded_to_somebody_is_not_refunded_to_them_again() -> None:
    past = (transferred("50"), refunded("50", "Bursar"), paid("50"))
    assert told(only(perform(Action.REFUND, [account("50", "Open", *past)], "50")[1]))[0][3] == "Refund to patron"


def test_a_refund_that_names_nobody_counts_against_payments_first() -> None:
    past = (paid("30"), transferred("50", None), refunded("40", None))
    change = only(perform(Action.REFUND, [account("60", "Open", *past)], "40")[1])
    assert [entry.transaction_information for entry in change.entries] == [
        "Refund to transfer account", "Refunded to transfer account",
    ]  # fmt: skip


CENTS = st.integers(-5, 15_000).map(lambda cents: str(Decimal(cents) / 100))
STEPS = st.tuples(st.sampled_from([*Action, "Cancelled as error"]), CENTS, st.sampled_from(["Cash", "Bursar", "patron"]))


def after(change: Change, method: str) -> Account:
    """Return the account as it would be read next."""
    made = tuple(
        PastAction(entry.type_action, entry.amount, method, entry.transaction_information) for entry in change.entries
    )
    account = change.account
    return replace(account, remaining=change.remaining, status=change.status, past=account.past + made)


def moved(account: Account, action: Action) -> Decimal:
    return sum((one.amount for one in account.past if one.is_a(action)), Decimal(0))


def step(accounts: list[Account], action: str, amount: str, method: str) -> tuple[list[Account], list[Change]]:
    try:
        changes = perform(action, accounts, amount)[1] if isinstance(action, Action) else cancel(accounts, action)
    except Refused:
        return accounts, []
    changed = {change.account.id: after(change, method) for change in changes}
    return [changed.get(account.id, account) for account in accounts], changes


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=3), st.lists(STEPS, max_size=12))
@settings(max_examples=200, deadline=None)
def test_whatever_is_done_the_books_balance(
    charged: list[int], steps: list[tuple[str, str, str]]
) -> None:
    amounts = [str(Decimal(cents) / 100) for cents in charged]
    accounts = [account(amount, amount=amount, name=str(number)) for number, amount in enumerate(amounts)]
    forgiven = dict.fromkeys((one.id for one in accounts), Decimal(0))
    for action, amount, method in steps:
        accounts, changes = step(accounts, action, amount, method)
        for change in changes:
            if action == "Cancelled as error":
                forgiven[change.account.id] += change.account.remaining
            assert (change.remaining == 0) == (change.status == "Closed")
        for one in accounts:
            gone = moved(one, Action.PAY) + moved(one, Action.WAIVE) + moved(one, Action.TRANSFER)
            assert one.remaining == one.amount - gone + moved(one, Action.REFUND) - forgiven[one.id]
            assert 0 <= one.remaining <= one.amount
            assert one.refundable == moved(one, Action.PAY) + moved(one, Action.TRANSFER) - moved(one, Action.REFUND) >= 0
