/**
 * The body of a batch: messages as a JSON array or as NDJSON, one to a line. It is split without being parsed as a whole,
 * so each message keeps its bytes, and one that can't be read is refused alone wherever it is certain what the others are.
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { assert } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { findRawElements, findRawMember, type Span } from "../core/raw-json.ts";
import { checkBodyText } from "./body-text.ts";
import { refuseBody } from "./once.ts";
import { Problem } from "./problem.ts";

export type BatchItem =
  | {
      readonly kind: "read";
      readonly value: unknown;
      /** The bytes of its payload as they came, a view; undefined if it has none. */
      readonly payload: Uint8Array | undefined;
    }
  /** `got` says what came instead of a message's JSON. */
  | { readonly kind: "unreadable"; readonly got: string };

/** Where the messages of a batch are. None of them has been read yet, as that takes a while. */
interface Batch {
  readonly bodyBytes: number;
  readonly length: number;
  /** In order; may throw the problem `invalid_json`, for the whole batch. */
  readonly read: (index: number) => BatchItem;
}

declare module "fastify" {
  interface FastifyRequest {
    /** What `parseBatchBodies` found. */
    batch: Batch;
  }
}

export const ndjsonType = "application/x-ndjson";

/**
 * From here on, in this scope, bodies are batches. `request.body` is an empty array: the items are in `batch`, to be
 * judged one by one, as a schema's verdict on the whole would refuse all for one.
 */
export function parseBatchBodies(server: FastifyInstance): void {
  server.decorateRequest("batch");
  server.removeAllContentTypeParsers();
  parseWith(server, "application/json", arrayBatchOf);
  parseWith(server, ndjsonType, linesBatchOf);
}

function parseWith(
  server: FastifyInstance,
  contentType: string,
  batchOf: (bytes: Buffer) => Batch,
): void {
  server.addContentTypeParser<Buffer>(
    contentType,
    { parseAs: "buffer", bodyLimit: limits.batchBodyBytesMax },
    (request: FastifyRequest, bytes, done) => {
      try {
        checkBodyText(request, bytes);
        request.batch = batchOf(bytes);
        done(null, []);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        done(refuseBody(request, error), []);
      }
    },
  );
}

function arrayBatchOf(bytes: Buffer): Batch {
  const spans = elementsOf(bytes);
  const read = (span: Span): BatchItem => {
    const item = itemOf(bytes, span);
    // Where one element is no JSON, or nobody has looked whether it is, nobody knows where the next one begins.
    if (item.kind === "read" || item.kind === "unreadable") return item;
    throw Problem.invalidJson(item.got);
  };
  return batchOf(bytes, spans, read);
}

function linesBatchOf(bytes: Buffer): Batch {
  const read = (span: Span): BatchItem => {
    const item = itemOf(bytes, span);
    if (item.kind === "read" || item.kind === "unreadable") return item;
    return { kind: "unreadable", got: item.got };
  };
  return batchOf(bytes, linesOf(bytes), read);
}

function batchOf(bytes: Buffer, spans: readonly Span[], read: (span: Span) => BatchItem): Batch {
  return {
    bodyBytes: bytes.length,
    length: spans.length,
    read: (index) => {
      const span = spans[index];
      assert(span !== undefined, "only messages that are there are read");
      return read(span);
    },
  };
}

function elementsOf(bytes: Buffer): readonly Span[] {
  const found = findRawElements(bytes, limits.batchMessagesMax);
  switch (found.kind) {
    case "found":
      return found.elements;
    case "too_many":
      throw wrongBatch(`at most ${limits.batchMessagesMax} messages`, "more", "Divide the batch");
    case "no_array":
      throw wrongBatch("an array of messages", "another text", "Correct the body");
    case "broken":
      throw Problem.invalidJson("an array that does not end where the body does");
  }
}

function linesOf(bytes: Buffer): Span[] {
  const lines: Span[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf("\n", start);
    const end = newline === -1 ? bytes.length : newline;
    if (!isBlank(bytes, start, end)) {
      if (lines.length === limits.batchMessagesMax) {
        throw wrongBatch(`at most ${limits.batchMessagesMax} messages`, "more", "Divide the batch");
      }
      lines.push({ start, end });
    }
    start = end + 1;
  }
  return lines;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) > 0x20) return false;
  return true;
}

/** `broken`: no JSON. `too_deep`: not even parsed, as that would take 0.4 s of two megabytes of brackets. */
function itemOf(
  bytes: Buffer,
  { start, end }: Span,
): BatchItem | { readonly kind: "broken" | "too_deep"; readonly got: string } {
  const json = bytes.subarray(start, end);
  const member = findRawMember(json, "payload", limits.jsonDepthMax);
  if (member.kind === "too_deep") {
    const got = `objects or arrays nested deeper than ${limits.jsonDepthMax}`;
    return { kind: "too_deep", got };
  }
  const payload = member.kind === "found" ? json.subarray(member.start, member.end) : undefined;
  let value: unknown;
  try {
    value = JSON.parse(json.toString("utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: "broken", got: `another text (${error.message})` };
  }
  if (json.length > limits.bodyBytesMax) {
    return { kind: "unreadable", got: `${json.length} bytes, more than ${limits.bodyBytesMax}` };
  }
  return { kind: "read", value, payload };
}

/** The batch as a whole can't be taken. */
function wrongBatch(expected: string, got: string, advice: string): Problem {
  const msg = `Expected ${expected}, got ${got}. ${advice}.`;
  return Problem.wrongFields([{ loc: ["body"], msg, type: "value_error" }]);
}
