/**
 * Public ids. All are a prefix and 27 base62 digits of 20 bytes (the KSUID shape that Svix uses), so they sort by time:
 *
 * | bytes | message and attempt ids | other ids |
 * |---|---|---|
 * | 0–3 | seconds since 2014-05-13T16:53:20Z (the KSUID epoch) | the same |
 * | 4–5 | milliseconds within the second | the same |
 * | 6–8 | JobDb number | random |
 * | 9–13 | row in that JobDb | random |
 * | 14–19 | nonce: 48 bits that nobody can guess | random |
 *
 * A message or attempt id is therefore an address: a lookup opens one JobDb and reads one integer row. The nonce is
 * stored in the row and compared, so an address can't be made up.
 */
import { decodeBase62, encodeBase62 } from "./base62.ts";

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type MessageId = Branded<string, "MessageId">;
export type AttemptId = Branded<string, "AttemptId">;
export type ApplicationId = Branded<string, "ApplicationId">;
export type EndpointId = Branded<string, "EndpointId">;
export type BackgroundTaskId = Branded<string, "BackgroundTaskId">;
export type ErasureId = Branded<string, "ErasureId">;
/** Of an API key's row, not the key itself. */
export type ApiKeyId = Branded<string, "ApiKeyId">;

/** Of a request that came to the inspector. */
export type ArrivalId = Branded<string, "ArrivalId">;

/** Of an announcement: the event id of the message that it becomes. */
export type AnnouncementId = Branded<string, "AnnouncementId">;

/** An application's row number in the control store: what JobDbs refer to, never shown outside. */
export type ApplicationKey = Branded<number, "ApplicationKey">;
/** An endpoint's row number in the control store: what JobDbs refer to, never shown outside. */
export type EndpointKey = Branded<number, "EndpointKey">;

/** Where a message or an attempt lives, and the proof that the caller was told so. */
export interface Address {
  /** When the row was made, Unix milliseconds. */
  readonly atMs: number;
  /** JobDb number, 1 to 2^24 - 1. */
  readonly jobDb: number;
  /** Row in that JobDb, 1 to 2^37 - 1 (a delivery's number multiplies it by 2^16 and must stay exact). */
  readonly row: number;
  /** 48 random bits. */
  readonly nonce: number;
}

export const nonceBound = 2 ** 48;
export const jobDbNumberMax = 2 ** 24 - 1;
export const rowMax = 2 ** 37 - 1;

const ksuidEpochMs = 1_400_000_000_000;
const idDigits = 27;
const idBytes = 20;

export function messageIdOf(address: Address): MessageId {
  return `msg_${encodeAddress(address)}` as MessageId; // the one place that makes one
}

export function attemptIdOf(address: Address): AttemptId {
  return `atmpt_${encodeAddress(address)}` as AttemptId; // the one place that makes one
}

/** The address in a message id, or undefined if the text is not one. */
export function parseMessageId(text: string): Address | undefined {
  return text.startsWith("msg_") ? decodeAddress(text.slice(4)) : undefined;
}

/** The address in an attempt id, or undefined if the text is not one. */
export function parseAttemptId(text: string): Address | undefined {
  return text.startsWith("atmpt_") ? decodeAddress(text.slice(6)) : undefined;
}

/** A new application id. `random` gives 14 unguessable bytes. */
export function applicationIdOf(atMs: number, random: Uint8Array): ApplicationId {
  return `app_${encodeRandom(atMs, random)}` as ApplicationId; // the one place that makes one
}

/** The text if it has the form of an application id, else undefined. */
export function parseApplicationId(text: string): ApplicationId | undefined {
  return /^app_[0-9A-Za-z]{27}$/.test(text) ? (text as ApplicationId) : undefined; // just checked
}

/** A new endpoint id. `random` gives 14 unguessable bytes. */
export function endpointIdOf(atMs: number, random: Uint8Array): EndpointId {
  return `ep_${encodeRandom(atMs, random)}` as EndpointId; // the one place that makes one
}

/** A new API key's id. `random` gives 14 unguessable bytes. */
export function apiKeyIdOf(atMs: number, random: Uint8Array): ApiKeyId {
  return `key_${encodeRandom(atMs, random)}` as ApiKeyId; // the one place that makes one
}

/** A new announcement's id. `random` gives 14 unguessable bytes. */
export function announcementIdOf(atMs: number, random: Uint8Array): AnnouncementId {
  return `ann_${encodeRandom(atMs, random)}` as AnnouncementId; // the one place that makes one
}

/** A new background task's id. `random` gives 14 unguessable bytes. */
export function backgroundTaskIdOf(atMs: number, random: Uint8Array): BackgroundTaskId {
  return `qtask_${encodeRandom(atMs, random)}` as BackgroundTaskId; // the one place that makes one
}

/** A new erasure's id. `random` gives 14 unguessable bytes. */
export function erasureIdOf(atMs: number, random: Uint8Array): ErasureId {
  return `erase_${encodeRandom(atMs, random)}` as ErasureId; // the one place that makes one
}

/** The id of a request that came to the inspector. `random` gives 14 unguessable bytes. */
export function arrivalIdOf(atMs: number, random: Uint8Array): ArrivalId {
  return `arr_${encodeRandom(atMs, random)}` as ArrivalId; // the one place that makes one
}

export function applicationKeyOf(row: number): ApplicationKey {
  return keyOf(row) as ApplicationKey; // checked by keyOf
}

export function endpointKeyOf(row: number): EndpointKey {
  return keyOf(row) as EndpointKey; // checked by keyOf
}

function keyOf(row: number): number {
  if (!Number.isSafeInteger(row) || row < 1) throw new RangeError(`not a row number: ${row}`);
  return row;
}

function encodeAddress(address: Address): string {
  const bytes = new Uint8Array(idBytes);
  writeInstant(bytes, address.atMs);
  writeUint(bytes, 6, 3, address.jobDb);
  writeUint(bytes, 9, 5, address.row);
  writeUint(bytes, 14, 6, address.nonce);
  return encodeBase62(bytes, idDigits);
}

function decodeAddress(digits: string): Address | undefined {
  const bytes = digits.length === idDigits ? decodeBase62(digits, idBytes) : undefined;
  if (bytes === undefined) return undefined;
  const address = {
    atMs: ksuidEpochMs + readUint(bytes, 0, 4) * 1000 + readUint(bytes, 4, 2),
    jobDb: readUint(bytes, 6, 3),
    row: readUint(bytes, 9, 5),
    nonce: readUint(bytes, 14, 6),
  };
  return readUint(bytes, 4, 2) < 1000 && address.row <= rowMax ? address : undefined;
}

function encodeRandom(atMs: number, random: Uint8Array): string {
  const bytes = new Uint8Array(idBytes);
  writeInstant(bytes, atMs);
  bytes.set(random.subarray(0, idBytes - 6), 6);
  return encodeBase62(bytes, idDigits);
}

function writeInstant(bytes: Uint8Array, atMs: number): void {
  const sinceEpochMs = Math.trunc(atMs) - ksuidEpochMs;
  const seconds = Math.floor(sinceEpochMs / 1000);
  writeUint(bytes, 0, 4, seconds);
  writeUint(bytes, 4, 2, sinceEpochMs - seconds * 1000);
}

/** Big-endian; divisions instead of shifts, as a row or a nonce has more than 32 bits. */
function writeUint(bytes: Uint8Array, offset: number, length: number, value: number): void {
  if (!(value >= 0 && value < 256 ** length && Number.isInteger(value))) {
    throw new RangeError(`${value} does not fit ${length} bytes of an id`);
  }
  let rest = value;
  for (let at = offset + length - 1; at >= offset; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readUint(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (const byte of bytes.subarray(offset, offset + length)) value = value * 256 + byte;
  return value;
}
