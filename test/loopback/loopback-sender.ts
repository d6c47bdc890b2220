/** A sender that may call loopback, and what it is given to send. */
import type { TestContext } from "node:test";
import { createSecureContext } from "node:tls";
import type { Outcome } from "../../src/core/delivery.ts";
import { applicationKeyOf, endpointIdOf, endpointKeyOf, messageIdOf } from "../../src/core/ids.ts";
import type { AttemptRequest, Destination } from "../../src/director/ports.ts";
import { Sender, type SenderOptions } from "../../src/transport/sender.ts";
import { guardBy } from "./guard-by.ts";
import { startRawReceiver, type Answer, type RawReceiver } from "./raw-receiver.ts";

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const loopback = guardBy({ allowSubnets: "127.0.0.0/8" });

export function startSender(context: TestContext, options: Partial<SenderOptions> = {}): Sender {
  const sender = new Sender({
    inspector: { deliver: () => Promise.reject(new Error("no inspector in this test")) },
    guard: loopback,
    resolveName: () => Promise.reject(new Error("no names in this test")),
    secureContext: createSecureContext(),
    egressProxy: undefined,
    attemptTimeoutMs: 5_000,
    version: "1.2.3",
    svixHeaders: false,
    traceEndpoints: true,
    ...options,
  });
  context.after(() => sender.close());
  return sender;
}

export async function receive(context: TestContext, answer: Answer): Promise<RawReceiver> {
  const receiver = await startRawReceiver(answer);
  context.after(() => receiver.close());
  return receiver;
}

export function destinationOf(port: number, changes: Partial<Destination> = {}): Destination {
  return {
    endpoint: endpointKeyOf(1),
    id: endpointIdOf(1_700_000_000_000, new Uint8Array(14)),
    application: applicationKeyOf(1),
    url: `http://127.0.0.1:${port}/hook?a=b`,
    disabled: false,
    throttleRate: undefined,
    ordered: false,
    handPause: undefined,
    readable: true,
    headers: [],
    tls: undefined,
    secrets: [{ key: secret, expiresAtMs: undefined }],
    ...changes,
  };
}

export function requestOf(destination: Destination, row = 1, payload = '{"a":1}'): AttemptRequest {
  const atMs = Date.now();
  const messageId = messageIdOf({ atMs, jobDb: 1, row, nonce: 1 });
  return { destination, messageId, atMs, payload: Buffer.from(payload) };
}

/** Without how long it took. */
export function seen(outcome: Outcome): string {
  if (outcome.kind === "unanswered") return outcome.reason;
  return `${outcome.statusCode} ${Buffer.from(outcome.body).toString("latin1")}`;
}

/** What one attempt against a receiver comes to. */
export async function outcomeAgainst(
  context: TestContext,
  answer: Answer,
  options: Partial<SenderOptions> = {},
): Promise<string> {
  const receiver = await receive(context, answer);
  const sender = startSender(context, options);
  return seen(await sender.send(requestOf(destinationOf(receiver.port))));
}
