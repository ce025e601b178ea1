"""What the server refuses comes as an exception that says why."""

import httpx
import pytest

import octavo_client
from client.stub import LOAN_ID, refuse_connection, stub
from octavo_client import Invalid, NotFound, OctavoError, Refused, Retries, TooMany, Unavailable, Unreachable, Violation

NEVER = Retries(times=0)


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "BadRequest"),
        (401, "Unauthenticated"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (409, "Conflict"),
        (422, "Invalid"),
        (429, "TooMany"),
        (501, "NotOffered"),
        (503, "Unavailable"),
        (500, "Refused"),
        (302, "Refused"),
    ],
)
async def test_each_status_has_its_exception(status: int, name: str) -> None:
    kind = getattr(octavo_client, name)
    answer = httpx.Response(status, text="loan not found\n")
    with pytest.raises(kind) as caught:
        stub(answer).client(retries=NEVER).loans.get(LOAN_ID)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.text, str(caught.value)) == (status, "loan not found", "loan not found")
    with pytest.raises(kind):
        await stub(answer).async_client(retries=NEVER).loans.get(LOAN_ID)


def test_every_broken_rule_is_listed() -> None:
    document = {
        "errors": [
            {
                "message": "must not be null",
                "type": "1",
                "code": "-1",
                "parameters": [{"key": "itemId", "value": "null"}],
            },
            {"message": "Open loan must have a user ID", "parameters": []},
            {"message": "bare"},
        ]
    }
    with pytest.raises(Invalid) as caught:
        stub(httpx.Response(422, json=document)).client().loans.get(LOAN_ID)
    assert caught.value.text == "must not be null"
    assert caught.value.violations == (
        Violation("must not be null", "-1", "1", {"itemId": "null"}),
        Violation("Open loan must have a user ID"),
        Violation("bare"),
    )


@pytest.mark.parametrize(
    ("body", "violation"),
    [
        ('{"code":422,"errorMessage":"USER_ALREADY_EXIST"}', Violation("USER_ALREADY_EXIST")),
        ('{"code":"MISSING_BODY","errorMessage":"no body"}', Violation("no body", "MISSING_BODY")),
        ('{"message":"bad rule","line":3,"column":7}', Violation("bad rule", parameters={"line": "3", "column": "7"})),
        (
            '{"accountId":"a","amount":"9","errorMessage":"too much"}',
            Violation("too much", parameters={"accountId": "a", "amount": "9"}),
        ),
    ],
)
def test_other_forms_of_errors_are_read_too(body: str, violation: Violation) -> None:
    with pytest.raises(Invalid) as caught:
        stub(httpx.Response(422, text=body)).client().loans.get(LOAN_ID)
    assert caught.value.violations == (violation,)
    assert (caught.value.text, caught.value.code) == (violation.message, violation.code)


@pytest.mark.parametrize("body", ["", "[]", '{"errors":"?"}', '{"message":1}'])
def test_what_is_no_known_form_is_told_as_it_is(body: str) -> None:
    with pytest.raises(Invalid) as caught:
        stub(httpx.Response(422, text=body)).client().loans.get(LOAN_ID)
    assert (caught.value.text, caught.value.violations, caught.value.code) == (body, (), None)
    assert str(caught.value) == body or "HTTP 422" in str(caught.value)


def test_a_refusal_of_any_status_can_have_a_code() -> None:
    document = {"errors": [{"message": "Staging user does not exist", "code": "STAGING_USER_NOT_FOUND"}]}
    with pytest.raises(NotFound) as caught:
        stub(httpx.Response(404, json=document)).client().loans.get(LOAN_ID)
    assert caught.value.code == "STAGING_USER_NOT_FOUND"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("90", 90), ("Mon, 02 Mar 2026 10:02:00 GMT", 120), ("Mon, 02 Mar 2026 09:00:00 GMT", 0), ("soon", None)],
)
def test_when_to_come_back_is_told(header: str, seconds: float | None) -> None:
    answers = [httpx.Response(status, headers={"Retry-After": header}) for status in (429, 503)]
    client = stub(*answers).client(retries=NEVER)
    with pytest.raises(TooMany) as busy:
        client.loans.get(LOAN_ID)
    with pytest.raises(Unavailable) as away:
        client.loans.get(LOAN_ID)
    assert busy.value.retry_after == away.value.retry_after == seconds


async def test_a_server_that_does_not_answer_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="connection refused") as caught:
        stub(refuse_connection).client(retries=NEVER).loans.get(LOAN_ID)
    assert not caught.value.maybe_done
    with pytest.raises(Unreachable, match="connection refused"):
        await stub(refuse_connection).async_client(retries=NEVER).loans.get(LOAN_ID)


@pytest.mark.parametrize("url", ["localhost:9130", "ftp://folio", ""])
def test_what_is_no_address_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a server"):
        octavo_client.Client(url, "diku")


def test_one_exception_catches_all() -> None:
    assert issubclass(Refused, OctavoError)
    assert issubclass(Unreachable, OctavoError)
