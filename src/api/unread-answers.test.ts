import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startApi, stopApi } from "./api.ts";
import { UnreadAnswers, type Answering } from "./unread-answers.ts";
import { limits } from "../core/limits.ts";
import { createTestApi } from "../../test/api/test-api.ts";
import { within } from "../../test/e2e/within.ts";

const graceMs = 30_000;
const second = limits.answerBytesPerSecondMin;

/** A connection to which answers are given, and which takes some of their bytes. */
class Client implements Answering {
  bytesWritten = 0;
  writableLength = 0;
  destroyed = false;

  give(bytes: number): void {
    this.bytesWritten += bytes;
    this.writableLength += bytes;
  }

  take(bytes: number): void {
    this.writableLength -= bytes;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

function watched(): { readonly answers: UnreadAnswers; readonly client: Client } {
  const answers = new UnreadAnswers(graceMs);
  const client = new Client();
  answers.add(client);
  return { answers, client };
}

test("who reads nothing is cut off after the grace and the time that the answer's size allows", () => {
  const { answers, client } = watched();
  client.give(5 * second);
  answers.look(1_000);
  answers.look(1_000 + graceMs + 5_000);
  assert.equal(client.destroyed, false);
  answers.look(1_000 + graceMs + 5_001);
  assert.equal(client.destroyed, true);
});

test("who reads as fast as the slowest may is never cut off, however much it asks for", () => {
  const { answers, client } = watched();
  client.give(second);
  for (let seconds = 0; seconds < 1_000; seconds += 1) {
    answers.look(seconds * 1_000);
    client.give(second);
    client.take(second);
  }
  assert.equal(client.destroyed, false);
});

test("who reads a byte a second is cut off", () => {
  const { answers, client } = watched();
  client.give(second);
  for (let seconds = 0; seconds <= graceMs / 1_000 + 2; seconds += 1) {
    answers.look(seconds * 1_000);
    client.take(1);
  }
  assert.equal(client.destroyed, true);
});

test("who has read everything may begin anew", () => {
  const { answers, client } = watched();
  client.give(1);
  answers.look(0);
  client.take(1);
  answers.look(graceMs);
  client.give(1);
  answers.look(2 * graceMs);
  answers.look(3 * graceMs);
  assert.equal(client.destroyed, false);
  answers.look(3 * graceMs + 2);
  assert.equal(client.destroyed, true);
});

test("a connection that has closed is not looked at any more", () => {
  const { answers, client } = watched();
  client.give(1);
  answers.look(0);
  answers.remove(client);
  answers.look(2 * graceMs);
  assert.equal(client.destroyed, false);
});

test("the server ends a connection whose client asks and never reads", async (t) => {
  const { server } = await createTestApi({
    connectionRules: { clientOf: () => undefined, perClientMax: 1, answerGraceMs: -1e6 },
  });
  const { port } = await startApi(server, { host: "127.0.0.1", port: 0 });
  t.after(() => stopApi(server, 1_000));
  const connected = once(server.server, "connection");
  const client = connect(port, "127.0.0.1");
  client.on("error", () => {});
  // More than the kernel keeps for both sides.
  const document = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
  client.write(document.repeat(limits.pipelinedRequestsMax));
  const [connection] = await connected;
  await within(once(connection, "close"), 30_000, "the end of the connection");
});
