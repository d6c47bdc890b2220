import assert from "node:assert/strict";
import { test } from "node:test";
import { Pool } from "undici";
import { receive, seen } from "../../test/loopback/loopback-sender.ts";
import { answerWith } from "../../test/loopback/raw-receiver.ts";
import type { Outcome } from "../core/delivery.ts";
import { Attempt } from "./attempt.ts";

test("a request that waited in a queue until its deadline is never sent, and costs no connection", async (context) => {
  const { promise: mayAnswer, resolve: letAnswer } = Promise.withResolvers<void>();
  const receiver = await receive(context, (socket, request) => {
    void mayAnswer.then(() => answerWith("200 OK")(socket, request));
  });
  const pool = new Pool(`http://127.0.0.1:${receiver.port}`, { connections: 1, allowH2: false });
  context.after(() => pool.destroy());
  const attempt = (path: string, timeoutMs: number): Promise<Outcome> =>
    new Promise((resolve) => {
      const handler = new Attempt(timeoutMs, (_attempt, outcome) => resolve(outcome));
      pool.dispatch({ method: "POST", path, headers: [], body: Buffer.from("{}") }, handler);
    });
  const first = attempt("/first", 5_000);
  const queued = attempt("/queued", 20);
  const last = attempt("/last", 5_000);
  assert.equal(seen(await queued), "timeout");
  letAnswer();
  assert.equal(seen(await first), "200 ");
  assert.equal(seen(await last), "200 ");
  assert.deepEqual(
    receiver.requests.map(({ requestLine, connection }) => [requestLine, connection]),
    [
      ["POST /first HTTP/1.1", 0],
      ["POST /last HTTP/1.1", 0],
    ],
  );
});
