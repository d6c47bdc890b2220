/**
 * 200 and more secrets are given to the real program in every way that there is, and hunted through all that it writes, prints and
 * answers, while it runs, after a kill, after another encryption key has taken over, and when it has stopped.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Svix } from "svix";
import { readTlsFile } from "../loopback/tls/read-tls-file.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { type Haystack, haystacksOf, hunt, type PlantedSecret } from "./secret-hunt.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";
import { within } from "./within.ts";

const receiver = new PathReceiver();
const planted: PlantedSecret[] = [];
const printed: Haystack[] = [];
const answers: Haystack[] = [];
const archived = Promise.withResolvers<void>();
let folder: ScratchFolder;

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("secrets");
});

after(() => {
  receiver.stop();
  folder.remove();
});

/** Remembers a secret that is about to be given, or was just told. */
function plant(name: string, text = randomBytes(18).toString("base64url")): string {
  planted.push({ name, text });
  return text;
}

const keyOf = (name: string): string => plant(name, randomBytes(32).toString("base64"));
const signingSecret = (name: string): string => `whsec_${keyOf(name)}`;

/** In the clear on purpose: payloads are not sealed. If it is not found, nothing would be. */
const inTheClear = { name: "what is in the clear", text: randomBytes(18).toString("base64url") };

const event = { eventType: "a", payload: { note: inTheClear.text } };

const jwtSecret = plant("the token secret");
const metricsToken = plant("the metrics token");
const ignoredPassword = plant("the password of a proxy that is not taken");
const proxyPassword = plant("the password of the proxy");
const [keyA, keyB] = [keyOf("encryption key a"), keyOf("encryption key b")];

function settingsWith(keys: string, proxy: string): ServerSettings {
  return {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret,
    retrySchedule: [],
    attemptTimeoutSeconds: 5,
    onLine: (line) => {
      printed.push({ name: "the log", bytes: Buffer.from(line) });
      if (line.includes('"msg":"archived"')) archived.resolve();
    },
    others: {
      POSTHORN_ENCRYPTION_KEYS: keys,
      POSTHORN_METRICS_TOKEN: metricsToken,
      POSTHORN_LOG_LEVEL: "trace",
      POSTHORN_JOBDB_ROWS: "60",
      POSTHORN_DISK_LOW_WATER: "1",
      POSTHORN_EGRESS_PROXY: proxy,
      HTTPS_PROXY: `http://proxy:${ignoredPassword}@127.0.0.1:9`,
    },
  };
}

/** A client that remembers whatever the program answers it, but for what it is asked to show. */
class Caller {
  readonly #address: string;
  readonly #token: string;

  constructor(address: string, token: string) {
    this.#address = address;
    this.#token = token;
  }

  async ask(method: string, path: string, body?: unknown, key?: string): Promise<string> {
    const text = await this.told(method, path, body, key);
    answers.push({ name: `the answer to ${method} ${path}`, bytes: Buffer.from(text) });
    return text;
  }

  async succeed(method: string, path: string, body: unknown): Promise<void> {
    assert.match(await this.ask(method, path, body), /^20\d /);
  }

  /** What tells a secret that the program has made: nobody else may have it. */
  async told(method: string, path: string, body?: unknown, key?: string): Promise<string> {
    const answer = await fetch(`${this.#address}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
  }
}

const applications = ["shop", "cafe"];
const paths = ["/good", "/bad"];
const clientKey = readTlsFile("client-key.pem");
const client = { certificate: readTlsFile("client-certificate.pem"), key: clientKey };

/** Endpoints with every kind of credential, each changed once, so that there are old ones as well. */
async function plantEndpoints(caller: Caller): Promise<void> {
  for (const line of clientKey.split("\n").slice(1, -2)) plant("a line of a client's key", line);
  for (const application of applications) {
    await caller.succeed("POST", "/api/v1/app", { name: application, uid: application });
    for (let at = 0; at < 12; at += 1) await plantEndpoint(caller, application, at);
  }
}

async function plantEndpoint(caller: Caller, application: string, at: number): Promise<void> {
  const base = `/api/v1/app/${application}/endpoint`;
  const uid = `e${at}`;
  const name = (what: string): string => `${what} of ${application}/${uid}`;
  const url = new URL(receiver.url(paths[at % 2] ?? "/"));
  const target = url.href;
  if (at % 3 === 0) {
    url.username = "user";
    url.password = plant(name("the URL's password"));
  }
  await caller.succeed("POST", base, {
    uid,
    url: url.href,
    secret: signingSecret(name("the signing secret")),
    headers: {
      "X-Token": plant(name("a header")),
      ...(at % 3 === 2 ? { Authorization: `Bearer ${plant(name("the authorisation"))}` } : {}),
    },
    ...(at % 3 === 1
      ? { basicAuth: { username: "u", password: plant(name("the password")) } }
      : {}),
    ...(at === 5 ? { tls: { client } } : {}),
  });
  await caller.succeed("POST", `${base}/${uid}/secret/rotate`, {
    key: signingSecret(name("the next signing secret")),
  });
  await caller.succeed("PATCH", `${base}/${uid}/headers`, {
    headers: { "X-Token": plant(name("the next header")) },
  });
  await caller.succeed("PATCH", `${base}/${uid}`, {
    url: target,
    basicAuth: { username: "u", password: plant(name("the next password")) },
  });
}

/** What the program makes and tells once, with idempotency keys, under which it keeps its answer. */
async function plantTold(caller: Caller): Promise<void> {
  for (let at = 0; at < 12; at += 1) {
    const key = plant("an idempotency key");
    const body = { name: `key ${at}` };
    const first = await caller.told("POST", "/api/v1/auth/key", body, key);
    const again = await caller.told("POST", "/api/v1/auth/key", body, key);
    const [, secret] = /"(pk_[^"]+)"/.exec(first) ?? assert.fail(first);
    assert(again.includes(secret ?? ""), "a kept answer is told again");
    plant("an API key", secret);
  }
  for (let at = 0; at < 8; at += 1) {
    const key = plant("an idempotency key");
    const path = "/api/v1/auth/app-portal-access/shop";
    const [, token] = /"token":"([^"]+)"/.exec(await caller.told("POST", path, {}, key)) ?? [];
    plant("a portal's token", token ?? assert.fail());
  }
}

/** Requests that are wrong, each with a secret in it that the error must not repeat. */
async function askWrongly(caller: Caller): Promise<void> {
  const base = "/api/v1/app/shop/endpoint";
  const url = receiver.url("/good");
  await caller.ask("POST", base, { url, secret: plant("a wrong signing secret") });
  await caller.ask("POST", base, { url, secret: `whsec_${plant("a short signing secret")}` });
  await caller.ask("POST", base, {
    url: `http://u:${plant("a password for an address")}@10.0.0.1/`,
  });
  await caller.ask("POST", base, { url: `ftp://u:${plant("a password for ftp")}@x.example/` });
  await caller.ask("POST", base, { url, headers: { Host: plant("a header that may not be") } });
  await caller.ask("POST", base, {
    url,
    headers: { "X-A": `${plant("a header of two lines")}\n` },
  });
  const broken = plant("a client's broken key");
  await caller.ask("POST", base, { url, tls: { client: { ...client, key: broken } } });
  await caller.ask("POST", base, {
    url,
    basicAuth: { username: "a:b", password: plant("a password") },
  });
  await caller.ask("POST", `${base}/e0/secret/rotate`, { key: plant("a wrong next secret") });
}

/** All that shows endpoints, and what became of messages. */
async function askAll(caller: Caller): Promise<void> {
  for (const application of applications) {
    const base = `/api/v1/app/${application}`;
    await caller.ask("GET", base);
    await caller.ask("GET", `${base}/endpoint`);
    for (let at = 0; at < 12; at += 1) {
      await caller.ask("GET", `${base}/endpoint/e${at}`);
      await caller.ask("GET", `${base}/endpoint/e${at}/headers`);
      await caller.ask("GET", `${base}/endpoint/e${at}/queue`);
      await caller.ask("GET", `${base}/attempt/endpoint/e${at}?with_content=true&with_msg=true`);
    }
    await caller.ask("GET", `${base}/msg?with_content=true`);
  }
  for (const path of ["auth/key", "operational-webhook/endpoint", "audit-log", "background-task"]) {
    await caller.ask("GET", `/api/v1/${path}`);
  }
  await caller.ask("GET", "/api/v1/openapi.json");
  await caller.ask("GET", "/api/v1/nothing");
}

async function askMetrics(address: string): Promise<void> {
  const headers = { authorization: `Bearer ${metricsToken}` };
  const answer = await fetch(`${address}/metrics`, { headers });
  assert.equal(answer.status, 200);
  answers.push({ name: "the metrics", bytes: Buffer.from(await answer.text()) });
}

async function sendMessages(svix: Svix): Promise<void> {
  for (const application of applications) {
    for (let at = 0; at < 3; at += 1) {
      await svix.message.create(application, event);
    }
  }
}

function callerOf(server: ServerProcess, token: string): Caller {
  plant("a bearer token", token);
  return new Caller(server.address, token);
}

/** Nothing that is planted is anywhere, and the hunters are awake. */
function assertNothingFound(when: string): void {
  const files = haystacksOf(join(folder.path, "data"));
  for (const [where, haystacks] of Object.entries({ files, printed, answers })) {
    const found = hunt(planted, haystacks);
    assert.deepEqual(found, [], `${when}, in ${where}: ${found.length}`);
  }
  for (const haystacks of [files, answers]) assert(hunt([inTheClear], haystacks).length > 0);
}

test("no secret is found in any file, line or answer", { timeout: 300_000 }, async (t) => {
  receiver.answer("/bad", () => ({ status: 500 }));
  const first = settingsWith(`a:${keyA}`, "off");
  let server = await startServer(first);
  t.after(() => server.end("SIGKILL"));
  let token = await issueToken(first);
  let caller = callerOf(server, token);
  await plantEndpoints(caller);
  await plantTold(caller);
  await askWrongly(caller);
  await sendMessages(new Svix(token, { serverUrl: server.address }));
  await receiver.requests("/good", 36);
  await receiver.requests("/bad", 36);
  const archive = join(first.dataFolder, "archive");
  await within(archived.promise, 120_000, "the archiver, which looks every 60 s");
  await askAll(caller);
  await askMetrics(server.address);
  assert(planted.length >= 200, `${planted.length} are planted`);
  assertNothingFound("while the server runs");
  assert(hunt([inTheClear], haystacksOf(archive)).length > 0, "the archive can be looked into");

  await server.end("SIGKILL");
  assertNothingFound("after a kill");
  const nobody = `http://proxy:${proxyPassword}@127.0.0.1:9`;
  const second = settingsWith(`b:${keyB},a:${keyA}`, nobody);
  server = await startServer(second);
  token = await issueToken(second);
  caller = callerOf(server, token);
  const taken = '"key":"b","msg":"all secrets are sealed by this key now"';
  await eventually(async () => printed.some(({ bytes }) => bytes.includes(taken)), Boolean);
  await new Svix(token, { serverUrl: server.address }).message.create("shop", event);
  const failed = "/api/v1/app/shop/attempt/endpoint/e0?status=2&limit=1";
  await eventually(
    () => caller.ask("GET", failed),
    (text) => text.includes('"atmpt_'),
  );
  await askAll(caller);
  await caller.ask("DELETE", "/api/v1/app/cafe");
  await server.end("SIGTERM");
  assertNothingFound("after another key has taken over");
  const unlisted = printed.filter(({ bytes }) => bytes.includes("[not listed]"));
  assert.deepEqual(
    unlisted.map(({ bytes }) => bytes.toString()),
    [],
    "every field of the log is listed",
  );
  const oldSeals = [{ name: "a seal of key a", text: "sealed:a:" }];
  assert.deepEqual(hunt(oldSeals, haystacksOf(second.dataFolder)), []);
  assert.notDeepEqual(
    hunt([{ name: "a seal of key b", text: "sealed:b:" }], haystacksOf(second.dataFolder)),
    [],
  );
});

test("a hunter finds a secret in any of its forms, wherever it is", () => {
  const secret = { name: "s", text: `whsec_${randomBytes(32).toString("base64")}` };
  const raw = Buffer.from(secret.text.slice("whsec_".length), "base64");
  const forms = [
    Buffer.from(`{"a":"${secret.text}"}`),
    Buffer.concat([Buffer.from("ab"), raw, Buffer.from("c")]),
    Buffer.from(Buffer.from(secret.text).toString("hex").toUpperCase()),
    ...["", "u", "u:", "u:p"].map((before) =>
      Buffer.from(`Basic ${Buffer.from(`${before}${secret.text}@`).toString("base64")}`),
    ),
  ];
  for (const [at, bytes] of forms.entries()) {
    assert.equal(hunt([secret], [{ name: `${at}`, bytes }]).length, 1, `form ${at}`);
  }
  assert.deepEqual(hunt([secret], [{ name: "nothing", bytes: randomBytes(100_000) }]), []);
});
