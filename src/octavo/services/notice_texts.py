"""From what has happened to the message that tells of it: the policy that applies, the template, the words."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from octavo.catalogue.policies import PATRON_NOTICE_POLICY
from octavo.rules.circulation_rules import Rules
from octavo.rules.notice_schedule import title_policy
from octavo.rules.notice_tokens import grouped_tokens, notice_tokens
from octavo.rules.templates import BadTemplate
from octavo.services.circulation_rules import current_rules
from octavo.services.desk import facts_of
from octavo.services.messages import Message
from octavo.services.templates import rendered
from octavo.store import bulk
from octavo.store.locale import load_entry, zone_of
from octavo.store.templates import load_templates
from octavo.store.tx import Tx
from octavo_models.email import StillTrue
from octavo_models.inventory import Item
from octavo_models.locale import Locale
from octavo_models.location import Location
from octavo_models.policies import PatronNoticePolicy
from octavo_models.template import LocalizedTemplate, Template
from octavo_models.user import User

log = logging.getLogger("octavo.notices")

Facts = dict[str, Any]
#: The only form in which messages leave; notices to be printed or sent as SMS are not.
EMAIL = "Email"


@dataclass(frozen=True)
class House:
    """The tenant's language and time zone."""

    locale: Locale

    @property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return zone_of(self.locale)


async def load_house(tx: Tx) -> House:
    """Return the tenant's language and time zone."""
    _, locale = await load_entry(tx)
    return House(locale)


async def load_policies(tx: Tx, all_facts: Mapping[str, Facts]) -> dict[str, PatronNoticePolicy | None]:
    """Return by key the notice policy that the circulation rules choose; None where there is none to choose.

    Requests of a title that have no item yet follow the setting of title level requests.
    """
    rules = await current_rules(tx)
    chosen = {key: _policy_id(rules, facts) for key, facts in all_facts.items()}
    found = await bulk.find(tx, PATRON_NOTICE_POLICY, sorted({named for named in chosen.values() if named}))
    policies = {policy_id: PatronNoticePolicy.model_validate_json(document) for policy_id, document in found.items()}
    return {key: _policy(policies, chosen[key], facts) for key, facts in all_facts.items()}


def _policy_id(rules: Rules, facts: Facts) -> str | None:
    if not facts.get("user") or not facts.get("item"):
        return None
    location = Location.from_wire(facts["location"]) if facts.get("location") else None
    return rules.match("n", facts_of(User.from_wire(facts["user"]), Item.from_wire(facts["item"]), location)).policy_id.lower()


def _policy(policies: Mapping[str, PatronNoticePolicy], policy_id: str | None, facts: Facts) -> PatronNoticePolicy | None:
    if policy_id is None:
        return title_policy(facts.get("tlr")) if facts.get("request") and not facts.get("item") else None
    return policies.get(policy_id)


async def load_texts(tx: Tx, template_ids: Iterable[str]) -> dict[str, Template]:
    """Return the templates among some ids."""
    wanted = sorted({named.lower() for named in template_ids})
    found = await load_templates(tx, wanted) if wanted else {}
    return {template_id: Template.model_validate_json(document) for template_id, document in found.items()}


@dataclass(frozen=True)
class Letter:
    """A message to one reader: the template, what it is about, and what must still be so when it is sent.

    many: the name of the list of tokens where it may be about several (`loans`, `feeCharges`).
    """

    template_id: str
    about: Sequence[Facts]
    many: str | None = None
    still_true: tuple[StillTrue, ...] = ()


def write_letter(letter: Letter, templates: Mapping[str, Template], house: House) -> Message | None:
    """Return the message of a letter; None, told to the log, where its template is gone or cannot be rendered."""
    template = templates.get(letter.template_id.lower())
    if template is None:
        log.warning("template %s is gone; a notice is not sent", letter.template_id)
        return None
    text, html = _text(template, house.locale.locale), any("html" in one.lower() for one in template.output_formats)
    tokens = grouped_tokens(letter.many, letter.about) if letter.many else notice_tokens(letter.about[0])
    try:
        made = rendered(text, tokens, house.locale, html=html)
    except BadTemplate:
        log.warning("template %s cannot be rendered; a notice is not sent", letter.template_id)
        return None
    first = letter.about[0]
    loans = [facts["loan"]["id"] for facts in letter.about if facts.get("loan")]
    return Message(
        to=first["user"].get("personal", {}).get("email") or "",
        subject=made.header,
        body=made.body,
        html=html,
        recipient_user_id=first["user"]["id"],
        loan_ids=tuple(dict.fromkeys(loans)),
        request_id=first["request"]["id"] if first.get("request") else None,
        still_true=letter.still_true,
    )


def _text(template: Template, language: str) -> LocalizedTemplate:
    """Return the template in the tenant's language, else in English, else in whatever language it has."""
    texts = template.localized_templates
    for wanted in (language, language.partition("-")[0], "en"):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()))


def loan_holds(facts: Facts) -> StillTrue:
    """Return that a loan is open and due when it is now."""
    return StillTrue(loan_id=facts["loan"]["id"], due_date=facts["loan"].get("dueDate"))


def request_holds(facts: Facts) -> StillTrue:
    """Return that a request is open."""
    return StillTrue(request_id=facts["request"]["id"])
