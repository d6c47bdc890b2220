/**
 * Every operation of the OpenAPI document × everybody who asks × every mixture of ids of their own, of another application
 * and of another organisation: what does not belong together is not found, tells nothing and changes nothing.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { authorizationTable } from "../api/authorization-table.ts";
import { type Posthorn, startPosthorn } from "../../src/main/posthorn.ts";
import { eventually } from "./eventually.ts";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

type Parameter =
  | "app_id"
  | "endpoint_id"
  | "msg_id"
  | "attempt_id"
  | "event_type_name"
  | "task_id"
  | "key_id"
  | "erasure_id"
  | "arrival_id";

/** What belongs to one application, and what its organisation has besides. */
interface Side {
  readonly organization: string;
  /** In the texts of the application's own things, and nowhere else. */
  readonly mark: string;
  readonly token: string;
  readonly ids: Readonly<Record<Parameter | "operational_endpoint_id", string>>;
}

interface Asker {
  readonly name: string;
  readonly token: string;
  readonly organization: string;
  /** Undefined: all of the organisation's. */
  readonly side: Side | undefined;
}

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly scope: string;
  readonly parameters: readonly Parameter[];
}

/** They make what is not there, in the asker's own organisation. */
const makesIfNone = new Set(["v1.event-type.update"]);

const receiver = new PathReceiver();
let folder: ScratchFolder;
let posthorn: Posthorn;
let sides: readonly Side[];
let askers: readonly Asker[];
let operations: readonly Operation[];

before(async () => {
  await receiver.start();
  folder = makeScratchFolder("isolation");
  posthorn = await startPosthorn({
    data: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    allowSubnets: ["127.0.0.0/8"],
    logLevel: "silent",
  });
  sides = [
    await makeSide("org_1", "first"),
    await makeSide("org_1", "second"),
    await makeSide("org_2", "third"),
  ];
  askers = await allAskers();
  operations = await allOperations();
});
after(async () => {
  await posthorn.stop();
  receiver.stop();
  folder.remove();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${posthorn.address}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

async function makeSide(organization: string, mark: string): Promise<Side> {
  const token = await posthorn.token(organization);
  const call = async <Result>(method: string, path: string, body?: unknown): Promise<Result> => {
    const { status, text } = await ask(token, method, `/api/v1${path}`, body);
    assert.ok(status < 300, `${path}: ${status} ${text}`);
    return JSON.parse(text) as Result; // as the API's document says
  };
  type Made = { readonly id: string };
  const url = receiver.url(`/${mark}`);
  const { id: app } = await call<Made>("POST", "/app", { name: `mark-${mark}` });
  const made = { url, description: `mark-${mark}` };
  const { id: endpoint } = await call<Made>("POST", `/app/${app}/endpoint`, made);
  const message = { eventType: "order.made", payload: { is: `mark-${mark}` } };
  const { id: msg } = await call<Made>("POST", `/app/${app}/msg`, message);
  const { data } = await eventually(
    () => call<{ data: readonly Made[] }>("GET", `/app/${app}/attempt/msg/${msg}`),
    (attempts) => attempts.data.length > 0,
  );
  const inspector = await call<Made>("POST", `/app/${app}/endpoint`, {
    url: "http://inspector.invalid/",
    eventTypes: ["order.inspected"],
  });
  await call("POST", `/app/${app}/msg`, { ...message, eventType: "order.inspected" });
  const { data: arrivals } = await eventually(
    () => call<{ data: readonly Made[] }>("GET", `/app/${app}/endpoint/${inspector.id}/arrival`),
    (came) => came.data.length > 0,
  );
  const eventType = `of-${mark}`;
  await call("POST", "/event-type", { name: eventType, description: "Made" });
  const since = "2020-01-01T00:00:00Z";
  const recover = await call<Made>("POST", `/app/${app}/endpoint/${endpoint}/recover`, { since });
  await ended(call, `/background-task/${recover.id}`);
  const { id: key } = await call<Made>("POST", "/auth/key", { name: "CI" });
  const other = await call<Made>("POST", `/app/${app}/msg`, {
    ...message,
    eventType: "order.gone",
  });
  const erasure = await call<Made>("POST", "/erasure", { application: app, message: other.id });
  await ended(call, `/erasure/${erasure.id}`);
  const operational = await call<Made>("POST", "/operational-webhook/endpoint", {
    url,
    eventTypes: ["endpoint.disabled"],
  });
  const ids = {
    app_id: app,
    endpoint_id: endpoint,
    msg_id: msg,
    attempt_id: data[0]?.id ?? assert.fail("an attempt"),
    event_type_name: eventType,
    task_id: recover.id,
    key_id: key,
    erasure_id: erasure.id,
    operational_endpoint_id: operational.id,
    arrival_id: arrivals[0]?.id ?? assert.fail("an arrival"),
  };
  return { organization, mark, token, ids };
}

async function ended(
  call: <Result>(method: string, path: string) => Promise<Result>,
  path: string,
): Promise<void> {
  await eventually(
    () => call<{ status: string }>("GET", path),
    ({ status }) => status === "finished",
  );
}

async function allAskers(): Promise<readonly Asker[]> {
  const all: Asker[] = [];
  for (const side of sides) {
    const { organization, token, mark } = side;
    const path = `/api/v1/auth/app-portal-access/${side.ids.app_id}`;
    const { text } = await ask(token, "POST", path, {});
    const own = (JSON.parse(text) as { readonly token: string }).token; // as the API's document says
    all.push({ name: `the application ${mark}`, token: own, organization, side });
    if (all.some(({ side: of, organization: known }) => !of && known === organization)) continue;
    all.push({ name: organization, token, organization, side: undefined });
  }
  return all;
}

async function allOperations(): Promise<readonly Operation[]> {
  const { text } = await ask("", "GET", "/api/v1/openapi.json");
  type Told = { readonly operationId: string; readonly "x-scope"?: string };
  const { paths } = JSON.parse(text) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Told>>>>;
  }; // OpenAPI's form
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => ({
      id: told.operationId,
      method: method.toUpperCase(),
      path,
      scope: told["x-scope"] ?? "anybody",
      parameters: Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name as Parameter), // checked by the test below
    })),
  );
}

/** Every way to give each parameter the id of some side. */
function mixtures(parameters: readonly Parameter[]): readonly (readonly Side[])[] {
  return parameters.reduce<readonly (readonly Side[])[]>(
    (mixed) => mixed.flatMap((before) => sides.map((side) => [...before, side])),
    [[]],
  );
}

const ofApplications = new Set<Parameter>([
  "app_id",
  "endpoint_id",
  "msg_id",
  "attempt_id",
  "task_id",
  "arrival_id",
]);

function isOperational(path: string): boolean {
  return path.includes("/operational-webhook/");
}

/** Whether all of it belongs to one another and to the asker. */
function belongs({ path, parameters }: Operation, mixture: readonly Side[], asker: Asker): boolean {
  const inApplication = parameters.flatMap((parameter, at) => {
    const side = mixture[at];
    return side && ofApplications.has(parameter) && !isOperational(path) ? [side] : [];
  });
  const isOneApplication = new Set(inApplication).size <= 1;
  const [application] = inApplication;
  const isAllowed = application === undefined || !asker.side || asker.side === application;
  const isOwn = mixture.every(({ organization }) => organization === asker.organization);
  return isOneApplication && isAllowed && isOwn;
}

function urlOf({ path, parameters }: Operation, mixture: readonly Side[]): string {
  return parameters.reduce((url, parameter, at) => {
    const name =
      parameter === "endpoint_id" && isOperational(path) ? "operational_endpoint_id" : parameter;
    return url.replace(`{${parameter}}`, mixture[at]?.ids[name] ?? "");
  }, path);
}

function marksBut(asker: Asker): readonly string[] {
  return sides
    .filter((side) => side.organization !== asker.organization || (asker.side ?? side) !== side)
    .map(({ mark }) => `mark-${mark}`);
}

/** All that can be read of everybody, but for what reading it adds. */
async function stateOfAll(): Promise<unknown> {
  const states = sides.map(async ({ token, ids }) => {
    const read = async (path: string): Promise<string> =>
      (await ask(token, "GET", `/api/v1${path}`)).text;
    const app = `/app/${ids.app_id}`;
    return [
      await read("/app"),
      await read(`${app}/endpoint`),
      await read(`${app}/endpoint/${ids.endpoint_id}/secret`),
      await read(`${app}/endpoint/${ids.endpoint_id}/headers`),
      await read(`${app}/msg`),
      await read(`${app}/attempt/endpoint/${ids.endpoint_id}`),
      await read("/event-type"),
      await read("/auth/key"),
      await read("/background-task"),
      await read("/erasure"),
      await read("/operational-webhook/endpoint"),
      await read(`/operational-webhook/endpoint/${ids.operational_endpoint_id}/secret`),
    ];
  });
  return Promise.all(states);
}

test("what does not belong together is not found by anybody, tells nothing of others and changes nothing", async () => {
  const before = await stateOfAll();
  const known = new Set<string>(Object.keys(sides[0]?.ids ?? {}));
  let asked = 0;
  for (const operation of operations) {
    const { id, method, parameters, scope } = operation;
    for (const parameter of parameters) {
      assert.ok(known.has(parameter), `${id}: this test has a ${parameter} of each side`);
    }
    if (makesIfNone.has(id)) continue;
    for (const asker of askers) {
      for (const mixture of mixtures(parameters)) {
        if (belongs(operation, mixture, asker)) continue;
        const path = urlOf(operation, mixture);
        const answer = await ask(asker.token, method, path, authorizationTable[id]?.body);
        const what = `${asker.name}: ${method} ${path} → ${answer.status} ${answer.text}`;
        const isForbidden = scope === "organization" && asker.side !== undefined;
        assert.equal(answer.status, isForbidden ? 403 : 404, what);
        for (const mark of marksBut(asker)) assert.ok(!answer.text.includes(mark), what);
        asked += 1;
      }
    }
  }
  assert.ok(asked > 1_000, `${asked} requests`);
  assert.deepEqual(await stateOfAll(), before);
});

test("what may be read tells nothing of others", async () => {
  let read = 0;
  for (const operation of operations.filter(({ method }) => method === "GET")) {
    for (const asker of askers) {
      for (const mixture of mixtures(operation.parameters)) {
        if (!belongs(operation, mixture, asker)) continue;
        // A stream says in the table how it ends.
        const path = urlOf(operation, mixture) + (authorizationTable[operation.id]?.query ?? "");
        const { status, text } = await ask(asker.token, "GET", path);
        assert.ok(status < 300 || status === 403, `${asker.name}: ${path} → ${status} ${text}`);
        if (status < 300) read += 1;
        for (const mark of marksBut(asker)) {
          assert.ok(!text.includes(mark), `${asker.name}: ${path} tells of ${mark}`);
        }
      }
    }
  }
  assert.ok(read > 50, `${read} answers`);
});

test("ids in bodies and filters are of the asker's own, too", async () => {
  const [first, second, third] = sides;
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const refused = async (path: string, body: unknown): Promise<void> => {
    const { status, text } = await ask(first.token, "POST", `/api/v1${path}`, body);
    assert.equal(status, 404, `${path} ${JSON.stringify(body)}: ${text}`);
  };
  const { app_id: own } = first.ids;
  await refused("/auth/key", { name: "CI", application: third.ids.app_id });
  await refused("/erasure", { application: third.ids.app_id });
  await refused("/erasure", { application: own, endpoint: third.ids.endpoint_id });
  await refused("/erasure", { application: own, endpoint: second.ids.endpoint_id });
  const sendExample = `/app/${own}/endpoint/${first.ids.endpoint_id}/send-example`;
  await refused(sendExample, { eventType: third.ids.event_type_name });
  const log = await ask(first.token, "GET", `/api/v1/audit-log?application=${third.ids.app_id}`);
  assert.deepEqual((JSON.parse(log.text) as { readonly data: unknown[] }).data, []); // as the API's document says

  // A message of another's may be named, as it may be in an archive alone: nothing of it is in the scope.
  const asked = { application: own, message: third.ids.msg_id };
  const { text } = await ask(first.token, "POST", "/api/v1/erasure", asked);
  const { id } = JSON.parse(text) as { readonly id: string }; // as the API's document says
  const { text: done } = await eventually(
    () => ask(first.token, "GET", `/api/v1/erasure/${id}`),
    (answer) => answer.text.includes('"finished"'),
  );
  assert.match(done, /"jobDbs":\[\]/);
  const message = `/api/v1/app/${third.ids.app_id}/msg/${third.ids.msg_id}`;
  assert.match((await ask(third.token, "GET", message)).text, /mark-third/);
});
