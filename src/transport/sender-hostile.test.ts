/** The zoo of hazards: what endpoints do to a sender, by malice or by mistake. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import {
  destinationOf,
  outcomeAgainst,
  receive,
  requestOf,
  seen,
  startSender,
} from "../../test/loopback/loopback-sender.ts";
import { answerWith, closed, drip, type Answer } from "../../test/loopback/raw-receiver.ts";
import { limits } from "../core/limits.ts";

test("a redirect is an answer and is not followed", async (context) => {
  const target = await receive(context, answerWith("200 OK"));
  const location = `location: http://127.0.0.1:${target.port}/\r\n`;
  assert.equal(await outcomeAgainst(context, answerWith("302 Found", "", location)), "302 ");
  assert.equal(target.sockets.length, 0);
});

test("a compressed answer is left as it is", async (context) => {
  const packed = gzipSync("x".repeat(100_000));
  const outcome = await outcomeAgainst(context, (socket) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), packed]));
  });
  assert.equal(outcome, `200 ${packed.toString("latin1")}`);
});

test("the first 16 KiB of an answer are kept", async (context) => {
  const body = "0123456789abcdef".repeat(4_096);
  assert.equal(body.length, limits.answerBytesRead);
  const outcome = await outcomeAgainst(context, answerWith("500 Oh", body));
  assert.equal(outcome, `500 ${body.slice(0, 16 * 1024)}`);
});

test("of an answer 64 KiB are read and no end is waited for, then its socket is closed", async (context) => {
  const { promise: closed, resolve: onClose } = Promise.withResolvers<unknown>();
  const outcome = await outcomeAgainst(context, (socket) => {
    socket.once("close", onClose);
    // Less than what the wire may bring: nothing but the bound of the body ends this one before its deadline.
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    socket.write("x".repeat(limits.answerBytesRead + 1));
  });
  assert.equal(outcome, `200 ${"x".repeat(16 * 1024)}`);
  await closed;
});

test("an endless answer has an end, and its socket is closed", async (context) => {
  const { promise: closed, resolve: onClose } = Promise.withResolvers<unknown>();
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`;
  const outcome = await outcomeAgainst(context, (socket) => {
    socket.once("close", onClose);
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    const pour = (): void => {
      while (socket.writable && socket.write(chunk)) continue;
    };
    socket.on("drain", pour);
    pour();
  });
  assert.equal(outcome, `200 ${"x".repeat(16 * 1024)}`);
  await closed;
});

const slowAnswers: readonly (readonly [string, Answer])[] = [
  ["never comes", () => undefined],
  [
    "has headers byte by byte",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nx: ");
      drip(socket, () => socket.write("a"));
    },
  ],
  [
    "has a body byte by byte",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      drip(socket, () => socket.write("a"));
    },
  ],
  [
    "is shorter than its length",
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"),
  ],
  [
    "is interim now and then",
    (socket) => {
      let sent = 0;
      drip(socket, () => {
        sent += 1;
        if (sent <= 10) socket.write("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
      });
    },
  ],
];
for (const [what, answer] of slowAnswers) {
  test(`the deadline ends an attempt whose answer ${what}, and closes its socket`, async (context) => {
    const receiver = await receive(context, answer);
    const sender = startSender(context, { attemptTimeoutMs: 150 });
    const outcome = await sender.send(requestOf(destinationOf(receiver.port)));
    assert.equal(seen(outcome), "timeout");
    assert(outcome.durationMs >= 145, `${outcome.durationMs} ms`);
    const [socket = assert.fail()] = receiver.sockets;
    await closed(socket);
  });
}

test("the deadline ends an attempt whose receiver accepts and never reads", async (context) => {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.push(socket.on("error", () => undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const sender = startSender(context, { attemptTimeoutMs: 150 });
  const request = requestOf(destinationOf(port), 1, "x".repeat(8 * 1024 * 1024));
  assert.equal(seen(await sender.send(request)), "timeout");
});

function pouring(start: string, text: string): Answer {
  return (socket) => {
    socket.write(start);
    const pour = (): void => {
      while (socket.writable && socket.write(text)) continue;
    };
    socket.on("drain", pour);
    pour();
  };
}

const brokenAnswers: readonly (readonly [string, string, Answer])[] = [
  ["a junk status line", "protocol", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n")],
  ["a status that is no number", "protocol", (socket) => socket.end("HTTP/1.1 OK OK\r\n\r\n")],
  [
    "huge headers",
    "protocol",
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(20 * 1024)}\r\n\r\n`),
  ],
  [
    "headers without end",
    "protocol",
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      drip(socket, () => socket.write("x: y\r\n".repeat(1_000)));
    },
  ],
  [
    "a flood of interim answers",
    "protocol",
    (socket) => socket.write("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n".repeat(1_000)),
  ],
  ["empty lines without end", "protocol", pouring("", "\r\n".repeat(10_000))],
  ["a reason phrase without end", "protocol", pouring("HTTP/1.1 200 ", "x".repeat(10_000))],
  [
    "less than its length, then the end",
    "protocol",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"),
  ],
  [
    "two lengths",
    "protocol",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
  ],
  [
    "a change of protocol that nobody asked for",
    "protocol",
    (socket) =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  ],
  ["a closed connection", "connection", (socket) => socket.end()],
  ["a reset connection", "connection", (socket) => socket.resetAndDestroy()],
];
for (const [what, reason, answer] of brokenAnswers) {
  test(`${what} is no answer: ${reason}`, async (context) => {
    assert.equal(await outcomeAgainst(context, answer), reason);
  });
}

const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
for (const [what, answer] of [
  ["a chunk extension", pouring(`${chunked}1\r\na\r\n1;`, "x".repeat(10_000))],
  ["short trailers", pouring(`${chunked}1\r\na\r\n0\r\n`, "x: y\r\n".repeat(1_000))],
  ["long trailers", pouring(`${chunked}1\r\na\r\n0\r\n`, `x: ${"y".repeat(1_000)}\r\n`)],
] as const) {
  test(`${what} without end after an answer's body change nothing about it`, async (context) => {
    assert.equal(await outcomeAgainst(context, answer), "200 a");
  });
}

test("of an answer of short lines as many are kept as an answer may have", async (context) => {
  const outcome = await outcomeAgainst(context, answerWith("200 OK", "\n".repeat(60_000)));
  assert.match(outcome, /^200 \n{500,1000}$/);
});

test("what follows an answer is not the answer to the next request", async (context) => {
  let answers = 0;
  const receiver = await receive(context, (socket, request) => {
    answers += 1;
    answerWith(answers === 1 ? "500 Oh" : "503 No", "real")(socket, request);
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\npoison");
  });
  const sender = startSender(context);
  const destination = destinationOf(receiver.port);
  assert.equal(seen(await sender.send(requestOf(destination))), "500 real");
  assert.equal(seen(await sender.send(requestOf(destination, 2))), "503 real");
  assert.equal(receiver.sockets.length, 2);
});

test("a request that is cut off on a kept connection is not sent again by itself", async (context) => {
  const receiver = await receive(context, (socket, request) => {
    if (receiver.requests.length === 1) answerWith("200 OK")(socket, request);
    else socket.destroy();
  });
  const sender = startSender(context);
  const destination = destinationOf(receiver.port);
  assert.equal(seen(await sender.send(requestOf(destination, 1))), "200 ");
  await nextTurn(); // undici takes a connection again one turn after its answer
  assert.equal(seen(await sender.send(requestOf(destination, 2))), "connection");
  assert.equal(seen(await sender.send(requestOf(destination, 3))), "connection");
  assert.deepEqual(
    receiver.requests.map(({ connection }) => connection),
    [0, 0, 1],
  );
});

test("many answers on one connection may have more bytes than one may", async (context) => {
  const body = "x".repeat(limits.answerBytesRead);
  const receiver = await receive(context, answerWith("200 OK", body));
  const sender = startSender(context);
  const answers = 2 * Math.ceil(limits.answerWireBytesMax / limits.answerBytesRead);
  for (let answer = 1; answer <= answers; answer += 1) {
    const outcome = await sender.send(requestOf(destinationOf(receiver.port), answer));
    assert.equal(outcome.kind === "answered" && outcome.statusCode, 200);
    await nextTurn(); // undici takes a connection again one turn after its answer
  }
  assert.equal(receiver.sockets.length, 1);
});

test("an answer may come before the payload has been read", async (context) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).resume();
    socket.write("HTTP/1.1 413 Too Much\r\ncontent-length: 6\r\n\r\nenough");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const sender = startSender(context);
  const request = requestOf(destinationOf(port), 1, "x".repeat(8 * 1024 * 1024));
  assert.equal(seen(await sender.send(request)), "413 enough");
  await sender.close();
});
