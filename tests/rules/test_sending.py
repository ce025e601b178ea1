"""To where anything is sent, how it is signed, and when it is tried again."""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address

import pytest

from octavo.rules.destinations import Destinations, read_networks
from octavo.rules.retries import is_given_up, pause_after
from octavo.rules.signatures import new_secret, sign

PUBLIC = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34")
NOT_PUBLIC = (
    "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "224.0.1.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "ff0e::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001:0:7f00:1::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str):
    assert Destinations().refusal_of(ip_address(address)) is None


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_is_allowed(address: str):
    assert Destinations().refusal_of(ip_address(address)) == f"the address {ip_address(address)} is not public"


def test_an_operator_may_allow_networks():
    allowed = Destinations(networks=read_networks("10.1.0.0/16, fd00::/8"))
    assert allowed.refusal_of(ip_address("10.1.2.3")) is None
    assert allowed.refusal_of(ip_address("fd00::5")) is None
    assert allowed.refusal_of(ip_address("10.2.0.1")) is not None
    assert read_networks("") == ()
    with pytest.raises(ValueError, match="has host bits set"):
        read_networks("10.1.0.1/16")


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("https://example.org/hook", None),
        ("https://example.org:8443/hook?a=b", None),
        ("https://93.184.216.34/", None),
        ("http://example.org/", "only https is allowed"),
        ("ftp://example.org/", "only https is allowed"),
        ("https://127.0.0.1/", "the address 127.0.0.1 is not public"),
        ("https://[::1]/", "the address ::1 is not public"),
        ("https://ann:secret@example.org/", "a URL with a user name or password is not allowed"),
        ("https://", "not a URL"),
        ("https://example.org:99999/", "not a URL"),
        ("https://example.org:0/", "not a URL"),
        ("https://[::1/", "not a URL"),
    ],
)
def test_urls(url: str, refusal: str | None):
    assert Destinations().refusal(url) == refusal


def test_plain_http_may_be_allowed():
    assert Destinations(http=True).refusal("http://example.org/") is None
    assert Destinations(http=True).refusal("ftp://example.org/") == "only http and https are allowed"


def test_the_signature_covers_time_and_body():
    secret = new_secret()
    expected = hmac.new(secret.encode(), b"1700000000." + b"{}", sha256).hexdigest()
    assert sign(secret, 1_700_000_000, b"{}") == f"sha256={expected}"
    assert sign(secret, 1_700_000_001, b"{}") != sign(secret, 1_700_000_000, b"{}")
    assert sign(secret, 1_700_000_000, b"[]") != sign(secret, 1_700_000_000, b"{}")


def test_secrets_are_long_and_differ():
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) > 40


def test_each_pause_is_twice_as_long_up_to_an_hour():
    pauses = [pause_after(failures).total_seconds() for failures in range(1, 20)]
    assert pauses[:5] == [1, 2, 4, 8, 16]
    assert pauses[-1] == 3600
    assert pauses == sorted(pauses)
    assert pause_after(10**9) == timedelta(hours=1)


def test_what_fails_is_given_up_after_some_time():
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_given_up(since, timedelta(hours=72), since + timedelta(hours=71))
    assert is_given_up(since, timedelta(hours=72), since + timedelta(hours=72))
