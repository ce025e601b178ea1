"""Everything that reads text from outside: it answers or refuses, and soon, whatever it is given."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from hypothesis import strategies as st

from attack.hunting import hunt
from attack.outcome import Outcome, attack
from octavo.auth import api_keys, tokens
from octavo.catalogue import ALL_TYPES
from octavo.catalogue.patrons import USER
from octavo.cql import parse
from octavo.errors import Problem
from octavo.http.bodies import check, read_json
from octavo.rules.circulation_rules import RulesError, compile_rules
from octavo.store.query import Args, compile_query, shape_of
from octavo_models.record import Record
from octavo_models.scalars import parse_instant

LARGEST = 64 * 1024
SECONDS = 1.0  # of processor time; the slowest honest input of this size takes about a tenth

_CQL = ["(", ")", '"', "\\", "\\*", "*", "?", "^", "a", "=", "==", "<>", "/", "/@x=y", " and ", " or ", " not ", " sortBy ", "name", "id",
        "x.y.z", ">", "cql.allRecords=1", "é", "\U0001f600", "\x00", "\n", "00000000-0000-4000-8000-000000000000", "1e400", ","]  # fmt: skip
_RULES = ["m ", "g ", "t ", "c ", "+ ", "all ", "!", "! ", ": ", "l ", "r ", "\n", "\n    ", "    ", "\t", "# x", "/ x", "priority: ", "last-line",
          "first-line", "number-of-criteria", "(", ")", ",", "fallback-policy: ", "00000000-0000-4000-8000-000000000000", "book", "é"]  # fmt: skip
_DATES = ["2026", "-", "12", "31", "T", "t", " ", "24", ":", "59", ".", ",", "9", "0", "Z", "z", "+", "+14:00", "-00:00", "Mon, ", "Jan ", "GMT",
          "9999", "0000", "é", "\uff11"]  # fmt: skip
_JSON = ["{", "}", "[", "]", '"', ":", ",", '"id"', '"a":', "1", "-", "1e999", "9" * 400, "0.1", "true", "null", "\\ud800", "\\u0000", "\\", "\x00",
         '{"id":"x"}', '"personal":{', "é", "\ufeff", " ", "\n"]  # fmt: skip
_CREDENTIAL = ["eyJhbGciOiJIUzI1NiJ9", ".", "=", "-", "_", "A", "e30", "/", "+", "\n", "é", "eyJ", "W1t", "bnVsbA"]


def _texts(fragments: list[str]) -> st.SearchStrategy[str]:
    """Return texts of fragments, some of them repeated until the text is as large as it may be: that is what makes readers slow."""
    some = st.lists(st.sampled_from(fragments) | st.text(max_size=3), min_size=1, max_size=8).map("".join)
    return some | st.builds(_filled, some, some, some)


def _filled(before: str, repeated: str, after: str) -> str:
    return before + repeated * (LARGEST // (4 * len(repeated) or 4)) + after


def _documents() -> st.SearchStrategy[str]:
    """Return JSON that can be read: of any shape, and so deep or so wide as a body may be."""
    leaf = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    names = st.sampled_from([name for field in USER.record.model_fields.values() if (name := field.alias)]) | st.text(max_size=4)
    value = st.recursive(leaf, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5), max_leaves=20)
    record = st.dictionaries(names, value, min_size=1, max_size=8).map(lambda made: orjson.dumps(made).decode())
    deep = st.builds(lambda name, depth: f'{{"{name}":' * depth + "1" + "}" * depth, names.filter(str.isalnum), st.integers(1, 2000))
    wide = st.builds(lambda name, part, count: f'{{"{name}":[{",".join([part] * count)}]}}', names.filter(str.isalnum),
                     st.sampled_from(["1", "{}", "[]", '""', '{"a":{}}']), st.integers(0, LARGEST // 10))  # fmt: skip
    return record | deep | wide


def _read_query(text: str) -> None:
    query = parse(text)
    compile_query(query, shape_of(USER, "t_x"), Args())


def _read_record(text: str) -> None:
    value = read_json(text.encode("utf-8", "surrogatepass"))
    for kind in (USER, *ALL_TYPES[::9]):
        try:
            record: Record = check(kind.record, value)
            record.to_wire()
        except Problem:
            pass


def _read_token(text: str) -> None:
    tenant = tokens.claimed_tenant(text)
    assert isinstance(tenant, str)


READERS: Mapping[str, tuple[Callable[[str], Any], st.SearchStrategy[str]]] = {
    "CQL": (_read_query, _texts(_CQL)),
    "circulation rules": (compile_rules, _texts(_RULES)),
    "dates": (parse_instant, _texts(_DATES)),
    "JSON bodies": (_read_record, _texts(_JSON)),
    "records": (_read_record, _documents()),
    "tokens": (_read_token, _texts(_CREDENTIAL)),
    "API keys": (api_keys.decode, _texts(_CREDENTIAL)),
}


@attack("reading", f"read or refused within {SECONDS:g} s of processor time up to 64 KiB")
def attack_reader(outcome: Outcome, name: str, tries: int) -> None:
    """Give a reader everything; whatever is no refusal of ours, or takes too long, is a finding."""
    outcome.attack = f"reading {name}"
    reader, texts = READERS[name]
    slowest = 0.0

    def ask(text: str) -> None:
        nonlocal slowest
        started = time.process_time()
        try:
            reader(text)
        except (Problem, RulesError):
            pass
        except ValueError:
            assert reader is parse_instant, "a ValueError is an answer of dates alone"
        spent = time.process_time() - started
        slowest = max(slowest, spent)
        assert spent < SECONDS, f"{spent:.2f} s for {len(text)} characters: {text[:80]!r}"

    hunt(outcome, tries, texts, ask)
    outcome.tried = f"texts, slowest {slowest * 1000:.0f} ms"
