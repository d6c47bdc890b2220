/**
 * What each behaviour of the zoo costs the thread that sends, without a server around it: 100 endpoints meet it at once, by the
 * sender alone in this process. CPU time says the same on a busy machine as on a quiet one, where latencies don't.
 * Run: `npm run bench:zoo-sender [-- --match endless]`
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createSecureContext } from "node:tls";
import { parseArgs } from "node:util";
import { endpointKeyOf } from "../src/core/ids.ts";
import { Sender } from "../src/transport/sender.ts";
import { makeScratchFolder } from "../test/e2e/scratch-folder.ts";
import { guardBy } from "../test/loopback/guard-by.ts";
import { destinationOf, requestOf, seen } from "../test/loopback/loopback-sender.ts";
import type { Behaviour } from "../test/security/zoo/behaviour.ts";
import { behaviours } from "../test/security/zoo/behaviours.ts";
import { zooUrlOf } from "../test/security/zoo/zoo.ts";
import { describeMachine, describeRevision } from "./machine.ts";
import { startZoo, type ZooProcess } from "./zoo/start-zoo.ts";

interface Cost {
  readonly behaviour: string;
  /** Of this process, all threads. */
  readonly cpuMs: number;
  readonly tookMs: number;
  /** The longest that a timer of 5 ms was late. */
  readonly longestTurnMs: number;
  /** The most resident memory meanwhile, less what there was before. */
  readonly rssGrowthMiB: number;
  /** How often each came. */
  readonly outcomes: Readonly<Record<string, number>>;
}

const visitors = 100;
const attemptTimeoutMs = 2_000;
const sampledMs = 10;
const today = new Date().toISOString().slice(0, 10);
const { values } = parseArgs({
  options: {
    match: { type: "string", default: "" },
    out: {
      type: "string",
      default: join(import.meta.dirname, "results", `${today}-zoo-sender.json`),
    },
  },
});

const zoo = await startZoo("normal");
const sender = new Sender({
  guard: guardBy({ allowSubnets: "127.0.0.0/8" }),
  resolveName: () => Promise.reject(new Error("only addresses here")),
  secureContext: createSecureContext(),
  egressProxy: undefined,
  inspector: { deliver: () => Promise.reject(new Error("no inspector here")) },
  attemptTimeoutMs,
  version: "0",
  svixHeaders: false,
  traceEndpoints: false,
});
const costs: Cost[] = [];
for (const behaviour of behaviours) {
  const isMet = behaviour.place.kind === "server" && behaviour.name.includes(values.match);
  if (isMet) costs.push(await costOf(behaviour, zoo, costs.length));
}
await sender.close();
await zoo.stop();
const folder = makeScratchFolder("zoo-sender");
const machine = describeMachine(folder.path);
folder.remove();
const result = { revision: describeRevision(), machine, visitors, attemptTimeoutMs, costs };
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(values.out, `${JSON.stringify(result, null, 2)}\n`);
console.table(costs.toSorted((one, other) => other.cpuMs - one.cpuMs).slice(0, 20));
console.log(values.out);

async function costOf(behaviour: Behaviour, { ports }: ZooProcess, place: number): Promise<Cost> {
  const authorities = behaviour.place.kind === "server" ? behaviour.place.authorities : undefined;
  const requests = Array.from({ length: visitors }, (_, visitor) => {
    const endpoint = endpointKeyOf(place * visitors + visitor + 1);
    const url = zooUrlOf(ports, behaviour, visitor);
    const tls = authorities === undefined ? undefined : { authorities, client: undefined };
    return requestOf(destinationOf(0, { endpoint, url, tls }));
  });
  const rssBefore = process.memoryUsage.rss();
  let rss = rssBefore;
  const look = (): void => {
    rss = Math.max(rss, process.memoryUsage.rss());
  };
  const watching = setInterval(look, sampledMs);
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  const [cpu, startedAtMs] = [process.cpuUsage(), performance.now()];
  const ended = await Promise.all(requests.map((request) => sender.send(request)));
  const tookMs = Math.round(performance.now() - startedAtMs);
  const { user, system } = process.cpuUsage(cpu);
  look();
  clearInterval(watching);
  delays.disable();
  const outcomes: Record<string, number> = {};
  for (const outcome of ended) {
    const what = seen(outcome).split(" ")[0] ?? "";
    outcomes[what] = (outcomes[what] ?? 0) + 1;
  }
  return {
    behaviour: behaviour.name,
    cpuMs: Math.round((user + system) / 1000),
    tookMs,
    longestTurnMs: Math.round(delays.max / 1e6),
    rssGrowthMiB: Math.round((rss - rssBefore) / 1024 / 1024),
    outcomes,
  };
}
