import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { limits } from "../core/limits.ts";
import { AnswerExcess } from "./answer-bounds.ts";
import { AnswerTurns } from "./answer-turns.ts";

const { answerPieceBytes, answerPieceBytesMax, answerPiecesPerTurn } = limits;
const bytesPerTurn = answerPieceBytes * answerPiecesPerTurn;
/** Of an answer of short lines, which is read in the smallest pieces. */
const lineBytes = 64;
const linesOf = (bytes: number): Buffer => Buffer.alloc(bytes, `${"a".repeat(lineBytes - 1)}\n`);

class Connection extends PassThrough {
  bytesWritten = 1;
}

/** A connection that is read as undici does: all there is whenever there is something. */
function read(turns: AnswerTurns): { readonly socket: Connection; readonly pieces: Buffer[] } {
  const socket = new Connection({ highWaterMark: 1024 * 1024 });
  turns.watch(socket);
  const pieces: Buffer[] = [];
  socket.on("readable", () => {
    for (let piece = socket.read(); piece !== null; piece = socket.read()) pieces.push(piece);
  });
  return { socket, pieces };
}

function bytesOf(pieces: readonly Buffer[]): number {
  return Buffer.concat(pieces).length;
}

test("an answer comes whole and in order, in small pieces", async () => {
  const { socket, pieces } = read(new AnswerTurns());
  const answer = Buffer.from(Array.from({ length: 50_003 }, (_, index) => index % 9));
  socket.end(answer);
  await once(socket, "end");
  assert.deepEqual(Buffer.concat(pieces), answer);
  assert.ok(pieces.every(({ length }) => length <= answerPieceBytesMax));
});

test("pieces grow while hardly any lines end, and begin small again where they do", async () => {
  const { socket, pieces } = read(new AnswerTurns());
  const [head, body] = [linesOf(4 * answerPieceBytes), Buffer.alloc(16 * answerPieceBytes)];
  const tail = linesOf(answerPieceBytesMax + 3 * answerPieceBytes);
  socket.end(Buffer.concat([head, body, tail]));
  await once(socket, "end");
  const small = Array.from({ length: 4 }, () => answerPieceBytes);
  // Of the body's sixteenths 1, 2, 4 and 8; the last one comes with what follows it.
  const growing = [1, 2, 4, 8].map((factor) => factor * answerPieceBytes);
  assert.deepEqual(
    pieces.map(({ length }) => length),
    [...small, ...growing, answerPieceBytesMax, ...small],
  );
});

test("what most answers have is read at once", async () => {
  const { socket, pieces } = read(new AnswerTurns());
  socket.write(linesOf(bytesPerTurn));
  await once(socket, "readable");
  assert.equal(bytesOf(pieces), bytesPerTurn);
});

test("of more than that a part is read before the event loop goes on", async () => {
  const { socket, pieces } = read(new AnswerTurns());
  socket.write(linesOf(10 * bytesPerTurn));
  await once(socket, "readable");
  assert.equal(bytesOf(pieces), bytesPerTurn);
});

test("sockets with much to read take turns", async () => {
  const turns = new AnswerTurns();
  const order: string[] = [];
  const all = ["a", "b", "c"].map((name) => {
    const { socket } = read(turns);
    socket.on("readable", () => order.push(name));
    socket.end(linesOf(3 * bytesPerTurn));
    return once(socket, "end");
  });
  await Promise.all(all);
  assert.deepEqual(order.slice(0, 9).join(""), "abcabcabc");
});

test("nothing more is read of a socket that is destroyed", async () => {
  const { socket, pieces } = read(new AnswerTurns());
  socket.write(linesOf(10 * bytesPerTurn));
  await once(socket, "readable");
  socket.destroy();
  await once(socket, "close");
  await nextTurn();
  await nextTurn();
  assert.ok(bytesOf(pieces) <= bytesPerTurn);
});

test("a parser that destroys the socket gets nothing after that", async () => {
  const turns = new AnswerTurns();
  const socket = new Connection();
  turns.watch(socket);
  let pieces = 0;
  socket.on("readable", () => {
    while (socket.read() !== null) {
      pieces += 1;
      if (pieces === 2) socket.destroy();
    }
  });
  socket.write(Buffer.alloc(8 * answerPieceBytes));
  await once(socket, "close");
  assert.equal(pieces, 2);
});

for (const [what, size, request] of [
  ["bytes", limits.answerWireBytesMax, (bytes: number) => Buffer.alloc(bytes)],
  ["lines", limits.answerLinesMax, (lines: number) => Buffer.from("\n".repeat(lines))],
] as const) {
  test(`more ${what} than an answer may have end the connection, and each request begins anew`, async () => {
    const { socket, pieces } = read(new AnswerTurns());
    for (let answer = 1; answer <= 3; answer += 1) {
      socket.bytesWritten += 1;
      socket.write(request(size));
      while (bytesOf(pieces) < answer * size) await nextTurn();
    }
    socket.write(request(1));
    const [error] = await once(socket, "error");
    assert.ok(error instanceof AnswerExcess);
    assert.equal(bytesOf(pieces), 3 * size);
  });
}
