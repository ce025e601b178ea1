"""What every answer carries, and what an empty one does not."""

import httpx
import pytest

NOBODY = "00000000-0000-4000-8000-000000000000"


async def test_no_answer_is_kept_by_a_cache_or_taken_for_something_else(
    client: httpx.AsyncClient, edge: httpx.AsyncClient
) -> None:
    for sender, path in ((client, "/users"), (client, "/users/x"), (client, "/_/version"), (edge, "/patron/account/x")):
        answer = await sender.get(path)
        assert answer.headers["cache-control"] == "private, no-cache"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/check-out-lock-storage/{NOBODY}", 200),
        ("POST", "/request-storage-batch/requests", 201),
        ("PUT", f"/patron/account/{NOBODY}/item/{NOBODY}/hold/{NOBODY}", 501),
    ],
)
async def test_an_answer_without_a_body_has_no_type(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path, json={"requests": []} if method == "POST" else None)
    assert (answer.status_code, answer.content) == (status, b"")
    assert "content-type" not in answer.headers
