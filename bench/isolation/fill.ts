import { Pool } from "undici";
import { setTimeout as wait } from "node:timers/promises";
import { type Customer, postsTo, type Stage } from "./stage.ts";

export interface Filling {
  /** In all; a whole number of batches. */
  readonly messages: number;
  readonly batch: number;
}

/** Batches that wait for their answer at once. */
const inFlight = 2;
const overloadedWaitMs = 100;
const payload = '{"n":1}';

/** Sends messages to the customers' endpoints in turn, and returns how many were accepted a second. */
export async function fill(
  stage: Stage,
  customers: readonly Customer[],
  { messages, batch }: Filling,
): Promise<number> {
  const { requests, headers, expectedStatus } = postsTo(stage, customers, batch);
  const bodies = requests.map(({ bodyStart, bodyEnd }) => bodyStart + payload + bodyEnd);
  const pool = new Pool(stage.server.address, { connections: inFlight });
  const startedAtMs = performance.now();
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent * batch < messages) {
      const index = sent % requests.length;
      sent += 1;
      await post(index);
    }
  };
  const post = async (index: number): Promise<void> => {
    const path = requests[index]?.path ?? "";
    for (;;) {
      const { statusCode, body } = await pool.request({
        path,
        method: "POST",
        headers,
        body: bodies[index] ?? "",
      });
      await body.dump();
      if (statusCode === expectedStatus) return;
      if (statusCode !== 503) throw new Error(`a batch was answered ${statusCode}`);
      await wait(overloadedWaitMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, send));
  await pool.close();
  return (messages * 1000) / (performance.now() - startedAtMs);
}
