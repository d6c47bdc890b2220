/**
 * Has an application's messages sent to a server on this machine. What makes it one is an endpoint of the inspector's that is answered by who
 * listens, so queue, retries, signature and history are those of any endpoint:
 *
 *     make a temporary endpoint ──▶ listen ──▶ what came ──▶ local server ──▶ its answer is the attempt's
 *                                     └── Ctrl+C: delete the endpoint
 */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { styleText } from "node:util";
import type { Command } from "commander";
import { growingWaitMs } from "../core/growing-wait.ts";
import { inspectorUrlOf } from "../core/inspector-url.ts";
import type { Ask, Watch } from "./api-client.ts";
import { filled, type Options, print, runWith, tell } from "./api-command.ts";
import { CommandFailure } from "./command-failure.ts";
import { deliverLocally, type LocalAnswer, type LocalRequest } from "./local-delivery.ts";
import { namesOf } from "./option-values.ts";
import { printable } from "./table.ts";

const waits = { firstMs: 1_000, mostMs: 30_000 };

/** As the API tells it. */
interface Arrival extends LocalRequest {
  readonly id: string;
}

/** One that was passed on. */
interface Passed extends LocalAnswer {
  readonly messageId: string;
  readonly eventType: string;
  readonly tookMs: number;
}

interface Listening {
  readonly ask: Ask;
  readonly watch: Watch;
  readonly app: string;
  /** The path of the endpoint. */
  readonly path: string;
  readonly target: URL;
  readonly show: (passed: Passed) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export function addListen(program: Command): void {
  const command = program
    .command("listen <URL>")
    .description("have messages sent to a server on this machine, until Ctrl+C")
    .option("--app <APPLICATION>", "of this one; not needed if there is but one")
    .option("--event-type <NAMES>", "only of these, with commas between");
  runWith(command, async (ask, watch) => {
    const target = parseTarget(command.args[0] ?? "");
    const { app: given, eventType, json } = command.opts<Options>();
    const ending = new AbortController();
    const end = (): void => ending.abort();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
    process.stdout.once("error", end);
    const app = given ?? (await onlyApplication(ask));
    const path = await makeEndpoint(ask, app, namesOf(eventType));
    const show = json === undefined ? showLine : showJson;
    const remove = (): Promise<unknown> => ask({ method: "DELETE", path });
    try {
      await tellSecret(ask, path);
      await follow({ ask, watch, app, path, target, show, signal: ending.signal });
    } catch (error) {
      await remove().catch(() => undefined); // why it ended matters more, and the endpoint ends by itself
      throw error;
    }
    await remove();
  });
}

/** @throws CommandFailure `usage` */
function parseTarget(text: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new CommandFailure(
    "usage",
    `${text} is not a URL: expected http:// or https:// and a host`,
  );
}

/** @throws CommandFailure `usage` if there is not exactly one */
async function onlyApplication(ask: Ask): Promise<string> {
  const answer = await ask({ method: "GET", path: "/api/v1/app?limit=2" });
  const { data } = answer as { readonly data: readonly { readonly id: string }[] }; // its schema
  const [only] = data;
  if (only !== undefined && data.length === 1) return only.id;
  const text =
    only === undefined
      ? "there is no application: make one with `posthorn app create`"
      : "there are several applications: say which one with --app";
  throw new CommandFailure("usage", text);
}

async function makeEndpoint(
  ask: Ask,
  app: string,
  eventTypes: readonly string[] | undefined,
): Promise<string> {
  const all = filled("/api/v1/app/{}/endpoint", [app]);
  const url = inspectorUrlOf({ kind: "listener", temporary: true });
  const body = JSON.stringify({ url, description: "posthorn listen", eventTypes });
  const { id } = (await ask({ method: "POST", path: all, body })) as { readonly id: string }; // its schema
  return `${all}/${encodeURIComponent(id)}`;
}

async function tellSecret(ask: Ask, path: string): Promise<void> {
  const { key } = (await ask({ method: "GET", path: `${path}/secret` })) as {
    readonly key: string;
  }; // its schema
  tell(`signed by ${key}`);
}

/** Until it is ended. A stream that is lost is opened anew, at growing waits if the server is away. */
async function follow(listening: Listening): Promise<void> {
  const { watch, path, signal } = listening;
  const passing = new Map<string, Promise<void>>();
  let hasBegun = false;
  for (let failures = 0; !signal.aborted;) {
    try {
      for await (const { data } of watch(`${path}/arrival/listen`, signal)) {
        if (!hasBegun || failures > 0) tell(`listening for ${listening.target.href}`);
        hasBegun = true;
        failures = 0;
        passAll(listening, data["data"] as readonly Arrival[], passing); // its schema
      }
    } catch (error) {
      if (signal.aborted) break;
      if (!hasBegun || !(error instanceof CommandFailure) || !error.mayPass) throw error;
      failures += 1;
      const waitMs = growingWaitMs(failures, waits);
      tell(`${error.message} Trying again in ${waitMs / 1_000} s`);
      await setTimeout(waitMs, undefined, { signal }).catch(() => undefined); // the signal ends what follows, too
    }
  }
  await Promise.all(passing.values());
}

/** @param passing what is under way, as many as attempts are open; a new stream tells of it again */
function passAll(
  listening: Listening,
  arrivals: readonly Arrival[],
  passing: Map<string, Promise<void>>,
): void {
  for (const arrival of arrivals) {
    if (passing.has(arrival.id)) continue;
    const passed = passOn(listening, arrival)
      .catch((error: unknown) => tell(error instanceof Error ? error.message : String(error)))
      .finally(() => passing.delete(arrival.id));
    passing.set(arrival.id, passed);
  }
}

/** Fails if its answer is not taken: the attempt may be over, or the server away. */
async function passOn(
  { ask, app, path, target, show, signal }: Listening,
  arrival: Arrival,
): Promise<void> {
  const startedAtMs = performance.now();
  const answer = await deliverLocally(target, arrival, signal);
  if (signal.aborted) return;
  const tookMs = Math.round(performance.now() - startedAtMs);
  const { status, body, retryAfter } = answer;
  await ask({
    method: "PUT",
    path: `${path}/arrival/${encodeURIComponent(arrival.id)}/answer`,
    body: JSON.stringify({ status, body, retryAfter: retryAfter?.slice(0, 64) }),
  });
  const messageId = arrival.headers.find(({ name }) => name === "webhook-id")?.value ?? "";
  const messagePath = filled("/api/v1/app/{}/msg/{}?with_content=false", [app, messageId]);
  const message = await ask({ method: "GET", path: messagePath });
  const { eventType } = message as { readonly eventType: string }; // its schema
  show({ ...answer, messageId, eventType, tookMs });
}

function showJson({ status, eventType, messageId, tookMs }: Passed): void {
  print(JSON.stringify({ status, eventType, messageId, tookMs }));
}

function showLine({ status, eventType, messageId, tookMs }: Passed): void {
  const line = printable(`${status}  ${eventType}  ${messageId}  ${tookMs} ms`);
  print(styleText(status < 300 ? "green" : "red", line));
}
