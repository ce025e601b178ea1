"""What a library does with foliolib: sessions, loans, blocks, accounts, users."""

import os
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from foliolib import server
from foliolib.config import Config

TENANT = os.environ["OCTAVO_TENANT"]
PATRON = os.environ["PATRON_ID"]


def configure() -> None:
    url = urlsplit(os.environ["OCTAVO_BASE_URL"])
    Config().create_foliolib_conf()
    Config().create_server_conf("octavo", url.hostname, str(url.port))
    server("octavo")


configure()

from foliolib.folio.api.circulationStorage import LoanStorage, PatronActionSession  # noqa: E402
from foliolib.folio.api.patron import Patron  # noqa: E402
from foliolib.folio.api.patronBlocks import AutomatedPatronBlocks, PatronBlockConditions, PatronBlockLimits  # noqa: E402
from foliolib.folio.api.users import Users  # noqa: E402
from foliolib.folio.usersImpl import UsersImpl  # noqa: E402
from foliolib.okapi.exceptions import (  # noqa: E402
    OkapiRequestError,
    OkapiRequestNotFound,
    OkapiRequestUnprocessableEntity,
)


def refused(kind, call, *args) -> str:
    try:
        call(*args)
    except kind as error:
        assert type(error) is kind, repr(error)
        return str(error)
    raise AssertionError(f"{call} should have been refused")


def log_in() -> None:
    users = UsersImpl(TENANT)
    refused(OkapiRequestUnprocessableEntity, users.login, os.environ["OCTAVO_USERNAME"], "guess")
    users.login(os.environ["OCTAVO_USERNAME"], os.environ["OCTAVO_PASSWORD"])


def sessions() -> None:
    api = PatronActionSession(TENANT)
    patron_id = str(uuid4())
    made = api.set_patronActionSession({"patronId": patron_id, "loanId": str(uuid4()), "actionType": "Check-out"})
    assert api.get_patronActionSession(made["id"])["patronId"] == patron_id
    listed = api.get_patronActionSessions(query=f"patronId=={patron_id}", limit=1000, offset=0)
    assert listed["totalRecords"] == 1
    assert [session["id"] for session in listed["patronActionSessions"]] == [made["id"]]
    changed = {**made, "actionType": "Check-in"}
    assert type(api.modify_patronActionSession(made["id"], changed)).__name__ == "Success"
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    expired = api.get_expiredSessionPatronIds(
        action_type="Check-in", session_inactivity_time_limit=later, limit=1000
    )
    assert {"patronId": patron_id, "actionType": "Check-in"} in expired["expiredSessions"]
    assert type(api.delete_patronActionSession(made["id"])).__name__ == "Success"
    refused(OkapiRequestNotFound, api.get_patronActionSession, made["id"])
    refused(OkapiRequestUnprocessableEntity, api.set_patronActionSession, {"actionType": "Check-out"})


def loans() -> None:
    api = LoanStorage(TENANT)
    user_id = str(uuid4())
    loan = {"userId": user_id, "itemId": str(uuid4()), "loanDate": "2026-03-01T10:00:00Z", "action": "checkedin"}
    made = api.set_loan({**loan, "status": {"name": "Closed"}})
    api.modify_loan(made["id"], {**made, "action": "edited"})
    assert api.get_loan(made["id"])["action"] == "edited"
    assert api.get_loans(query=f"userId=={user_id}")["totalRecords"] == 1
    api.set_anonymize(user_id)
    assert "userId" not in api.get_loan(made["id"])
    histories = api.get_loanHistories(query=f"loan.id=={made['id']}", limit=10)
    assert all("userId" not in entry["loan"] for entry in histories["loansHistory"])
    api.delete_loan(made["id"])
    assert "not found" in refused(OkapiRequestNotFound, api.get_loan, made["id"]).lower()


def blocks() -> None:
    conditions = PatronBlockConditions(TENANT)
    listed = conditions.get_patronBlockConditions(limit=100)["patronBlockConditions"]
    assert len(listed) >= 6
    assert conditions.get_patronBlockCondition(listed[0]["id"])["name"] == listed[0]["name"]
    refused(OkapiRequestError, conditions.modify_patronBlockCondition, listed[0]["id"])
    assert "patronBlockLimits" in PatronBlockLimits(TENANT).get_patronBlockLimits()
    assert AutomatedPatronBlocks(TENANT).get_automatedPatronBlock(PATRON) == {"automatedPatronBlocks": []}


def account() -> None:
    api = Patron(TENANT)
    shown = api.get_account(PATRON, includeLoans=True, includeHolds=True, includeCharges=True)
    assert shown["totalLoans"] == len(shown["loans"]) == 1
    assert api.set_renew(PATRON, os.environ["LENT_ITEM_ID"])["item"]["itemId"] == os.environ["LENT_ITEM_ID"]
    wish = {"requestDate": datetime.now(UTC).isoformat(), "pickupLocationId": os.environ["SERVICE_POINT_ID"]}
    hold = api.set_hold_for_account(PATRON, os.environ["WANTED_ITEM_ID"], wish)
    assert hold["status"].startswith("Open")
    points = api.get_allowedServicePoints_by_account(PATRON, os.environ["WANTED_INSTANCE_ID"])
    assert "allowedServicePoints" in points
    reason = {"cancellationReasonId": os.environ["REASON_ID"], "canceledDate": wish["requestDate"]}
    cancelled = api.set_cancel(PATRON, hold["requestId"], {**hold, **reason, "canceledByUserId": PATRON})
    assert cancelled["status"] == "Closed - Cancelled"
    again = api.set_hold(PATRON, os.environ["WANTED_INSTANCE_ID"], wish)
    assert api.get_account(PATRON, includeHolds=True)["holds"][0]["requestId"] == again["requestId"]
    refused(OkapiRequestNotFound, api.get_account, str(uuid4()))


def users() -> None:
    api = Users(TENANT)
    name = f"user-{uuid4()}"
    made = api.set_user({"username": name, "active": True, "personal": {"lastName": "Reader"}})
    api.modify_user(made["id"], {**made, "barcode": name})
    assert api.get_user(made["id"])["barcode"] == name
    assert api.get_users(query=f"username=={name} and active=={True}")["totalRecords"] == 1
    api.delete_user(made["id"])
    refused(OkapiRequestNotFound, api.get_user, made["id"])


for task in (log_in, sessions, loans, blocks, account, users):
    task()
    print(task.__name__)
print("all done")
