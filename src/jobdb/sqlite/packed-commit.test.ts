import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AnswerRow } from "../../core/answer.ts";
import { applicationKeyOf, endpointKeyOf, nonceBound } from "../../core/ids.ts";
import type { AttemptRow, MessageRow, Resend } from "../../core/message.ts";
import { packCommit, unpackCommit } from "./packed-commit.ts";

const key = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const bytes = fc.uint8Array({ maxLength: 20 });
const list = fc.option(fc.array(fc.string(), { maxLength: 3 }), { nil: undefined });

/** Rows are objects like those of literals. */
const plain = { noNullPrototype: true };

const message: fc.Arbitrary<MessageRow> = fc.record(
  {
    row: key,
    nonce: fc.integer({ min: 0, max: nonceBound - 1 }),
    atMs: key,
    application: key.map(applicationKeyOf),
    eventType: fc.string(),
    eventId: fc.option(fc.string(), { nil: undefined }),
    channels: list,
    tags: list,
    payload: bytes,
    retentionDays: fc.nat(),
    recipients: fc.array(
      fc.record({ endpoint: key.map(endpointKeyOf), skipped: fc.boolean() }, plain),
      {
        maxLength: 3,
      },
    ),
  },
  plain,
);

const attempt: fc.Arbitrary<AttemptRow> = fc.record(
  {
    row: key,
    nonce: fc.integer({ min: 0, max: nonceBound - 1 }),
    atMs: key,
    delivery: key,
    endpoint: key.map(endpointKeyOf),
    round: key,
    number: key,
    trigger: fc.constantFrom("scheduled", "manual"),
    url: fc.webUrl(),
    statusCode: fc.integer({ min: 0, max: 599 }),
    durationMs: fc.double({ min: 0, max: 30_000, noNaN: true }),
    response: bytes,
    settlement: fc.constantFrom(undefined, "delivered", "gone", "exhausted", "cancelled"),
    retryAtMs: fc.option(key, { nil: undefined }),
  },
  plain,
);

const answer: fc.Arbitrary<AnswerRow> = fc.record(
  {
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    atMs: key,
    firstMessage: key,
    messages: fc.nat(),
    text: fc.string(),
  },
  plain,
);

const resend: fc.Arbitrary<Resend> = fc.record(
  {
    messageRow: key,
    endpoint: key.map(endpointKeyOf),
    trigger: fc.constantFrom("scheduled", "manual"),
    atMs: key,
    asker: fc.option(fc.uint8Array({ minLength: 1 }), { nil: undefined }),
  },
  plain,
);

test("a commit comes out of its packing as it went in", () => {
  const messages = fc.array(message, { maxLength: 4 });
  const attempts = fc.array(attempt, { maxLength: 4 });
  const resends = fc.array(resend, { maxLength: 4 });
  const answers = fc.array(answer, { maxLength: 4 });
  fc.assert(
    fc.property(fc.record({ messages, attempts, resends, answers }, plain), (commit) => {
      assert.deepEqual(unpackCommit(structuredClone(packCommit(commit))), commit);
    }),
  );
});
