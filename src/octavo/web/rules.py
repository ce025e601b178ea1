"""Circulation rules: read, replaced, asked which policy applies (mod-circulation, mod-circulation-storage)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from octavo.catalogue.settings import CIRCULATION_RULE_SET
from octavo.errors import BadRequest
from octavo.http.bodies import read_body
from octavo.http.call import JSON, NO_CONTENT, Call, Reply, ok
from octavo.http.parameters import is_uuid
from octavo.http.routes import Handler, Route
from octavo.rules.circulation_rules import Facts, Match, RulesError
from octavo.services import circulation_rules as service
from octavo_models.scalars import STRICT_UUID
from octavo_models.settings import CirculationRules

_FACTS: Final = ("item_type_id", "loan_type_id", "patron_type_id", "location_id")


@dataclass(frozen=True)
class LookUp:
    """How one type of policy is asked for: its letter, path, and the names of its id in the two answers."""

    letter: str
    path: str
    key: str
    key_of_all: str


LOOK_UPS: Final = (
    LookUp("l", "loan-policy", "loanPolicyId", "loanPolicyId"),
    LookUp("o", "overdue-fine-policy", "overdueFinePolicyId", "overduePolicyId"),
    LookUp("i", "lost-item-policy", "lostItemPolicyId", "lostItemPolicyId"),
    LookUp("r", "request-policy", "requestPolicyId", "requestPolicyId"),
    LookUp("n", "notice-policy", "noticePolicyId", "noticePolicyId"),
)


async def get_rules(call: Call) -> Reply:
    """Answer with the rules as they were written."""
    async with call.read() as tx:
        return ok(await service.read_rules(tx))


async def put_rules(call: Call) -> Reply:
    """Replace the rules; a mistake is answered with its place in the text."""
    try:
        rules = read_body(CirculationRules, call.body)
        async with call.transaction() as tx:
            await service.put_rules(tx, rules)
    except RulesError as mistake:
        return ok({"message": mistake.message, "line": mistake.line, "column": mistake.column}, status=422)
    except BadRequest as reason:
        return ok({"message": reason.text}, status=422)
    return NO_CONTENT


async def put_stored_rules(call: Call) -> Reply:
    """Replace the rules without looking at them."""
    rules = read_body(CirculationRules, call.body)
    async with call.transaction() as tx:
        await service.store_rules(tx, rules)
    return NO_CONTENT


def _one(asked: LookUp) -> Handler:
    async def serve(call: Call) -> Reply:
        facts = read_facts(call.query)
        async with call.read() as tx:
            match = await service.look_up(tx, asked.letter, facts)
        return ok({asked.key: match.policy_id, "appliedRuleConditions": _conditions(asked, match)})

    return serve


def _conditions(asked: LookUp, match: Match) -> dict[str, bool]:
    """Return which criteria the winning rule used; FOLIO tells so of loan policies alone."""
    told = asked.letter == "l"
    return {
        "materialTypeMatch": told and match.material_type,
        "loanTypeMatch": told and match.loan_type,
        "patronGroupMatch": told and match.patron_group,
    }


def _every(asked: LookUp) -> Handler:
    async def serve(call: Call) -> Reply:
        facts = read_facts(call.query)
        async with call.read() as tx:
            matches = await service.look_up_all(tx, asked.letter, facts)
        entries = [{asked.key_of_all: match.policy_id, "circulationRuleLine": match.line} for match in matches]
        return ok({"circulationRuleMatches": entries})

    return serve


def read_facts(query: Mapping[str, str]) -> Facts:
    """Return what the rules are asked about. Raises BadRequest for the first parameter that is missing or no UUID."""
    values = {name: _uuid(query, name) for name in _FACTS}
    return Facts(
        patron_group=values["patron_type_id"],
        material_type=values["item_type_id"],
        loan_type=values["loan_type_id"],
        location=values["location_id"],
    )


def _uuid(query: Mapping[str, str], name: str) -> str:
    value = query.get(name)
    if not value:
        raise BadRequest(f"required query parameter missing: {name}")
    if not is_uuid(value):
        raise BadRequest(f"invalid uuid format of {name}, expecting {STRICT_UUID} but it is {value[:100]}")
    return value.lower()


_STORAGE = CIRCULATION_RULE_SET.permission

ROUTES: tuple[Route, ...] = (
    Route("GET", "/circulation/rules", "circulation.rules.get", get_rules, "Read the circulation rules", 1,
          answer=CirculationRules),
    Route("PUT", "/circulation/rules", "circulation.rules.put", put_rules, "Check and replace the circulation rules", 5,
          body=CirculationRules, success=204, errors=(422,), forms=((422, JSON),)),
    Route("GET", CIRCULATION_RULE_SET.path, f"{_STORAGE}.get", get_rules, "Read the stored circulation rules", 1,
          answer=CirculationRules),
    Route("PUT", CIRCULATION_RULE_SET.path, f"{_STORAGE}.put", put_stored_rules,
          "Replace the circulation rules unchecked", 4, body=CirculationRules, success=204, errors=(400, 422)),
    *(
        Route("GET", f"/circulation/rules/{asked.path}", f"circulation.rules.{asked.path}.get", _one(asked),
              f"Find the {asked.path.replace('-', ' ')} that applies", 2, query=_FACTS, errors=(400, 422))
        for asked in LOOK_UPS
    ),
    *(
        Route("GET", f"/circulation/rules/{asked.path}-all", f"circulation.rules.{asked.path}-all.get", _every(asked),
              f"List the {asked.path.replace('-', ' ')} of every rule that applies", 1, query=_FACTS, errors=(400, 422))
        for asked in LOOK_UPS
    ),
)  # fmt: skip
