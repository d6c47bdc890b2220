CREATE TABLE store (
  id TEXT NOT NULL
) STRICT;

CREATE TABLE application (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  uid TEXT,
  name TEXT NOT NULL,
  throttle_rate INTEGER,
  metadata TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted_at_ms INTEGER
, purpose TEXT, retention_days INTEGER) STRICT;

CREATE UNIQUE INDEX application_uid ON application (organization, uid)
  WHERE uid IS NOT NULL AND deleted_at_ms IS NULL;

CREATE TABLE endpoint (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  application INTEGER NOT NULL REFERENCES application (key),
  uid TEXT,
  url TEXT NOT NULL,
  authorization TEXT,
  description TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  event_types TEXT,
  channels TEXT,
  throttle_rate INTEGER,
  metadata TEXT NOT NULL,
  headers TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted_at_ms INTEGER
, ordered INTEGER, tls_authorities TEXT, tls_client_chain TEXT, tls_client_key TEXT, hand_pause TEXT) STRICT;

CREATE UNIQUE INDEX endpoint_uid ON endpoint (application, uid)
  WHERE uid IS NOT NULL AND deleted_at_ms IS NULL;

CREATE INDEX endpoint_application ON endpoint (application) WHERE deleted_at_ms IS NULL;

CREATE TABLE event_type (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  organization TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  archived INTEGER NOT NULL,
  deprecated INTEGER NOT NULL,
  feature_flag TEXT,
  schemas TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted_at_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX event_type_name ON event_type (organization, name)
  WHERE deleted_at_ms IS NULL;

CREATE TABLE signing_secret (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint INTEGER NOT NULL REFERENCES endpoint (key),
  secret TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX signing_secret_current ON signing_secret (endpoint)
  WHERE expires_at_ms IS NULL;

CREATE INDEX signing_secret_endpoint ON signing_secret (endpoint);

CREATE TABLE api_key (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  application INTEGER REFERENCES application (key),
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  deleted_at_ms INTEGER
) STRICT;

CREATE INDEX api_key_organization ON api_key (organization) WHERE deleted_at_ms IS NULL;

CREATE TABLE revoked_token (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  hash TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX revoked_token_hash ON revoked_token (hash);

CREATE INDEX revoked_token_expiry ON revoked_token (expires_at_ms)
  WHERE expires_at_ms IS NOT NULL;

CREATE TABLE ledger (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  table_name TEXT NOT NULL,
  key INTEGER NOT NULL,
  row TEXT,
  at_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX application_operational ON application (organization)
  WHERE purpose = 'operational' AND deleted_at_ms IS NULL;

CREATE TABLE announcement (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE told_attempt (
  job_db INTEGER PRIMARY KEY,
  attempt TEXT NOT NULL
) STRICT;

CREATE TABLE answer (
  key INTEGER PRIMARY KEY,
  hash BLOB NOT NULL,
  at_ms INTEGER NOT NULL,
  sealed BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX answer_hash ON answer (hash);

CREATE INDEX answer_age ON answer (at_ms);

CREATE TABLE endpoint_health (
  key INTEGER PRIMARY KEY REFERENCES endpoint (key),
  pause TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_entry (
  sequence INTEGER PRIMARY KEY,
  entry TEXT NOT NULL,
  hash BLOB NOT NULL,
  at TEXT NOT NULL GENERATED ALWAYS AS (json_extract(entry, '$.at')) VIRTUAL,
  organization TEXT NOT NULL GENERATED ALWAYS AS (json_extract(entry, '$.organization')) VIRTUAL,
  application TEXT GENERATED ALWAYS AS (json_extract(entry, '$.application')) VIRTUAL,
  operation TEXT NOT NULL GENERATED ALWAYS AS (json_extract(entry, '$.operation')) VIRTUAL
) STRICT;

CREATE INDEX audit_entry_organization ON audit_entry (organization, sequence);

CREATE INDEX audit_entry_application ON audit_entry (organization, application, sequence)
  WHERE application IS NOT NULL;

CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;

CREATE TABLE encryption_key (
  id TEXT PRIMARY KEY,
  proof TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE background_task (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  type TEXT NOT NULL,
  endpoint INTEGER REFERENCES endpoint (key),
  since_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  status TEXT NOT NULL,
  resent INTEGER NOT NULL,
  cursor TEXT,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  filter TEXT,
  total INTEGER,
  examined INTEGER,
  application INTEGER REFERENCES application (key),
  failure TEXT
) STRICT;

CREATE INDEX background_task_running ON background_task (organization) WHERE status = 'running';

CREATE INDEX background_task_ended ON background_task (updated_at_ms) WHERE status <> 'running';

CREATE TABLE erasure (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization TEXT NOT NULL,
  application INTEGER NOT NULL REFERENCES application (key),
  endpoint INTEGER REFERENCES endpoint (key),
  message TEXT,
  asked_by TEXT NOT NULL,
  status TEXT NOT NULL,
  receipt TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX erasure_organization ON erasure (organization, id);

CREATE INDEX erasure_running ON erasure (organization) WHERE status = 'running';
