import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { fastify } from "fastify";
import { limits } from "../core/limits.ts";
import { createTestApi } from "../../test/api/test-api.ts";
import { within } from "../../test/e2e/within.ts";
import { startApi, stopApi } from "./api.ts";
import { boundHeldAnswers, HeldAnswers } from "./held-answers.ts";

class Client {
  isCutOff = false;

  destroy(): void {
    this.isCutOff = true;
  }
}

test("below the bound nobody is cut off", () => {
  const held = new HeldAnswers<Client>(100);
  const client = new Client();
  for (let answer = 0; answer < 10; answer += 1) {
    held.give(client, 100);
    held.taken(client, 100);
  }
  assert.equal(client.isCutOff, false);
  assert.equal(held.bytes, 0);
});

test("above it whoever holds most is cut off, and of several the first", () => {
  const held = new HeldAnswers<Client>(100);
  const [small, first, second] = [new Client(), new Client(), new Client()];
  held.give(small, 20);
  held.give(first, 40);
  held.give(second, 40);
  held.give(small, 10);
  assert.deepEqual([small.isCutOff, first.isCutOff, second.isCutOff], [false, true, false]);
  held.taken(first, 40); // its connection has closed
  assert.equal(held.bytes, 70);
});

test("whatever is given and taken, never more is held than the bound, and nothing when all is taken", () => {
  const gifts = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 50 })));
  fc.assert(
    fc.property(gifts, (given) => {
      const held = new HeldAnswers<Client>(100);
      const clients = Array.from({ length: 10 }, () => new Client());
      const all = given.flatMap(([index, bytes]) => {
        const client = clients[index];
        if (client === undefined || client.isCutOff) return [];
        held.give(client, bytes);
        assert.ok(held.bytes <= 100);
        return [{ client, bytes }];
      });
      for (const { client, bytes } of all) held.taken(client, bytes);
      assert.equal(held.bytes, 0);
    }),
  );
});

test("a client that asks on many connections and reads nothing is cut off, and others are answered", async (t) => {
  const { server } = await createTestApi();
  const { port } = await startApi(server, { host: "127.0.0.1", port: 0 });
  t.after(() => stopApi(server, 1_000));
  const document = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
  const { body } = await server.inject({ url: "/api/v1/openapi.json" });
  const perConnection = body.length * limits.pipelinedRequestsMax;
  const connections = Math.ceil(limits.heldAnswerBytesMax / perConnection) + 2;
  const cutOff = Promise.withResolvers<void>();
  server.server.on("connection", (socket: Socket) => socket.once("close", cutOff.resolve));
  const clients = Array.from({ length: connections }, () => {
    const client = connect(port, "127.0.0.1");
    client.on("error", () => {});
    client.write(document.repeat(limits.pipelinedRequestsMax));
    return client;
  });
  t.after(() => {
    for (const client of clients) client.destroy();
  });
  await within(cutOff.promise, 30_000, "the end of a connection");
  const reading = connect(port, "127.0.0.1");
  reading.write("GET /api/v1/health/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const [first] = (await once(reading, "data")) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 204 /);
});

/** A server whose answer waits for the test; what it holds is looked at when it has been given. */
async function withAnswerThatWaits(t: TestContext) {
  const server = fastify();
  const held = boundHeldAnswers(server);
  const asked = Promise.withResolvers<Socket>();
  const answer = Promise.withResolvers<void>();
  const given = Promise.withResolvers<number>();
  server.route({
    method: "GET",
    url: "/",
    handler: async (request) => {
      asked.resolve(request.raw.socket);
      await answer.promise;
      return "x".repeat(limits.heldAnswerBytesMin);
    },
  });
  server.addHook("onSend", (_request, _reply, payload, done) => {
    given.resolve(held.bytes);
    done(null, payload);
  });
  await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  const address = server.server.address();
  assert.ok(typeof address === "object" && address !== null);
  const client = connect(address.port, "127.0.0.1");
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  return {
    held,
    client,
    socket: await asked.promise,
    answer: answer.resolve,
    given: given.promise,
  };
}

test("an answer is held until its client has taken it", async (t) => {
  const { held, client, answer, given } = await withAnswerThatWaits(t);
  answer();
  assert.equal(await given, limits.heldAnswerBytesMin);
  await once(client, "data");
  while (held.bytes > 0) await nextTurn();
  client.destroy();
});

test("nothing is held for a client that has hung up before its answer", async (t) => {
  const { held, client, socket, answer, given } = await withAnswerThatWaits(t);
  const closed = once(socket, "close");
  client.destroy();
  await closed;
  answer();
  assert.equal(await given, 0);
  assert.equal(held.bytes, 0);
});
