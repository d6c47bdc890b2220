/**
 * The schema of `control.db`, the system of record. A migration that has been released is never changed: a new one is
 * added at the end. What comes out is in `control-schema.sql`.
 *
 * Deleted rows stay with `deleted_at_ms`, as history refers to them by key; what has to be unique is so among the rest.
 * JSON columns: `metadata` and `headers` are objects of strings, `event_types` and `channels` arrays of strings (null:
 * all), `schemas` an object of JSON schemas by version.
 *
 * `announcement` holds what is still to be told to the operator. It is written along with what it tells of, but is no part
 * of the ledger: nobody but the announcer reads it. `told_attempt` is, for each JobDb, the last attempt that the operator was
 * told of, or was not to be told of. `endpoint_health` has the endpoints that have only failed for a while, or are paused;
 * `pause` is JSON (core/endpoint-pause.ts). `filter` of a background task is JSON; null: every message.
 * Its `endpoint` is null if it is of all those of its application, and its `application` in rows that always have an endpoint.
 * `answer`, what repeated requests are answered with, is no part of the ledger either, nor is `audit_entry`, the audit log
 * (audit-entry.ts). `audit_head` says where that ends. Secrets are sealed, in the ledger's rows as well (sealed-columns.ts), and
 * `encryption_key` has the keys that have sealed them (resealer.ts). `erasure` is no part of the ledger; `asked_by` and `receipt` are JSON.
 */
export const controlMigrations: readonly string[] = [
  `
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
  ) STRICT;
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
  ) STRICT;
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
  `,
  `
  ALTER TABLE application ADD COLUMN purpose TEXT;
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
  `,
  `
  CREATE TABLE background_task (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    organization TEXT NOT NULL,
    type TEXT NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoint (key),
    since_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    status TEXT NOT NULL,
    resent INTEGER NOT NULL,
    cursor TEXT,
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX background_task_running ON background_task (organization) WHERE status = 'running';
  CREATE INDEX background_task_ended ON background_task (updated_at_ms) WHERE status <> 'running';
  `,
  `
  CREATE TABLE answer (
    key INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX answer_hash ON answer (hash);
  CREATE INDEX answer_age ON answer (at_ms);
  `,
  `
  CREATE TABLE endpoint_health (
    key INTEGER PRIMARY KEY REFERENCES endpoint (key),
    pause TEXT NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE endpoint ADD COLUMN ordered INTEGER;
  `,
  `
  ALTER TABLE background_task ADD COLUMN filter TEXT;
  ALTER TABLE background_task ADD COLUMN total INTEGER;
  ALTER TABLE background_task ADD COLUMN examined INTEGER;
  `,
  `
  ALTER TABLE application ADD COLUMN retention_days INTEGER;
  `,
  `
  ALTER TABLE endpoint ADD COLUMN tls_authorities TEXT;
  ALTER TABLE endpoint ADD COLUMN tls_client_chain TEXT;
  ALTER TABLE endpoint ADD COLUMN tls_client_key TEXT;
  `,
  `
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
  INSERT INTO audit_head (one, sequence, hash) VALUES (1, 0, zeroblob(32));
  `,
  `
  CREATE TABLE encryption_key (
    id TEXT PRIMARY KEY,
    proof TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO encryption_key (id, proof) SELECT '', '' WHERE EXISTS (SELECT 1 FROM ledger);
  `,
  `
  ALTER TABLE background_task RENAME TO background_task_of_endpoint;
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
  INSERT INTO sqlite_sequence (name, seq)
    SELECT 'background_task', seq FROM sqlite_sequence WHERE name = 'background_task_of_endpoint';
  INSERT INTO background_task SELECT *, NULL, NULL FROM background_task_of_endpoint;
  DROP TABLE background_task_of_endpoint;
  CREATE INDEX background_task_running ON background_task (organization) WHERE status = 'running';
  CREATE INDEX background_task_ended ON background_task (updated_at_ms) WHERE status <> 'running';
  `,
  `
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
  `,
  `
  ALTER TABLE endpoint ADD COLUMN hand_pause TEXT;
  `,
];
