CREATE TABLE reflection (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  store TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  changes_from INTEGER NOT NULL
) STRICT;

CREATE TABLE change (
  sequence INTEGER PRIMARY KEY,
  table_name TEXT NOT NULL,
  key INTEGER NOT NULL,
  owner INTEGER
) STRICT;

CREATE TABLE application (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  organization TEXT NOT NULL,
  uid TEXT,
  name TEXT NOT NULL,
  throttle_rate INTEGER,
  metadata TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  deleted_at_ms INTEGER,
  purpose TEXT,
  retention_days INTEGER
) STRICT;

CREATE INDEX application_id ON application (organization, id) WHERE deleted_at_ms IS NULL;

CREATE INDEX application_uid ON application (organization, uid)
  WHERE uid IS NOT NULL AND deleted_at_ms IS NULL;

CREATE INDEX application_operational ON application (organization)
  WHERE purpose = 'operational' AND deleted_at_ms IS NULL;

CREATE INDEX application_retention ON application (retention_days) WHERE retention_days IS NOT NULL;

CREATE TABLE endpoint (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  application INTEGER NOT NULL,
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
  deleted_at_ms INTEGER,
  ordered INTEGER,
  tls_authorities TEXT,
  tls_client_chain TEXT,
  tls_client_key TEXT,
  hand_pause TEXT
) STRICT;

CREATE INDEX endpoint_id ON endpoint (application, id) WHERE deleted_at_ms IS NULL;

CREATE INDEX endpoint_uid ON endpoint (application, uid)
  WHERE uid IS NOT NULL AND deleted_at_ms IS NULL;

CREATE INDEX endpoint_temporary ON endpoint (key)
  WHERE url = 'http://inspector.invalid/listener?temporary=true' AND deleted_at_ms IS NULL;

CREATE TABLE event_type (
  key INTEGER PRIMARY KEY,
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

CREATE INDEX event_type_name ON event_type (organization, name) WHERE deleted_at_ms IS NULL;

CREATE TABLE signing_secret (
  key INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL,
  secret TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER
) STRICT;

CREATE INDEX signing_secret_endpoint ON signing_secret (endpoint);

CREATE TABLE api_key (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  organization TEXT NOT NULL,
  application INTEGER,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER,
  deleted_at_ms INTEGER
) STRICT;

CREATE INDEX api_key_hash ON api_key (hash) WHERE deleted_at_ms IS NULL;

CREATE INDEX api_key_id ON api_key (organization, id) WHERE deleted_at_ms IS NULL;

CREATE TABLE revoked_token (
  key INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER
) STRICT;

CREATE INDEX revoked_token_hash ON revoked_token (hash);

CREATE TABLE background_task (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  organization TEXT NOT NULL,
  type TEXT NOT NULL,
  endpoint INTEGER,
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
  application INTEGER,
  failure TEXT
) STRICT;

CREATE INDEX background_task_id ON background_task (organization, id);

CREATE INDEX background_task_running ON background_task (key) WHERE status = 'running';

CREATE TABLE endpoint_health (
  key INTEGER PRIMARY KEY,
  pause TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
