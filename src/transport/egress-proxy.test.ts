import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { createSecureContext, TLSSocket } from "node:tls";
import {
  type LoopbackProxy,
  type LoopbackProxyOptions,
  startProxy,
} from "../../test/loopback/loopback-proxy.ts";
import {
  destinationOf,
  requestOf,
  seen,
  startSender,
} from "../../test/loopback/loopback-sender.ts";
import { guardBy } from "../../test/loopback/guard-by.ts";
import { answerWith, startRawReceiver } from "../../test/loopback/raw-receiver.ts";
import { readTlsFile } from "../../test/loopback/tls/read-tls-file.ts";
import { parseEgressProxy } from "./egress-proxy.ts";
import type { Sender } from "./sender.ts";

const key = readTlsFile("key.pem");
const cert = readTlsFile("certificate.pem");
const secureContext = createSecureContext({ ca: [cert] });

/** Names have public addresses, and what is public may be called. */
function senderBy(
  context: TestContext,
  { proxy }: Pick<LoopbackProxy, "proxy">,
  addresses: readonly string[] = ["93.184.216.34"],
): Sender {
  return startSender(context, {
    egressProxy: proxy,
    secureContext,
    guard: guardBy(),
    resolveName: () => Promise.resolve(addresses),
  });
}

const ways: readonly Omit<LoopbackProxyOptions, "port">[] = [
  { protocol: "http:" },
  { protocol: "https:", tls: { key, cert } },
  { protocol: "socks5:" },
];
for (const way of ways) {
  test(`through a proxy by ${way.protocol} a request goes to the address that was checked`, async (context) => {
    const receiver = await startRawReceiver(answerWith("200 OK", "thanks"));
    context.after(() => receiver.close());
    const through = await startProxy(context, { ...way, port: receiver.port });
    const sender = senderBy(context, through);
    const url = "http://hooks.example.com:8080/";
    assert.equal(seen(await sender.send(requestOf(destinationOf(0, { url })))), "200 thanks");
    assert.equal(seen(await sender.send(requestOf(destinationOf(0, { url })))), "200 thanks");
    assert.equal(receiver.requests[0]?.headers.get("host"), "hooks.example.com:8080");
    assert.deepEqual(new Set(through.asked), new Set(["93.184.216.34 8080"]));
  });

  test(`through a proxy by ${way.protocol} TLS is the endpoint's, by its name`, async (context) => {
    const names: unknown[] = [];
    const receiver = await startRawReceiver(
      (socket, request) => {
        assert(socket instanceof TLSSocket);
        names.push("servername" in socket ? socket.servername : undefined); // not in Node's types
        answerWith("200 OK")(socket, request);
      },
      { tls: { key, cert } },
    );
    context.after(() => receiver.close());
    const through = await startProxy(context, { ...way, port: receiver.port });
    const sender = senderBy(context, through, ["2606:4700::2"]);
    const url = "https://hooks.example.com/";
    assert.equal(seen(await sender.send(requestOf(destinationOf(0, { url })))), "200 ");
    assert.deepEqual(names, ["hooks.example.com"]);
    assert.match(through.asked[0] ?? "", /^(?:\[2606:4700::2\]|2606:4700:0000:.*:0002) 443$/);
    const other = destinationOf(0, { url: "https://other.example.org/" });
    assert.equal(seen(await sender.send(requestOf(other))), "certificate-other-name");
  });

  test(`a proxy by ${way.protocol} that refuses is told like a failed connection`, async (context) => {
    const through = await startProxy(context, { ...way, port: undefined });
    const outcome = await senderBy(context, through).send(
      requestOf(destinationOf(0, { url: "https://hooks.example.com/" })),
    );
    assert.equal(seen(outcome), "connection");
    assert.equal(through.asked.length, 1);
  });

  test(`a proxy by ${way.protocol} is told the operator's credentials`, async (context) => {
    const receiver = await startRawReceiver(answerWith("200 OK"));
    context.after(() => receiver.close());
    const credentials = { user: "us er", password: "p:ä" };
    const through = await startProxy(context, { ...way, port: receiver.port, credentials });
    const request = requestOf(destinationOf(0, { url: "http://hooks.example.com/" }));
    assert.equal(seen(await senderBy(context, through).send(request)), "200 ");
    assert.deepEqual(through.asked, ["93.184.216.34 80 us er:p:ä"]);
  });
}

test("a proxy is never asked for what is refused here", async (context) => {
  const through = await startProxy(context, { protocol: "http:", port: undefined });
  for (const addresses of [["10.0.0.1"], ["93.184.216.34", "169.254.169.254"], []]) {
    const sender = senderBy(context, through, addresses);
    const url = "http://hooks.example.com/";
    assert.equal(seen(await sender.send(requestOf(destinationOf(0, { url })))), "connection");
  }
  const literal = destinationOf(0, { url: "http://127.0.0.1:8080/" });
  assert.equal(seen(await senderBy(context, through).send(requestOf(literal))), "connection");
  assert.deepEqual(through.asked, []);
});

/** A proxy that does this with each connection. */
async function oddProxy(
  context: TestContext,
  protocol: "http:" | "socks5:",
  onSocket: (socket: Socket) => void,
): Promise<Pick<LoopbackProxy, "proxy">> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return { proxy: { protocol, host: "127.0.0.1", port, credentials: undefined } };
}

const odd: readonly (readonly [string, "http:" | "socks5:", (socket: Socket) => void, string])[] = [
  ["hangs up", "http:", (socket) => socket.end(), "connection"],
  ["hangs up in its answer", "http:", (socket) => socket.end("HTTP/1.1 20"), "connection"],
  ["speaks no HTTP", "http:", (socket) => socket.end("220 mail\r\n\r\n"), "connection"],
  ["never ends its head", "http:", (socket) => socket.write("x".repeat(20_000)), "connection"],
  ["hangs up on a greeting", "socks5:", (socket) => socket.end(), "connection"],
  [
    "wants other credentials",
    "socks5:",
    (socket) => socket.write(Buffer.from([5, 255])),
    "connection",
  ],
  ["never answers", "http:", () => undefined, "timeout"],
  ["never answers", "socks5:", () => undefined, "timeout"],
];
for (const [what, protocol, onSocket, expected] of odd) {
  test(`a proxy by ${protocol} that ${what} ends the attempt: ${expected}`, async (context) => {
    const { proxy } = await oddProxy(context, protocol, onSocket);
    const sender = startSender(context, {
      egressProxy: proxy,
      guard: guardBy(),
      attemptTimeoutMs: expected === "timeout" ? 50 : 5_000,
      resolveName: () => Promise.resolve(["93.184.216.34"]),
    });
    const request = requestOf(destinationOf(0, { url: "http://hooks.example.com/" }));
    assert.equal(seen(await sender.send(request)), expected);
  });
}

test("a proxy is a URL with a host", () => {
  for (const [text, protocol, host, port, credentials] of [
    ["http://proxy.internal", "http:", "proxy.internal", 80, undefined],
    ["http://10.0.0.1:3128/", "http:", "10.0.0.1", 3128, undefined],
    ["https://[fd00::1]:8443", "https:", "fd00::1", 8443, undefined],
    ["socks5://proxy", "socks5:", "proxy", 1080, undefined],
    ["http://a%40b:c%3Ad@proxy:1", "http:", "proxy", 1, { user: "a@b", password: "c:d" }],
  ] as const) {
    assert.deepEqual(parseEgressProxy(text), { protocol, host, port, credentials });
  }
});

test("what is no proxy is told without repeating it", () => {
  for (const text of [
    "proxy:3128",
    "socks5h://p",
    "socks4://p",
    "ftp://p",
    "http://",
    "http://p/a",
    "http://p?x",
    "",
  ]) {
    assert.throws(() => parseEgressProxy(text), /^Error: it is not http:\/\//, text);
  }
  const long = `http://u:${"x".repeat(256)}@p`;
  assert.throws(() => parseEgressProxy(long), /at most 255 bytes/);
});
