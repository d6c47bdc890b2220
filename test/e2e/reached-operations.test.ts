/** Which operations of the API commands ask for: all, but for those that are listed here with a reason. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const replaced =
  "a replacement needs all of it, and is for programs: `update` changes what is given";

/** By operation id, why there is no command for it. */
const unreached: Readonly<Record<string, string>> = {
  "v1.health.get": "for load balancers; `overview` says whether the server answers",
  "v1.health.ping": "for load balancers; `overview` says whether the server answers",
  "v1.application.update": replaced,
  "v1.endpoint.update": replaced,
  "v1.event-type.update": replaced,
  "v1.endpoint.cancel-queue":
    "`endpoint cancel` gives up all, if it is given no filter, however much it is",
  "v1.application.archive-replay": "`archive replay`, which makes its own token",
  "v1.archive.list": "`archive list` reads the archive itself, with a server or without",
  "v1.message.create-batch": "for producers: one command is one message",
  "v1.message.expunge-content": "there is no way back; `erasure begin --message` leaves a receipt",
  "v1.message-attempt.expunge-content":
    "there is no way back; `erasure begin --endpoint` leaves a receipt",
  "v1.arrival.list": "for the page; `listen` shows what comes",
  "v1.arrival.stream": "for the page; `listen` shows what comes",
  "v1.arrival.listen": "`listen` does, of a URL that x is none of",
  "v1.arrival.answer": "`listen` does, of a URL that x is none of",
  "v1.overview.stream": "for the page, which shows it as it changes; `overview` looks once",
  logout_api_v1_auth_logout__post: "ends an application's own token, which no command keeps",
  "v1.operational-webhook.endpoint.update": replaced,
};

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly pattern: RegExp;
}

function operations(): readonly Operation[] {
  const text = readFileSync(join(import.meta.dirname, "../../docs/openapi.json"), "utf8");
  const { paths } = JSON.parse(text) as {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly operationId: string }>>>
    >;
  }; // OpenAPI's form
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: id }]) => ({
      id,
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "x")}$`),
    })),
  );
}

/** Method and path of each request that commands make; streams end at once, and everything else is answered with nothing in it. */
async function requestsOfCommands(): Promise<readonly string[]> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split("?")[0]}`);
    const isStream = request.headers.accept === "text/event-stream";
    response.writeHead(isStream ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data: [], iterator: null, done: true }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // of a TCP server
  const script = join(import.meta.dirname, "ask-by-every-command.ts");
  await promisify(execFile)(process.execPath, [script], {
    env: {
      PATH: process.env["PATH"] ?? "",
      POSTHORN_SERVER: `http://127.0.0.1:${port}`,
      POSTHORN_TOKEN: "any",
    },
  });
  server.close();
  return requests;
}

test("commands ask for every operation but those that have a reason, and for no other", async () => {
  const known = operations();
  const asked = (await requestsOfCommands()).map((request) => {
    const found = known.find(({ method, pattern }) => {
      const [requestMethod, path] = request.split(" ");
      return method === requestMethod && pattern.test(path ?? "");
    });
    assert(found !== undefined, `${request} is an operation`);
    return found.id;
  });
  const reached = new Set(asked);
  assert.deepEqual(
    known
      .map(({ id }) => id)
      .filter((id) => !reached.has(id))
      .toSorted(),
    Object.keys(unreached).toSorted(),
  );
});
