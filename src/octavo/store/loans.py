"""Loans as circulation shows them (FOLIO mod-circulation), put together by the statement that reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from octavo.errors import NotFound
from octavo.store import pages, slips
from octavo.store.pages import Page
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx, made_once

#: Fields of a stored loan that circulation does not show.
_HIDDEN = "'{itemStatus,patronGroupIdAtCheckout}'::text[]"
_DESTINATION = "inTransitDestinationServicePointId"


async def load_shown_loan(tx: Tx, loan_id: str, marks: Mapping[str, Any] | None = None) -> bytes:
    """Return a loan with its borrower, item, policies, service points and debts. Raises NotFound.

    marks: fields that this one answer carries besides.
    """
    document: bytes | None = await tx.connection.fetchval(
        _shown_loan_text(tx), loan_id, orjson.dumps(marks or {})
    )
    if document is None:
        raise no_such_loan(loan_id)
    return document


@made_once
def _shown_loan_text(tx: Tx) -> str:
    return f"SELECT {shown_loan(tx)} || $2::jsonb FROM {tx.table('loan')} WHERE id = $1"


def no_such_loan(loan_id: str) -> NotFound:
    """Return the problem of a loan that circulation cannot find."""
    return NotFound(f'loan record with ID "{loan_id}" cannot be found')


async def page_of_shown_loans(
    tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str
) -> Page:
    """Return a part of all loans as circulation shows them. `query` is CQL over stored loans."""
    chosen = pages.select(tx, kind, query)
    return await pages.take(tx, replace(chosen, document=shown_loan(tx)), offset, limit, totals)


@dataclass(frozen=True)
class CheckedIn:
    """What a desk is told of an item that came in: the closed loan, if there was one, the item, what slips print."""

    loan: bytes | None
    item: bytes
    slip: bytes


async def load_checked_in(
    tx: Tx, item_id: str, loan_id: str | None, request_id: str | None, service_point_id: str
) -> CheckedIn:
    """Return what to answer to a check-in, with one statement. request_id: the request that the item fills."""
    row = await tx.connection.fetchrow(_checked_in_text(tx), item_id, loan_id, request_id, service_point_id)
    return CheckedIn(row["loan"], row["item"], row["slip"])


@made_once
def _checked_in_text(tx: Tx) -> str:
    return f"""WITH item_shown AS MATERIALIZED (SELECT {shown_item(tx, "$1::uuid")} AS shown)
        SELECT (SELECT {shown_loan(tx, "(SELECT shown FROM item_shown)")} FROM {tx.table("loan")} WHERE id = $2::uuid) AS loan,
            (SELECT shown FROM item_shown) AS item, {slips.of_item(tx, "$1::uuid", "$3::uuid", "$4::uuid")} AS slip"""


def shown_loan(tx: Tx, item: str | None = None) -> str:
    """Return the expression for a row of the table `loan` as circulation shows it; `item` is that for its item, if at hand."""
    return f"""(loan.doc - {_HIDDEN})
        || coalesce({_borrower(tx)}, '{{}}')
        || jsonb_build_object('isDcb', coalesce(loan.doc->'isDcb', 'false'), 'feesAndFines', {_owed(tx)})
        || jsonb_strip_nulls(jsonb_build_object(
            'item', {item or shown_item(tx, "loan.item_id")},
            'loanPolicy', {_named(tx, "loan_policy", "loanPolicyId")},
            'overdueFinePolicy', {_named(tx, "overdue_fine_policy", "overdueFinePolicyId")},
            'lostItemPolicy', {_named(tx, "lost_item_fee_policy", "lostItemPolicyId")},
            'checkoutServicePoint', {_service_point(tx, "checkoutServicePointId")},
            'checkinServicePoint', {_service_point(tx, "checkinServicePointId")},
            'patronGroupAtCheckout', {_group(tx)}))"""


def _borrower(tx: Tx) -> str:
    """Return the expression for the borrower; a missing middle name is shown as null."""
    return f"""(SELECT jsonb_build_object('borrower', jsonb_strip_nulls(jsonb_build_object(
            'firstName', borrower.doc #> '{{personal,firstName}}',
            'lastName', borrower.doc #> '{{personal,lastName}}',
            'preferredFirstName', borrower.doc #> '{{personal,preferredFirstName}}',
            'barcode', borrower.doc->'barcode',
            'patronGroup', borrower.doc->'patronGroup'))
            || jsonb_build_object('middleName', borrower.doc #> '{{personal,middleName}}'))
        FROM {tx.table("users")} borrower WHERE borrower.id = loan.user_id)"""


def _owed(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('amountRemainingToPay',
            coalesce(sum(public.octavo_number(account.doc->>'remaining')), 0.0))
        FROM {tx.table("accounts")} account WHERE account.loan_id = loan.id AND account.status_name = 'open')"""


def _named(tx: Tx, table: str, field: str) -> str:
    return f"""(SELECT jsonb_build_object('name', policy.doc->'name') FROM {tx.table(table)} policy
        WHERE policy.id = public.octavo_uuid(loan.doc->>'{field}'))"""


def _group(tx: Tx) -> str:
    return f"""(SELECT jsonb_build_object('id', patron_group.id, 'name', patron_group.doc->'group')
        FROM {tx.table("groups")} patron_group
        WHERE patron_group.id = public.octavo_uuid(loan.doc->>'patronGroupIdAtCheckout'))"""


def _service_point(tx: Tx, field: str) -> str:
    return f"""(SELECT jsonb_build_object(
            'name', desk.doc->'name', 'code', desk.doc->'code',
            'discoveryDisplayName', desk.doc->'discoveryDisplayName', 'description', desk.doc->'description',
            'shelvingLagTime', desk.doc->'shelvingLagTime', 'pickupLocation', desk.doc->'pickupLocation')
        FROM {tx.table("service_point")} desk WHERE desk.id = public.octavo_uuid(loan.doc->>'{field}'))"""


def shown_item(tx: Tx, item_id: str, items: str | None = None) -> str:
    """Return the expression for an item as circulation shows it; `items` is where its row is found, by default its table."""
    return f"""(SELECT jsonb_strip_nulls(jsonb_build_object(
            'id', item.id, 'holdingsRecordId', item.doc->'holdingsRecordId',
            'instanceId', instance.id, 'instanceHrid', instance.doc->'hrid', 'title', instance.doc->'title',
            'barcode', item.doc->'barcode', 'accessionNumber', item.doc->'accessionNumber',
            'contributors', {CONTRIBUTORS}, 'primaryContributor', {slips.PRIMARY_CONTRIBUTOR},
            'callNumber', item.doc #> '{{effectiveCallNumberComponents,callNumber}}',
            'callNumberComponents', (item.doc->'effectiveCallNumberComponents') - 'typeId',
            'enumeration', item.doc->'enumeration', 'chronology', item.doc->'chronology', 'volume', item.doc->'volume',
            'displaySummary', item.doc->'displaySummary', 'copyNumber', item.doc->'copyNumber',
            'status', item.doc->'status',
            '{_DESTINATION}', item.doc->'{_DESTINATION}',
            'inTransitDestinationServicePoint', (SELECT jsonb_build_object('id', desk.id, 'name', desk.doc->'name')
                FROM {tx.table("service_point")} desk
                WHERE desk.id = public.octavo_uuid(item.doc->>'{_DESTINATION}')),
            'location', (SELECT jsonb_build_object('name', place.doc->'name') FROM {tx.table("location")} place
                WHERE place.id = item.effective_location_id),
            'materialType', (SELECT jsonb_build_object('name', material.doc->'name')
                FROM {tx.table("material_type")} material WHERE material.id = item.material_type_id)))
        FROM {items or tx.table("item")} item
        LEFT JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
        LEFT JOIN {tx.table("instance")} instance ON instance.id = holdings.instance_id
        WHERE item.id = {item_id})"""


#: The names of an instance's contributors, as objects; always an array.
CONTRIBUTORS = """coalesce((SELECT jsonb_agg(jsonb_build_object('name', who->'name') ORDER BY place)
    FROM jsonb_array_elements(instance.doc->'contributors') WITH ORDINALITY AS people (who, place)), '[]')"""
