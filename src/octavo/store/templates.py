"""Templates of messages: with what they are rendered, and who uses them."""

from collections.abc import Iterable

from octavo.store.locale import locale_value
from octavo.store.tx import Tx


async def load_template(tx: Tx, template_id: str) -> tuple[bytes | None, bytes | None]:
    """Return a template, None where there is none (whatever was given as its id), and the tenant's locale."""
    row = await tx.connection.fetchrow(
        f"""SELECT (SELECT doc FROM {tx.table("template")} WHERE id = public.octavo_uuid($1::text)) AS template,
                {locale_value(tx)} AS locale""",
        template_id,
    )
    return row["template"], row["locale"]


async def load_templates(tx: Tx, ids: Iterable[str]) -> dict[str, bytes]:
    """Return the templates among some ids."""
    rows = await tx.connection.fetch(
        f"""SELECT id::text AS id, doc FROM {tx.table("template")}
            WHERE id IN (SELECT public.octavo_uuid(named) FROM unnest($1::text[]) AS named)""",
        list(ids),
    )
    return {row["id"]: row["doc"] for row in rows}


async def is_used(tx: Tx, template_id: str) -> bool:
    """Tell whether a notice policy or an overdue fine policy's reminders name a template."""
    notices = "'$.*[*].templateId ? (@ == $wanted)'"
    reminders = "'$.reminderFeesPolicy.reminderSchedule[*].noticeTemplateId ? (@ == $wanted)'"
    wanted = "jsonb_build_object('wanted', lower($1::text))"
    return bool(
        await tx.connection.fetchval(
            f"""SELECT EXISTS (SELECT FROM {tx.table("patron_notice_policy")}
                    WHERE jsonb_path_exists(doc, {notices}, {wanted}))
                OR EXISTS (SELECT FROM {tx.table("overdue_fine_policy")}
                    WHERE jsonb_path_exists(doc, {reminders}, {wanted}))""",
            template_id,
        )
    )
