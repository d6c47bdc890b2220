import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { createResolveName, type ResolveName } from "./resolve-name.ts";

const typeA = 1;
const typeAaaa = 28;

/** Raw addresses by record type; a type that is not there is never answered. */
type Zone = Readonly<Record<number, readonly (readonly number[])[]>>;

/** A name server on loopback that knows one zone for all names, and a resolver that asks it. */
async function resolverOf(context: TestContext, zone: Zone): Promise<ResolveName> {
  return createResolveName([await startNameServer(context, (answer) => answer(zone))]);
}

/**
 * Returns where the name server is.
 *
 * @param onQuery is told of each query how to answer it
 */
async function startNameServer(
  context: TestContext,
  onQuery: (answer: (zone: Zone) => void) => void,
): Promise<string> {
  const server = createSocket("udp4");
  server.on("message", (query, client) => {
    onQuery((zone) => {
      const answer = answerTo(query, zone);
      if (answer !== undefined) server.send(answer, client.port, client.address);
    });
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  return `127.0.0.1:${server.address().port}`;
}

function answerTo(query: Buffer, zone: Zone): Buffer | undefined {
  const nameEnd = query.indexOf(0, 12);
  const question = query.subarray(12, nameEnd + 5);
  const type = query.readUInt16BE(nameEnd + 1);
  const records = zone[type];
  if (records === undefined) return undefined;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180, 2); // an answer without error
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  const answers = records.map((address) =>
    Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length, ...address]),
  );
  return Buffer.concat([header, question, ...answers]);
}

const v4 = [192, 0, 2, 1];
const v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const patient = new AbortController().signal;

test("the addresses of both families are found, v4 first", async (context) => {
  const resolveName = await resolverOf(context, {
    [typeA]: [v4, [192, 0, 2, 2]],
    [typeAaaa]: [v6],
  });
  const addresses = await resolveName("hooks.example.com", patient);
  assert.deepEqual(addresses.toSorted(), ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  assert.equal(addresses.at(-1), "2001:db8::1");
});

test("one family is enough, whether the other is empty or never answers", async (context) => {
  const onlyV6 = await resolverOf(context, { [typeA]: [], [typeAaaa]: [v6] });
  assert.deepEqual(await onlyV6("hooks.example.com", patient), ["2001:db8::1"]);
  const silentV6 = await resolverOf(context, { [typeA]: [v4] });
  assert.deepEqual(await silentV6("hooks.example.com", patient), ["192.0.2.1"]);
});

test("a name without addresses fails", async (context) => {
  const resolveName = await resolverOf(context, { [typeA]: [], [typeAaaa]: [] });
  await assert.rejects(resolveName("hooks.example.com", patient), {
    message: "hooks.example.com has no address",
  });
});

test("aborting ends a resolution that nobody answers", async (context) => {
  const resolveName = await resolverOf(context, {});
  const controller = new AbortController();
  const resolving = resolveName("hooks.example.com", controller.signal);
  controller.abort();
  await assert.rejects(resolving);
  await assert.rejects(resolveName("hooks.example.com", controller.signal));
});

test("an answer that comes after the name was asked for again still counts", async (context) => {
  const questions: ((zone: Zone) => void)[] = [];
  const server = await startNameServer(context, (answer) => {
    questions.push(answer);
    // Both families were asked for before, and now again; only the first questions are ever answered.
    if (questions.length === 4) for (const first of questions.slice(0, 2)) first(zone);
  });
  const zone = { [typeA]: [v4], [typeAaaa]: [] };
  assert.deepEqual(await createResolveName([server])("slow.example.com", patient), ["192.0.2.1"]);
});

test("a question that got lost is asked again, another name server if there is one", async (context) => {
  const silent = await startNameServer(context, () => undefined);
  const other = await startNameServer(context, (answer) =>
    answer({ [typeA]: [v4], [typeAaaa]: [] }),
  );
  const resolveName = createResolveName([silent, other]);
  assert.deepEqual(await resolveName("lost.example.com", patient), ["192.0.2.1"]);
});
