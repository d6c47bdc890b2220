/**
 * The receivers of the isolation bench, a process of its own: any number of endpoints on one port, told apart by their
 * paths, each of which behaves as it is told. Requests that hang are answered when their endpoint is told to answer.
 *
 * It tells its port once. To each request that has an answer it gives one, in order.
 */
import { createServer, type Socket } from "node:net";
import { cutRequests } from "../cut-requests.ts";
import { monotonicMs } from "../monotonic.ts";
import { madeAtMsOf } from "../payload.ts";
import type { ReceiverReport } from "../receiver-process.ts";
import type { Behaviour } from "./behaviour.ts";

export type EndpointRequest =
  /** One for each endpoint; those before stay as they are. Answered by `behaving`. */
  | { readonly kind: "behave"; readonly from: number; readonly behaviours: readonly Behaviour[] }
  | { readonly kind: "reset" }
  /** Answered by a `ReceiverReport`. */
  | { readonly kind: "report" }
  /** Answered by a `HeldLog`. */
  | { readonly kind: "log" };

/** Every request that arrived since the last reset or was held then, in `monotonicMs`. */
export interface HeldLog {
  readonly endpoints: Int32Array;
  readonly arrivedAtMs: Float64Array;
  /** When it was answered or its connection ended; NaN while it is held. */
  readonly endedAtMs: Float64Array;
}

interface Held {
  readonly endpoint: number;
  readonly socket: Socket;
  readonly arrivedAtMs: number;
  endedAtMs: number;
  timer: NodeJS.Timeout | undefined;
}

const behaviours: Behaviour[] = [];
const held = new Set<Held>();
let log: Held[] = [];
let agesMs: number[] = [];
let arrivalsEver = 0;
let resetAtMs = monotonicMs();
let resetCpu = process.cpuUsage();

function receive(socket: Socket): void {
  socket.setNoDelay(true);
  const open = new Set<Held>();
  let pending: Buffer | undefined;
  socket.on("data", (chunk: Buffer) => {
    const bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
    const consumed = cutRequests(bytes, (requestStart, bodyStart) => {
      const request = take(socket, endpointOf(bytes, requestStart), madeAtMsOf(bytes, bodyStart));
      open.clear(); // one request at a time
      open.add(request);
    });
    pending = consumed === bytes.length ? undefined : bytes.subarray(consumed);
  });
  socket.on("close", () => {
    for (const request of open) end(request);
  });
  // A server under test may be killed: its connections end as they end.
  socket.on("error", () => undefined);
}

/** The path is `/` and the endpoint's number. */
function endpointOf(bytes: Buffer, requestStart: number): number {
  const pathStart = bytes.indexOf(" /", requestStart, "latin1") + 2;
  return Number(bytes.toString("latin1", pathStart, bytes.indexOf(" ", pathStart, "latin1")));
}

function take(socket: Socket, endpoint: number, madeAtMs: number): Held {
  const arrivedAtMs = monotonicMs();
  arrivalsEver += 1;
  agesMs.push(arrivedAtMs - madeAtMs);
  const request: Held = { endpoint, socket, arrivedAtMs, endedAtMs: Number.NaN, timer: undefined };
  log.push(request);
  held.add(request);
  behave(request);
  return request;
}

function behave(request: Held): void {
  const behaviour = behaviours[request.endpoint];
  if (behaviour === undefined) throw new Error(`there is no endpoint ${request.endpoint}`);
  clearTimeout(request.timer);
  switch (behaviour.kind) {
    case "hang":
      return;
    case "drip":
      drip(request, behaviour.everyMs);
      return;
    case "answer": {
      const answer = answerOf(behaviour.status, behaviour.closes);
      request.timer = setTimeout(() => {
        end(request);
        if (behaviour.closes) request.socket.end(answer);
        else request.socket.write(answer);
      }, behaviour.afterMs);
      return;
    }
  }
}

function answerOf(status: 200 | 503, closes: boolean): string {
  return `HTTP/1.1 ${status} -\r\nContent-Length: 0\r\n${closes ? "Connection: close\r\n" : ""}\r\n`;
}

function drip(request: Held, everyMs: number): void {
  const answer = answerOf(200, false);
  let sent = 0;
  const next = (): void => {
    request.socket.write(answer.charAt(sent));
    sent += 1;
    if (sent === answer.length) end(request);
    else request.timer = setTimeout(next, everyMs);
  };
  next();
}

function end(request: Held): void {
  if (!held.delete(request)) return;
  clearTimeout(request.timer);
  request.endedAtMs = monotonicMs();
}

function reset(): void {
  log = [...held];
  agesMs = [];
  resetAtMs = monotonicMs();
  resetCpu = process.cpuUsage();
}

function report(): ReceiverReport {
  const cpu = process.cpuUsage(resetCpu);
  return {
    arrivals: agesMs.length,
    elapsedMs: monotonicMs() - resetAtMs,
    cpuMicros: cpu.user + cpu.system,
    agesMs,
    arrivalsEver,
  };
}

function heldLog(): HeldLog {
  return {
    endpoints: Int32Array.from(log, ({ endpoint }) => endpoint),
    arrivedAtMs: Float64Array.from(log, ({ arrivedAtMs }) => arrivedAtMs),
    endedAtMs: Float64Array.from(log, ({ endedAtMs }) => endedAtMs),
  };
}

function answer(request: EndpointRequest): void {
  switch (request.kind) {
    case "behave":
      behaviours.splice(request.from, request.behaviours.length, ...request.behaviours);
      for (const each of held) {
        if (each.endpoint >= request.from) behave(each);
      }
      process.send?.("behaving");
      break;
    case "reset":
      reset();
      break;
    case "report":
      process.send?.(report());
      break;
    case "log":
      process.send?.(heldLog());
      break;
  }
}

process.on("message", answer);
process.on("disconnect", () => {
  process.exit();
});
const server = createServer(receive);
server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  process.send?.(address.port);
});
