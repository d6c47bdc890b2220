/**
 * Every setting, once: name, meaning, default and check. The command line's help, the environment, the settings file and
 * docs/configuration.md all come from this table. A flag beats the environment, which beats the file.
 */
import type { KeyObject } from "node:crypto";
import type { PublicKeyAlgorithm } from "../api/authentication.ts";
import type { HmacAlgorithm } from "../api/create-token.ts";
import { type ArchiveLocation, parseArchiveLocation } from "../archive/archive-location.ts";
import type { KeyRing } from "../control/key-ring.ts";
import { limits } from "../core/limits.ts";
import { defaultRetrySchedule, type RetrySchedule } from "../core/retry-schedule.ts";
import type { SealingLimits } from "../core/sealing.ts";
import { type DestinationSettings, destinationSettingDefinitions } from "./destination-settings.ts";
import { type PortalSettings, portalSettingDefinitions } from "./portal-settings.ts";
import { parseEncryptionKeys } from "./encryption-keys.ts";
import { type InboundSettings, inboundSettingDefinitions } from "./inbound-settings.ts";
import { type ObservationSettings, observationSettingDefinitions } from "./observation-settings.ts";
import { parsePublicKey } from "./jwt-public-key.ts";
import {
  jwtAlgorithms,
  nonEmpty,
  parseJwtAlgorithm,
  parseRetrySchedule,
  wholeBetween,
  parseAttemptTimeout,
  parseMebibytes,
  numberBetween,
  parseHttpUrl,
  parseIngestRate,
  parseBoolean,
  parseLogLevel,
} from "./setting-parsers.ts";

export interface Settings
  extends InboundSettings, DestinationSettings, ObservationSettings, PortalSettings {
  /** Folder, made if it is not there. */
  readonly data: string;
  /** Undefined: one is made and kept in the data folder. */
  readonly jwtSecret: string | undefined;
  readonly jwtAlgorithm: HmacAlgorithm | PublicKeyAlgorithm;
  /** Set exactly when the algorithm needs one, which `jwtKeysOf` checks. */
  readonly jwtPublicKey: KeyObject | undefined;
  /** Undefined: one is made and kept in the data folder. */
  readonly encryptionKeys: KeyRing | undefined;
  readonly retrySchedule: RetrySchedule;
  readonly directors: number;
  readonly jobDbRowsMax: SealingLimits["rowsMax"];
  readonly jobDbBytesMax: SealingLimits["bytesMax"];
  readonly jobDbAgeMsMax: SealingLimits["ageMsMax"];
  /** How long history is kept. */
  readonly retentionMs: number;
  /** What history may take on disk; undefined: as much as there is. */
  readonly historyBytesMax: number | undefined;
  readonly attemptTimeoutMs: number;
  readonly svixHeaders: boolean;
  /** Messages a second of one application, and of one organisation; undefined: as many as come. */
  readonly ingestRate: number | undefined;
  readonly organizationIngestRate: number | undefined;
  readonly ingestBurstMs: number;
  /** While others hand in or are sent a little: of the time in which one application may have bulk in hand, and bulk be sent. */
  readonly bulkShare: number;
  readonly diskLowWaterMebibytes: number;
  /** Undefined: the folder `archive` in the data folder. */
  readonly archive: ArchiveLocation | undefined;
  /** Undefined: Amazon's. */
  readonly archiveS3Endpoint: string | undefined;
  readonly logLevel: string;
}

export interface SettingDefinition<Value> {
  readonly flag: string;
  readonly environment: string;
  /** What the value looks like, for help and errors. */
  readonly form: string;
  readonly meaning: string;
  /** As text, as it would be given; undefined: may stay unset. */
  readonly default: string | undefined;
  /** Throws an Error whose message says what is wrong with the text. */
  readonly parse: (text: string) => Value;
}

type SettingDefinitions = { readonly [Name in keyof Settings]: SettingDefinition<Settings[Name]> };

const dayMs = 24 * 60 * 60 * 1000;

export const settingDefinitions: SettingDefinitions = {
  ...inboundSettingDefinitions,
  data: {
    flag: "data",
    environment: "POSTHORN_DATA",
    form: "FOLDER",
    meaning: "everything that is stored; made if it is not there",
    default: "posthorn-data",
    parse: nonEmpty,
  },
  jwtSecret: {
    flag: "jwt-secret",
    environment: "POSTHORN_JWT_SECRET",
    form: "TEXT",
    meaning: "signs and verifies bearer tokens; if unset, one is made and kept in the data folder",
    default: undefined,
    parse: nonEmpty,
  },
  jwtAlgorithm: {
    flag: "jwt-algorithm",
    environment: "POSTHORN_JWT_ALGORITHM",
    form: jwtAlgorithms.join("|"),
    meaning:
      "of bearer tokens: HS… with the secret; RS… or EdDSA with the public key, and then HS256 with the secret for those that Posthorn makes",
    default: "HS256",
    parse: parseJwtAlgorithm,
  },
  jwtPublicKey: {
    flag: "jwt-public-key",
    environment: "POSTHORN_JWT_PUBLIC_KEY",
    form: "PEM|FILE",
    meaning:
      "verifies bearer tokens that others sign, by RS… (2048 bits or more) or EdDSA (Ed25519)",
    default: undefined,
    parse: parsePublicKey,
  },
  encryptionKeys: {
    flag: "encryption-keys",
    environment: "POSTHORN_ENCRYPTION_KEYS",
    form: "ID:BASE64,ID:BASE64,…|FILE",
    meaning:
      "seal secrets in the data folder: the first key seals, all of them open; 32 bytes each (openssl rand -base64 32); if unset, one is made and kept in the data folder",
    default: undefined,
    parse: parseEncryptionKeys,
  },
  ...destinationSettingDefinitions,
  retrySchedule: {
    flag: "retry-schedule",
    environment: "POSTHORN_RETRY_SCHEDULE",
    form: "SECONDS,SECONDS,…",
    meaning: "waits between the attempts of a delivery; after the last it is given up",
    default: defaultRetrySchedule.join(","),
    parse: parseRetrySchedule,
  },
  directors: {
    flag: "directors",
    environment: "POSTHORN_DIRECTORS",
    form: "NUMBER",
    meaning: "threads that commit and send; an application belongs to one of them",
    default: "1",
    parse: (text) => wholeBetween(text, 1, limits.directorsMax),
  },
  jobDbRowsMax: {
    flag: "jobdb-rows",
    environment: "POSTHORN_JOBDB_ROWS",
    form: "NUMBER",
    meaning:
      "messages, deliveries and attempts in one JobDb file, after which new messages go to the next; a file is dropped as a whole",
    default: String(limits.jobDbRowsMaxDefault),
    parse: (text) => wholeBetween(text, 1, limits.jobDbRowsMaxMax),
  },
  jobDbBytesMax: {
    flag: "jobdb-bytes",
    environment: "POSTHORN_JOBDB_BYTES",
    form: "NUMBER",
    meaning: "the same by the bytes of payloads and of endpoints' answers",
    default: String(limits.jobDbBytesMaxDefault),
    parse: (text) => wholeBetween(text, 1, limits.jobDbBytesMaxMax),
  },
  jobDbAgeMsMax: {
    flag: "jobdb-age",
    environment: "POSTHORN_JOBDB_AGE",
    form: "SECONDS",
    meaning: "the same by the time since its first message",
    default: String(limits.jobDbAgeMsMaxDefault / 1000),
    parse: (text) => 1000 * numberBetween(text, 1, limits.jobDbAgeMsMaxMax / 1000),
  },
  retentionMs: {
    flag: "retention-days",
    environment: "POSTHORN_RETENTION_DAYS",
    form: "DAYS",
    meaning:
      "how long messages and attempts of applications without a retention of their own are kept: a JobDb file is dropped when its newest message is older, for each application in it, and nothing in it is unsettled",
    default: String(limits.retentionDaysDefault),
    parse: (text) => dayMs * numberBetween(text, 0, limits.retentionDaysMax),
  },
  historyBytesMax: {
    flag: "history-bytes",
    environment: "POSTHORN_HISTORY_BYTES",
    form: "NUMBER",
    meaning:
      "what all JobDb files may take on disk: above it the oldest settled ones are dropped before their time",
    default: undefined,
    parse: (text) => wholeBetween(text, 1, Number.MAX_SAFE_INTEGER),
  },
  attemptTimeoutMs: {
    flag: "attempt-timeout",
    environment: "POSTHORN_ATTEMPT_TIMEOUT",
    form: "SECONDS",
    meaning: "one attempt, from resolving the name to the last byte of the answer",
    default: String(limits.attemptTimeoutMsDefault / 1000),
    parse: parseAttemptTimeout,
  },
  svixHeaders: {
    flag: "svix-headers",
    environment: "POSTHORN_SVIX_HEADERS",
    form: "true|false",
    meaning: "also send svix-id, svix-timestamp and svix-signature",
    default: "false",
    parse: parseBoolean,
  },
  ingestRate: {
    flag: "ingest-rate",
    environment: "POSTHORN_INGEST_RATE",
    form: "NUMBER",
    meaning:
      "messages a second that one application may hand in; above it requests get 429 with Retry-After; a request is taken whole",
    default: undefined,
    parse: parseIngestRate,
  },
  organizationIngestRate: {
    flag: "organization-ingest-rate",
    environment: "POSTHORN_ORGANIZATION_INGEST_RATE",
    form: "NUMBER",
    meaning: "the same of all applications of one organisation",
    default: undefined,
    parse: parseIngestRate,
  },
  ingestBurstMs: {
    flag: "ingest-burst",
    environment: "POSTHORN_INGEST_BURST",
    form: "SECONDS",
    meaning: "how long such a rate may be handed in ahead of its time, at once",
    default: String(limits.ingestBurstMsDefault / 1000),
    parse: (text) => 1000 * numberBetween(text, 0, limits.ingestBurstMsMax / 1000),
  },
  bulkShare: {
    flag: "bulk-share",
    environment: "POSTHORN_BULK_SHARE",
    form: "SHARE",
    meaning:
      "of the time, in which one application may have bulk in hand (100 messages) while others hand in a little, and what more than 500 attempts a second of one application may be sent in while others are sent a little; it waits meanwhile, but has some 500 messages a second in any case; 1: always",
    default: String(limits.bulkShareDefault),
    parse: (text) => numberBetween(text, limits.bulkShareMin, 1),
  },
  diskLowWaterMebibytes: {
    flag: "disk-low-water",
    environment: "POSTHORN_DISK_LOW_WATER",
    form: "MEBIBYTES",
    meaning:
      "with less free on the data folder's disk, new messages get 503 and what was accepted is delivered; 0: until it is full",
    default: String(limits.diskLowWaterMebibytesDefault),
    parse: parseMebibytes,
  },
  archive: {
    flag: "archive",
    environment: "POSTHORN_ARCHIVE",
    form: "FOLDER|s3://BUCKET/PREFIX|off",
    meaning:
      "keeps what could not be delivered, and history when it ends; it grows; if unset, the folder archive in the data folder",
    default: undefined,
    parse: parseArchiveLocation,
  },
  archiveS3Endpoint: {
    flag: "archive-s3-endpoint",
    environment: "POSTHORN_ARCHIVE_S3_ENDPOINT",
    form: "URL",
    meaning: "of a service other than Amazon's that speaks the protocol of S3",
    default: undefined,
    parse: parseHttpUrl,
  },
  ...portalSettingDefinitions,
  ...observationSettingDefinitions,
  logLevel: {
    flag: "log-level",
    environment: "POSTHORN_LOG_LEVEL",
    form: "LEVEL",
    meaning: "fatal, error, warn, info, debug or trace",
    default: "info",
    parse: parseLogLevel,
  },
};
