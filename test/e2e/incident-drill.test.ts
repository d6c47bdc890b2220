/** The incident drill by the API, and by the command line. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { type TestContext, test } from "node:test";
import { BackgroundTaskStatus, Svix } from "svix";
import { startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "./eventually.ts";
import {
  drill,
  drillApplication,
  type Incident,
  type Operator,
  stageIncident,
} from "./incident-drill.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder } from "./scratch-folder.ts";

interface StagedIncident extends Incident {
  readonly address: string;
  readonly token: string;
}

async function staged(t: TestContext): Promise<StagedIncident> {
  const receiver = new PathReceiver();
  await receiver.start();
  const folder = makeScratchFolder("drill");
  const posthorn = await startPosthorn({
    data: folder.path,
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    retrySchedule: [3_600],
    logLevel: "silent",
  });
  t.after(async () => {
    await posthorn.stop();
    receiver.stop();
    folder.remove();
  });
  const { address } = posthorn;
  const token = await posthorn.token();
  const svix = new Svix(token, { serverUrl: address });
  await stageIncident({ svix, receiver });
  return { svix, receiver, address, token };
}

/** What is read of an overview, whose schema is tested beside its route. */
interface Overview {
  readonly worst: readonly { readonly url: string; readonly state: string }[];
}

function failingIn({ worst }: Overview): readonly string[] {
  return worst
    .filter(({ state }) => state === "failing")
    .map(({ url }) => new URL(url).pathname.slice(1));
}

/** The official client, and fetch for what it has not. */
function operatorOfApi({ svix, address, token }: StagedIncident): Operator {
  const ask = async (method: "GET" | "POST", path: string, body?: object): Promise<unknown> => {
    const authorization = { authorization: `Bearer ${token}` };
    const json = { ...authorization, "content-type": "application/json" };
    const sent =
      body === undefined
        ? { headers: authorization }
        : { headers: json, body: JSON.stringify(body) };
    const answer = await fetch(`${address}/api/v1${path}`, { method, ...sent });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  const endpoint = (name: string): string => `/app/${drillApplication}/endpoint/${name}`;
  return {
    failing: async () => failingIn((await ask("GET", "/overview")) as Overview),
    failuresOf: async (name) => {
      const options = { withContent: true };
      const { data } = await svix.messageAttempt.listByEndpoint(drillApplication, name, options);
      return data.map(({ response }) => response);
    },
    pause: async (name, reason) => void (await ask("POST", `${endpoint(name)}/pause`, { reason })),
    resume: async (name) => void (await ask("POST", `${endpoint(name)}/resume`)),
    enable: async (name) =>
      void (await svix.endpoint.patch(drillApplication, name, { disabled: false })),
    replayMissing: async (name, since) => {
      const { id } = await svix.endpoint.replayMissing(drillApplication, name, { since });
      const ended = await eventually(
        () => svix.backgroundTask.get(id),
        ({ status }) => status !== BackgroundTaskStatus.Running,
      );
      assert.equal(ended.status, BackgroundTaskStatus.Finished);
      return Number(ended.data.messagesSent);
    },
  };
}

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");

/** The real program, as somebody types it. */
function operatorOfCommandLine({ address, token }: StagedIncident): Operator {
  const run = async (...words: readonly string[]): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const env = {
      PATH: process.env["PATH"] ?? "",
      POSTHORN_SERVER: address,
      POSTHORN_TOKEN: token,
    };
    execFile(process.execPath, [program, ...words, "--json"], { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`posthorn ${words.join(" ")}: ${stderr}`));
    });
    return JSON.parse(await promise);
  };
  return {
    failing: async () => failingIn((await run("overview")) as Overview),
    failuresOf: async (name) => {
      const page = await run("endpoint", "attempts", drillApplication, name, "--failed");
      return (page as { data: { response: string }[] }).data.map(({ response }) => response);
    },
    pause: async (name, reason) =>
      void (await run("endpoint", "pause", drillApplication, name, "--reason", reason)),
    resume: async (name) => void (await run("endpoint", "resume", drillApplication, name)),
    enable: async (name) => void (await run("endpoint", "enable", drillApplication, name)),
    replayMissing: async (name, since) => {
      const words = ["replay-missing", drillApplication, name, "--since", since.toISOString()];
      const { id } = (await run("endpoint", ...words)) as { id: string };
      const { data } = (await run("task", "watch", id)) as { data: { messagesSent: number } };
      return data.messagesSent;
    },
  };
}

for (const [hands, operatorOf] of [
  ["the API", operatorOfApi],
  ["the command line", operatorOfCommandLine],
] as const) {
  test(`by ${hands} the operator finds what fails and why, pauses one endpoint, and replays what another has missed`, async (t) => {
    const incident = await staged(t);
    await drill(incident, operatorOf(incident));
  });
}
