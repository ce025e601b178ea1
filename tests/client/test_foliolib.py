"""The classes with foliolib's names: signatures, requests, results, exceptions, configuration."""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from client.stub import ITEM, LOAN, LOAN_ID, USER, Stub, done, ok, refuse_connection, stub
from octavo_client.foliolib import server as choose
from octavo_client.foliolib.config import Config
from octavo_client.foliolib.exceptions import ServerConfigNotFound
from octavo_client.foliolib.folio import FolioApi
from octavo_client.foliolib.folio.api.circulationStorage import AnonymizeStorageLoans, LoanStorage, PatronActionSession
from octavo_client.foliolib.folio.api.patron import Patron
from octavo_client.foliolib.folio.api.patronBlocks import AutomatedPatronBlocks, PatronBlockConditions
from octavo_client.foliolib.folio.api.users import Users
from octavo_client.foliolib.folio.usersImpl import UsersImpl
from octavo_client.foliolib.okapi import exceptions
from octavo_client.foliolib.okapi.okapiClient import OkapiClient, Success

SESSIONS = "/patron-action-session-storage/patron-action-sessions"
SESSION = {"patronId": USER, "loanId": LOAN_ID, "actionType": "Check-out"}


@pytest.fixture(autouse=True)
def own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has an empty configuration folder, no chosen server, no environment."""
    monkeypatch.setenv("FOLIOLIB_CONFDIR", str(tmp_path / "conf"))
    monkeypatch.delenv("OCTAVO_URL", raising=False)
    monkeypatch.delenv("OCTAVO_TOKEN", raising=False)
    monkeypatch.setattr(Config, "_chosen", None)
    monkeypatch.setattr(Config, "_tokens", {})


def okapi(server: Stub, token: str | None = "t") -> OkapiClient:
    return OkapiClient("http://stub", token=token, transport=server.transport)


def test_the_signatures_are_those_of_the_documentation() -> None:
    shown = {
        name: str(inspect.signature(method))
        for name, method in inspect.getmembers(PatronActionSession, inspect.isfunction)
        if name in vars(PatronActionSession)
    }
    names = {name: list(inspect.signature(getattr(PatronActionSession, name)).parameters) for name in shown}
    assert names == {
        "__init__": ["self", "tenant", "okapi"],
        "delete_patronActionSession": ["self", "patronSessionId"],
        "get_expiredSessionPatronIds": ["self", "kwargs"],
        "get_patronActionSession": ["self", "patronSessionId"],
        "get_patronActionSessions": ["self", "kwargs"],
        "modify_patronActionSession": ["self", "patronSessionId", "patronActionSession"],
        "set_patronActionSession": ["self", "patronActionSession"],
    }
    assert inspect.signature(PatronActionSession).parameters["okapi"].default is None
    assert (PatronActionSession.delete_patronActionSession.__doc__ or "").startswith("Delete patronActionSession item")


def test_the_six_methods_ask_for_what_the_documentation_says() -> None:
    found = ok({"patronActionSessions": []})
    server = stub(done(), ok({"expiredSessions": []}), ok(SESSION), found, done(), ok(SESSION, 201))
    api = PatronActionSession("diku", okapi(server))
    assert isinstance(api.delete_patronActionSession(LOAN_ID), Success)
    limit = "2018-11-29 13:23:36+00:00"
    expired = api.get_expiredSessionPatronIds(action_type="Check-in", session_inactivity_time_limit=limit, limit=10)
    assert expired == {"expiredSessions": []}
    assert api.get_patronActionSession(LOAN_ID) == SESSION
    assert api.get_patronActionSessions(offset=0, limit=5, query="patronId==x") == {"patronActionSessions": []}
    assert isinstance(api.modify_patronActionSession(LOAN_ID, SESSION), Success)
    assert api.set_patronActionSession(SESSION) == SESSION
    assert [(request.method, request.url.path) for request in server.requests] == [
        ("DELETE", f"{SESSIONS}/{LOAN_ID}"),
        ("GET", "/patron-action-session-storage/expired-session-patron-ids"),
        ("GET", f"{SESSIONS}/{LOAN_ID}"),
        ("GET", SESSIONS),
        ("PUT", f"{SESSIONS}/{LOAN_ID}"),
        ("POST", SESSIONS),
    ]
    assert server.requests[1].url.params["session_inactivity_time_limit"] == limit
    assert [json.loads(request.content) for request in server.requests[-2:]] == [SESSION, SESSION]
    assert {(request.headers["X-Okapi-Tenant"], request.headers["X-Okapi-Token"]) for request in server.requests} == {
        ("diku", "t")
    }


def test_declared_methods_have_signature_name_and_documentation() -> None:
    method = Patron.set_hold_for_account
    assert str(inspect.signature(method)) == "(self, accountId: str, itemId: str, hold: dict)"
    assert (method.__name__, method.__qualname__) == ("set_hold_for_account", "Patron.set_hold_for_account")
    assert inspect.getdoc(method) == "POST /patron/account/{accountId}/item/{itemId}/hold"
    assert list(inspect.signature(LoanStorage("t", okapi(stub())).get_loans).parameters) == ["kwargs"]


def test_declared_methods_take_arguments_by_place_and_by_name() -> None:
    server = stub(ok({}, 201), ok({}, 201), ok({}), ok({}, 201))
    connection = okapi(server)
    Patron("diku", connection).set_hold_for_account(USER, ITEM, {"a": 1})
    Patron("diku", connection).set_hold_for_account(hold={"a": 1}, itemId=ITEM, accountId=USER)
    Patron("diku", connection).get_account(USER, includeLoans=True)
    AnonymizeStorageLoans("diku", connection).set_anonymizeStorageLoan({"loanIds": []})
    first, second, account, _ = server.requests
    assert first.url.path == second.url.path == f"/patron/account/{USER}/item/{ITEM}/hold"
    assert first.content == second.content == b'{"a": 1}'
    assert str(account.url) == f"http://stub/patron/account/{USER}?includeLoans=true"
    with pytest.raises(TypeError, match="missing a required argument: 'itemId'"):
        Patron("diku", connection).set_renew(USER)


def test_an_empty_id_does_not_delete_everything() -> None:
    with pytest.raises(ValueError, match="not an id"):
        LoanStorage("diku", okapi(stub())).delete_loan("")
    with pytest.raises(ValueError, match="not an id"):
        PatronActionSession("diku", okapi(stub())).delete_patronActionSession("..")


def test_a_condition_can_be_changed() -> None:
    server = stub(done(), done())
    api = PatronBlockConditions("diku", okapi(server))
    api.modify_patronBlockCondition(ITEM, {"name": "x"})
    api.modify_patronBlockCondition(ITEM)
    assert [request.content for request in server.requests] == [b'{"name": "x"}', b""]


def test_a_picture_is_sent_as_it_is(tmp_path: Path) -> None:
    picture = tmp_path / "me.png"
    picture.write_bytes(b"\x89PNG")
    server = stub(ok({"id": ITEM}, 201), done())
    users = Users("diku", okapi(server))
    assert users.upload_profilePicture(str(picture)) == {"id": ITEM}
    users.modify_profilePicture(ITEM, str(picture))
    assert [(request.method, request.url.path, request.content) for request in server.requests] == [
        ("POST", "/users/profile-picture", b"\x89PNG"),
        ("PUT", f"/users/profile-picture/{ITEM}", b"\x89PNG"),
    ]
    assert server.last.headers["Content-Type"] == "application/octet-stream"
    assert server.last.headers["Content-Disposition"] == "attachment; filename=me.png"


def test_parts_can_be_uploaded() -> None:
    server = stub(ok({}))
    FolioApi("diku", okapi(server)).call("post", "data", {"a": "b"}, files={"file": ("x.txt", b"text")})
    assert (server.last.method, server.last.url.path) == ("POST", "/data")
    assert server.last.headers["Content-Type"].startswith("multipart/form-data")
    assert b'filename="x.txt"' in server.last.read()


def test_reading_and_deleting_sends_no_body() -> None:
    server = stub(ok({}), done())
    api = FolioApi("diku", okapi(server))
    api.call("GET", "/x", {"a": 1})
    api.call("DELETE", "/x", {"a": 1})
    assert [request.content for request in server.requests] == [b"", b""]


def test_the_last_answer_can_be_looked_at() -> None:
    server = stub(httpx.Response(204, headers={"X-Trace": "7"}))
    api = LoanStorage("diku", okapi(server))
    assert api.headers() is None
    result = api.delete_loan(LOAN_ID)
    assert str(result) == "204: success"
    assert (api.headers() or {})["X-Trace"] == result.headers["X-Trace"] == "7"
    assert api.get_okapiClient().status_code == result.response.status_code == 204


def test_python_flags_in_queries_become_those_of_the_api() -> None:
    server = stub(ok({}))
    LoanStorage("diku", okapi(server)).get_loans(query=f"active=={True} and title==Truest", flag=False)
    assert dict(server.last.url.params) == {"query": "active==true and title==Truest", "flag": "false"}


@pytest.mark.parametrize(
    ("answer", "result"), [(ok(LOAN), LOAN), (ok(LOAN, 201), LOAN), (httpx.Response(200, text="fine"), "fine")]
)
def test_results_are_plain(answer: httpx.Response, result: Any) -> None:
    assert LoanStorage("diku", okapi(stub(answer))).get_loan(LOAN_ID) == result


@pytest.mark.parametrize("status", [202, 204])
def test_success_without_content(status: int) -> None:
    result = AutomatedPatronBlocks("diku", okapi(stub(httpx.Response(status)))).set_start()
    assert repr(result) == f"Success({status})"


def test_a_redirection_is_returned() -> None:
    moved = okapi(stub(httpx.Response(302, headers={"Location": "/there"}))).request("GET", "/here")
    assert isinstance(moved, exceptions.OkapiMoved)
    assert str(moved) == "/there"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "OkapiRequestError"),
        (401, "OkapiRequestUnauthorized"),
        (403, "OkapiRequestForbidden"),
        (404, "OkapiRequestNotFound"),
        (406, "OkapiRequestNotAcceptable"),
        (408, "OkapiRequestTimeout"),
        (409, "OkapiRequestConflict"),
        (413, "OkapiRequestPayloadToLarge"),
        (415, "OkapiRequestUnsupportedMediaType"),
        (422, "OkapiRequestUnprocessableEntity"),
        (500, "OkapiFatalError"),
        (501, "OkapiRequestNotImplemented"),
        (503, "OkapiException"),
    ],
)
def test_each_status_has_its_exception(status: int, name: str) -> None:
    kind = getattr(exceptions, name)
    server = stub(httpx.Response(status, text="plain"), httpx.Response(status, json={"errors": [{"message": "first"}]}))
    api = PatronActionSession("diku", okapi(server))
    for text in ("plain", "first"):
        with pytest.raises(kind, match=text) as caught:
            api.get_patronActionSession(LOAN_ID)
        assert type(caught.value) is kind
        assert isinstance(caught.value, exceptions.OkapiException)


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(exceptions.OkapiNotReachable):
        LoanStorage("diku", okapi(stub(refuse_connection))).get_loans()


def test_a_login_is_remembered_by_its_connection() -> None:
    server = stub(httpx.Response(201, json={"okapiToken": "new"}, headers={"X-Okapi-Token": "new"}), ok({}))
    connection = okapi(server, token="old")
    UsersImpl("diku", connection).login("diku_admin", "admin")
    LoanStorage("diku", connection).get_loans()
    assert [request.headers["X-Okapi-Token"] for request in server.requests] == ["", "new"]
    assert json.loads(server.requests[0].content) == {"username": "diku_admin", "password": "admin"}


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({"host": "folio", "port": "9130"}, "http://folio:9130/x"),
        ({"host": "folio", "port": 443, "path": "/okapi/", "ssl": True}, "https://folio/okapi/x"),
        ({"host": "https://folio/okapi/"}, "https://folio/okapi/x"),
        ({"url": "http://folio:81"}, "http://folio:81/x"),
    ],
)
def test_where_the_server_is_can_be_said_in_several_ways(arguments: dict[str, Any], url: str) -> None:
    server = stub(ok({}))
    OkapiClient(**arguments, transport=server.transport).request("GET", "/x")
    assert str(server.last.url) == url


def test_a_chosen_server_and_its_token_outlast_the_script(tmp_path: Path) -> None:
    config = Config()
    config.create_foliolib_conf()
    config.create_server_conf("demo", "folio", "9130")
    choose("demo")
    config.set_token("diku", "100%-kept")
    config.set_token("other", "too")
    assert config.get_server() == "demo"
    server = stub(ok({}))
    OkapiClient(transport=server.transport).call_tenant_service("diku", "GET", "/x")
    assert str(server.last.url) == "http://folio:9130/x"
    assert server.last.headers["X-Okapi-Token"] == "100%-kept"
    written = tmp_path / "conf" / "demo" / "server.conf"
    assert "diku = 100%-kept" in written.read_text()
    if sys.platform != "win32":
        assert written.stat().st_mode & 0o077 == 0


def test_a_login_with_a_chosen_server_serves_all_api_objects() -> None:
    Config().create_server_conf("demo", "folio", ssl=True)
    choose("demo")
    server = stub(ok({}, 201, **{"X-Okapi-Token": "fresh"}), ok({}))
    UsersImpl("diku", OkapiClient(transport=server.transport)).login("a", "b")
    LoanStorage("diku", OkapiClient(transport=server.transport)).get_loans()
    assert server.last.headers["X-Okapi-Token"] == "fresh"
    assert server.last.url.scheme == "https"


def test_a_configuration_made_by_foliolib_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "conf" / "old"
    folder.mkdir(parents=True)
    (folder / "server.conf").write_text(
        "[Okapi]\nhost = folio\nport = 9130\npath = okapi\nssl = False\nverify_ssl = False\n\n[Tokens]\ndiku = kept\n"
    )
    choose("old")
    assert Config().get_url() == "http://folio:9130/okapi"
    assert Config().get_token("diku") == "kept"
    assert Config().get_token("other") is None
    assert not Config().verifies_ssl()


def test_an_unknown_server_cannot_be_chosen() -> None:
    with pytest.raises(ServerConfigNotFound, match="nowhere"):
        choose("nowhere")


def test_the_environment_says_where_the_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCTAVO_URL", "http://folio:9130/")
    monkeypatch.setenv("OCTAVO_TOKEN", "given")
    server = stub(ok({}), ok({}, **{"X-Okapi-Token": "newer"}), ok({}))
    connection = OkapiClient(transport=server.transport)
    for _ in range(3):
        connection.call_tenant_service("diku", "GET", "/x")
    assert [request.headers["X-Okapi-Token"] for request in server.requests] == ["given", "given", "newer"]
    assert str(server.last.url) == "http://folio:9130/x"


def test_no_server_at_all_is_told_at_once() -> None:
    with pytest.raises(exceptions.OkapiNotReachable, match="OCTAVO_URL"):
        LoanStorage("diku")


def test_an_api_object_knows_tenant_and_connection() -> None:
    connection = okapi(stub())
    api = FolioApi("diku", connection)
    assert api.get_tenant() == "diku"
    assert api.get_okapiClient() is connection
    connection.close()
