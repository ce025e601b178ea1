"""What must be true of a tenant's records beyond what the database itself keeps: one named check each.

A check is one statement, in which `__schema__` stands for the tenant's schema. It returns the records that break its
rule, as rows of `record` (the table), `id` and `detail`; where nothing is wrong it returns none.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from octavo.store.circulation import titles_requestable
from octavo.store.ddl import SCHEMA
from octavo.store.expressions import quote
from octavo.store.tx import Tx

#: The statuses of an item that somebody has borrowed.
_LENT = "('checked out', 'declared lost', 'claimed returned', 'aged to lost')"


@dataclass(frozen=True)
class Check:
    """A rule: its name, one line that says what must be true, and the statement that finds what breaks it."""

    name: str
    says: str
    sql: str


@dataclass(frozen=True)
class Finding:
    """A record that breaks the rule of a check."""

    check: Check
    record: str
    id: str
    detail: str

    def __str__(self) -> str:
        return f"{self.check.name}: {self.record} {self.id}: {self.detail}"


async def examine(tx: Tx, checks: Iterable[Check] | None = None) -> list[Finding]:
    """Return everything that breaks a rule, check by check; all checks unless some are named."""
    return [finding for check in checks or checks_for(tx) for finding in await _broken(tx, check)]


async def _broken(tx: Tx, check: Check) -> list[Finding]:
    rows = await tx.connection.fetch(check.sql.replace(SCHEMA, quote(tx.schema)))
    return [Finding(check, row["record"], row["id"], row["detail"]) for row in rows]


def checks_for(tx: Tx) -> tuple[Check, ...]:
    """Return all checks of a tenant."""
    return (_PUBLISHED, *_LOANS, *_ITEMS, _queue_check(titles_requestable(tx)), *_REQUESTS, *_MONEY, _orphan_check())


_PUBLISHED = Check(
    "events",
    "Events are published soon",
    f"""SELECT 'outbox' AS record, coalesce(record_id, id)::text AS id,
            'its change of ' || at || ' is not published: does a worker run?' AS detail
        FROM {SCHEMA}.outbox WHERE at < now() - '1 hour'::interval ORDER BY at LIMIT 1""",
)

_LOANS = (
    Check(
        "one-open-loan",
        "An item has at most one open loan",
        f"""SELECT 'loan' AS record, id::text, 'item ' || item_id || ' has ' || loans || ' open loans' AS detail
            FROM (SELECT id, item_id, count(*) OVER (PARTITION BY item_id) AS loans
                  FROM {SCHEMA}.loan WHERE status_name = 'open' AND item_id IS NOT NULL) counted
            WHERE loans > 1 ORDER BY item_id, id""",
    ),
    Check(
        "lent-item",
        "The item of an open loan is lent, and the loan knows its status",
        f"""SELECT 'loan' AS record, loan.id::text, 'item ' || item.id || ' is ' || (item.doc #>> '{{status,name}}')
                || coalesce(', the loan says ' || (loan.doc->>'itemStatus'), '') AS detail
            FROM {SCHEMA}.loan loan JOIN {SCHEMA}.item item ON item.id = loan.item_id
            WHERE loan.status_name = 'open' AND (item.status_name NOT IN {_LENT}
                OR loan.doc->>'itemStatus' <> item.doc #>> '{{status,name}}') ORDER BY loan.id""",
    ),
    Check(
        "loan-history",
        "The history of a loan begins with its creation and ends with the loan as it is",
        f"""SELECT 'loan' AS record, loan.id::text,
                CASE WHEN past.first IS NULL THEN 'there is no history'
                     WHEN past.first <> 'I' THEN 'the history does not begin with the creation'
                     ELSE 'the history ends with another state' END AS detail
            FROM {SCHEMA}.loan loan, LATERAL (
                SELECT (array_agg(operation ORDER BY seq))[1] AS first, (array_agg(doc ORDER BY seq DESC))[1] AS latest
                FROM {SCHEMA}.loan_history WHERE record_id = loan.id) past
            WHERE past.first IS DISTINCT FROM 'I' OR past.latest IS DISTINCT FROM loan.doc ORDER BY loan.id""",
    ),
    Check(
        "returned-loans",
        "A loan says when the item came back if, and only if, it did",
        f"""SELECT 'loan' AS record, id::text, (doc #>> '{{status,name}}') || ' by ' || (doc->>'action')
                || coalesce(', returned ' || (doc->>'returnDate'), ', without a return date') AS detail
            FROM {SCHEMA}.loan WHERE (status_name = 'open' AND doc ? 'returnDate')
            OR (status_name = 'closed' AND action LIKE 'checkedin%' AND NOT doc ? 'returnDate') ORDER BY id""",
    ),
)

_ITEMS = (
    Check(
        "borrowed-by-somebody",
        "An item that is lent has an open loan",
        f"""SELECT 'item' AS record, item.id::text, 'is ' || (item.doc #>> '{{status,name}}') || ' without an open loan' AS detail
            FROM {SCHEMA}.item item WHERE item.status_name IN {_LENT} AND NOT EXISTS (
                SELECT FROM {SCHEMA}.loan loan WHERE loan.item_id = item.id AND loan.status_name = 'open')
            ORDER BY item.id""",
    ),
    Check(
        "paged-for-somebody",
        "Somebody waits for an item that is paged",
        f"""SELECT 'item' AS record, item.id::text, 'is Paged without an open request' AS detail
            FROM {SCHEMA}.item item WHERE item.status_name = 'paged' AND NOT EXISTS (
                SELECT FROM {SCHEMA}.request request WHERE request.item_id = item.id AND request.status LIKE 'open%')
            ORDER BY item.id""",
    ),
)

_REQUESTS = (
    Check(
        "pages-fetched",
        "An item that somebody has paged is not free for others",
        f"""SELECT 'request' AS record, request.id::text, 'pages item ' || item.id || ', which is Available' AS detail
            FROM {SCHEMA}.request request JOIN {SCHEMA}.item item ON item.id = request.item_id
            WHERE request.request_type = 'page' AND request.status = 'open - not yet filled'
            AND item.status_name = 'available' ORDER BY request.id""",
    ),
    Check(
        "one-request-each",
        "A patron waits for an item once",
        f"""SELECT 'request' AS record, id::text, 'requester ' || requester_id || ' waits ' || waits || ' times for item ' || item_id
                AS detail
            FROM (SELECT id, requester_id, item_id, count(*) OVER (PARTITION BY requester_id, item_id) AS waits
                  FROM {SCHEMA}.request WHERE status LIKE 'open%' AND item_id IS NOT NULL AND doc->>'requestLevel' = 'Item') waiting
            WHERE waits > 1 ORDER BY item_id, id""",
    ),
    Check(
        "names-in-requests",
        "What an open request keeps of its item and its pickup point is what they are called",
        f"""SELECT 'request' AS record, request.id::text, 'keeps ' || (request.doc->'item')::text
                || coalesce(', to be fetched at ' || (request.doc #>> '{{searchIndex,pickupServicePointName}}'), '') AS detail
            FROM {SCHEMA}.request request
            LEFT JOIN {SCHEMA}.item item ON item.id = request.item_id
            LEFT JOIN {SCHEMA}.location place ON place.id = item.effective_location_id
            LEFT JOIN {SCHEMA}.service_point pickup ON pickup.id = request.pickup_service_point_id
            WHERE request.status LIKE 'open%' AND (
                request.doc #>> '{{item,barcode}}' <> item.doc->>'barcode'
                OR request.doc #>> '{{item,itemEffectiveLocationName}}' <> place.doc->>'name'
                OR request.doc #>> '{{searchIndex,pickupServicePointName}}' <> pickup.doc->>'name') ORDER BY request.id""",
    ),
    Check(
        "closed-requests",
        "A closed request stands in no queue",
        f"""SELECT 'request' AS record, id::text, 'is closed at position ' || position AS detail
            FROM {SCHEMA}.request WHERE status LIKE 'closed%' AND position IS NOT NULL ORDER BY id""",
    ),
    Check(
        "filled-requests",
        "An item that fills a request is where the request says, and fills no other",
        f"""SELECT 'request' AS record, id::text,
                (doc->>'status') || coalesce(', item ' || item_id || ' is ' || item_status, ', without an item')
                || CASE WHEN filled > 1 THEN ', and fills ' || filled || ' requests' ELSE '' END AS detail
            FROM (SELECT request.id, request.doc, request.status, request.item_id, item.doc #>> '{{status,name}}' AS item_status,
                      item.status_name, count(*) OVER (PARTITION BY request.item_id) AS filled
                  FROM {SCHEMA}.request request LEFT JOIN {SCHEMA}.item item ON item.id = request.item_id
                  WHERE request.status IN ('open - awaiting pickup', 'open - in transit', 'open - awaiting delivery')) filling
            WHERE status_name IS DISTINCT FROM replace(status, 'open - ', '') OR filled > 1 ORDER BY id""",
    ),
)

_MONEY = (
    Check(
        "balance",
        "What remains of a charge is the balance of the last action on it",
        f"""SELECT 'accounts' AS record, account.id::text, (account.doc->>'remaining') || ' remain, the last action left '
                || array_to_string(last.balances, ' or ') AS detail
            FROM {SCHEMA}.accounts account, LATERAL (
                SELECT array_agg(DISTINCT balance) AS balances FROM (
                    SELECT round(public.octavo_number(doc->>'balance'), 2) AS balance,
                        rank() OVER (ORDER BY date_action DESC NULLS LAST) AS age
                    FROM {SCHEMA}.feefineactions WHERE account_id = account.id AND doc ? 'balance') aged
                WHERE age = 1) last
            WHERE NOT round(public.octavo_number(account.doc->>'remaining'), 2) = ANY (last.balances) ORDER BY account.id""",
    ),
    Check(
        "sum-of-actions",
        "What remains of a charge is its amount less what was paid, waived and transferred, and what was refunded again",
        f"""SELECT 'accounts' AS record, account.id::text, (account.doc->>'remaining') || ' remain, the actions add up to '
                || account.amount + done.change AS detail
            FROM (SELECT id, doc, round(public.octavo_number(doc->>'amount'), 2) AS amount,
                      round(public.octavo_number(doc->>'remaining'), 2) AS remaining FROM {SCHEMA}.accounts) account, LATERAL (
                SELECT sum(CASE WHEN type_action LIKE 'refunded %' THEN amount
                        WHEN type_action SIMILAR TO '(paid|waived|transferred) %' THEN -amount ELSE 0 END) AS change,
                    bool_or(type_action LIKE 'cancelled %') AS cancelled
                FROM (SELECT type_action, round(public.octavo_number(doc->>'amountAction'), 2) AS amount
                      FROM {SCHEMA}.feefineactions WHERE account_id = account.id) action) done
            WHERE NOT done.cancelled AND account.remaining <> account.amount + done.change ORDER BY account.id""",
    ),
    Check(
        "closed-charges",
        "Nothing remains of a closed charge",
        f"""SELECT 'accounts' AS record, id::text, 'is closed, and ' || (doc->>'remaining') || ' remain' AS detail
            FROM {SCHEMA}.accounts WHERE status_name = 'closed'
            AND round(public.octavo_number(doc->>'remaining'), 2) > 0 ORDER BY id""",
    ),
)


def _queue_check(by_title: str) -> Check:
    """Return the check of queues; `by_title` is the expression that tells whether copies of a title share one queue."""
    return Check(
        "queues",
        "Open requests stand in their queue at 1, 2, 3…",
        f"""SELECT 'request' AS record, id::text,
                coalesce('stands at position ' || position, 'has no position') || ', but is number ' || place AS detail
            FROM (SELECT id, position, row_number() OVER (PARTITION BY queue ORDER BY position NULLS LAST, id) AS place
                  FROM (SELECT id, position, CASE WHEN {by_title} THEN instance_id ELSE item_id END AS queue
                        FROM {SCHEMA}.request WHERE status LIKE 'open%') queued
                  WHERE queue IS NOT NULL) numbered
            WHERE position IS DISTINCT FROM place ORDER BY id""",
    )


@dataclass(frozen=True)
class Link:
    """Records of a table name one of another table: by which SQL expression, and which of them, as a condition."""

    table: str
    field: str
    expression: str
    to: str
    where: str = "TRUE"


_OPEN_LOAN = "owner.status_name = 'open'"
_OPEN_REQUEST = "owner.status LIKE 'open%'"

#: Links that FOLIO, and so the tables, leave unguarded. What is over may name what is gone.
LINKS = (
    Link("loan", "itemId", "owner.item_id", "item", _OPEN_LOAN),
    Link("loan", "userId", "owner.user_id", "users", _OPEN_LOAN),
    Link("request", "requesterId", "owner.requester_id", "users", _OPEN_REQUEST),
    Link("request", "instanceId", "owner.instance_id", "instance", _OPEN_REQUEST),
    Link("request", "itemId", "owner.item_id", "item", f"{_OPEN_REQUEST} AND owner.doc ? 'itemId'"),
    Link(
        "request", "pickupServicePointId", "owner.pickup_service_point_id", "service_point",
        f"{_OPEN_REQUEST} AND owner.doc ? 'pickupServicePointId'",
    ),
    Link("accounts", "userId", "owner.user_id", "users", "owner.status_name = 'open'"),
    Link("accounts", "loanId", "owner.loan_id", "loan", "owner.status_name = 'open' AND owner.doc ? 'loanId'"),
    Link("manualblocks", "userId", "owner.user_id", "users"),
    Link("feefineactions", "accountId", "owner.account_id", "accounts"),
    Link("actual_cost_record", "loan.id", "owner.loan_id", "loan", "owner.status = 'open'"),
    Link("scheduled_notice", "loanId", "owner.loan_id", "loan", "owner.doc ? 'loanId'"),
    Link("scheduled_notice", "requestId", "owner.request_id", "request", "owner.doc ? 'requestId'"),
)


def _orphan_check() -> Check:
    links = " UNION ALL ".join(
        f"""SELECT '{link.table}' AS record, owner.id::text,
            '{link.field} ' || coalesce(owner.doc #>> '{{{link.field.replace(".", ",")}}}', '(none)') || ' is not there' AS detail
        FROM {SCHEMA}.{link.table} owner WHERE {link.where}
        AND NOT EXISTS (SELECT FROM {SCHEMA}.{link.to} other WHERE other.id = {link.expression})"""
        for link in LINKS
    )
    return Check("orphans", "What a record that is not over names is there", f"{links} ORDER BY record, id")
