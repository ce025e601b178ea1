"""Circulation rules in use: stored, checked, compiled once for each text, asked for policies.

Compiled rules are kept in the process by the digest of their text. Every statement that needs rules tells
the digests it knows and gets the text only where it has changed, so a new set of rules holds at once in
every worker, at no cost.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Final

from octavo.catalogue.settings import CIRCULATION_RULE_SET
from octavo.errors import Invalid, Violation, refuse
from octavo.rules.circulation_rules import Facts, Match, Rules, RulesError, compile_rules
from octavo.store import circulation as store
from octavo.store import records
from octavo.store.circulation import RulesText
from octavo.store.tx import Tx
from octavo_models.location import Location
from octavo_models.settings import CirculationRules

#: The id of a tenant's one record of rules, from its first PUT on.
FIRST_ID: Final = "71f0c8a4-3b0e-4d1c-9a53-0f6f7e1d2b6c"

_KEPT: Final = 64
_compiled: OrderedDict[str, Rules] = OrderedDict()

#: How the policy of each letter is called where it cannot be found.
POLICY_NAMES: Final = {
    "l": "Loan",
    "r": "Request",
    "n": "Notice",
    "o": "Overdue fine",
    "i": "Lost item",
}


@dataclass(frozen=True)
class KnownRules:
    """The compiled rules of this process at one moment; a statement is told their digests."""

    by_digest: dict[str, Rules]

    @property
    def digests(self) -> list[str]:
        """Return what a statement needs to know to leave the text out."""
        return list(self.by_digest)

    def resolve(self, stored: RulesText) -> Rules:
        """Return the rules that a statement found. Raises Invalid where the stored text cannot be used."""
        known = self.by_digest.get(stored.digest)
        if known is not None:
            return known
        return _compile(stored)


def known_rules() -> KnownRules:
    """Return the rules that need not be sent again."""
    return KnownRules(dict(_compiled))


async def current_rules(tx: Tx) -> Rules:
    """Return the tenant's rules. Raises Invalid where there are none or they cannot be used."""
    known = known_rules()
    return known.resolve(await store.load_rules_text(tx, known.digests))


def _compile(stored: RulesText) -> Rules:
    text = stored.text or ""
    if not text.strip():
        raise refuse("Cannot apply blank circulation rules")
    try:
        rules = compile_rules(text)
    except RulesError as mistake:
        message = f"Cannot apply circulation rules: {mistake.message} (line {mistake.line}, column {mistake.column})"
        raise Invalid(Violation(message)) from None
    _compiled[stored.digest] = rules
    while len(_compiled) > _KEPT:
        _compiled.popitem(last=False)
    return rules


async def put_rules(tx: Tx, rules: CirculationRules) -> None:
    """Check a set of rules and let it hold from now on. Raises RulesError at its first mistake."""
    named = list(compile_rules(rules.rules_as_text).policy_ids()) if rules.rules_as_text.strip() else []
    existing = await store.load_existing_policies(tx, {(reference.letter, reference.policy_id) for reference in named})
    for reference in named:
        if (reference.letter, reference.policy_id) not in existing:
            raise RulesError(f"The policy {reference.letter} does not exist", reference.line, reference.column)
    await store_rules(tx, rules)


async def store_rules(tx: Tx, rules: CirculationRules) -> None:
    """Replace the tenant's rules without looking at them, as FOLIO's storage does."""
    stored = await store.load_rules_record(tx)
    if stored is None:
        await records.insert(tx, CIRCULATION_RULE_SET, rules.model_copy(update={"id": FIRST_ID}))
    else:
        row = CirculationRules.model_validate_json(stored)
        await records.save(tx, CIRCULATION_RULE_SET, rules.model_copy(update={"id": row.id}))


async def read_rules(tx: Tx) -> bytes:
    """Return the tenant's rules as stored; they are blank before they are first set."""
    return await store.load_rules_record(tx) or CirculationRules(id=FIRST_ID, rules_as_text="").to_wire()


async def look_up(tx: Tx, letter: str, facts: Facts) -> Match:
    """Return the policy of one type that applies; `facts` need not know where the location belongs.

    Raises Invalid where the policy that the rules name does not exist.
    """
    rules, full = await _rules_and_facts(tx, facts)
    match = rules.match(letter, full)
    if not await store.load_existing_policies(tx, {(letter, match.policy_id)}):
        raise missing_policy(letter, match.policy_id)
    return match


async def look_up_all(tx: Tx, letter: str, facts: Facts) -> list[Match]:
    """Return the policies of all lines that apply, the winner first, the fallback included."""
    rules, full = await _rules_and_facts(tx, facts)
    return rules.matches(letter, full)


def missing_policy(letter: str, policy_id: str) -> Invalid:
    """Return the refusal where circulation rules name a policy that is not stored."""
    return refuse(f"{POLICY_NAMES[letter]} policy {policy_id} could not be found, please check circulation rules")


async def _rules_and_facts(tx: Tx, facts: Facts) -> tuple[Rules, Facts]:
    known = known_rules()
    stored, place = await store.load_rules_and_location(tx, known.digests, facts.location)
    rules = known.resolve(stored)
    if place is None:
        return rules, facts
    location = Location.model_validate_json(place)
    return rules, replace(
        facts, library=location.library_id, campus=location.campus_id, institution=location.institution_id
    )
