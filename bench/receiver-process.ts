/**
 * The receiver of the benchmark, a process of its own: as little HTTP as answers requests with a Content-Length
 * correctly, so that it is not what is measured. It serves the ceiling and Posthorn alike.
 *
 * It tells its URLs once. It answers `reset` by forgetting what it has counted, `report` by telling it, and a number by
 * `reached` as soon as so many requests have arrived since it started.
 */
import { createServer, type Socket } from "node:net";
import { cutRequests } from "./cut-requests.ts";
import { monotonicMs } from "./monotonic.ts";
import { madeAtMsOf } from "./payload.ts";

/** What arrived since the last `reset`. */
export interface ReceiverReport {
  readonly arrivals: number;
  readonly elapsedMs: number;
  /** Of this process, since the reset. */
  readonly cpuMicros: number;
  /** Age of the payloads, unsorted. */
  readonly agesMs: readonly number[];
  /** Since the process started. */
  readonly arrivalsEver: number;
}

export type ReceiverRequest = "reset" | "report" | number;

const answer = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

let arrivalsEver = 0;
let arrivals = 0;
let agesMs: number[] = [];
let awaited = Infinity;
let resetAtMs = monotonicMs();
let resetCpu = process.cpuUsage();

function receive(socket: Socket): void {
  socket.setNoDelay(true);
  let pending: Buffer | undefined;
  socket.on("data", (chunk: Buffer) => {
    const bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    const consumed = takeRequests(socket, bytes);
    pending = consumed === bytes.length ? undefined : bytes.subarray(consumed);
  });
  // A server under test may be killed: its connections end as they end.
  socket.on("error", () => undefined);
}

/** Answers every complete request, and returns how many bytes they took. */
function takeRequests(socket: Socket, bytes: Buffer): number {
  return cutRequests(bytes, (_requestStart, bodyStart) => {
    arrivals += 1;
    if (arrivalsEver + arrivals >= awaited) tellReached();
    agesMs.push(monotonicMs() - madeAtMsOf(bytes, bodyStart));
    socket.write(answer);
  });
}

function tellReached(): void {
  awaited = Infinity;
  process.send?.("reached");
}

function reset(): void {
  arrivalsEver += arrivals;
  arrivals = 0;
  agesMs = [];
  resetAtMs = monotonicMs();
  resetCpu = process.cpuUsage();
}

function report(): ReceiverReport {
  const cpu = process.cpuUsage(resetCpu);
  return {
    arrivals,
    elapsedMs: monotonicMs() - resetAtMs,
    cpuMicros: cpu.user + cpu.system,
    agesMs,
    arrivalsEver: arrivalsEver + arrivals,
  };
}

async function listen(): Promise<string> {
  const server = createServer(receive);
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", 1024, listening.resolve);
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return `http://127.0.0.1:${address.port}/hook`;
}

process.on("message", (request: ReceiverRequest) => {
  if (request === "reset") reset();
  else if (request === "report") process.send?.(report());
  else if (arrivalsEver + arrivals >= request) tellReached();
  else awaited = request;
});
process.on("disconnect", () => {
  process.exit();
});
const endpoints = Number(process.argv[2]);
const urls: string[] = [];
for (let index = 0; index < endpoints; index += 1) urls.push(await listen());
process.send?.(urls);
