"""Accounts as they are shown: with the holdings and the instance of their item."""

from dataclasses import replace
from typing import Any

from octavo.store import pages
from octavo.store.pages import Page
from octavo.store.record_type import RecordType
from octavo.store.tx import Tx


async def load_shown_account(tx: Tx, account_id: str) -> tuple[bytes, str] | None:
    """Return an account as it is shown and the ETag of what is stored, None where there is no such account."""
    row = await tx.connection.fetchrow(
        f"SELECT {_shown(tx)} AS shown, md5(doc::text) AS etag FROM {tx.table('accounts')} WHERE id = $1::uuid",
        account_id,
    )
    return None if row is None else (row["shown"], row["etag"])


async def page_of_shown_accounts(
    tx: Tx, kind: RecordType[Any], query: str | None, offset: int, limit: int, totals: str
) -> Page:
    """Return a part of all accounts as they are shown. `query` is CQL over stored accounts."""
    chosen = replace(pages.select(tx, kind, query), document=_shown(tx))
    return await pages.take(tx, chosen, offset, limit, totals)


def _shown(tx: Tx) -> str:
    return f"""(accounts.doc || coalesce((
        SELECT jsonb_build_object('holdingsRecordId', holdings.id, 'instanceId', holdings.instance_id)
        FROM {tx.table("item")} item JOIN {tx.table("holdings_record")} holdings ON holdings.id = item.holdings_record_id
        WHERE item.id = accounts.item_id), '{{}}'))"""
