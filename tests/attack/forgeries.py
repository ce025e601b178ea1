"""Tokens and API keys that somebody made up or altered: none opens anything."""

import base64
from typing import Any

import httpx
import jwt
import orjson
from hypothesis import strategies as st

from attack.hunting import hunt
from attack.outcome import Outcome, attack
from attack.victim import NEIGHBOUR, TENANT, Victim

Json = dict[str, Any]

_ALGORITHMS = ["none", "None", "nOnE", "HS256", "HS384", "HS512", "RS256", "ES256", "", "HS256 ", None, 7, ["HS256"]]
_KIDS = [None, "", "../../../../dev/null", "' OR '1'='1", 0, [], {"a": 1}, "x" * 10_000]
_SECRETS = [b"", b"secret", b"changeme", b"admin", b"\x00" * 32, b"octavo"]
_EVIL = ["jwk", "jku", "x5u", "x5c", "crit", "cty", "b64", "zip"]


def _encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else orjson.dumps(part)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(token: str) -> tuple[Json, Json, str]:
    head, payload, signature = token.split(".")
    parts = (orjson.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, payload))
    return next(parts), next(parts), signature


def _forgeries(victim: Victim) -> st.SearchStrategy[str]:
    """Return tokens made from real ones: of a patron who wants to be the administrator, of a neighbour, of nobody."""
    heads, payloads, signatures = zip(*(_decoded(token) for token in (victim.patron_token, victim.neighbour_token, victim.admin_token)), strict=True)  # fmt: skip
    administrator = payloads[2]
    altered_head = st.builds(
        lambda head, algorithm, kid, evil: {**head, "alg": algorithm, **({} if kid is None else {"kid": kid}), **evil},
        st.sampled_from(heads), st.sampled_from(_ALGORITHMS), st.sampled_from(_KIDS),
        st.dictionaries(st.sampled_from(_EVIL), st.sampled_from(["http://127.0.0.1:1/key", {"kty": "oct", "k": "AA"}, ["exp"]]), max_size=2),
    )  # fmt: skip
    altered_payload = st.builds(
        lambda payload, change: {**payload, **change},
        st.sampled_from([*payloads[:2], administrator]),
        st.fixed_dictionaries({}, optional={
            "user_id": st.sampled_from([administrator["user_id"], "", None, 5]), "sub": st.just("admin"),
            "tenant": st.sampled_from([TENANT, NEIGHBOUR, "", "pg_catalog", "x'; --"]), "exp": st.sampled_from([0, 2**40, -1, "x", None]),
            "type": st.sampled_from(["access", "legacy-access", "refresh", "", None, []]), "iat": st.sampled_from([0, 2**40, -(2**62), "x"]),
        }),
    )  # fmt: skip
    signed = st.builds(_signed, altered_head, altered_payload, st.sampled_from(_SECRETS))
    joined = st.builds(
        lambda head, payload, signature: f"{_encoded(head)}.{_encoded(payload)}.{signature}",
        altered_head, altered_payload, st.sampled_from(["", *signatures, "AAAA"]),
    )  # fmt: skip
    moved = st.builds(
        lambda head, payload, signature: f"{_encoded(head)}.{_encoded(payload)}.{signature}",
        st.sampled_from(heads), altered_payload.filter(lambda payload: payload not in payloads), st.sampled_from(signatures),
    )  # fmt: skip
    broken = st.builds(_flipped, st.sampled_from([victim.admin_token, victim.patron_token]), st.integers(0, 1000), st.integers(0, 5))
    return signed | joined | moved | broken | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


def _signed(head: Json, payload: Json, secret: bytes) -> str:
    """Sign as somebody would who knows everything but the secret."""
    signing_input = f"{_encoded(head)}.{_encoded(payload)}".encode()
    try:
        algorithm = jwt.algorithms.get_default_algorithms()[head["alg"]]
        signature = algorithm.sign(signing_input, algorithm.prepare_key(secret or None))
    except Exception:  # noqa: BLE001 - what cannot be signed so is signed as HS256 is
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signing_input, secret)
    return f"{signing_input.decode()}.{_encoded(signature)}"


def _flipped(token: str, place: int, bit: int) -> str:
    """Return a token with one bit of one character changed; never one that reads as before."""
    place %= len(token) - 1  # the last character's low bits carry nothing
    changed = chr(ord(token[place]) ^ (1 << bit))
    changed = changed if changed.isascii() and changed.isprintable() and changed != " " else "."
    return token[:place] + changed + token[place + 1 :] if changed != token[place] else token[:-10]


@attack("forged tokens", "401, 403 or 400, never in")
def attack_tokens(outcome: Outcome, victim: Victim, tries: int) -> None:
    """Come with forged tokens, in every place that a token may stand."""
    real = {victim.admin_token, victim.patron_token, victim.neighbour_token}
    ways = st.sampled_from(["X-Okapi-Token", "Authorization", "Cookie"])
    with victim.client() as client:

        def ask(forged: tuple[str, str]) -> None:
            token, way = forged
            if token in real:
                return
            value = {"Authorization": f"Bearer {token}", "Cookie": f"folioAccessToken={token}"}.get(way, token)
            for path in (f"/users/{victim.names['users']}", "/bl-users/_self"):
                answer = client.get(path, headers={way: value})
                assert answer.status_code in {400, 401, 403}, (answer.status_code, way, token)
            refreshed = client.post("/authn/refresh", headers={"Cookie": f"folioRefreshToken={token}"})
            assert refreshed.status_code in {400, 422}, (refreshed.status_code, token)

        hunt(outcome, tries, st.tuples(_forgeries(victim), ways), ask)
    outcome.times *= 3
    outcome.tried = "algorithms, key ids, claims, signatures, bits"


def _keys(victim: Victim) -> st.SearchStrategy[str]:
    parts = orjson.loads(base64.urlsafe_b64decode(victim.key + "=" * (-len(victim.key) % 4)))
    changes = st.fixed_dictionaries({}, optional={
        "s": st.sampled_from(["", "guess", parts["s"][:-1], parts["s"].swapcase(), [], None, "x" * 10_000]),
        "t": st.sampled_from([NEIGHBOUR, "", "nobody", "t_" + TENANT, TENANT.upper(), '"', "a" * 100]),
        "u": st.sampled_from(["ada", "", "nobody", "admin'--", "*"]), "extra": st.just("member"),
    })  # fmt: skip
    altered = changes.filter(bool).map(lambda change: _encoded({**parts, **change}))
    raw = st.binary(min_size=1, max_size=60).map(_encoded) | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
    return altered | raw


@attack("forged API keys", "401, never in")
def attack_keys(outcome: Outcome, victim: Victim, tries: int) -> None:
    """Come with forged API keys, in header and address."""
    account = f"/patron/account/{victim.names['external id']}"
    with victim.tool() as tool:

        def ask(key: str) -> None:
            for answer in (tool.get(account, headers={"Authorization": f"apikey {key}"}), tool.get(account, params={"apikey": key})):
                assert answer.status_code == 401, (answer.status_code, key)
                assert answer.json() == {"code": 401, "errorMessage": "Access Denied"}

        hunt(outcome, tries, _keys(victim), ask)
    outcome.times *= 2
    outcome.tried = "secrets, tenants, users, noise"
    _check_real(victim, outcome)


def _check_real(victim: Victim, outcome: Outcome) -> None:
    """Without this, a server that refuses everybody would look safe."""
    account = f"{victim.edge}/patron/account/{victim.names['external id']}"
    answer = httpx.get(account, headers={"Authorization": f"apikey {victim.key}"}, timeout=30)
    outcome.check(answer.status_code == 200, f"the real key does not open: {answer.status_code}")
