import assert from "node:assert/strict";
import { test } from "node:test";
import { createBackend } from "../../test/api/in-memory-backend.ts";
import { applicationKeyOf } from "../core/ids.ts";
import { PosthornError } from "../core/errors.ts";
import type { IncomingMessage } from "../core/message.ts";
import { UniqueEvents } from "./unique-events.ts";

function message(eventId: string | undefined, application = 1): IncomingMessage {
  return {
    application: applicationKeyOf(application),
    eventType: "order.made",
    eventId,
    channels: undefined,
    tags: undefined,
    payload: new Uint8Array(),
    retentionDays: 90,
    recipients: [],
  };
}

test("an event id is used once in an application; messages without one are as many as there are", async () => {
  const events = new UniqueEvents(createBackend());
  assert.equal((await events.accept(message("a")))?.row, 1);
  assert.equal(await events.accept(message("a")), undefined);
  assert.equal((await events.accept(message("a", 2)))?.row, 2);
  assert.equal((await events.accept(message(undefined)))?.row, 3);
  assert.equal((await events.accept(message(undefined)))?.row, 4);
});

test("of several at once only the first with an event id is accepted, and the others are not held up", async () => {
  const events = new UniqueEvents(createBackend());
  await events.accept(message("a"));
  const ids = ["a", "b", undefined, "b", "c"];
  const addresses = await events.acceptAll(ids.map((id) => message(id)));
  assert.deepEqual(
    addresses.map((address) => address?.row),
    [undefined, 2, 3, undefined, 4],
  );
});

test("of twins at the same time one is accepted, whichever way they overlap", async () => {
  const events = new UniqueEvents(createBackend());
  const one = message("a");
  const two = message("b");
  const answers = await Promise.all([
    events.accept(one),
    events.accept(one),
    events.acceptAll([one, two]),
    events.acceptAll([two, one]),
  ]);
  const accepted = answers.flat().filter((address) => address !== undefined);
  assert.deepEqual(
    accepted.map(({ row }) => row),
    [1, 2],
  );
});

test("a twin is accepted if the first one could not be", async () => {
  const backend = createBackend();
  const events = new UniqueEvents(backend);
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: open, resolve: proceed } = Promise.withResolvers<void>();
  backend.beforeAccept(() => {
    reach();
    return open;
  });
  const first = events.accept(message("a"));
  await reached;
  const second = events.accept(message("a"));
  backend.failWith("overloaded");
  proceed();
  await assert.rejects(first, (error) => {
    backend.failWith(undefined);
    return error instanceof PosthornError && error.code === "overloaded";
  });
  assert.equal((await second)?.row, 1);
});
