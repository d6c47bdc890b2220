/**
 * What strict order costs: deliveries a second to one endpoint that answers after a while, with strict order and without,
 * by turns, and what one attempt takes beside the endpoint's own time. Run: `npx node bench/strict-order.ts [answer ms] [rounds]`.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { issueToken, startServer } from "../test/e2e/server-process.ts";
import { describeMachine } from "./machine.ts";
import { median } from "./spread.ts";

const answerMs = Number(process.argv[2] ?? 5);
const rounds = Number(process.argv[3] ?? 3);
const messages = { ordered: 600, unordered: 6_000 } as const;
const batch = 600;

/** Counts requests, and answers each after `answerMs`. */
class SlowReceiver {
  arrivals = 0;
  readonly #server = createServer((request, response) => {
    request.resume();
    this.arrivals += 1;
    this.#onArrival.resolve();
    this.#onArrival = Promise.withResolvers();
    setTimeout(() => response.end(), answerMs);
  });
  #onArrival = Promise.withResolvers<void>();

  async start(): Promise<string> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}/`;
  }

  async untilArrived(count: number): Promise<void> {
    while (this.arrivals < count) await this.#onArrival.promise;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const folder = makeScratchFolder("bench-strict-order");
const settings = {
  dataFolder: folder.path,
  listen: "127.0.0.1:0",
  jwtSecret: "the benchmark's secret, 32 bytes or more",
  retrySchedule: [5],
  attemptTimeoutSeconds: 15,
};
const machine = describeMachine(folder.path);
const receiver = new SlowReceiver();
const url = await receiver.start();
const token = await issueToken(settings);
const server = await startServer(settings);

async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(`${server.address}/api/v1/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** From the middle of the messages to the last: the endpoint has shown by then how many requests it bears. */
async function perSecond(kind: keyof typeof messages): Promise<number> {
  const before = receiver.arrivals;
  for (let sent = 0; sent < messages[kind]; sent += batch) {
    const one = { eventType: "counted", payload: { some: "text" } };
    await post(
      `app/${kind}/msg/batch`,
      Array.from({ length: batch }, () => one),
    );
  }
  await receiver.untilArrived(before + messages[kind] / 2);
  const [from, fromMs] = [receiver.arrivals, performance.now()];
  await receiver.untilArrived(before + messages[kind]);
  return ((receiver.arrivals - from) * 1_000) / (performance.now() - fromMs);
}

for (const kind of ["ordered", "unordered"] as const) {
  await post("app", { name: kind, uid: kind });
  await post(`app/${kind}/endpoint`, { url, ordered: kind === "ordered" });
}
const rates = { ordered: [] as number[], unordered: [] as number[] };
for (let round = 0; round < rounds; round += 1) {
  rates.ordered.push(await perSecond("ordered"));
  rates.unordered.push(await perSecond("unordered"));
}
await server.end("SIGTERM");
receiver.stop();
folder.remove();

const [ordered, unordered] = [median(rates.ordered), median(rates.unordered)];
console.log(JSON.stringify({ machine, answerMs, rates }));
console.log(
  `ordered ${ordered.toFixed(0)}/s (${(1_000 / ordered).toFixed(1)} ms a delivery), without ${unordered.toFixed(0)}/s`,
);
