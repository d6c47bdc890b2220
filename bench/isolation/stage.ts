import { join } from "node:path";
import { Svix } from "svix";
import { makeScratchFolder, type ScratchFolder } from "../../test/e2e/scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "../../test/e2e/server-process.ts";
import type { LoadTask } from "../load-process.ts";
import type { Scheduling } from "../scheduling.ts";
import { type Endpoints, startEndpoints } from "./endpoints.ts";

/** The server and two processes of receivers: those that are watched are not held up by the others' load. */
export interface Stage {
  readonly folder: ScratchFolder;
  readonly settings: ServerSettings;
  readonly token: string;
  /** Of the customers who should notice nothing. */
  readonly healthy: Endpoints;
  /** Of those who disturb them. */
  readonly disturbing: Endpoints;
  /** The one that runs now. */
  server: ServerProcess;
  /** Ends everything and removes what was stored. */
  close(): Promise<void>;
}

/** Whoever messages can be sent to: an application and its endpoints. */
export interface Customer {
  readonly uid: string;
  /** One for each endpoint, which alone is subscribed to it. */
  readonly eventTypes: readonly string[];
}

export interface Customers {
  /** Starts the names of their applications. */
  readonly name: string;
  readonly applications: number;
  readonly throttleRate?: number;
}

/** Attempts end after `attemptTimeoutSeconds`; failed ones are made again by `retrySchedule`, in seconds. */
export async function setStage({
  attemptTimeoutSeconds = 15,
  retrySchedule = [5, 300],
  nodeOptions = "",
  disturber = "normal",
  others = {},
}: {
  readonly attemptTimeoutSeconds?: number;
  readonly retrySchedule?: readonly number[];
  readonly nodeOptions?: string;
  readonly disturber?: Scheduling;
  /** Settings by the names of the environment. */
  readonly others?: Readonly<Record<string, string>>;
}): Promise<Stage> {
  const folder = makeScratchFolder("isolation");
  const settings: ServerSettings = {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "the benchmark's secret, 32 bytes or more",
    retrySchedule,
    attemptTimeoutSeconds,
    nodeOptions,
    others,
  };
  const token = await issueToken(settings);
  const stage: Stage = {
    folder,
    settings,
    token,
    healthy: await startEndpoints(),
    disturbing: await startEndpoints(disturber),
    server: await startServer(settings),
    close: async () => {
      await stage.server.end("SIGKILL"); // what it holds is not looked at any more
      await Promise.all([stage.healthy.stop(), stage.disturbing.stop()]);
      folder.remove();
    },
  };
  return stage;
}

/** Makes the applications and subscribes the URLs evenly, each to an event type of its own. */
export async function subscribe(
  { server, token }: Stage,
  { name, applications, throttleRate }: Customers,
  urls: readonly string[],
): Promise<readonly Customer[]> {
  const svix = new Svix(token, { serverUrl: server.address });
  const each = urls.length / applications;
  const eventTypes = Array.from({ length: each }, (_, index) => `${name}.event-${index + 1}`);
  for (const eventType of eventTypes) {
    await svix.eventType.create({ name: eventType, description: eventType });
  }
  const customers: Customer[] = [];
  for (let index = 0; index < applications; index += 1) {
    const uid = `${name}-${index + 1}`;
    await svix.application.create({ name: uid, uid });
    for (const [place, eventType] of eventTypes.entries()) {
      const url = urls[index * each + place] ?? "";
      const rate = throttleRate === undefined ? {} : { throttleRate };
      await svix.endpoint.create(uid, { url, eventTypes: [eventType], ...rate });
    }
    customers.push({ uid, eventTypes });
  }
  return customers;
}

/** The customers are gone, and with them all that waits for their endpoints. */
export async function leave(
  { server, token }: Stage,
  customers: readonly Customer[],
): Promise<void> {
  const svix = new Svix(token, { serverUrl: server.address });
  for (const { uid } of customers) await svix.application.delete(uid);
}

/** Messages for each endpoint in turn: the first ones of all customers, then the second ones, … */
export function postsTo(
  { server, token }: Stage,
  customers: readonly Customer[],
  batch = 1,
): Pick<LoadTask, "requests" | "headers" | "expectedStatus"> {
  const endpoints = customers[0]?.eventTypes.length ?? 0;
  const requests = Array.from({ length: endpoints }, (_, place) =>
    customers.map(({ uid, eventTypes }) => {
      const bodyStart = `{"eventType":"${eventTypes[place]}","payload":`;
      const path = `/api/v1/app/${uid}/msg`;
      const origin = server.address;
      if (batch === 1) {
        return { origin, path: `${path}?with_content=false`, bodyStart, bodyEnd: "}" };
      }
      // All but the last of a batch are the same: only that one's payload says when it was made.
      const others = `${bodyStart}{"at":"${"0".repeat(20)}"}},`.repeat(batch - 1);
      return { origin, path: `${path}/batch`, bodyStart: `[${others}${bodyStart}`, bodyEnd: "}]" };
    }),
  ).flat();
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  return { requests, headers, expectedStatus: 202 };
}
