"""Paying, waiving, transferring, refunding and cancelling charges, one by its path or several by a list (mod-feesfines).

Both forms do the same; they differ in how accounts are named and in what an answer repeats. A refusal is 422 with the
accounts, the amount as it was sent, and one sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from octavo.http.bodies import read_body
from octavo.http.call import JSON, Call, Reply, ok
from octavo.http.routes import Handler, Route
from octavo.rules.fee_actions import Action, Allowance, Refused
from octavo.rules.money import shown
from octavo.services import fee_actions
from octavo.services.fee_actions import Done
from octavo_models.fee_actions import (
    ActionAnswer,
    ActionCheck,
    AmountAction,
    BulkActionAnswer,
    BulkActionCheck,
    BulkAmountAction,
    BulkCancellation,
    BulkCheckAnswer,
    Cancellation,
    CheckAnswer,
)
from octavo_models.record import Part

Json = dict[str, Any]

ACTIONS = {"pay": Action.PAY, "waive": Action.WAIVE, "transfer": Action.TRANSFER, "refund": Action.REFUND}


@dataclass(frozen=True)
class Named:
    """The accounts that a call names, and how its answers repeat them."""

    ids: list[str]
    repeated: Json


@dataclass(frozen=True)
class Form:
    """One of the two forms: its paths and permissions, its bodies and answers.

    named: the accounts that a call names. checked: the amount that the answer to a question repeats. done: what an
    answer tells of something done, beside the records.
    """

    path: str
    permission: str
    check: type[ActionCheck]
    act: type[AmountAction]
    cancel: type[Cancellation] | type[BulkCancellation]
    check_answer: type[Part]
    answer: type[Part]
    named: Callable[[Call, Any], Named]
    checked: Callable[[str, Allowance], str]
    done: Callable[[Done], Json]


def _in_path(call: Call, _: Any) -> Named:
    account_id = call.parameters["id"]
    return Named([account_id], {"accountId": account_id})


def _in_body(_: Call, asked: BulkActionCheck | BulkAmountAction | BulkCancellation) -> Named:
    return Named(asked.account_ids, {"accountIds": asked.account_ids})


def _amount(done: Done) -> Json:
    return {} if done.amount is None else {"amount": shown(done.amount)}


ONE = Form(
    "/accounts/{id}",
    "feesfines.accounts",
    ActionCheck,
    AmountAction,
    Cancellation,
    CheckAnswer,
    ActionAnswer,
    named=_in_path,
    checked=lambda _, allowance: shown(allowance.amount),
    done=lambda done: {**_amount(done), "remainingAmount": shown(done.remaining)},
)
SEVERAL = Form(
    "/accounts-bulk",
    "feesfines.accounts-bulk",
    BulkActionCheck,
    BulkAmountAction,
    BulkCancellation,
    BulkCheckAnswer,
    BulkActionAnswer,
    named=_in_body,
    checked=lambda sent, _: sent,
    done=_amount,
)


def checker(form: Form, action: Action) -> Handler:
    """Return the handler that tells whether an amount is allowed."""

    async def serve(call: Call) -> Reply:
        asked = read_body(form.check, call.body)
        named = form.named(call, asked)
        try:
            async with call.read() as tx:
                allowance = await fee_actions.check(tx, action, named.ids, asked.amount)
        except Refused as refusal:
            return _refused(named, refusal, amount=asked.amount, allowed=False)
        amount, remaining = form.checked(asked.amount, allowance), shown(allowance.remaining)
        return ok({**named.repeated, "amount": amount, "allowed": True, "remainingAmount": remaining})

    return serve


def performer(form: Form, action: Action) -> Handler:
    """Return the handler that pays, waives, transfers or refunds."""

    async def serve(call: Call) -> Reply:
        asked = read_body(form.act, call.body)
        named = form.named(call, asked)
        try:
            async with call.transaction() as tx:
                done = await fee_actions.act(tx, action, named.ids, asked)
        except Refused as refusal:
            return _refused(named, refusal, amount=asked.amount)
        return _done(form, named, done)

    return serve


def canceller(form: Form) -> Handler:
    """Return the handler that cancels."""

    async def serve(call: Call) -> Reply:
        asked = read_body(form.cancel, call.body)
        named = form.named(call, asked)
        try:
            async with call.transaction() as tx:
                done = await fee_actions.cancel(tx, named.ids, asked)
        except Refused as refusal:
            return _refused(named, refusal)
        return _done(form, named, done)

    return serve


def _done(form: Form, named: Named, done: Done) -> Reply:
    actions = [orjson.Fragment(document) for document in done.actions]
    return ok({**named.repeated, **form.done(done), "feefineactions": actions}, 201)


def _refused(named: Named, refusal: Refused, **more: Any) -> Reply:
    return ok({**named.repeated, **more, "errorMessage": refusal.text}, 422)


def _routes(form: Form, what: str) -> list[Route]:
    """Return the nine routes of a form.

    A refund reads what was done before: one statement more. One locks lost items, one closes their loans.
    """

    def route(verb: str, handler: Handler, summary: str, statements: int, **more: Any) -> Route:
        errors = (400, 404, 422)
        return Route(
            "POST",
            f"{form.path}/{verb}",
            f"{form.permission}.{verb}.post",
            handler,
            summary,
            statements,
            errors=errors,
            forms=((422, JSON),),
            **more,
        )

    return [
        *(
            route(f"check-{verb}", checker(form, action), f"Ask whether one may {verb} {what}",
                  2 if action is Action.REFUND else 1, body=form.check, answer=form.check_answer)
            for verb, action in ACTIONS.items()
        ),
        *(
            route(verb, performer(form, action), f"{verb.capitalize()} {what}",
                  7 if action is Action.REFUND else 6, body=form.act, answer=form.answer, success=201)
            for verb, action in ACTIONS.items()
        ),
        route("cancel", canceller(form), f"Cancel {what}", 6, body=form.cancel, answer=form.answer, success=201),
    ]  # fmt: skip


ROUTES: tuple[Route, ...] = (*_routes(ONE, "a charge"), *_routes(SEVERAL, "several charges"))
