-- What the declarations of the record types do not say. `__schema__` is the tenant's schema.

-- Which calendars a service point has.
CREATE INDEX calendar_assignments_idx ON __schema__.calendar USING gin ((doc -> 'assignments'));

-- Which loans a message tells of.
CREATE INDEX message_loans_idx ON __schema__.message USING gin ((doc -> 'loanIds'));

-- What is over and still knows a person; see store/retention.py.
CREATE INDEX accounts_remembering_idx ON __schema__.accounts (
    (coalesce(least(public.octavo_instant(doc #>> '{metadata,createdDate}'), public.octavo_instant(doc->>'dateCreated')),
        '1000-01-01Z')), id)
  WHERE status_name = 'closed' AND user_id <> id;
CREATE INDEX check_in_remembering_idx ON __schema__.check_in (occurred_date_time, id)
  WHERE doc->>'performedByUserId' <> doc->>'id';
CREATE INDEX actual_cost_record_decided_idx ON __schema__.actual_cost_record (
    (public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))), id)
  WHERE status <> 'open';
CREATE INDEX staging_users_changed_idx ON __schema__.staging_users (
    (public.octavo_instant(coalesce(doc #>> '{metadata,updatedDate}', doc #>> '{metadata,createdDate}'))), id);

-- Closed requests that still know who wanted the item, by when they were changed last; see store/anonymise_requests.py.
CREATE INDEX request_remembering_idx ON __schema__.request (
    (public.octavo_instant(doc #>> '{metadata,updatedDate}')), id)
  WHERE status LIKE 'closed%' AND requester_id IS NOT NULL;

-- Items given up whose borrowers are to be billed, by when; see store/lost_items.py.
CREATE INDEX loan_unbilled_idx ON __schema__.loan (aged_to_lost_delayed_billing_date_lost_item_should_be_billed, id)
  WHERE status_name = 'open' AND doc #> '{agedToLostDelayedBilling,lostItemHasBeenBilled}' = 'false';

-- Closed loans that still know their borrower, by when they were closed; see store/remembering.py.
CREATE INDEX loan_remembering_idx ON __schema__.loan (
    (coalesce(public.octavo_instant(coalesce(doc->>'systemReturnDate', doc->>'returnDate')), 'infinity')), id)
  WHERE status_name = 'closed' AND doc ?| '{userId,proxyUserId}'::text[];

-- What has happened that patrons may be told of; see store/occasions.py.
CREATE TABLE __schema__.occasion (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event text NOT NULL,
  at timestamptz NOT NULL,
  user_id uuid,
  loan_id uuid,
  request_id uuid,
  action_id uuid,
  session_id uuid,
  failures int NOT NULL DEFAULT 0
);
CREATE INDEX occasion_at_idx ON __schema__.occasion (at);
CREATE INDEX occasion_user_id_idx ON __schema__.occasion (user_id);
CREATE INDEX occasion_loan_id_idx ON __schema__.occasion (loan_id);
CREATE INDEX occasion_request_id_idx ON __schema__.occasion (request_id);

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

-- Who may log in. `hash` is argon2id; without one nobody logs in. Tokens older than `valid_from` are not
-- valid any more. `failures` are the times of the latest wrong passwords. The PIN of a patron is kept likewise.
CREATE TABLE __schema__.credential (
  user_id uuid PRIMARY KEY REFERENCES __schema__.users (id) ON DELETE CASCADE,
  hash text,
  valid_from timestamptz NOT NULL,
  failures timestamptz[] NOT NULL DEFAULT '{}',
  pin_hash text,
  pin_failures timestamptz[] NOT NULL DEFAULT '{}'
);

-- Who is signed in with a browser, on which side (`my` or `desk`). `digest` is the SHA-256 of the cookie's secret,
-- which is kept nowhere; `told` is what the next page says about what was done.
CREATE TABLE __schema__.visit (
  digest bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES __schema__.users (id) ON DELETE CASCADE,
  side text NOT NULL,
  begun timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  told jsonb
);
CREATE INDEX visit_user_id_idx ON __schema__.visit (user_id);
CREATE INDEX visit_seen_idx ON __schema__.visit (seen);

-- Refresh tokens are good for one use. Those that came from one another share a session.
CREATE TABLE __schema__.refresh_token (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES __schema__.users (id) ON DELETE CASCADE,
  session uuid NOT NULL,
  expires timestamptz NOT NULL,
  spent boolean NOT NULL DEFAULT false
);
CREATE INDEX refresh_token_user_id_idx ON __schema__.refresh_token (user_id);
CREATE INDEX refresh_token_session_idx ON __schema__.refresh_token (session);

-- Keys of patron tools. `digest` is the SHA-256 of the secret, which is kept nowhere.
CREATE TABLE __schema__.api_key (
  id uuid PRIMARY KEY,
  digest bytea NOT NULL UNIQUE,
  name text NOT NULL,
  user_id uuid NOT NULL REFERENCES __schema__.users (id) ON DELETE CASCADE,
  username text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires timestamptz,
  revoked_at timestamptz
);
CREATE INDEX api_key_user_id_idx ON __schema__.api_key (user_id);

-- Whose check-out is under way, so that no second one of the same patron runs beside it.
CREATE TABLE __schema__.check_out_lock (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL UNIQUE,
  creation_date timestamptz NOT NULL
);

-- Holds that their patrons have suspended: passed over in the queue until then. The row goes with the request.
CREATE TABLE __schema__.request_suspension (
  request_id uuid PRIMARY KEY REFERENCES __schema__.request (id) ON DELETE CASCADE,
  until timestamptz NOT NULL
);
CREATE INDEX request_suspension_until_idx ON __schema__.request_suspension (until);

-- What patrons have decided about their loan history: kept, or forgotten as soon as the library's rules allow it.
CREATE TABLE __schema__.patron_preference (
  user_id uuid PRIMARY KEY REFERENCES __schema__.users (id) ON DELETE CASCADE,
  keep_history boolean NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX patron_preference_forget_idx ON __schema__.patron_preference (user_id) WHERE NOT keep_history;

-- Links sent to those who have registered, by the SHA-256 of their secrets; each is good once.
CREATE TABLE __schema__.confirmation (
  digest bytea PRIMARY KEY,
  staging_id uuid NOT NULL REFERENCES __schema__.staging_users (id) ON DELETE CASCADE,
  expires timestamptz NOT NULL
);
CREATE INDEX confirmation_expires_idx ON __schema__.confirmation (expires);
CREATE INDEX confirmation_staging_id_idx ON __schema__.confirmation (staging_id);

-- By what patrons find works: the words of everything, and the numbers.
CREATE INDEX instance_found_by_idx ON __schema__.instance USING gin (public.octavo_found_by(doc, 'any'));
CREATE INDEX instance_numbers_idx ON __schema__.instance USING gin (public.octavo_numbers(doc));
-- What has changed and is not published yet, in the order of the changes of each record. `operation` is I, U, D, or A
-- (all records deleted). Emptied all the time, so vacuumed often.
CREATE TABLE __schema__.outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  topic text NOT NULL,
  record_id uuid,
  operation text NOT NULL,
  at timestamptz NOT NULL,
  old jsonb,
  new jsonb
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_record_id_idx ON __schema__.outbox (record_id);

-- What is published: `position` grows in the order in which events become visible, so that a reader needs no more than
-- the position of the last one it has seen.
CREATE TABLE __schema__.event (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  topic text NOT NULL,
  record_id uuid,
  operation text NOT NULL,
  at timestamptz NOT NULL,
  old jsonb,
  new jsonb
);
CREATE INDEX event_record_id_idx ON __schema__.event (record_id);

-- Up to which position events have been forgotten.
CREATE TABLE __schema__.event_horizon (position bigint NOT NULL);
INSERT INTO __schema__.event_horizon VALUES (0);

-- Webhooks beyond their records: the secret that signs, how far each has come, and who delivers to it now.
CREATE TABLE __schema__.webhook_delivery (
  webhook_id uuid PRIMARY KEY REFERENCES __schema__.webhook (id) ON DELETE CASCADE,
  secret text NOT NULL,
  position bigint NOT NULL,
  failures int NOT NULL DEFAULT 0,
  failing_since timestamptz,
  next_try timestamptz,
  holder text,
  held_until timestamptz
);
