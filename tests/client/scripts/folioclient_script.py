"""What a migration does with folioclient: log in, page through everything, write, read errors."""

import asyncio
import os
from uuid import uuid4

from folioclient import FolioClient
from folioclient.exceptions import FolioResourceNotFoundError, FolioValidationError

MARK = uuid4().hex


def users_are_written(folio: FolioClient) -> None:
    for number in range(7):
        user = {"username": f"{MARK}-{number}", "active": True, "personal": {"lastName": MARK}}
        assert folio.folio_post("/users", user)["id"]


def everything_is_paged(folio: FolioClient) -> None:
    for query in (f"personal.lastName=={MARK} sortBy id", f"personal.lastName=={MARK} sortBy username"):
        found = list(folio.folio_get_all("/users", "users", query, limit=3))
        assert len({user["id"] for user in found}) == len(found) == 7, query
    ids = folio.get_all_ids("/users", f"personal.lastName=={MARK}")
    assert len(set(ids)) == 7


async def everything_is_paged_by_asyncio(folio: FolioClient) -> None:
    query = f"personal.lastName=={MARK} sortBy id"
    found = [user["id"] async for user in folio.folio_get_all_async("/users", "users", query, limit=3)]
    assert len(set(found)) == 7


def users_are_changed_and_deleted(folio: FolioClient) -> None:
    [user] = folio.folio_get("/users", "users", f"username=={MARK}-0")
    folio.put_user({**user, "barcode": MARK})
    assert folio.folio_get_single_object(f"/users/{user['id']}")["barcode"] == MARK
    folio.folio_delete(f"/users/{user['id']}")
    try:
        folio.folio_get(f"/users/{user['id']}")
    except FolioResourceNotFoundError:
        pass
    else:
        raise AssertionError("a deleted user is still there")


def rules_are_asked(folio: FolioClient) -> None:
    policy = folio.get_loan_policy_id(
        os.environ["MATERIAL_TYPE_ID"], os.environ["LOAN_TYPE_ID"], os.environ["GROUP_ID"], os.environ["LOCATION_ID"]
    )
    assert policy == os.environ["LOAN_POLICY_ID"]


def reference_data_is_read(folio: FolioClient) -> None:
    assert os.environ["LOCATION_ID"] in {location["id"] for location in folio.locations}
    assert os.environ["SERVICE_POINT_ID"] in {point["id"] for point in folio.service_points}
    assert isinstance(folio.identifier_types, list)
    assert not folio.is_ecs


def refusals_are_understood(folio: FolioClient) -> None:
    try:
        folio.folio_post("/loan-storage/loans", {"action": "checkedout"})
    except FolioValidationError as error:
        assert error.response.json()["errors"]
    else:
        raise AssertionError("a loan without item was taken")


def main() -> None:
    login = (os.environ[name] for name in ("OCTAVO_BASE_URL", "OCTAVO_TENANT", "OCTAVO_USERNAME", "OCTAVO_PASSWORD"))
    with FolioClient(*login) as folio:
        users_are_written(folio)
        everything_is_paged(folio)
        asyncio.run(everything_is_paged_by_asyncio(folio))
        users_are_changed_and_deleted(folio)
        rules_are_asked(folio)
        reference_data_is_read(folio)
        refusals_are_understood(folio)
    print("all done")


main()
