"""A credential is found wherever a client puts it."""

import pytest

from octavo.auth.headers import REFRESH_COOKIE, access_token, api_key, cookie
from octavo.errors import BadRequest


@pytest.mark.parametrize(
    "headers",
    [
        {"x-okapi-token": "abc"},
        {"authorization": "Bearer abc"},
        {"authorization": "bearer  abc "},
        {"cookie": "folioRefreshToken=xyz; folioAccessToken=abc"},
        {"cookie": 'folioAccessToken="abc"'},
        {"x-okapi-token": "abc", "cookie": "folioAccessToken=abc"},
        {"x-okapi-token": "", "authorization": "Bearer abc"},
        {"x-okapi-token": "abc", "authorization": "Basic dXNlcjpwYXNz"},
    ],
)
def test_a_token_is_taken_from_header_or_cookie(headers: dict[str, str]) -> None:
    assert access_token(headers) == "abc"


@pytest.mark.parametrize("headers", [{}, {"x-okapi-token": ""}, {"cookie": "folioAccessToken="}, {"cookie": "a; b=c"}])
def test_there_may_be_no_token(headers: dict[str, str]) -> None:
    assert access_token(headers) is None


@pytest.mark.parametrize("other", [{"authorization": "Bearer b"}, {"cookie": "folioAccessToken=b"}])
def test_two_different_tokens_are_one_too_many(other: dict[str, str]) -> None:
    with pytest.raises(BadRequest, match="Different tokens in Authentication and X-Okapi-Token"):
        access_token({"x-okapi-token": "a", **other})


def test_cookies_are_found_by_their_whole_name() -> None:
    headers = {"cookie": "xfolioRefreshToken=1; folioRefreshToken=a=b"}
    assert cookie(headers, REFRESH_COOKIE) == "a=b"
    assert cookie(headers, "Token") is None


@pytest.mark.parametrize(
    ("headers", "query", "key"),
    [
        ({}, {}, None),
        ({"authorization": "apikey k-1"}, {}, "k-1"),
        ({"authorization": "APIKEY k"}, {}, "k"),
        ({"authorization": "k"}, {}, "k"),
        ({}, {"apikey": "q"}, "q"),
        ({"authorization": "apikey k"}, {"apiKey": "q"}, "q"),
        ({"authorization": "apikey k"}, {"apikey": ""}, ""),
    ],
)
def test_an_api_key_in_the_query_comes_before_the_header(
    headers: dict[str, str], query: dict[str, str], key: str | None
) -> None:
    assert api_key(headers, query) == key
