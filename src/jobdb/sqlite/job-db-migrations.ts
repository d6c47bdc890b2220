/**
 * The schema of a JobDb file, by the steps that made it. A step that was released is never changed (see
 * sqlite/migrate.ts). `schema.sql` is what they come to.
 *
 * Indexes by application and by endpoint are divided into **runs** of 4,096 rows: its first column is `row >> 12` (for
 * deliveries `number >> 28`, which is the message's row >> 12). A commit then touches only the few pages of the newest
 * run, however many endpoints its rows belong to, and a reader looks into each run in turn, half a µs each. Without runs a
 * commit of 100 messages for 200 endpoints writes 200 pages: twice the time, and 10 instead of 3 KiB of WAL a message
 * (bench/job-db.ts). Attempts by delivery need no runs, as deliveries are attempted roughly in their order; retries have
 * none, as they are read in the order of their time.
 *
 * No index has a time in it: within a JobDb rows are in the order of time, so a time is found by bisection (row-span.ts).
 */
export const jobDbMigrations: readonly string[] = [
  `
  CREATE TABLE job_db (
    number INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    drained_at_ms INTEGER
  ) STRICT;

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
  ) STRICT;
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
  ) STRICT;
  CREATE INDEX attempt_run ON attempt (row >> 12, endpoint);
  CREATE INDEX attempt_delivery ON attempt (delivery);
  CREATE INDEX attempt_retry ON attempt (endpoint, retry_at_ms) WHERE retry_at_ms IS NOT NULL;

  CREATE TABLE application_here (application INTEGER PRIMARY KEY, first_message INTEGER NOT NULL) STRICT;
  CREATE TABLE endpoint_here (endpoint INTEGER PRIMARY KEY, first_delivery INTEGER NOT NULL) STRICT;
  `,
  // Resends, each of which begins a round of its delivery; and what has been erased. `retention_here` has each number of days
  // that messages here are kept for, and up to which row payloads kept for so long have been erased.
  `
  ALTER TABLE attempt ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE message ADD COLUMN erased_at_ms INTEGER;

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
  INSERT INTO retention_here SELECT DISTINCT retention_days, 0 FROM message;
  `,
  // Attempts that there may be something to tell the operator of: few, and they are looked for beyond the last one told.
  `
  CREATE INDEX attempt_notable ON attempt (row) WHERE settlement = 2
    OR number = 4 AND settlement IS NULL AND retry_at_ms IS NOT NULL
    OR settlement = 0 AND (number > 4 OR round > 0);
  `,
  `
  CREATE TABLE answer (
    row INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    hash BLOB NOT NULL,
    first_message INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX answer_run ON answer (row >> 12, substr(hash, 1, 8));
  `,
  // What is drained took its last message in an earlier run; what is not is sealed when its owner finds it.
  `
  ALTER TABLE job_db ADD COLUMN sealed_at_ms INTEGER;
  UPDATE job_db SET sealed_at_ms = drained_at_ms;
  `,
  // Of bodies (body-checksum.ts). Null: the row is older than this, or erased.
  `
  ALTER TABLE message ADD COLUMN checksum INTEGER;
  ALTER TABLE attempt ADD COLUMN checksum INTEGER;
  `,
  // The `traceparent` that its producer sent along, if traces are exported.
  `
  ALTER TABLE message ADD COLUMN trace TEXT;
  `,
];
