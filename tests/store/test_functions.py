"""What generated columns are computed with, where its form is not the obvious one."""

import pytest

ID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"


@pytest.mark.parametrize("text", [ID, ID.upper(), "00000000-0000-0000-0000-000000000000"])
async def test_an_id_is_read_whatever_its_case(connection, text):
    assert str(await connection.fetchval("SELECT public.octavo_uuid($1)", text)) == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        None, "", "nobody", ID.replace("-", ""), f"{{{ID[:-2]}}}", f"{ID}\n", f"{ID}0", ID[:-1], f"{ID[:-1]}g", f"-{ID[1:]}",
        "a0ee-bc99-9c0b-4ef8-bb6d6bb9bd380a11", "a0eebc9-99c0b-4ef8-bb6d-6bb9bd380a11", f"{ID[:26]}-{ID[27:]}", "-" * 36,
        "\uff10" + ID[1:],
    ],
)  # fmt: skip
async def test_text_that_is_no_id_in_its_usual_form_is_none(connection, text):
    assert await connection.fetchval("SELECT public.octavo_uuid($1)", text) is None


async def test_text_is_compared_in_lower_case(connection):
    assert await connection.fetchval("SELECT public.octavo_lower($1)", "ÄbC 1") == "äbc 1"
    assert await connection.fetchval("SELECT public.octavo_lower(NULL)") is None
