"""What check-out, check-in and renewal read and write, each in one statement.

The statements build on each other in one order, so that no two can wait for each other: patron row, item
row, title, loan, request queue. Who holds the item row holds its queue too, and where titles can be requested,
the row of the title, whose copies share one. `lock_desk` takes the locks; a later statement sees what others
had committed before the locks were granted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from octavo.store.calendars import CalendarsOf, assigned_since
from octavo.store.locale import locale_value
from octavo.store.occasions import Occasion, noting, unscheduling
from octavo.store.outbox import emitted
from octavo.store.places import take_places_away
from octavo.store.query import Args
from octavo.store.tx import Tx
from octavo_models.scalars import format_instant

#: Tables of the policies that circulation rules name, by their letter.
POLICY_TABLES = {
    "l": "loan_policy",
    "r": "request_policy",
    "n": "patron_notice_policy",
    "o": "overdue_fine_policy",
    "i": "lost_item_fee_policy",
}
#: The strategy of a loan policy's document.
LOAN_STRATEGY = "loan_policy.doc #>> '{loansPolicy,closedLibraryDueDateManagementId}'"
_OPEN_REQUESTS = (
    "('open - not yet filled', 'open - awaiting pickup', 'open - in transit', 'open - awaiting delivery')"
)


#: The member that marks a suspended request where a queue is loaded; no stored request has it.
SUSPENDED = "octavoSuspended"


@dataclass(frozen=True)
class RulesText:
    """The tenant's circulation rules: the digest of the text, and the text where the caller does not know it."""

    digest: str
    text: str | None


@dataclass(frozen=True)
class Desk:
    """The patron and the item that somebody names, locked; what the item's location belongs to; the rules.

    All documents are bytes, None where there is no such record.
    """

    patron: bytes | None
    item: bytes | None
    location: bytes | None
    rules: RulesText


async def load_rules_text(tx: Tx, known: Iterable[str]) -> RulesText:
    """Return the tenant's rules, without the text where its digest is known."""
    row = await tx.connection.fetchrow(f"SELECT * FROM ({rules_text(tx, '$1')}) rules", list(known))
    return RulesText(row["digest"], row["text"])


async def load_rules_record(tx: Tx) -> bytes | None:
    """Return the document of the tenant's rules, None before they are first set."""
    document: bytes | None = await tx.connection.fetchval(
        f"SELECT doc FROM {tx.table('circulation_rules')} LIMIT 1"
    )
    return document


async def load_rules_and_location(tx: Tx, known: Iterable[str], location_id: str | None) -> tuple[RulesText, bytes | None]:
    """Return the tenant's rules and the document of a location."""
    row = await tx.connection.fetchrow(
        f"""SELECT rules.*, (SELECT doc FROM {tx.table("location")} WHERE id = $2) AS location
            FROM ({rules_text(tx, "$1")}) rules""",
        list(known), location_id,
    )  # fmt: skip
    return RulesText(row["digest"], row["text"]), row["location"]


async def load_existing_policies(tx: Tx, named: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of the named policies, as letter and id, that are stored."""
    asked = sorted(named)
    every = " UNION ALL ".join(
        f"SELECT '{letter}' AS letter, id::text AS id FROM {tx.table(table)}"
        for letter, table in POLICY_TABLES.items()
    )
    rows = await tx.connection.fetch(
        f"""SELECT letter, id FROM ({every}) stored
            WHERE (letter, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))""",
        [letter for letter, _ in asked], [policy for _, policy in asked],
    )  # fmt: skip
    return {(row["letter"], row["id"]) for row in rows}


def rules_text(tx: Tx, known: str) -> str:
    """Return the SELECT of the digest of the rules and, unless it is among those known, their text."""
    return f"""
        SELECT md5(text) AS digest, CASE WHEN md5(text) = ANY({known}::text[]) THEN NULL ELSE text END AS text
        FROM (SELECT coalesce((SELECT doc->>'rulesAsText' FROM {tx.table("circulation_rules")} LIMIT 1), '') AS text) stored"""


async def lock_desk_by_barcode(tx: Tx, known: Iterable[str], item_barcode: str, user_barcode: str | None = None) -> Desk:
    """Lock the patron, then the item, found by their barcodes as text without case."""
    return await _lock_desk(
        tx, "barcode = public.octavo_fold($1)", "barcode = public.octavo_lower($2)", user_barcode, item_barcode, known
    )


async def lock_desk_by_id(tx: Tx, known: Iterable[str], item_id: str | None, user_id: str | None = None) -> Desk:
    """Lock the patron, then the item, found by their ids."""
    return await _lock_desk(tx, "id = $1::uuid", "id = $2::uuid", user_id, item_id, known)


async def _lock_desk(
    tx: Tx, which_patron: str, which_item: str, patron_key: str | None, item_key: str | None, known: Iterable[str]
) -> Desk:
    row = await tx.connection.fetchrow(
        f"""WITH patron AS MATERIALIZED (
                SELECT doc FROM {tx.table("users")} WHERE {which_patron} FOR NO KEY UPDATE),
            item AS MATERIALIZED (
                SELECT doc, effective_location_id, holdings_record_id FROM {tx.table("item")}
                WHERE {which_item} AND (SELECT count(*) FROM patron) >= 0 FOR NO KEY UPDATE),
            title AS MATERIALIZED (
                SELECT id FROM {tx.table("instance")}
                WHERE id = (SELECT instance_id FROM {tx.table("holdings_record")}
                            WHERE id = (SELECT holdings_record_id FROM item))
                AND {titles_requestable(tx)} FOR NO KEY UPDATE)
            SELECT (SELECT doc FROM patron) AS patron, (SELECT doc FROM item) AS item,
                   (SELECT place.doc FROM item JOIN {tx.table("location")} place ON place.id = item.effective_location_id)
                       AS location, (SELECT count(*) FROM title) AS titles_locked, rules.digest, rules.text
            FROM ({rules_text(tx, "$3")}) rules""",
        patron_key, item_key, list(known),
    )  # fmt: skip
    return Desk(row["patron"], row["item"], row["location"], RulesText(row["digest"], row["text"]))


@dataclass(frozen=True)
class Wanted:
    """What `load_situation` is asked for; None where it does not apply or is not known.

    same_material_type, same_loan_type: count only the patron's loans of such items.
    """

    item_id: str | None
    holdings_record_id: str | None
    material_type_id: str | None
    user_id: str | None = None
    loan_policy_id: str | None = None
    overdue_fine_policy_id: str | None = None
    proxy_barcode: str | None = None
    service_point_id: str | None = None
    same_material_type: str | None = None
    same_loan_type: str | None = None
    calendars: CalendarsOf | None = None


@dataclass(frozen=True)
class Situation:
    """The item's loan, the queue for it, the policies, and everything else that decides; documents are bytes.

    queue: open requests, in order, of the item, or of its whole title where title level requests are on.
    loans_counted: the patron's open loans, those claimed returned left out. overdue_fine_policy: the one
    asked for, else that of the loan. calendars: where the strategy of the loan policy, else of the service point,
    asks for them.
    """

    loan: bytes | None
    queue: list[bytes]
    loan_policy: bytes | None
    schedule: bytes | None
    renewal_schedule: bytes | None
    overdue_fine_policy: bytes | None
    proxy: bytes | None
    proxy_relation: bytes | None
    service_point: bytes | None
    loans_counted: int
    title: str | None
    material_type: str | None
    locale: bytes | None
    by_title: bool
    calendars: list[bytes]


async def load_situation(tx: Tx, wanted: Wanted) -> Situation:
    """Return what decides about a loan, with one statement; the loan is locked, and the proxy is not erased meanwhile."""
    args = Args()
    item, user = args.add(wanted.item_id, "uuid"), args.add(wanted.user_id, "uuid")
    policy, overdue = args.add(wanted.loan_policy_id, "uuid"), args.add(wanted.overdue_fine_policy_id, "uuid")
    desk = args.add(wanted.service_point_id, "uuid")
    row = await tx.connection.fetchrow(
        f"""WITH open_loan AS MATERIALIZED (
                SELECT doc, public.octavo_uuid(doc->>'overdueFinePolicyId') AS overdue_fine_policy_id
                FROM {tx.table("loan")} WHERE item_id = {item} AND status_name = 'open' FOR NO KEY UPDATE),
            title AS MATERIALIZED (
                SELECT instance.id, instance.doc->>'title' AS title FROM {tx.table("holdings_record")} holdings
                JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id
                WHERE holdings.id = {args.add(wanted.holdings_record_id, "uuid")}),
            setting AS MATERIALIZED (SELECT {titles_requestable(tx)} AS by_title),
            proxy AS MATERIALIZED (
                SELECT id, doc FROM {tx.table("users")}
                WHERE barcode = public.octavo_fold({args.add(wanted.proxy_barcode, "text")}) FOR KEY SHARE)
            SELECT (SELECT doc FROM open_loan) AS loan,
                ARRAY({open_requests(tx, item, '(SELECT id FROM title)', args.add(tx.now, 'timestamptz'))}) AS queue,
                {_one(tx, "loan_policy", policy)} AS loan_policy,
                {_schedule(tx, policy, "loans_policy_fixed_due_date_schedule_id")} AS schedule,
                {_schedule(tx, policy, "renewals_policy_alternate_fixed_due_date_schedule_id")} AS renewal_schedule,
                {_one(tx, "overdue_fine_policy", f"coalesce({overdue}, (SELECT overdue_fine_policy_id FROM open_loan))")}
                    AS overdue_fine_policy,
                (SELECT doc FROM proxy) AS proxy,
                (SELECT relation.doc FROM {tx.table("proxyfor")} relation JOIN proxy ON relation.proxy_user_id = proxy.id
                 WHERE relation.user_id = {user} LIMIT 1) AS proxy_relation,
                {_one(tx, "service_point", desk)} AS service_point,
                {_count(tx, user, args.add(wanted.same_material_type, "uuid"), args.add(wanted.same_loan_type, "uuid"))}
                    AS loans_counted,
                (SELECT title FROM title) AS title,
                (SELECT doc->>'name' FROM {tx.table("material_type")}
                 WHERE id = {args.add(wanted.material_type_id, "uuid")}) AS material_type,
                {locale_value(tx)} AS locale,
                (SELECT by_title FROM setting) AS by_title,
                {_calendars(tx, wanted.calendars, policy, desk, args)} AS calendars""",
        *args.values,
    )
    return Situation(**row)


def titles_requestable(tx: Tx) -> str:
    """Return the expression that tells whether title level requests are on."""
    return f"""EXISTS (SELECT FROM {tx.table("circulation_settings")} WHERE name IN ('tlr', 'generaltlr')
        AND doc #>> '{{value,titleLevelRequestsFeatureEnabled}}' = 'true')"""


def _one(tx: Tx, table: str, record_id: str) -> str:
    return f"(SELECT doc FROM {tx.table(table)} WHERE id = {record_id})"


def open_requests(tx: Tx, item: str, title: str, now: str) -> str:
    """Return the open requests in order, the suspended ones marked; only one half runs, each served by its own index."""
    requests = f"SELECT doc, position, id FROM {tx.table('request')} WHERE status IN {_OPEN_REQUESTS}"
    return f"""SELECT CASE WHEN EXISTS (SELECT FROM {tx.table("request_suspension")} suspension
                WHERE suspension.request_id = queued.id AND suspension.until > {now})
            THEN doc || '{{"{SUSPENDED}": true}}' ELSE doc END
        FROM (
            {requests} AND NOT (SELECT by_title FROM setting) AND item_id = {item}
            UNION ALL
            {requests} AND (SELECT by_title FROM setting) AND instance_id = {title}) queued
        ORDER BY position, id"""


def _schedule(tx: Tx, policy: str, column: str) -> str:
    return f"""(SELECT schedule.doc FROM {tx.table("loan_policy")} policy
        JOIN {tx.table("fixed_due_date_schedule")} schedule ON schedule.id = policy.{column}
        WHERE policy.id = {policy})"""


def _calendars(tx: Tx, asked: CalendarsOf | None, policy: str, desk: str, args: Args) -> str:
    """Return the array of calendars; where the strategy in force asks for none, no calendar is looked at."""
    if asked is None:
        return "'{}'::jsonb[]"
    lent_at = "(SELECT doc->>'checkoutServicePointId' FROM open_loan)"
    service_point = f"coalesce({args.add(asked.service_point_id, 'text')}, {lent_at})"
    strategy = f"""coalesce(
        (SELECT {LOAN_STRATEGY} FROM {tx.table("loan_policy")} WHERE id = {policy}),
        (SELECT doc->>'holdShelfClosedLibraryDateManagement' FROM {tx.table("service_point")} WHERE id = {desk}))"""
    return f"""ARRAY({assigned_since(tx, service_point, args.add(asked.since, "text"))}
        AND {strategy} = ANY ({args.add(asked.strategies, "text[]")}))"""


def _count(tx: Tx, user: str, material_type: str, loan_type: str) -> str:
    return f"""(SELECT count(*) FROM {tx.table("loan")} loan JOIN {tx.table("item")} item ON item.id = loan.item_id
        WHERE loan.user_id = {user} AND loan.status_name = 'open'
        AND loan.doc->>'itemStatus' IS DISTINCT FROM 'Claimed returned'
        AND ({material_type} IS NULL OR item.material_type_id = {material_type})
        AND ({loan_type} IS NULL
             OR coalesce(item.temporary_loan_type_id, item.permanent_loan_type_id) = {loan_type}))"""


@dataclass(frozen=True)
class Patch:
    """A change of some top-level fields of a record: those to set, and those to take away."""

    id: str
    fields: Mapping[str, Any]
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changes:
    """What one act at the desk changes; each new or changed document is complete, items and requests are patched.

    occasions: what patrons may be told of. unscheduled: the loans and requests whose scheduled notices are void.
    """

    new_loan: tuple[str, bytes] | None = None
    loan: tuple[str, bytes] | None = None
    item: Patch | None = None
    requests: tuple[Patch, ...] = ()
    session: tuple[str, bytes] | None = None
    check_in: tuple[str, bytes] | None = None
    occasions: tuple[Occasion, ...] = ()
    unscheduled_loans: tuple[str, ...] = ()
    unscheduled_requests: tuple[str, ...] = ()


async def write(tx: Tx, changes: Changes) -> None:
    """Write all changes with one statement.

    Where requests change places, one more takes their places away first: no two may hold one, not for a moment.
    """
    ids = [patch.id for patch in changes.requests]
    before = await take_places_away(tx, ids) if len(ids) > 1 else {}
    args = Args()
    now = args.add(tx.now, "timestamptz")
    parts = [f"moment AS (SELECT {now})", *_parts(tx, changes, args, now, before)]
    await tx.connection.execute(f"WITH {', '.join(parts)} SELECT 1", *args.values)


def _parts(tx: Tx, changes: Changes, args: Args, now: str, before: Mapping[str, bytes]) -> Iterable[str]:
    if changes.new_loan:
        yield _insert(tx, "loan", changes.new_loan, args, now)
        yield _loan_history(tx, "new_loan", "I", now)
    if changes.loan:
        yield _changed_loan(tx, changes.loan, args, now)
        yield _loan_history(tx, "changed_loan", "U", now)
    if changes.item:
        yield _patched_item(tx, changes.item, args, now)
    if changes.requests:
        yield _patched_requests(tx, changes.requests, before, args, now)
    if changes.session:
        yield _insert(tx, "patron_action_session", changes.session, args, now)
    if changes.check_in:
        yield _insert(tx, "check_in", changes.check_in, args, now)
    yield from _told(tx, changes, args)


def _told(tx: Tx, changes: Changes, args: Args) -> Iterable[str]:
    if changes.occasions:
        yield noting(tx, changes.occasions, args)
    if changes.unscheduled_loans or changes.unscheduled_requests:
        yield unscheduling(tx, changes.unscheduled_loans, changes.unscheduled_requests, args)


def _insert(tx: Tx, table: str, record: tuple[str, bytes], args: Args, now: str) -> str:
    record_id, document = record
    return f"""new_{table} AS (INSERT INTO {tx.table(table)} (id, doc)
        VALUES ({args.add(record_id, "uuid")}, {args.add(document, "jsonb")}) RETURNING id, doc)
        {emitted(tx.schema, table, f"new_{table}", "I", now)}"""


def _changed_loan(tx: Tx, record: tuple[str, bytes], args: Args, now: str) -> str:
    record_id, document = record
    return f"""{_before(tx, "loan", args.add(record_id, "uuid"))},
        changed_loan AS (UPDATE {tx.table("loan")} loan SET doc = {args.add(document, "jsonb")}
            FROM loan_before WHERE loan.id = loan_before.id RETURNING loan.id, loan_before.doc AS old, loan.doc)
        {emitted(tx.schema, "loan", "changed_loan", "U", now)}"""


def _before(tx: Tx, table: str, record_id: str) -> str:
    return f"""{table}_before AS MATERIALIZED (
        SELECT id, doc FROM {tx.table(table)} WHERE id = {record_id} FOR NO KEY UPDATE)"""


def _loan_history(tx: Tx, rows: str, operation: str, now: str) -> str:
    return f"""{rows}_history AS (INSERT INTO {tx.table("loan_history")} (record_id, operation, at, doc)
        SELECT id, '{operation}', {now}, doc FROM {rows})"""


def _patched_item(tx: Tx, patch: Patch, args: Args, now: str) -> str:
    fields, without = args.add(orjson.dumps(patch.fields), "jsonb"), args.add(patch.without, "text[]")
    return f"""{_before(tx, "item", args.add(patch.id, "uuid"))},
        item_changed AS (UPDATE {tx.table("item")} item SET doc = (item.doc - {without}) || {fields} || jsonb_build_object(
            '_version', coalesce((item.doc->>'_version')::int, 0) + 1, 'metadata', {_touched(tx, "item.doc", args)})
            FROM item_before WHERE item.id = item_before.id RETURNING item.id, item_before.doc AS old, item.doc)
        {emitted(tx.schema, "item", "item_changed", "U", now)}"""


def _patched_requests(
    tx: Tx, patches: tuple[Patch, ...], before: Mapping[str, bytes], args: Args, now: str
) -> str:
    """Return the parts that change requests; `before` is what they were before their places were taken away, by id."""
    ids = args.add(tuple(patch.id for patch in patches), "uuid[]")
    fields = args.add(tuple(orjson.dumps(patch.fields) for patch in patches), "jsonb[]")
    without = args.add(tuple(orjson.dumps(["position", *patch.without]) for patch in patches), "jsonb[]")
    old = args.add(tuple(before.get(patch.id) for patch in patches), "jsonb[]")
    return f"""requests_before AS MATERIALIZED (
            SELECT request.id, coalesce(patch.old, request.doc) AS doc, patch.fields,
                ARRAY(SELECT jsonb_array_elements_text(patch.without)) AS without FROM {tx.table("request")} request
            JOIN unnest({ids}, {fields}, {without}, {old}) AS patch (id, fields, without, old) ON patch.id = request.id
            FOR NO KEY UPDATE OF request),
        requests_changed AS (UPDATE {tx.table("request")} request
            SET doc = (request.doc - requests_before.without) || requests_before.fields
                || jsonb_build_object('metadata', {_touched(tx, "request.doc", args)})
            FROM requests_before WHERE request.id = requests_before.id
            RETURNING request.id, requests_before.doc AS old, request.doc)
        {emitted(tx.schema, "request", "requests_changed", "U", now)}"""


def _touched(tx: Tx, document: str, args: Args) -> str:
    stamp = {"updatedDate": format_instant(tx.now)} | ({"updatedByUserId": tx.actor} if tx.actor else {})
    return f"coalesce({document}->'metadata', '{{}}') || {args.add(orjson.dumps(stamp), 'jsonb')}"


async def lock_item_of_loan(tx: Tx, loan_id: str) -> tuple[bytes | None, bytes | None]:
    """Lock the item of a loan, found by the loan's id; return the loan, not locked yet, and the item."""
    row = await tx.connection.fetchrow(
        f"""WITH asked AS MATERIALIZED (SELECT doc, item_id FROM {tx.table("loan")} WHERE id = $1),
            item AS MATERIALIZED (
                SELECT doc FROM {tx.table("item")} WHERE id = (SELECT item_id FROM asked) FOR NO KEY UPDATE)
            SELECT (SELECT doc FROM asked), (SELECT doc FROM item)""",
        loan_id,
    )
    return row[0], row[1]


@dataclass(frozen=True)
class Named:
    """Which of the records that a loan names exist, and how its proxy is related to its patron."""

    user: bool
    checkout_service_point: bool
    checkin_service_point: bool
    proxy_relation: bytes | None


async def load_named(
    tx: Tx, user_id: str | None, proxy_id: str | None, checkout_desk: str | None, checkin_desk: str | None
) -> Named:
    """Return which of the records that a loan names exist; ids that are none are not found. The proxy is not erased meanwhile."""
    row = await tx.connection.fetchrow(
        f"""WITH proxy AS MATERIALIZED (SELECT id FROM {tx.table("users")} WHERE id = public.octavo_uuid($2) FOR KEY SHARE)
            SELECT EXISTS (SELECT FROM {tx.table("users")} WHERE id = public.octavo_uuid($1)) AS "user",
                EXISTS (SELECT FROM {tx.table("service_point")} WHERE id = public.octavo_uuid($3)) AS checkout_service_point,
                EXISTS (SELECT FROM {tx.table("service_point")} WHERE id = public.octavo_uuid($4)) AS checkin_service_point,
                (SELECT doc FROM {tx.table("proxyfor")} WHERE user_id = public.octavo_uuid($1)
                 AND proxy_user_id = public.octavo_uuid($2) AND (SELECT count(*) FROM proxy) >= 0 LIMIT 1) AS proxy_relation""",
        user_id, proxy_id, checkout_desk, checkin_desk,
    )  # fmt: skip
    return Named(**row)
