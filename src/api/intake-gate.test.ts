import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { LightMyRequestResponse } from "fastify";
import { createTestApi } from "../../test/api/test-api.ts";
import { createBackend } from "../../test/api/in-memory-backend.ts";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import type { Intake } from "../director/facade.ts";

const message = { eventType: "order.made", payload: {} };
const fullBatch = Array.from({ length: limits.batchMessagesMax }, () => message);

/** Batches are held until they are let go, and then refused; single messages are accepted at once. */
class HoldingIntake implements Pick<Intake, "accept" | "acceptAll"> {
  readonly #intake = createBackend().intake;
  #held = Promise.withResolvers<never>();
  #arrived = Promise.withResolvers<void>();
  #count = 0;

  readonly accept: Intake["accept"] = (...given) => this.#intake.accept(...given);

  readonly acceptAll: Intake["acceptAll"] = () => {
    this.#count += 1;
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
    return this.#held.promise;
  };

  async holds(count: number): Promise<void> {
    while (this.#count < count) await this.#arrived.promise;
  }

  letGo(): void {
    this.#held.reject(new PosthornError("overloaded", "let go"));
    this.#held = Promise.withResolvers();
    this.#count = 0;
  }
}

const intake = new HoldingIntake();
const { accept, acceptAll } = intake;
const api = await createTestApi({ intake: { ...createBackend().intake, accept, acceptAll } });
after(() => api.server.close());
for (const uid of ["flood", "other"]) await api.ask("POST", "/api/v1/app", { name: uid, uid });

function post(uid: string): Promise<LightMyRequestResponse> {
  return api.ask("POST", `/api/v1/app/${uid}/msg`, message);
}

/** As many batches as one application may have under way. */
async function flood(): Promise<readonly Promise<LightMyRequestResponse>[]> {
  const batches = limits.intakeMessagesPerApplication / limits.batchMessagesMax;
  const flooding = Array.from({ length: batches }, () =>
    api.ask("POST", "/api/v1/app/flood/msg/batch", fullBatch),
  );
  await intake.holds(batches);
  return flooding;
}

test("who has much under way waits for its end, however it ends, and nobody else does", async () => {
  const flooding = await flood();
  const order: string[] = [];
  const own = post("flood").then(({ statusCode }) => order.push(`own ${statusCode}`));
  const other = await post("other");
  order.push(`other ${other.statusCode}`);
  intake.letGo();
  await own;
  assert.deepEqual(order, ["other 202", "own 202"]);
  const statuses = (await Promise.all(flooding)).map(({ statusCode }) => statusCode);
  assert.deepEqual(new Set(statuses), new Set([503]));
});

test("what is more than may wait is answered 429 with the time to come back, and nobody else is", async () => {
  const flooding = await flood();
  const posts = Array.from({ length: limits.intakeRequestsWaiting + 1 }, () => post("flood"));
  const refused = await Promise.race(posts);
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.headers["retry-after"], "1");
  assert.deepEqual(refused.json(), {
    code: "too_many_requests",
    detail:
      "Expected fewer messages of this application at once, got more than can wait. Try again in 1 second.",
  });
  assert.equal((await post("other")).statusCode, 202);
  intake.letGo();
  await Promise.all(flooding);
  const statuses = (await Promise.all(posts)).map(({ statusCode }) => statusCode);
  assert.equal(statuses.filter((status) => status === 429).length, 1);
  assert.equal(statuses.filter((status) => status === 202).length, limits.intakeRequestsWaiting);
});

test("bulk goes on by itself after its rest", async () => {
  const flooding = await flood();
  assert.equal((await post("other")).statusCode, 202);
  const next = api.ask("POST", "/api/v1/app/flood/msg/batch", fullBatch);
  intake.letGo();
  await Promise.all(flooding);
  await intake.holds(1); // nothing else comes that could let it in
  intake.letGo();
  assert.equal((await next).statusCode, 503);
});

test("while there is no application its organisation's requests wait for each other", async () => {
  const flooding = await flood();
  assert.equal((await post("none")).statusCode, 404);
  intake.letGo();
  await Promise.all(flooding);
});
