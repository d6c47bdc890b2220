/**
 * What is kept of the deliveries that a Director is handling, so that the next run knows them if this one dies (core/suspicion.ts). It is a
 * table that the Director's thread and the API's thread share, which costs an attempt no system call:
 *
 *     seen death: the thread threw, ran out of memory, does not answer ─▶ the other thread writes the table to its file
 *     unseen death ─▶ the file as it was last: there, so the run has died; with whatever was written to it meanwhile
 *     stop in order ─▶ no file
 *
 * A delivery costs 0.06 to 0.14 µs so, measured. Within `limits.recordedRunMs` after a death each beginning and end is written to the file at once (4 to 16 µs for both), as what ends the
 * process without a word does so again. What concerns suspects is always written. Nothing is synced: a file outlives its process, and
 * what a power cut does to it concerns nobody, as poison does not cut the power.
 *
 * Rejected: writing always, 10 µs an attempt, of which a whole one takes 25; syncing, which is a hundred times as much.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../core/limits.ts";
import type { Death, Handled, LeftBehind, Suspicion } from "../core/suspicion.ts";

/** JobDb, delivery and round as numbers of 8 bytes, then state, kind of suspicion and evidence as a byte each. */
const placeBytes = 32;
/** The first place is the head: the format's name and version, and how the run has died. */
const magic = Buffer.from("PHFR\u0001");
const deathByte = magic.length;
const states = { free: 0, waiting: 1, underWay: 2 } as const;
const kinds = { none: 0, noted: 1, suspect: 2 } as const;
/** Suspects, what can be under way with outcomes that are not durable, and the head. */
const places = 1 + limits.suspectsMax + 2 * limits.slots + limits.uncommittedOutcomesMax;

export interface FlightRecord {
  readonly death: Death;
  readonly left: readonly LeftBehind[];
}

export type FlightMemory = SharedArrayBuffer;

export function newFlightMemory(): FlightMemory {
  return new SharedArrayBuffer(places * placeBytes);
}

/** The places of a record, from 1, in the memory of whoever looks at them. */
export class FlightTable {
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #numbers: Float64Array<SharedArrayBuffer>;

  constructor(memory: FlightMemory) {
    this.#bytes = new Uint8Array(memory);
    this.#numbers = new Float64Array(memory);
  }

  /** @param state whether it is being handled, or waits as a suspect */
  put(place: number, of: Handled, state: "underWay" | "waiting"): void {
    const first = (place * placeBytes) / Float64Array.BYTES_PER_ELEMENT;
    this.#numbers[first] = of.jobDb;
    this.#numbers[first + 1] = of.delivery;
    this.#numbers[first + 2] = of.round;
    this.#bytes[stateByteOf(place)] = states[state];
  }

  suspect(place: number, suspicion: Suspicion): void {
    this.#bytes[stateByteOf(place) + 1] = kinds[suspicion.kind];
    this.#bytes[stateByteOf(place) + 2] = suspicion.kind === "suspect" ? suspicion.evidence : 0;
  }

  free(place: number): void {
    this.#bytes.fill(0, stateByteOf(place), stateByteOf(place) + 3);
  }

  /** The head and so many places as they are to be in a file. */
  copy(death: Death, count: number = places - 1): Uint8Array {
    const bytes = Uint8Array.from(this.#bytes.subarray(0, (1 + count) * placeBytes));
    bytes.set(magic);
    bytes[deathByte] = death === "seen" ? 1 : 0;
    return bytes;
  }

  /** One place as it is to be in a file, and where. */
  copyPlace(place: number): { readonly bytes: Uint8Array; readonly position: number } {
    const position = place * placeBytes;
    return { bytes: this.#bytes.slice(position, position + placeBytes), position };
  }
}

export function flightRecordPath(folder: string, director: number): string {
  return join(folder, `flight-record-${director}`);
}

/** In one step, as far as the process's death is concerned. */
export function writeFlightRecord(path: string, bytes: Uint8Array): void {
  const unfinished = `${path}.unfinished`;
  writeFileSync(unfinished, bytes, { mode: 0o600 });
  renameSync(unfinished, path);
}

/** Nothing is left in what is not a record of this format, as a power cut may leave anything. */
export function readFlightRecord(path: string): FlightRecord {
  const bytes = readFileSync(path);
  if (bytes.length < placeBytes || !bytes.subarray(0, magic.length).equals(magic))
    return { death: "unseen", left: [] };
  const left: LeftBehind[] = [];
  for (let at = placeBytes; at + placeBytes <= bytes.length; at += placeBytes) {
    const found = placeOf(bytes.subarray(at, at + placeBytes));
    if (found !== undefined) left.push(found);
  }
  return { death: bytes[deathByte] === 1 ? "seen" : "unseen", left };
}

function placeOf(bytes: Buffer): LeftBehind | undefined {
  const [state = 0, kind = 0, evidence = 0] = bytes.subarray(placeBytes - 8);
  if (state !== states.waiting && state !== states.underWay) return undefined;
  const [jobDb, delivery, round] = [0, 8, 16].map((at) =>
    new DataView(bytes.buffer, bytes.byteOffset + at).getFloat64(0, true),
  );
  if (!isNumber(jobDb) || !isNumber(delivery) || !isNumber(round)) return undefined;
  const suspicion = suspicionOf(kind, evidence);
  return { jobDb, delivery, round, underWay: state === states.underWay, suspicion };
}

function suspicionOf(kind: number, evidence: number): Suspicion | undefined {
  if (kind === kinds.suspect)
    return { kind: "suspect", evidence: Math.min(evidence, limits.convictingEvidence) };
  return kind === kinds.noted ? { kind: "noted" } : undefined;
}

function isNumber(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function stateByteOf(place: number): number {
  return (place + 1) * placeBytes - 8;
}
