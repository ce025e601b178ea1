-- What all tenants share. Safe to run again.

CREATE SCHEMA IF NOT EXISTS octavo;

CREATE TABLE IF NOT EXISTS octavo.tenant (
  id text PRIMARY KEY,
  created_at timestamptz NOT NULL,
  version int NOT NULL
);

-- The keys that sign a tenant's tokens. The newest signs; an older one verifies until its date.
CREATE TABLE IF NOT EXISTS octavo.signing_key (
  tenant text NOT NULL REFERENCES octavo.tenant (id) ON DELETE CASCADE,
  kid text NOT NULL,
  secret bytea NOT NULL,
  created_at timestamptz NOT NULL,
  verifies_until timestamptz,
  PRIMARY KEY (tenant, kid)
);
