"""Watches that whatever changes a record with events puts the change into the outbox, whichever test it is.

Triggers, which the product has none of, note every change of such a record in the tests' database. After each request
that may write, what they have noted must be what the outbox tells of it: the record as it was, and as it is now.
"""

from dataclasses import dataclass
from typing import Any

from octavo.catalogue import ALL_TYPES
from octavo.store.tx import schema_of
from sides import TENANT

#: In every statement of this module; whoever counts statements leaves them out.
MARK = "audit.change"
_SCHEMA = schema_of(TENANT)
TOPICS = {kind.table: kind.event for kind in ALL_TYPES if kind.event}


async def install(connection: Any) -> None:
    """Put the triggers on the tables of the first tenant."""
    await connection.execute(
        """CREATE SCHEMA audit;
           CREATE TABLE audit.change (seq bigint GENERATED ALWAYS AS IDENTITY, topic text, record_id uuid, old jsonb, new jsonb);
           CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               INSERT INTO audit.change (topic, record_id, old, new) SELECT TG_ARGV[0], coalesce(NEW.id, OLD.id), OLD.doc, NEW.doc;
               RETURN NULL; END $$"""
    )
    for table, topic in TOPICS.items():
        await connection.execute(
            f"""CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON "{_SCHEMA}"."{table}"
                FOR EACH ROW EXECUTE FUNCTION audit.note('{topic}')"""
        )


@dataclass
class Audit:
    """Compares what one request changes with what it puts into the outbox."""

    connection: Any

    async def begin(self) -> int:
        """Forget what was changed before, and return how far the outbox had come."""
        last: int = await self.connection.fetchval(
            f'WITH gone AS (DELETE FROM audit.change) SELECT coalesce(max(seq), 0) FROM "{_SCHEMA}".outbox'
        )
        return last

    async def untold(self, since: int) -> list[str]:
        """Return the records whose change is not told as it was: topic, id, and what both sides say."""
        rows = await self.connection.fetch(
            f"""WITH changed AS (
                    SELECT topic, record_id, (array_agg(old ORDER BY seq))[1] AS old, (array_agg(new ORDER BY seq DESC))[1] AS new
                    FROM audit.change GROUP BY topic, record_id),
                told AS (
                    SELECT topic, record_id, (array_agg(old ORDER BY seq))[1] AS old, (array_agg(new ORDER BY seq DESC))[1] AS new
                    FROM "{_SCHEMA}".outbox WHERE seq > $1 AND operation <> 'A' GROUP BY topic, record_id)
                SELECT topic, record_id, changed.old::text, changed.new::text, told.old::text AS told_old, told.new::text AS told_new
                FROM changed FULL JOIN told USING (topic, record_id)
                WHERE changed.old IS DISTINCT FROM changed.new AND (changed.old, changed.new) IS DISTINCT FROM (told.old, told.new)
                AND NOT ({_ALL_DELETED} OR {_ANONYMISED} OR {_USER_DELETED})""",
            since,
        )
        return [" | ".join(str(value)[:600] for value in row) for row in rows]


_ALL_DELETED = f"""EXISTS (SELECT FROM "{_SCHEMA}".outbox every WHERE every.seq > $1 AND every.operation = 'A'
    AND every.topic = changed.topic) AND changed.new IS NULL"""
# Loans and requests that forget their patrons do so in silence, and nothing but the id is told of a user who is gone.
_ANONYMISED = """coalesce(topic = 'circulation.loan' AND changed.old - '{userId,proxyUserId}'::text[] = changed.new
    OR topic = 'circulation.request' AND changed.old ? 'requesterId' AND NOT changed.new ? 'requesterId', false)"""
_USER_DELETED = """coalesce(topic = 'users.users' AND changed.new IS NULL AND told.new IS NULL
    AND told.old = jsonb_build_object('id', record_id), false)"""
