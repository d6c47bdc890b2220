/** One inbound request of a fuzz, made of nothing but a seed and its number: so each can be made again alone. */
import { SeededRandom } from "../../simulation/seeded-random.ts";
import { hostileJson, hostileText } from "./hostile-text.ts";
import { type ApiOperation, operationRequest } from "./operation-request.ts";
import { textOfRequest } from "./request-text.ts";

export interface FuzzedRequest {
  readonly kind: Kind;
  readonly bytes: Buffer;
  /**
   * `sound`: an HTTP request as it should be, whatever it asks for: it gets one answer, and the connection goes on.
   * `unsound`: nobody knows where it ends, so the connection is for it alone, and half closed after it.
   */
  readonly framing: "sound" | "unsound";
  /** If it is accepted, the bytes of each message's payload, in order; undefined: it hands no messages in. */
  readonly payloads: readonly Buffer[] | undefined;
}

const kinds = ["message", "batch", "operation", "headers", "bytes"] as const;
type Kind = (typeof kinds)[number];

/** More of what is cheap to make and goes deep. */
const chosenKinds: readonly Kind[] = [
  ...Array.from({ length: 4 }, () => "message" as const),
  "batch",
  ...Array.from({ length: 3 }, () => "operation" as const),
  "headers",
  "bytes",
];

export interface FuzzTarget {
  /** `host:port` */
  readonly host: string;
  readonly token: string;
  readonly operations: readonly ApiOperation[];
}

const messages = "/api/v1/app/fuzz/msg";

export function fuzzedRequest(target: FuzzTarget, seed: number, number: number): FuzzedRequest {
  const random = new SeededRandom(Math.imul(seed, 0x9e37_79b1) ^ Math.imul(number, 0x85eb_ca6b));
  for (let at = 0; at < 3; at += 1) random.unit();
  const kind = random.pick(chosenKinds);
  switch (kind) {
    case "message":
      return messageRequest(target, random);
    case "batch":
      return batchRequest(target, random);
    case "operation":
      return { ...operationRequest(target, random), kind, payloads: undefined };
    case "headers":
      return headersRequest(target, random);
    case "bytes":
      return bytesRequest(target, random);
  }
}

interface MessageText {
  readonly text: string;
  readonly payload: string;
}

/** A message whose payload is any JSON; its other members are often wrong, and come in any order. */
function messageText(random: SeededRandom): MessageText {
  const payload = random.chance(0.3)
    ? `{"n":${random.integer(0, 1e9)},"text":${JSON.stringify(hostileText(random))}}`
    : `{"a":${hostileJson(random)}}`;
  const members = [`"payload":${random.pick(["", " ", "\n\t"])}${payload}`];
  const eventType = random.chance(0.9) ? "order.paid" : hostileText(random);
  members.push(`"eventType":${JSON.stringify(eventType)}`);
  for (const name of ["eventId", "channels", "tags", "payloadRetentionPeriod", "application"]) {
    if (random.chance(0.05)) members.push(`"${name}":${hostileJson(random)}`);
  }
  // The last of two members with one name counts, as for every parser that keeps one.
  if (random.chance(0.1)) members.unshift(`"payload":${hostileJson(random)}`);
  if (random.chance(0.05)) members.push(`"__proto__":${hostileJson(random)}`);
  return { text: `{${members.join(random.pick([",", " , "]))}}`, payload };
}

function messageRequest(target: FuzzTarget, random: SeededRandom): FuzzedRequest {
  const { text, payload } = messageText(random);
  const bytes = textOfRequest(target, { method: "POST", path: messages, body: text });
  return { kind: "message", bytes, framing: "sound", payloads: [Buffer.from(payload)] };
}

function batchRequest(target: FuzzTarget, random: SeededRandom): FuzzedRequest {
  const all = Array.from({ length: random.integer(0, 6) }, () => messageText(random));
  const lines = random.chance(0.5);
  const texts = all.map(({ text }) => (lines ? text.replaceAll("\n", " ") : text));
  const bytes = textOfRequest(target, {
    method: "POST",
    path: `${messages}/batch`,
    contentType: lines ? "application/x-ndjson" : "application/json",
    body: lines ? texts.join("\n") : `[${texts.join(",")}]`,
  });
  const payloads = all.map(({ payload }) =>
    Buffer.from(lines ? payload.replaceAll("\n", " ") : payload),
  );
  return { kind: "batch", bytes, framing: "sound", payloads };
}

const headerNames = [
  "content-type",
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "authorization",
  "cookie",
  "host",
  "expect",
  "upgrade",
  "connection",
  "idempotency-key",
  "x-forwarded-for",
  "x-forwarded-host",
  "origin",
  "accept-encoding",
  "te",
  "trailer",
  "range",
  "if-none-match",
  "traceparent",
  "x".repeat(300),
  "bad name",
  "näme",
  "",
] as const;
const headerValues = [
  "",
  "0",
  "-1",
  "1",
  "99999999999999999999",
  "5, 5",
  "chunked",
  "gzip",
  "identity",
  "chunked, chunked",
  "application/json",
  "application/x-ndjson",
  "text/plain; charset=utf-7",
  "100-continue",
  "websocket",
  "h2c",
  "close",
  "keep-alive, upgrade",
  "Bearer x.y.z",
  "*",
  "https://evil.example",
  "a\u0000b",
  "a\tb",
  "folded\r\n more",
  "\n",
  "é",
] as const;

/** A sound request with headers that may contradict it. */
function headersRequest(target: FuzzTarget, random: SeededRandom): FuzzedRequest {
  const extra = Array.from({ length: random.integer(1, 6) }, () => {
    const value = random.chance(0.8) ? random.pick(headerValues) : hostileText(random);
    const many = random.chance(0.02) ? random.integer(2, 3_000) : 1;
    return `${random.pick(headerNames)}${random.pick([": ", ":", " : ", "\t:"])}${value}\r\n`.repeat(
      many,
    );
  });
  const { text } = messageText(random);
  const headers = extra.join("");
  const sent = { method: "POST", path: messages, body: text, headers };
  return {
    kind: "headers",
    bytes: textOfRequest(target, sent),
    framing: "unsound",
    payloads: undefined,
  };
}

/** Bytes of no form, or a sound request in which some are changed. */
function bytesRequest(target: FuzzTarget, random: SeededRandom): FuzzedRequest {
  const sound = random.chance(0.9)
    ? messageRequest(target, random).bytes
    : Buffer.alloc(random.integer(1, 400));
  const bytes = [...sound];
  const changes = sound[0] === 0 ? bytes.length : random.integer(1, 8);
  for (let change = 0; change < changes && bytes.length > 0; change += 1) {
    const at = random.integer(0, bytes.length - 1);
    const byte = random.pick([0, 9, 10, 13, 32, 34, 58, 127, 255, random.integer(0, 255)]);
    const way = random.integer(0, 3);
    if (way === 0) bytes.splice(at, random.integer(1, 20));
    else if (way === 1) bytes.splice(at, 0, byte);
    else if (way === 2) bytes.splice(at, 0, ...bytes.slice(at, at + random.integer(1, 60)));
    else bytes[at] = byte;
  }
  return { kind: "bytes", bytes: Buffer.from(bytes), framing: "unsound", payloads: undefined };
}
