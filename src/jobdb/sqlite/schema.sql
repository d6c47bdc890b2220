CREATE TABLE job_db (
  number INTEGER PRIMARY KEY,
  epoch INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  drained_at_ms INTEGER
, sealed_at_ms INTEGER) STRICT;

CREATE TABLE message (
  row INTEGER PRIMARY KEY,
  nonce INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  application INTEGER NOT NULL,
  event_type TEXT NOT NULL,
  event_id TEXT,
  channels TEXT,
  tags TEXT,
  retention_days INTEGER NOT NULL,
  payload BLOB NOT NULL
, erased_at_ms INTEGER, checksum INTEGER, trace TEXT) STRICT;

CREATE INDEX message_run ON message (row >> 12, application);

CREATE INDEX message_event ON message (row >> 12, application, event_id) WHERE event_id IS NOT NULL;

CREATE TABLE delivery (
  number INTEGER PRIMARY KEY,
  endpoint INTEGER NOT NULL,
  skipped INTEGER NOT NULL
) STRICT;

CREATE INDEX delivery_run ON delivery (number >> 28, endpoint, skipped);

CREATE TABLE attempt (
  row INTEGER PRIMARY KEY,
  nonce INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  endpoint INTEGER NOT NULL,
  number INTEGER NOT NULL,
  trigger INTEGER NOT NULL,
  settlement INTEGER,
  retry_at_ms INTEGER,
  status_code INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  url TEXT NOT NULL,
  response BLOB NOT NULL
, round INTEGER NOT NULL DEFAULT 0, checksum INTEGER) STRICT;

CREATE INDEX attempt_run ON attempt (row >> 12, endpoint);

CREATE INDEX attempt_delivery ON attempt (delivery);

CREATE INDEX attempt_retry ON attempt (endpoint, retry_at_ms) WHERE retry_at_ms IS NOT NULL;

CREATE TABLE application_here (application INTEGER PRIMARY KEY, first_message INTEGER NOT NULL) STRICT;

CREATE TABLE endpoint_here (endpoint INTEGER PRIMARY KEY, first_delivery INTEGER NOT NULL) STRICT;

CREATE TABLE resend (
  row INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  delivery INTEGER NOT NULL,
  endpoint INTEGER NOT NULL,
  trigger INTEGER NOT NULL,
  asker BLOB
) STRICT;

CREATE INDEX resend_delivery ON resend (delivery, trigger);

CREATE INDEX resend_due ON resend (endpoint, at_ms);

CREATE TABLE retention_here (days INTEGER PRIMARY KEY, erased_to INTEGER NOT NULL) STRICT;

CREATE INDEX attempt_notable ON attempt (row) WHERE settlement = 2
  OR number = 4 AND settlement IS NULL AND retry_at_ms IS NOT NULL
  OR settlement = 0 AND (number > 4 OR round > 0);

CREATE TABLE answer (
  row INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  hash BLOB NOT NULL,
  first_message INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE INDEX answer_run ON answer (row >> 12, substr(hash, 1, 8));
