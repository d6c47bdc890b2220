import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import {
  destinationOf,
  receive,
  requestOf,
  secret,
  seen,
  startSender,
} from "../../test/loopback/loopback-sender.ts";
import { guardBy } from "../../test/loopback/guard-by.ts";
import { answerWith, closed, startRawReceiver } from "../../test/loopback/raw-receiver.ts";
import { endpointKeyOf } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Destination } from "../director/ports.ts";

const oldSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

test("an attempt is one signed POST of the payload's own bytes", async (context) => {
  const receiver = await receive(context, answerWith("200 OK", "thanks"));
  const destination = destinationOf(receiver.port, { headers: [["authorization", "Basic dTpw"]] });
  const request = requestOf(destination, 7, '{ "a": 1, "a": 12345678901234567890 }');
  const outcome = await startSender(context).send(request);
  assert.equal(seen(outcome), "200 thanks");
  assert(outcome.kind === "answered" && outcome.durationMs >= 0);
  assert.equal(outcome.retryAfterMs, undefined);
  assert.equal(receiver.requests.length, 1);
  const [{ requestLine, headers, body } = assert.fail()] = receiver.requests;
  assert.equal(requestLine, "POST /hook?a=b HTTP/1.1");
  assert.deepEqual(body, Buffer.from(request.payload));
  const signature = headers.get("webhook-signature") ?? "";
  assert.deepEqual(
    [...headers],
    [
      ["host", `127.0.0.1:${receiver.port}`],
      ["connection", "keep-alive"],
      ["content-type", "application/json"],
      ["user-agent", "Posthorn/1.2.3"],
      ["authorization", "Basic dTpw"],
      ["webhook-id", request.messageId],
      ["webhook-timestamp", String(Math.floor(request.atMs / 1000))],
      ["webhook-signature", signature],
      ["content-length", String(body.length)],
    ],
  );
  new Webhook(secret).verify(body, Object.fromEntries(headers));
});

test("the first attempt to an endpoint costs more than the next, and with TLS most", async (context) => {
  const receiver = await receive(context, answerWith("204 No Content"));
  const destination = destinationOf(receiver.port);
  const sender = startSender(context);
  const secure = { ...destination, url: "https://example.com/hook" };
  assert.equal(sender.costOf(secure), limits.firstTlsContactAttempts);
  assert.equal(sender.costOf(destination), limits.firstContactAttempts);
  await sender.send(requestOf(destination));
  assert.equal(sender.costOf(destination), 1);
});

test("while an old secret is valid both sign, and a custom user agent replaces ours", async (context) => {
  const receiver = await receive(context, answerWith("204 No Content"));
  const destination = destinationOf(receiver.port, {
    headers: [["user-agent", "Acme/1"]],
    secrets: [
      { key: secret, expiresAtMs: undefined },
      { key: oldSecret, expiresAtMs: Date.now() + 60_000 },
    ],
  });
  const sender = startSender(context, { svixHeaders: true });
  assert.equal(seen(await sender.send(requestOf(destination))), "204 ");
  const [{ headers, body } = assert.fail()] = receiver.requests;
  new Webhook(secret).verify(body, Object.fromEntries(headers));
  new Webhook(oldSecret).verify(body, Object.fromEntries(headers));
  assert.equal(headers.get("user-agent"), "Acme/1");
  for (const name of ["id", "timestamp", "signature"]) {
    assert.equal(headers.get(`svix-${name}`), headers.get(`webhook-${name}`));
  }
});

test("an endpoint keeps its connection and shares it with no other", async (context) => {
  const receiver = await receive(context, answerWith("200 OK"));
  const sender = startSender(context);
  const first = destinationOf(receiver.port);
  const second = destinationOf(receiver.port, { endpoint: endpointKeyOf(2) });
  for (const destination of [first, first, second, first, second]) {
    assert.equal(seen(await sender.send(requestOf(destination))), "200 ");
    await nextTurn(); // undici takes a connection again one turn after its answer
  }
  assert.deepEqual(
    receiver.requests.map(({ connection }) => connection),
    [0, 0, 1, 0, 1],
  );
});

test("an endpoint whose origin changes gets new connections, and the old ones are closed", async (context) => {
  const before = await receive(context, answerWith("200 OK"));
  const after = await receive(context, answerWith("201 Created"));
  const sender = startSender(context);
  assert.equal(seen(await sender.send(requestOf(destinationOf(before.port)))), "200 ");
  const [old = assert.fail()] = before.sockets;
  assert.equal(seen(await sender.send(requestOf(destinationOf(after.port)))), "201 ");
  await closed(old);
});

test("an attempt under way outlives the change of its endpoint's origin", async (context) => {
  const { promise: mayAnswer, resolve: letAnswer } = Promise.withResolvers<void>();
  const { promise: received, resolve: onReceived } = Promise.withResolvers<void>();
  const before = await receive(context, (socket, request) => {
    onReceived();
    void mayAnswer.then(() => answerWith("200 OK")(socket, request));
  });
  const after = await receive(context, answerWith("201 Created"));
  const sender = startSender(context);
  const underWay = sender.send(requestOf(destinationOf(before.port)));
  await received;
  assert.equal(seen(await sender.send(requestOf(destinationOf(after.port)))), "201 ");
  letAnswer();
  assert.equal(seen(await underWay), "200 ");
});

test("Retry-After is read as seconds and as a date", async (context) => {
  for (const [text, atLeastMs, atMostMs] of [
    ["120", 120_000, 120_000],
    [new Date(Date.now() + 60_000).toUTCString(), 50_000, 60_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0, 0],
  ] as const) {
    const receiver = await receive(context, answerWith("503 No", "", `Retry-After: ${text}\r\n`));
    const outcome = await startSender(context).send(requestOf(destinationOf(receiver.port)));
    assert(outcome.kind === "answered" && outcome.retryAfterMs !== undefined);
    assert(outcome.retryAfterMs >= atLeastMs && outcome.retryAfterMs <= atMostMs, text);
  }
});

const v6 = Object.values(networkInterfaces()).some((entries) =>
  entries?.some(({ address }) => address === "::1"),
);
test("a v6 address is called", { skip: v6 ? false : "no ::1 here" }, async (context) => {
  const receiver = await startRawReceiver(answerWith("200 OK"), { host: "::1" });
  context.after(() => receiver.close());
  const guard = guardBy({ allowSubnets: "::1/128", own: ["::1"] });
  const sender = startSender(context, { guard });
  const destination = destinationOf(receiver.port, { url: `http://[::1]:${receiver.port}/` });
  assert.equal(seen(await sender.send(requestOf(destination))), "200 ");
  assert.equal(receiver.requests[0]?.headers.get("host"), `[::1]:${receiver.port}`);
});

test("a port where nobody listens is a failed connection", async (context) => {
  const receiver = await startRawReceiver(() => undefined);
  await receiver.close();
  const outcome = await startSender(context).send(requestOf(destinationOf(receiver.port)));
  assert.equal(seen(outcome), "connection");
});

test("a blocked address is told like a failed connection, and nothing is connected", async (context) => {
  const receiver = await receive(context, answerWith("200 OK"));
  const guard = guardBy();
  const sender = startSender(context, { guard });
  assert.equal(seen(await sender.send(requestOf(destinationOf(receiver.port)))), "connection");
  const resolving = startSender(context, {
    guard,
    resolveName: () => Promise.resolve(["127.0.0.1"]),
  });
  const url = `http://hooks.example.com:${receiver.port}/`;
  const named = destinationOf(receiver.port, { url });
  assert.equal(seen(await resolving.send(requestOf(named))), "connection");
  assert.equal(receiver.sockets.length, 0);
});

test("a header or a secret that isn't valid keeps a request from being sent at all", async (context) => {
  const receiver = await receive(context, answerWith("200 OK"));
  const sender = startSender(context);
  const bad: readonly Partial<Destination>[] = [
    { headers: [["x-a", "b\r\nhost: other"]] },
    { headers: [["x-a: b\r\nx-b", "c"]] },
    { headers: [["content-length", "0"]] },
    { headers: [["webhook-id", "msg_other"]] },
    { secrets: [] },
    { secrets: [{ key: "whsec_short", expiresAtMs: undefined }] },
    { secrets: [{ key: secret, expiresAtMs: Date.now() - 1 }] },
  ];
  for (const changes of bad) {
    const outcome = await sender.send(requestOf(destinationOf(receiver.port, changes)));
    assert.equal(seen(outcome), "connection");
  }
  assert.equal(receiver.sockets.length, 0);
});

test("a request whose connection comes after its deadline is never sent", async (context) => {
  const receiver = await receive(context, answerWith("200 OK"));
  const { promise: mayResolve, resolve: letResolve } = Promise.withResolvers<readonly string[]>();
  const sender = startSender(context, { attemptTimeoutMs: 100, resolveName: () => mayResolve });
  const url = `http://hooks.example.com:${receiver.port}/`;
  const destination = destinationOf(receiver.port, { url });
  const late = sender.send(requestOf(destination, 1));
  assert.equal(seen(await late), "timeout");
  letResolve(["127.0.0.1"]);
  const next = requestOf(destination, 2);
  assert.equal(seen(await sender.send(next)), "200 ");
  assert.deepEqual(
    receiver.requests.map(({ headers }) => headers.get("webhook-id")),
    [next.messageId],
  );
});

test("closing ends what is under way, and nothing is sent after it", async (context) => {
  const { promise: received, resolve: onReceived } = Promise.withResolvers<void>();
  const receiver = await receive(context, () => onReceived());
  const sender = startSender(context, { resolveName: () => new Promise(() => undefined) });
  const destination = destinationOf(receiver.port);
  const named = destinationOf(receiver.port, {
    endpoint: endpointKeyOf(2),
    url: "http://hooks.example.com/",
  });
  const underWay = sender.send(requestOf(destination));
  const resolving = sender.send(requestOf(named));
  await received;
  await sender.close();
  assert.equal(seen(await underWay), "connection");
  assert.equal(seen(await resolving), "connection");
  assert.equal(seen(await sender.send(requestOf(destination))), "connection");
  assert.equal(receiver.requests.length, 1);
  await sender.close();
});

test("nothing is sent to an endpoint whose secrets can't be opened", async (context) => {
  const receiver = await receive(context, answerWith("200 OK"));
  const sender = startSender(context);
  const unreadable = destinationOf(receiver.port, { readable: false, secrets: [] });
  assert.equal(seen(await sender.send(requestOf(unreadable))), "unreadable-secret");
  assert.equal(receiver.sockets.length, 0);
  assert.equal(seen(await sender.send(requestOf(destinationOf(receiver.port)))), "200 ");
});
