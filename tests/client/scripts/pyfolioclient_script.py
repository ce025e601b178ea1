"""What a report does with pyfolioclient: iterate, create, change, delete, renew."""

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pyfolioclient import FolioClient, ItemNotFoundError

MARK = uuid4().hex


def users(folio: FolioClient) -> None:
    personal = {"lastName": MARK, "email": f"{MARK}@example.org", "preferredContactTypeId": "002"}
    made = [
        folio.create_user({"username": f"{MARK}-{number}", "patronGroup": os.environ["GROUP_ID"], "personal": personal})
        for number in range(3)
    ]
    found = list(folio.iter_users(f"personal.lastName=={MARK}"))
    assert [user["id"] for user in found] == sorted(user["id"] for user in made)
    assert folio.update_user(made[0]["id"], {**made[0], "barcode": MARK}) == 204
    assert folio.get_user_by_barcode(MARK)["id"] == made[0]["id"]
    assert folio.delete_user(made[0]["id"]) == 204
    try:
        folio.get_user_by_id(made[0]["id"])
    except ItemNotFoundError:
        pass
    else:
        raise AssertionError("a deleted user is still there")


def loans(folio: FolioClient) -> None:
    mine = f"userId=={os.environ['PATRON_ID']}"
    for iterate in (folio.iter_loans, folio.iter_loans_bl):
        assert [loan["id"] for loan in iterate(mine)] == [os.environ["LOAN_ID"]]
    assert os.environ["LOAN_ID"] in {loan["id"] for loan in folio.iter_data("/loan-storage/loans", "loans", limit=1)}
    loan = {"itemId": os.environ["LENT_ITEM_ID"], "userId": os.environ["PATRON_ID"]}
    renewed = folio.post_data("/circulation/renew-by-id", payload=loan)
    due = datetime.fromisoformat(renewed["dueDate"])
    start, end = ((due + timedelta(days=days)).astimezone(UTC).strftime("%Y-%m-%d") for days in (-1, 1))
    assert os.environ["LOAN_ID"] in {loan["id"] for loan in folio.get_open_loans_by_due_date(start, end)}
    day = due.astimezone(UTC).strftime("%Y-%m-%d")
    assert os.environ["LOAN_ID"] in {loan["id"] for loan in folio.get_open_loans_by_due_date(day)}


def requests(folio: FolioClient) -> None:
    made = folio.create_request(
        {
            "requestType": "Hold",
            "status": "Open - Not yet filled",
            "requestLevel": "Item",
            "requestDate": datetime.now(UTC).isoformat(),
            "requesterId": os.environ["PATRON_ID"],
            "itemId": os.environ["WANTED_ITEM_ID"],
            "holdingsRecordId": os.environ["WANTED_HOLDINGS_ID"],
            "instanceId": os.environ["WANTED_INSTANCE_ID"],
            "fulfillmentPreference": "Hold Shelf",
            "pickupServicePointId": os.environ["SERVICE_POINT_ID"],
        }
    )
    assert folio.get_request_by_id(made["id"])["requesterId"] == os.environ["PATRON_ID"]
    assert [request["id"] for request in folio.iter_requests(f"requesterId=={os.environ['PATRON_ID']}")] == [made["id"]]
    folio.delete_request(made["id"])


def main() -> None:
    login = (os.environ[name] for name in ("OCTAVO_BASE_URL", "OCTAVO_TENANT", "OCTAVO_USERNAME", "OCTAVO_PASSWORD"))
    with FolioClient(*login) as folio:
        users(folio)
        loans(folio)
        requests(folio)
    print("all done")


main()
