"""What check-out, check-in and renewal read and write, each in one statement.

The statements build on each other in one order, so that no two can wait for each other: patron row, item
row, title, loan, request queue. Who holds the item row holds its queue too, and where titles can be requested,
the row of the title, whose copies share one. `lock_desk` takes the locks; a later statement sees what others
had committed before the locks were granted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from octavo.store.blocks import Standing, read_standing, standing_value
from octavo.store.calendars import CalendarsOf, assigned_since
from octavo.store.loans import shown_item, shown_loan
from octavo.store.locale import locale_value
from octavo.store.occasions import OCCASION_COLUMNS, Occasion, columns_of, noting, unscheduling
from octavo.store.outbox import emitted
from octavo.store.places import take_places_away
from octavo.store.query import Args
from octavo.store.tx import Tx, made_once
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
_NO_CALENDARS = CalendarsOf(None, (), date.min)
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
    row = await tx.connection.fetchrow(_lock_desk_text(tx, which_patron, which_item), patron_key, item_key, list(known))
    return Desk(row["patron"], row["item"], row["location"], RulesText(row["digest"], row["text"]))


@made_once
def _lock_desk_text(tx: Tx, which_patron: str, which_item: str) -> str:
    return f"""WITH patron AS MATERIALIZED (
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
            FROM ({rules_text(tx, "$3")}) rules"""


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
    loans_counted: the patron's open loans, those claimed returned left out, 0 where the loan policy sets no limit. overdue_fine_policy: the one
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
    standing: Standing


async def load_situation(tx: Tx, wanted: Wanted) -> Situation:
    """Return what decides about a loan, with one statement; the loan is locked."""
    asked = wanted.calendars or _NO_CALENDARS
    row = await tx.connection.fetchrow(
        _situation_text(tx),
        wanted.item_id, wanted.user_id, wanted.loan_policy_id, wanted.overdue_fine_policy_id, wanted.service_point_id,
        wanted.holdings_record_id, wanted.proxy_barcode, tx.now, wanted.same_material_type, wanted.same_loan_type,
        wanted.material_type_id, asked.service_point_id, asked.since, asked.strategies,
    )  # fmt: skip
    return Situation(**{**row, "standing": read_standing(row["standing"])})


@made_once
def _situation_text(tx: Tx) -> str:
    return f"""WITH open_loan AS MATERIALIZED (
            SELECT doc, public.octavo_uuid(doc->>'overdueFinePolicyId') AS overdue_fine_policy_id
            FROM {tx.table("loan")} WHERE item_id = $1::uuid AND status_name = 'open' FOR NO KEY UPDATE),
        title AS MATERIALIZED (
            SELECT instance.id, instance.doc->>'title' AS title FROM {tx.table("holdings_record")} holdings
            JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id WHERE holdings.id = $6::uuid),
        setting AS MATERIALIZED (SELECT {titles_requestable(tx)} AS by_title),
        proxy AS MATERIALIZED (SELECT id, doc FROM {tx.table("users")} WHERE barcode = public.octavo_fold($7::text)),
        policy AS MATERIALIZED (SELECT loan_policy.*, {LOAN_STRATEGY} AS strategy FROM {tx.table("loan_policy")} WHERE id = $3::uuid),
        desk AS MATERIALIZED (SELECT doc FROM {tx.table("service_point")} WHERE id = $5::uuid)
        SELECT (SELECT doc FROM open_loan) AS loan,
            ARRAY({open_requests(tx, "$1::uuid", "(SELECT id FROM title)", "$8::timestamptz")}) AS queue,
            (SELECT doc FROM policy) AS loan_policy,
            {_schedule(tx, "loans_policy_fixed_due_date_schedule_id")} AS schedule,
            {_schedule(tx, "renewals_policy_alternate_fixed_due_date_schedule_id")} AS renewal_schedule,
            (SELECT doc FROM {tx.table("overdue_fine_policy")}
             WHERE id = coalesce($4::uuid, (SELECT overdue_fine_policy_id FROM open_loan))) AS overdue_fine_policy,
            (SELECT doc FROM proxy) AS proxy,
            (SELECT relation.doc FROM {tx.table("proxyfor")} relation JOIN proxy ON relation.proxy_user_id = proxy.id
             WHERE relation.user_id = $2::uuid LIMIT 1) AS proxy_relation,
            (SELECT doc FROM desk) AS service_point,
            {_count(tx)} AS loans_counted,
            (SELECT title FROM title) AS title,
            (SELECT doc->>'name' FROM {tx.table("material_type")} WHERE id = $11::uuid) AS material_type,
            {locale_value(tx)} AS locale,
            (SELECT by_title FROM setting) AS by_title,
            {_calendars(tx)} AS calendars,
            {standing_value(tx, "$2::uuid")} AS standing"""


def titles_requestable(tx: Tx) -> str:
    """Return the expression that tells whether title level requests are on."""
    return f"""EXISTS (SELECT FROM {tx.table("circulation_settings")} WHERE name IN ('tlr', 'generaltlr')
        AND doc #>> '{{value,titleLevelRequestsFeatureEnabled}}' = 'true')"""


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


def _schedule(tx: Tx, column: str) -> str:
    return f"""(SELECT schedule.doc FROM policy JOIN {tx.table("fixed_due_date_schedule")} schedule
        ON schedule.id = policy.{column})"""


def _calendars(tx: Tx) -> str:
    """Return the array of calendars; where the strategy in force asks for none, no calendar is looked at."""
    service_point = "coalesce($12::text, (SELECT doc->>'checkoutServicePointId' FROM open_loan))"
    strategy = """coalesce((SELECT strategy FROM policy),
        (SELECT doc->>'holdShelfClosedLibraryDateManagement' FROM desk))"""
    return f"ARRAY({assigned_since(tx, service_point, '$13::text')} AND {strategy} = ANY ($14::text[]))"


def _count(tx: Tx) -> str:
    """Return the number of loans; where the policy sets no limit, nobody's loans are looked at."""
    return f"""(SELECT count(*) FROM {tx.table("loan")} loan JOIN {tx.table("item")} item ON item.id = loan.item_id
        WHERE (SELECT doc #> '{{loansPolicy,itemLimit}}' FROM policy) IS NOT NULL
        AND loan.user_id = $2::uuid AND loan.status_name = 'open'
        AND loan.doc->>'itemStatus' IS DISTINCT FROM 'Claimed returned'
        AND ($9::uuid IS NULL OR item.material_type_id = $9::uuid)
        AND ($10::uuid IS NULL OR coalesce(item.temporary_loan_type_id, item.permanent_loan_type_id) = $10::uuid))"""


@dataclass(frozen=True)
class Patch:
    """A change of some top-level fields of a record: those to set, and those to take away."""

    id: str
    fields: Mapping[str, Any]
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changes:
    """What one act changes; each new or changed document is complete, items and requests are patched.

    occasions: what patrons may be told of. unscheduled: the loans and requests whose scheduled notices are void.
    """

    new_loan: tuple[str, bytes] | None = None
    new_request: tuple[str, bytes] | None = None
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
    await tx.connection.execute(*await _statement(tx, changes))


async def write_lent(tx: Tx, changes: Changes, marks: Mapping[str, Any]) -> bytes:
    """Write all changes of a check-out likewise, and return the new loan as circulation shows it, with some marks besides."""
    return bytes(await tx.connection.fetchval(*await _statement(tx, changes, {"marks": orjson.dumps(marks)})))


async def _statement(tx: Tx, changes: Changes, shown: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
    """Return the text of a write and its values. shown: the marks of the new loan where that is to be returned."""
    ids = [patch.id for patch in changes.requests]
    before = await take_places_away(tx, ids) if len(ids) > 1 else {}
    values = {"now": tx.now, **_values(tx, changes, before), **(shown or {})}
    text, names = _write_text(tx, tuple(part for part in _PARTS if part in values), shown=shown is not None)
    return text, *(values[name] for name in names)


def _values(tx: Tx, changes: Changes, before: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the values of the parts that there are; `before` is what requests were before their places were taken away."""
    values: dict[str, Any] = {}
    for name in ("new_loan", "new_request", "loan", "session", "check_in"):
        record = getattr(changes, name)
        if record:
            values[f"{name}_id"], values[name] = record
    if item := changes.item:
        values |= {"item_id": item.id, "item_fields": orjson.dumps(item.fields), "item_without": list(item.without)}
    if changes.requests:
        values |= _values_of_requests(changes.requests, before)
    if changes.item or changes.requests:
        values["touched"] = orjson.dumps(
            {"updatedDate": format_instant(tx.now)} | ({"updatedByUserId": tx.actor} if tx.actor else {})
        )
    if changes.occasions:
        values |= {f"told_{name}": column for name, column in columns_of(changes.occasions).items()}
    if changes.unscheduled_loans or changes.unscheduled_requests:
        values |= {"void_loans": list(changes.unscheduled_loans), "void_requests": list(changes.unscheduled_requests)}
    return values


def _values_of_requests(patches: tuple[Patch, ...], before: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "request_ids": [patch.id for patch in patches],
        "request_fields": [orjson.dumps(patch.fields) for patch in patches],
        "request_without": [orjson.dumps(["position", *patch.without]) for patch in patches],
        "request_old": [before.get(patch.id) for patch in patches],
    }


@made_once
def _write_text(tx: Tx, parts: tuple[str, ...], *, shown: bool) -> tuple[str, list[Any]]:
    """Return the statement that is made of some parts, and the names of its values in the order of their placeholders."""
    names = Args()
    now = names.add("now", "timestamptz")
    made = [f"moment AS (SELECT {now})", *(_PARTS[part](tx, names, now) for part in parts)]
    answer = f"{_shown_lent(tx)} || {names.add('marks', 'jsonb')} FROM new_loan loan" if shown else "1"
    return f"WITH {', '.join(made)} SELECT {answer}", names.values


def _shown_lent(tx: Tx) -> str:
    """Return the expression for a new loan with its item as this very statement leaves it."""
    return shown_loan(tx, shown_item(tx, "loan.item_id", "item_changed"))


def _new(tx: Tx, table: str, name: str, names: Args, now: str) -> str:
    record_id, document = names.add(f"{name}_id", "uuid"), names.add(name, "jsonb")
    return f"""new_{table} AS (INSERT INTO {tx.table(table)} (id, doc) VALUES ({record_id}, {document}) RETURNING *)
        {emitted(tx.schema, table, f"new_{table}", "I", now)}"""


def _new_loan(tx: Tx, names: Args, now: str) -> str:
    return f"{_new(tx, 'loan', 'new_loan', names, now)}, {_loan_history(tx, 'new_loan', 'I', now)}"


def _changed_loan(tx: Tx, names: Args, now: str) -> str:
    return f"""{_before(tx, "loan", names.add("loan_id", "uuid"))},
        changed_loan AS (UPDATE {tx.table("loan")} loan SET doc = {names.add("loan", "jsonb")}
            FROM loan_before WHERE loan.id = loan_before.id RETURNING loan.id, loan_before.doc AS old, loan.doc)
        {emitted(tx.schema, "loan", "changed_loan", "U", now)}, {_loan_history(tx, "changed_loan", "U", now)}"""


def _before(tx: Tx, table: str, record_id: str) -> str:
    return f"""{table}_before AS MATERIALIZED (
        SELECT id, doc FROM {tx.table(table)} WHERE id = {record_id} FOR NO KEY UPDATE)"""


def _loan_history(tx: Tx, rows: str, operation: str, now: str) -> str:
    return f"""{rows}_history AS (INSERT INTO {tx.table("loan_history")} (record_id, operation, at, doc)
        SELECT id, '{operation}', {now}, doc FROM {rows})"""


def _patched_item(tx: Tx, names: Args, now: str) -> str:
    fields, without = names.add("item_fields", "jsonb"), names.add("item_without", "text[]")
    return f"""{_before(tx, "item", names.add("item_id", "uuid"))},
        item_changed AS (UPDATE {tx.table("item")} item SET doc = (item.doc - {without}) || {fields} || jsonb_build_object(
            '_version', coalesce((item.doc->>'_version')::int, 0) + 1, 'metadata', {_touched("item.doc", names)})
            FROM item_before WHERE item.id = item_before.id RETURNING item.*, item_before.doc AS old)
        {emitted(tx.schema, "item", "item_changed", "U", now)}"""


def _patched_requests(tx: Tx, names: Args, now: str) -> str:
    ids, fields = names.add("request_ids", "uuid[]"), names.add("request_fields", "jsonb[]")
    without, old = names.add("request_without", "jsonb[]"), names.add("request_old", "jsonb[]")
    return f"""requests_before AS MATERIALIZED (
            SELECT request.id, coalesce(patch.old, request.doc) AS doc, patch.fields,
                ARRAY(SELECT jsonb_array_elements_text(patch.without)) AS without FROM {tx.table("request")} request
            JOIN unnest({ids}, {fields}, {without}, {old}) AS patch (id, fields, without, old) ON patch.id = request.id
            FOR NO KEY UPDATE OF request),
        requests_changed AS (UPDATE {tx.table("request")} request
            SET doc = (request.doc - requests_before.without) || requests_before.fields
                || jsonb_build_object('metadata', {_touched("request.doc", names)})
            FROM requests_before WHERE request.id = requests_before.id
            RETURNING request.id, requests_before.doc AS old, request.doc)
        {emitted(tx.schema, "request", "requests_changed", "U", now)}"""


def _touched(document: str, names: Args) -> str:
    return f"coalesce({document}->'metadata', '{{}}') || {names.add('touched', 'jsonb')}"


def _told(tx: Tx, names: Args, now: str) -> str:
    return noting(tx, [names.add(f"told_{name}", "text[]") for name in OCCASION_COLUMNS], now)


def _unscheduled(tx: Tx, names: Args, _now: str) -> str:
    return unscheduling(tx, names.add("void_loans", "uuid[]"), names.add("void_requests", "uuid[]"))


#: The parts of a write, each by the name of a value that is there where the part is needed.
_PARTS: dict[str, Callable[[Tx, Args, str], str]] = {
    "new_loan": _new_loan,
    "new_request": lambda tx, names, now: _new(tx, "request", "new_request", names, now),
    "loan": _changed_loan,
    "item_id": _patched_item,
    "request_ids": _patched_requests,
    "session": lambda tx, names, now: _new(tx, "patron_action_session", "session", names, now),
    "check_in": lambda tx, names, now: _new(tx, "check_in", "check_in", names, now),
    "told_event": _told,
    "void_loans": _unscheduled,
}


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
    """Return which of the records that a loan names exist; ids that are none are not found."""
    row = await tx.connection.fetchrow(
        f"""SELECT EXISTS (SELECT FROM {tx.table("users")} WHERE id = public.octavo_uuid($1)) AS "user",
                EXISTS (SELECT FROM {tx.table("service_point")} WHERE id = public.octavo_uuid($3)) AS checkout_service_point,
                EXISTS (SELECT FROM {tx.table("service_point")} WHERE id = public.octavo_uuid($4)) AS checkin_service_point,
                (SELECT doc FROM {tx.table("proxyfor")} WHERE user_id = public.octavo_uuid($1)
                 AND proxy_user_id = public.octavo_uuid($2) LIMIT 1) AS proxy_relation""",
        user_id, proxy_id, checkout_desk, checkin_desk,
    )  # fmt: skip
    return Named(**row)
