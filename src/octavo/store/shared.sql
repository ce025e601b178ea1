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

-- When a tenant's timers last ran, so that they run as often as they should, whoever asks.
CREATE TABLE IF NOT EXISTS octavo.timer (
  tenant text NOT NULL REFERENCES octavo.tenant (id) ON DELETE CASCADE,
  name text NOT NULL,
  ran_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);
