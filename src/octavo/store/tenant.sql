-- Tables of a tenant that hold no FOLIO records. `__schema__` is the tenant's schema.

-- Answers kept under the client's Idempotency-Key.
CREATE TABLE __schema__.replay (
  caller text NOT NULL,
  key text NOT NULL,
  digest text NOT NULL,
  at timestamptz NOT NULL,
  status int,
  content_type text,
  headers jsonb,
  body bytea,
  PRIMARY KEY (caller, key)
);
CREATE INDEX replay_at_idx ON __schema__.replay (at);
