"""All open loans of a patron, with everything that decides whether each may be renewed, in two statements."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from octavo.store.blocks import Standing
from octavo.store.calendars import CalendarsOf, assigned_since
from octavo.store.circulation import Desk, RulesText, Situation, open_requests, rules_text, titles_requestable
from octavo.store.locale import locale_value
from octavo.store.tx import Tx


@dataclass(frozen=True)
class OpenLoan:
    """A loan with its patron, item, place and queue (documents as bytes), and what is shown of the work."""

    loan: bytes
    desk: Desk
    queue: list[bytes]
    overdue_fine_policy: bytes | None
    instance_id: str | None
    title: str | None
    author: str | None
    material: str | None


@dataclass(frozen=True)
class Terms:
    """Loan policies with their schedules by id, and calendars by service point; documents are bytes."""

    policies: dict[str, tuple[bytes, bytes | None, bytes | None]]
    calendars: dict[str, list[bytes]]
    locale: bytes | None


async def load_open_loans(tx: Tx, user_id: str, known: Iterable[str]) -> list[OpenLoan]:
    """Return a patron's open loans by due date. `known`: digests of rules that need not be sent."""
    rows = await tx.connection.fetch(
        f"""WITH setting AS MATERIALIZED (SELECT {titles_requestable(tx)} AS by_title),
            rules AS MATERIALIZED ({rules_text(tx, "$2")})
            SELECT loan.doc AS loan, patron.doc AS patron, item.doc AS item, place.doc AS location,
                rules.digest, rules.text, instance.id::text AS instance_id, instance.doc ->> 'title' AS title,
                {AUTHOR} AS author, material.doc ->> 'name' AS material, fines.doc AS overdue_fine_policy,
                ARRAY({open_requests(tx, "loan.item_id", "instance.id", "$3::timestamptz")}) AS queue
            FROM {tx.table("loan")} loan CROSS JOIN rules
            JOIN {tx.table("users")} patron ON patron.id = loan.user_id
            JOIN {tx.table("item")} item ON item.id = loan.item_id
            LEFT JOIN {tx.table("location")} place ON place.id = item.effective_location_id
            LEFT JOIN {tx.table("material_type")} material ON material.id = item.material_type_id
            LEFT JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
            LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id
            LEFT JOIN {tx.table("overdue_fine_policy")} fines
                ON fines.id = public.octavo_uuid(loan.doc ->> 'overdueFinePolicyId')
            WHERE loan.user_id = $1::uuid AND loan.status_name = 'open'
            ORDER BY loan.due_date NULLS LAST, loan.id""",
        user_id, list(known), tx.now,
    )  # fmt: skip
    return [
        OpenLoan(
            row["loan"],
            Desk(row["patron"], row["item"], row["location"], RulesText(row["digest"], row["text"])),
            row["queue"], row["overdue_fine_policy"], row["instance_id"], row["title"], row["author"], row["material"],
        )
        for row in rows
    ]  # fmt: skip


async def load_terms(tx: Tx, policy_ids: Iterable[str], service_points: Iterable[str], asked: CalendarsOf) -> Terms:
    """Return the loan policies with some ids, the calendars of some service points, and the locale."""
    row = await tx.connection.fetchrow(
        f"""SELECT {locale_value(tx)} AS locale,
            (SELECT coalesce(jsonb_agg(jsonb_build_object('id', policy.id, 'policy', policy.doc, 'schedule', usual.doc,
                    'renewals', other.doc)), '[]')
                FROM {tx.table("loan_policy")} policy
                LEFT JOIN {tx.table("fixed_due_date_schedule")} usual
                    ON usual.id = policy.loans_policy_fixed_due_date_schedule_id
                LEFT JOIN {tx.table("fixed_due_date_schedule")} other
                    ON other.id = policy.renewals_policy_alternate_fixed_due_date_schedule_id
                WHERE policy.id = ANY ($1::uuid[])) AS policies,
            (SELECT coalesce(jsonb_object_agg(desk, ARRAY({assigned_since(tx, "desk", "$3::text")})), '{{}}')
                FROM unnest($2::text[]) desk) AS calendars""",
        list(policy_ids), list(service_points), asked.since,
    )  # fmt: skip
    policies = {
        found["id"]: (orjson.dumps(found["policy"]), _bytes(found["schedule"]), _bytes(found["renewals"]))
        for found in orjson.loads(row["policies"])
    }
    calendars = {desk: [orjson.dumps(one) for one in found] for desk, found in orjson.loads(row["calendars"]).items()}
    return Terms(policies, calendars, row["locale"])


def situation_of(found: OpenLoan, policy_id: str | None, terms: Terms, service_point: str | None) -> Situation:
    """Return what decides about one loan, in the form in which renewing itself loads it; the patron's standing is left out."""
    policy, schedule, renewals = terms.policies.get((policy_id or "").lower(), (None, None, None))
    return Situation(
        loan=found.loan, queue=found.queue, loan_policy=policy, schedule=schedule, renewal_schedule=renewals,
        overdue_fine_policy=found.overdue_fine_policy, proxy=None, proxy_relation=None, service_point=None,
        loans_counted=0, title=found.title, material_type=None, locale=terms.locale, by_title=False,
        calendars=terms.calendars.get(service_point or "", []), standing=Standing(),
    )  # fmt: skip


#: The names of all contributors of `instance`, as one text.
AUTHOR = """(SELECT string_agg(who ->> 'name', '; ' ORDER BY place)
    FROM jsonb_array_elements(instance.doc -> 'contributors') WITH ORDINALITY AS people (who, place))"""


def _bytes(document: object) -> bytes | None:
    return orjson.dumps(document) if document else None
