/**
 * The OpenAPI document against an extract of Svix's: what is implemented is the same, but for the differences listed here.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  contractOf,
  svixContract,
  type Field,
  type Json,
  type Operation,
} from "../../test/api/contract.ts";
import { createTestApi } from "../../test/api/test-api.ts";
import { openApiOf } from "./openapi.ts";

/** Operations of ours that the contract has not. */
const added = [
  "v1.activity.stream",
  "v1.application.stream-activity",
  "v1.arrival.list",
  "v1.arrival.stream",
  "v1.arrival.listen",
  "v1.arrival.answer",
  "v1.application.archive-replay",
  "v1.endpoint.get-queue",
  "v1.endpoint.probe",
  "v1.endpoint.pause",
  "v1.endpoint.resume",
  "v1.archive.list",
  "v1.job-db.list",
  "v1.overview.get",
  "v1.overview.stream",
  "v1.endpoint.cancel-queue",
  "v1.endpoint.cancel-matching",
  "v1.endpoint.count-queue",
  "v1.health.ping",
  "v1.message.create-batch",
  "v1.api-key.create",
  "v1.api-key.list",
  "v1.api-key.delete",
  "v1.background-task.list",
  "v1.background-task.get",
  "v1.audit-log.list",
  "v1.erasure.create",
  "v1.erasure.get",
  "v1.erasure.list",
  "v1.background-task.cancel",
  "v1.endpoint.replay-missing",
  "v1.endpoint.bulk-replay",
  "v1.operational-webhook.endpoint.list",
  "v1.operational-webhook.endpoint.create",
  "v1.operational-webhook.endpoint.get",
  "v1.operational-webhook.endpoint.update",
  "v1.operational-webhook.endpoint.delete",
  "v1.operational-webhook.endpoint.get-headers",
  "v1.operational-webhook.endpoint.update-headers",
  "v1.operational-webhook.endpoint.get-secret",
  "v1.operational-webhook.endpoint.rotate-secret",
  "v1.operational-webhook.endpoint.list-attempts",
];
/** Statuses that this operation does not give: 409 where nothing is written, 429 where no message is, all on health. */
function unusedProblems(id: string): string[] {
  return ["409", "429", ...(id === "v1.health.get" ? ["401", "403", "404", "422"] : [])];
}

/** Each on purpose. */
const intended = [
  // A parameter that was left out is not null, and text has no null.
  /^v1\.\S+ query \w+: nullable/,
  // Every id has a known form, so that a wrong iterator is told.
  /^v1\.\S+ query iterator: (pattern|maxLength)/,
  /^v1\.\S+ query limit: format/,
  // The contract leaves open what the order is when none is asked for.
  /^v1\.\S+ query order: default undefined → ascending/,
  // Svix's path has it, its list of parameters forgets it.
  /^(patch_application|v1\.(application\.(get|delete)|message\.list)) path app_id: added/,
  // Svix's documentation of today has it, and so have its clients.
  /^v1\.(message|message-attempt)\.\S+ query tag: added/,
  /^(Endpoint)?Message(In|Out)\.tags: added/,
  // Svix's clients send null for "not given".
  /^MessageIn\.payloadRetentionPeriod: nullable/,
  // The number formats say less than the bounds do.
  /^\S+: format uint(16|32) → undefined/,
  /^\S+: format int(16|64) → undefined/,
  /^\S+\.throttleRate: maximum undefined → 65535/,
  // Given back as it was given.
  /^\S+Out\.throttleRate: minimum 0 → 1/,
  // Checked by what it means, and asymmetric keys are taken too.
  /^(EndpointIn\.secret|EndpointSecretRotateIn\.key): (pattern|format)/,
  /^EndpointSecretOut\.key: pattern/,
  // The contract of the open-source server is silent; Svix's clients of today send them.
  /^AppPortalAccessIn\.(expiry|readOnly|capabilities): added/,
  // An application or null, as OpenAPI 3.1 says it.
  /^(AppPortalAccessIn|MessageIn)\.application: (nullable|\$ref)/,
  // A bound where Svix has none.
  /^(MessageEndpointOut|Endpoint(In|Out|Update|Patch))\.eventTypes: maxItems undefined → 1000/,
  // So that what a filter is about can be counted before.
  /^v1\.endpoint\.get-stats query (event_types|channel|tag): added/,
  // Strict order is ours.
  /^(MessageEndpointOut|Endpoint(In|Out|Update|Patch))\.ordered: added/,
  // Credentials apart from the URL, and TLS settings, are ours.
  /^(MessageEndpointOut|EndpointOut)\.(hasBasicAuth|tls): added/,
  /^Endpoint(In|Update|Patch)\.(basicAuth|tls): added/,
  // A retention of its own is ours.
  /^Application(In|Out|Patch)\.retentionDays: added/,
  // What is changed has to be as it has to be when it is created.
  /^ApplicationPatch\.name: minLength undefined → 1/,
  /^EndpointPatch\.(url|channels|eventTypes): (min|max)\w+ undefined/,
  /^\w+Patch\.throttleRate: minimum 0 → 1/,
  // Svix's clients of today send them.
  /^EndpointIn\.headers: added/,
  /^EndpointHeadersPatchIn\.deleteHeaders: added/,
  // Left out is the same as null.
  /^EndpointSecretRotateIn\.key: default null → undefined/,
  // Always given in answers.
  /^\S+Out\.\w+: default/,
];

const contract = await svixContract();
const { server } = await createTestApi();
after(() => server.close());
const document = JSON.parse(JSON.stringify(await openApiOf(server))) as Json;
const ours = contractOf(document);

test("every operation of the contract is there, and none besides the added ones", () => {
  const theirIds = Object.keys(contract.operations);
  const ourIds = Object.keys(ours.operations);
  assert.deepEqual(theirIds.filter((id) => !ourIds.includes(id)).toSorted(), []);
  assert.deepEqual(ourIds.filter((id) => !theirIds.includes(id)).toSorted(), added.toSorted());
});

test("operations have the contract's paths, methods, tags, bodies and answers", () => {
  for (const [id, operation] of Object.entries(ours.operations)) {
    const their = contract.operations[id];
    if (their === undefined) continue;
    // Of what it erases the contract does not say what a success answers.
    const answers = Object.keys(their.answers).length === 0 ? { "204": null } : their.answers;
    assert.deepEqual(outlineOf(operation), outlineOf({ ...their, answers }), id);
    const untold = their.problems.filter((status) => !operation.problems.includes(status));
    const unexpected = untold.filter((status) => !unusedProblems(id).includes(status));
    assert.deepEqual(unexpected, [], `${id} tells its problems`);
  }
});

test("schemas require the contract's fields, and those of requests no others", () => {
  for (const name of sharedSchemas()) {
    const schema = ours.schemas[name];
    const their = contract.schemas[name];
    assert.ok(schema !== undefined && their !== undefined, name);
    const lacking = their.required.filter((field) => !schema.required.includes(field));
    const extra = schema.required.filter((field) => !their.required.includes(field));
    assert.deepEqual(lacking, [], name);
    if (name.endsWith("In")) assert.deepEqual(extra, [], name);
  }
});

test("parameters and fields have the contract's names, types and bounds, but for what is intended", () => {
  const differences = allDifferences();
  assert.deepEqual(
    differences.filter((line) => !intended.some((pattern) => pattern.test(line))),
    [],
  );
  const unfounded = intended.filter((pattern) => !differences.some((line) => pattern.test(line)));
  assert.deepEqual(unfounded, [], "what is intended is there");
});

/** The schemas that the contract's operations are told with, and those that these refer to. */
function sharedSchemas(): ReadonlySet<string> {
  const { schemas } = document["components"] as {
    readonly schemas: Readonly<Record<string, Json>>;
  };
  const found = new Set<string>();
  const follow = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    refsIn(schemas[name]).forEach(follow);
  };
  for (const methods of Object.values(document["paths"] as Readonly<Record<string, Json>>)) {
    for (const operation of Object.values(methods)) {
      const { operationId } = operation as { readonly operationId: string };
      if (operationId in contract.operations) refsIn(operation).forEach(follow);
    }
  }
  return found;
}

function refsIn(part: unknown): readonly string[] {
  const text = JSON.stringify(part) ?? "";
  return [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name ?? "");
}

function allDifferences(): string[] {
  const ofOperations = Object.entries(ours.operations).flatMap(([id, { query, params }]) => {
    const their = contract.operations[id];
    return their === undefined
      ? []
      : [
          ...differencesOf(`${id} query `, query, their.query),
          ...differencesOf(`${id} path `, params, their.params),
        ];
  });
  const ofSchemas = Object.entries(ours.schemas).flatMap(([name, { properties }]) => {
    const their = contract.schemas[name];
    return their === undefined ? [] : differencesOf(`${name}.`, properties, their.properties);
  });
  return [...ofOperations, ...ofSchemas];
}

/** What has to be the same to the letter. */
function outlineOf({ method, path, tag, body, answers }: Operation): Partial<Operation> {
  return { method, path, tag, body, answers };
}

function differencesOf(
  where: string,
  our: Readonly<Record<string, Field>>,
  their: Readonly<Record<string, Field>>,
): string[] {
  const names = new Set([...Object.keys(our), ...Object.keys(their)]);
  return [...names].flatMap((name) => {
    const [left, right] = [their[name], our[name]];
    if (left === undefined) return [`${where}${name}: added`];
    return right === undefined
      ? [`${where}${name}: missing`]
      : fieldDifferences(`${where}${name}`, left, right);
  });
}

function fieldDifferences(where: string, their: Field, our: Field): string[] {
  const constraints = new Set([...Object.keys(their), ...Object.keys(our)]);
  constraints.delete("example");
  return [...constraints].flatMap((constraint) => {
    const [left, right] = [their[constraint], our[constraint]];
    if (constraint === "items" || constraint === "additionalProperties") {
      return fieldDifferences(`${where}[]`, (left ?? {}) as Field, (right ?? {}) as Field);
    }
    const [from, to] = [JSON.stringify(left), JSON.stringify(right)];
    return from === to ? [] : [`${where}: ${constraint} ${bare(from)} → ${bare(to)}`];
  });
}

function bare(json: string | undefined): string {
  return json === undefined ? "undefined" : json.replaceAll('"', "");
}
