import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createBackend } from "../../test/api/in-memory-backend.ts";
import {
  attemptOf,
  commitOf,
  firstDeliveryOf,
  messageTo,
} from "../../test/conformance/job-db-rows.ts";
import { newApplication, newEndpoint } from "../../test/conformance/new-control-rows.ts";
import { scratchControl } from "../../test/conformance/scratch-control.ts";
import type { AnnouncementStage } from "../control/facade.ts";
import { LdbReader } from "../control/ldb-reader.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import { PosthornError } from "../core/errors.ts";
import { attemptIdOf, messageIdOf } from "../core/ids.ts";
import type { AttemptRow } from "../core/message.ts";
import type { Intake } from "../director/facade.ts";
import { SqliteJobDbStore } from "../jobdb/sqlite/sqlite-job-db-store.ts";
import { SqliteNotableAttempts } from "../jobdb/sqlite/sqlite-notable-attempts.ts";
import { Announcer } from "./announcer.ts";
import { AttemptAnnouncements } from "./attempt-announcements.ts";
import { stagedAnnouncements } from "./staged-announcements.ts";

/** What an announcer works with; each start of one is a run of the program. */
async function createWorld(t: TestContext) {
  const { files, sources, clock } = scratchControl(t);
  const control = new SqliteControlWriter(files, sources, () => {});
  const reader = new LdbReader(files.ldbPath, { ...sources, generation: undefined });
  const folder = join(files.controlPath, "..", "jobdb");
  const store = new SqliteJobDbStore(folder, { index: 0, count: 1, epoch: 1 });
  const jobDb = await store.create();
  const backend = createBackend();
  const { application } = await control.createApplication("org", newApplication(), false);
  const endpoint = await control.createEndpoint(application.key, newEndpoint());
  await jobDb.commit(commitOf({ messages: [messageTo([endpoint.key], 1)] }));
  t.after(async () => {
    reader.close();
    control.close();
    await store.close();
  });
  /** The event ids that history was asked for. */
  const asked: string[] = [];
  const timers: (() => void)[] = [];
  const failures: unknown[] = [];
  const start = (stage: AnnouncementStage = control, intake: Intake = backend.intake) => {
    const notable = new SqliteNotableAttempts(folder);
    t.after(() => notable.close());
    const attempts = new AttemptAnnouncements({
      attempts: notable,
      stage,
      reader,
      clock: { nowMs: () => clock.atMs },
    });
    const announcer = new Announcer({
      sources: [stagedAnnouncements({ stage, reader, onStaged: () => {} }), attempts],
      reader,
      intake,
      history: {
        ...backend.history,
        messageOfEvent: (of, eventId) => {
          asked.push(eventId);
          return backend.history.messageOfEvent(of, eventId);
        },
      },
      clock: {
        after: (_, callback) => {
          timers.push(callback);
          return { stop: () => {} };
        },
      },
      onFailure: (error) => failures.push(error),
    });
    return { announcer, attempts };
  };
  let lastAttempt = 0;
  /** Records an attempt of the one message, to the customer's endpoint if not said otherwise. */
  const record = async (rest: Partial<AttemptRow>): Promise<AttemptRow> => {
    lastAttempt += 1;
    const row = attemptOf(firstDeliveryOf(1), endpoint.key, lastAttempt, rest);
    await jobDb.commit(commitOf({ attempts: [row] }));
    return row;
  };
  const register = async (eventTypes?: readonly string[]) => {
    const { key } = await control.putOperationalApplication("org");
    return control.createEndpoint(key, newEndpoint({ eventTypes }));
  };
  return {
    control,
    reader,
    backend,
    asked,
    application,
    endpoint,
    timers,
    failures,
    start,
    record,
    register,
  };
}

type World = Awaited<ReturnType<typeof createWorld>>;

function toldTypes({ backend }: World): readonly string[] {
  return backend.accepted.map(({ eventType }) => eventType);
}

const exhausted = { settlement: "exhausted", number: 6, statusCode: 503 } as const;

test("a change of an endpoint becomes a message for the operational endpoint", async (t) => {
  const world = await createWorld(t);
  const { control, backend, application, endpoint } = world;
  const operational = await world.register();
  await control.changeEndpoint(endpoint.key, { description: "new" });
  const [staged] = await control.announcements(9);
  await world.start().announcer.wake();
  assert.equal(backend.accepted.length, 1);
  const [message] = backend.accepted;
  assert.ok(message !== undefined);
  assert.equal(message.eventId, staged?.id);
  assert.deepEqual(message.recipients, [{ endpoint: operational.key, skipped: false }]);
  assert.deepEqual(JSON.parse(Buffer.from(message.payload).toString()), {
    type: "endpoint.updated",
    data: {
      appId: application.id,
      appUid: null,
      endpointId: endpoint.id,
      endpointUid: null,
    },
  });
  assert.deepEqual(await control.announcements(9), []);
});

test("an attempt becomes a message with the attempt's id as its event id", async (t) => {
  const world = await createWorld(t);
  await world.register(["message.attempt.exhausted"]);
  const { row, nonce, atMs } = await world.record(exhausted);
  await world.start().announcer.wake();
  const id = attemptIdOf({ jobDb: 1, row, nonce, atMs });
  const [message] = world.backend.accepted;
  assert.equal(message?.eventId, id);
  assert.deepEqual(JSON.parse(Buffer.from(message.payload).toString()), {
    type: "message.attempt.exhausted",
    data: {
      appId: world.application.id,
      appUid: null,
      endpointId: world.endpoint.id,
      msgId: messageIdOf({ jobDb: 1, row: 1, nonce: 1001, atMs: messageTo([1], 1).atMs }),
      msgEventId: null,
      lastAttempt: { id, responseStatusCode: 503, timestamp: new Date(atMs).toISOString() },
    },
  });
});

test("what is recorded while it runs is told when it is said to be there", async (t) => {
  const world = await createWorld(t);
  const { announcer, attempts } = world.start();
  announcer.start();
  let news = 0;
  attempts.onNews(() => (news += 1));
  attempts.recorded(1);
  assert.equal(news, 0, "nobody is to be told");
  await world.register();
  await announcer.wake();
  await world.record({ number: 4, retryAtMs: 1 });
  attempts.recorded(1);
  assert.equal(news, 1);
  await announcer.wake();
  await world.record({ number: 5, settlement: "delivered" });
  attempts.recorded(1);
  await announcer.wake();
  assert.deepEqual(toldTypes(world), ["message.attempt.failing", "message.attempt.recovered"]);
});

const lost = () => Promise.reject(new PosthornError("jobdb_failed", "crashed here"));

/** Each a way to die: before a step, or after it and before anybody knows. */
const crashes: Readonly<Record<string, (world: World) => Parameters<World["start"]>>> = {
  "before what is staged is read": ({ control }) => [{ ...stageOf(control), announcements: lost }],
  "before a message is accepted": ({ control, backend }) => [
    control,
    { ...backend.intake, acceptAll: lost },
  ],
  "after a message is accepted": ({ control, backend }) => [
    control,
    {
      ...backend.intake,
      acceptAll: async (messages) => {
        await backend.intake.acceptAll(messages);
        return lost();
      },
    },
  ],
  "before what was told is removed": ({ control }) => [
    { ...stageOf(control), removeAnnouncements: lost },
  ],
  "after it is removed": ({ control }) => [
    {
      ...stageOf(control),
      removeAnnouncements: async (lastKey) => {
        await control.removeAnnouncements(lastKey);
        return lost();
      },
    },
  ],
  "before it is kept which attempts were told": ({ control }) => [
    { ...stageOf(control), keepToldAttempts: lost },
  ],
  "after it is kept": ({ control }) => [
    {
      ...stageOf(control),
      keepToldAttempts: async (attempts) => {
        await control.keepToldAttempts(attempts);
        return lost();
      },
    },
  ],
};

function stageOf(control: AnnouncementStage): AnnouncementStage {
  return {
    announcements: (countMax) => control.announcements(countMax),
    removeAnnouncements: (lastKey) => control.removeAnnouncements(lastKey),
    toldAttempts: () => control.toldAttempts(),
    keepToldAttempts: (attempts) => control.keepToldAttempts(attempts),
  };
}

for (const [when, crash] of Object.entries(crashes)) {
  test(`each thing is told once if the program dies ${when}`, async (t) => {
    const world = await createWorld(t);
    await world.register();
    const { control, endpoint, failures } = world;
    await control.changeEndpoint(endpoint.key, { disabled: true });
    await control.deleteEndpoint(endpoint.key);
    await world.record({ number: 4, retryAtMs: 1 });
    await world.record(exhausted);
    await world.start(...crash(world)).announcer.wake();
    assert.equal(failures.length, 1, "it has died");
    const { announcer } = world.start();
    await announcer.wake();
    await announcer.stop();
    await world.start().announcer.wake();
    assert.deepEqual(toldTypes(world), [
      "endpoint.updated",
      "endpoint.deleted",
      "message.attempt.failing",
      "message.attempt.exhausted",
    ]);
    assert.equal(failures.length, 1);
  });
}

test("attempts that were told are not looked at again by the next run", async (t) => {
  const world = await createWorld(t);
  await world.register();
  for (let count = 0; count < 3; count += 1) await world.record(exhausted);
  const { announcer } = world.start();
  await announcer.wake();
  await announcer.stop();
  const [told] = await world.control.toldAttempts();
  assert.equal(told, world.backend.accepted.at(-1)?.eventId);
});

test("history is asked for what may have its message: at the start, and after a failure", async (t) => {
  const world = await createWorld(t);
  await world.register();
  const { control, endpoint, backend, asked, failures } = world;
  const { announcer } = world.start();
  const change = () => control.changeEndpoint(endpoint.key, { disabled: true });
  const toldBy = async (): Promise<number> => {
    await announcer.wake();
    return asked.length;
  };
  await change();
  assert.equal(await toldBy(), 1, "the start's");
  await change();
  assert.equal(await toldBy(), 1, "nothing comes twice");
  await change();
  backend.failWith("overloaded");
  assert.equal(await toldBy(), 1);
  backend.failWith(undefined);
  assert.equal(await toldBy(), 2, "after a failure");
  assert.deepEqual([backend.accepted.length, failures.length], [3, 1]);
});

test("a failure that may pass is reported once, and tried again by itself until it has passed", async (t) => {
  const world = await createWorld(t);
  await world.register();
  await world.control.changeEndpoint(world.endpoint.key, { disabled: true });
  const { announcer } = world.start();
  world.backend.failWith("overloaded");
  await announcer.wake();
  await announcer.wake();
  assert.deepEqual(
    world.failures.map((error) => error instanceof PosthornError && error.code),
    ["overloaded"],
  );
  assert.deepEqual(toldTypes(world), []);
  world.backend.failWith(undefined);
  world.timers.at(-1)?.();
  await announcer.wake();
  assert.deepEqual(toldTypes(world), ["endpoint.updated"]);
  assert.equal(world.failures.length, 1);
});

test("nothing is told after it has stopped, and it stays to be told", async (t) => {
  const world = await createWorld(t);
  await world.register();
  const { announcer } = world.start();
  await announcer.stop();
  await world.control.changeEndpoint(world.endpoint.key, { disabled: true });
  await announcer.wake();
  assert.deepEqual(toldTypes(world), []);
  await world.start().announcer.wake();
  assert.deepEqual(toldTypes(world), ["endpoint.updated"]);
});

test("what no operational endpoint asks for becomes no message", async (t) => {
  const world = await createWorld(t);
  await world.register(["endpoint.deleted"]);
  await world.record(exhausted);
  await world.control.deleteEndpoint(world.endpoint.key);
  await world.start().announcer.wake();
  assert.deepEqual(toldTypes(world), ["endpoint.deleted"]);
});

test("what is told to a disabled operational endpoint is kept as skipped", async (t) => {
  const world = await createWorld(t);
  const { key } = await world.register();
  await world.control.disableEndpoint(key);
  await world.record(exhausted);
  await world.control.deleteEndpoint(world.endpoint.key);
  await world.start().announcer.wake();
  assert.deepEqual(toldTypes(world), ["endpoint.deleted", "message.attempt.exhausted"]);
  for (const { recipients } of world.backend.accepted) {
    assert.deepEqual(recipients, [{ endpoint: key, skipped: true }]);
  }
});

test("what was recorded before the organisation had an operational endpoint is not told", async (t) => {
  const world = await createWorld(t);
  await world.record({ ...exhausted, atMs: 1 });
  await world.register();
  await world.start().announcer.wake();
  assert.deepEqual(toldTypes(world), []);
});

test("attempts to operational endpoints are not told of", async (t) => {
  const world = await createWorld(t);
  const operational = await world.register();
  await world.record({ ...exhausted, endpoint: operational.key });
  await world.start().announcer.wake();
  assert.deepEqual(toldTypes(world), []);
});
