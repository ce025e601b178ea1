"""What a body may look like before anybody asks what it means."""

import pytest

from octavo.errors import BadRequest
from octavo.http.bodies import DEEPEST, read_json


def nested(depth: int, opening: str, closing: str) -> bytes:
    return (opening * depth + "1" + closing * depth).encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"a":[', "]}")])
def test_a_body_is_nested_so_deep_and_no_deeper(opening: str, closing: str) -> None:
    step = opening.count("[") + opening.count("{")
    assert read_json(nested(DEEPEST // step, opening, closing))
    for depth in (DEEPEST // step + 1, 300, 1000, 30_000):
        with pytest.raises(BadRequest):
            read_json(nested(depth, opening, closing))


def test_a_wide_body_is_not_deep() -> None:
    assert len(read_json(b"[" + b"[[]]," * 10_000 + b"{}]")) == 10_001
