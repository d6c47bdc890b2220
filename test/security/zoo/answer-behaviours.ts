/** Answers that are slow, endless, broken, or mean something else than they say. */
import { gzipSync } from "node:zlib";
import {
  dripMs,
  type Behaviour,
  ends,
  every,
  onRequest,
  plainServer,
  pour,
  resets,
  writes,
} from "./behaviour.ts";

const ok = "HTTP/1.1 200 OK\r\n";
const empty = `${ok}content-length: 0\r\n\r\n`;
const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
const early = "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n";

export const slowAnswers: readonly Behaviour[] = [
  { name: "never-answers", comesTo: "timeout", place: plainServer((socket) => socket.resume()) },
  { name: "never-reads", comesTo: "timeout", place: plainServer((socket) => socket.pause()) },
  {
    name: "drips-status-line",
    comesTo: "timeout",
    place: plainServer(
      onRequest((socket) => {
        let sent = 0;
        every(socket, dripMs, () => {
          socket.write(empty.charAt(sent));
          sent += 1;
        });
      }),
    ),
  },
  {
    name: "drips-a-header",
    comesTo: "timeout",
    place: plainServer(dripping(`${ok}x: `, "a")),
  },
  { name: "drips-headers", comesTo: "timeout", place: plainServer(dripping(ok, "x: y\r\n")) },
  {
    name: "drips-a-body",
    comesTo: "timeout",
    place: plainServer(dripping(`${ok}content-length: 100000\r\n\r\n`, "a")),
  },
  { name: "drips-chunks", comesTo: "timeout", place: plainServer(dripping(chunked, "1\r\na\r\n")) },
  {
    name: "drips-a-chunk-size",
    comesTo: "timeout",
    place: plainServer(dripping(chunked, "0")),
  },
  { name: "drips-early-hints", comesTo: "timeout", place: plainServer(dripping("", early)) },
  {
    name: "drips-continues",
    comesTo: "protocol",
    place: plainServer(dripping("", "HTTP/1.1 100 Continue\r\n\r\n")),
  },
  {
    name: "less-than-its-length-then-silence",
    comesTo: "timeout",
    place: plainServer(writes(`${ok}content-length: 10\r\n\r\nshort`)),
  },
  {
    name: "no-last-chunk",
    comesTo: "timeout",
    place: plainServer(writes(`${chunked}5\r\nshort\r\n`)),
  },
  { name: "half-a-status-line", comesTo: "timeout", place: plainServer(writes("HTTP/1.1 2")) },
  {
    name: "banner-of-another-protocol-then-silence",
    comesTo: "protocol",
    place: plainServer(writes("220 mail.example.com ESMTP\r\n")),
  },
];

/** After each request, under the deadline of 2 s fewer times than there may be interim answers. */
function dripping(start: string, drop: string) {
  return onRequest((socket) => {
    socket.write(start);
    every(socket, dripMs, () => socket.write(drop));
  });
}

export const endlessAnswers: readonly Behaviour[] = [
  {
    name: "endless-body",
    comesTo: 200,
    place: plainServer(pouring(`${ok}content-length: 1000000000000\r\n\r\n`, "x".repeat(65_536))),
  },
  {
    name: "endless-body-without-length",
    comesTo: 200,
    place: plainServer(pouring(`${ok}\r\n`, "x".repeat(65_536))),
  },
  {
    name: "endless-chunks",
    comesTo: 200,
    place: plainServer(pouring(chunked, `400\r\n${"x".repeat(1024)}\r\n`.repeat(64))),
  },
  {
    name: "endless-tiny-chunks",
    comesTo: 200,
    place: plainServer(pouring(chunked, "1\r\nx\r\n".repeat(10_000))),
  },
  {
    name: "endless-chunk-extension",
    comesTo: 200,
    place: plainServer(pouring(`${chunked}1;`, "x".repeat(65_536))),
  },
  {
    name: "endless-trailers",
    comesTo: 200,
    place: plainServer(pouring(`${chunked}0\r\n`, "x: y\r\n".repeat(10_000))),
  },
  {
    name: "endless-status-line",
    comesTo: "protocol",
    place: plainServer(pouring("HTTP/1.1 200 ", "x".repeat(65_536))),
  },
  {
    name: "endless-header-name",
    comesTo: "protocol",
    place: plainServer(pouring(ok, "x".repeat(65_536))),
  },
  {
    name: "endless-header-value",
    comesTo: "protocol",
    place: plainServer(pouring(`${ok}x: `, "y".repeat(65_536))),
  },
  {
    name: "endless-headers",
    comesTo: "protocol",
    place: plainServer(pouring(ok, "x: y\r\n".repeat(10_000))),
  },
  {
    name: "endless-early-hints",
    comesTo: "protocol",
    place: plainServer(pouring("", early.repeat(1_000))),
  },
  {
    name: "endless-junk",
    comesTo: "protocol",
    place: plainServer(pouring("", "\0\u00ff".repeat(10_000))),
  },
  {
    name: "endless-empty-lines",
    // A hundred at once do not bring what is too much by the deadline.
    comesTo: ["protocol", "timeout"],
    place: plainServer(pouring("", "\r\n".repeat(10_000))),
  },
  {
    name: "gzip-bomb",
    comesTo: 200,
    place: plainServer(writes(bombOf("gzip"))),
  },
  {
    name: "gzip-bomb-of-several-layers",
    comesTo: 200,
    place: plainServer(writes(bombOf("gzip, gzip, gzip"))),
  },
];

function pouring(start: string, text: string) {
  return onRequest((socket) => {
    socket.write(start);
    pour(socket, text);
  });
}

/** 64 MiB of zeros in 64 KiB. */
function bombOf(encoding: string): string {
  const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024)).toString("latin1");
  return `${ok}content-encoding: ${encoding}\r\ncontent-length: ${packed.length}\r\n\r\n${packed}`;
}

export const brokenAnswers: readonly Behaviour[] = [
  {
    name: "junk-status-line",
    comesTo: "protocol",
    place: plainServer(ends("SSH-2.0-OpenSSH_9.2\r\n\r\n")),
  },
  {
    name: "status-that-is-no-number",
    comesTo: "protocol",
    place: plainServer(ends("HTTP/1.1 OK OK\r\n\r\n")),
  },
  {
    name: "status-of-four-digits",
    comesTo: "protocol",
    place: plainServer(ends("HTTP/1.1 2000 OK\r\n\r\n")),
  },
  {
    name: "version-that-is-none",
    comesTo: "protocol",
    place: plainServer(ends("HTTP/9.9 200 OK\r\n\r\n")),
  },
  {
    name: "answer-of-http-0-9",
    comesTo: "protocol",
    place: plainServer(ends("<html>hello</html>")),
  },
  {
    name: "preface-of-http-2",
    comesTo: "protocol",
    place: plainServer(writes("\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\x40\0\0\0")),
  },
  {
    name: "request-as-an-answer",
    comesTo: "protocol",
    place: plainServer(ends("POST / HTTP/1.1\r\nhost: x\r\n\r\n")),
  },
  {
    name: "less-than-its-length-then-the-end",
    comesTo: "protocol",
    place: plainServer(ends(`${ok}content-length: 10\r\n\r\nshort`)),
  },
  { name: "end-within-headers", comesTo: "protocol", place: plainServer(ends(`${ok}x: y`)) },
  {
    name: "two-lengths",
    comesTo: "protocol",
    place: plainServer(ends(`${ok}content-length: 1\r\ncontent-length: 2\r\n\r\nab`)),
  },
  {
    name: "negative-length",
    comesTo: "protocol",
    place: plainServer(ends(`${ok}content-length: -1\r\n\r\n`)),
  },
  {
    name: "length-beyond-64-bits",
    comesTo: "protocol",
    place: plainServer(ends(`${ok}content-length: 99999999999999999999999\r\n\r\n`)),
  },
  {
    name: "length-and-chunks",
    comesTo: "protocol",
    place: plainServer(
      ends(`${ok}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
    ),
  },
  {
    name: "chunk-size-beyond-64-bits",
    comesTo: "protocol",
    place: plainServer(ends(`${chunked}fffffffffffffffff\r\nx`)),
  },
  {
    name: "chunk-size-that-is-none",
    comesTo: "protocol",
    place: plainServer(ends(`${chunked}-1\r\nx`)),
  },
  {
    name: "chunk-longer-than-its-size",
    comesTo: "protocol",
    place: plainServer(ends(`${chunked}1\r\nxyz\r\n0\r\n\r\n`)),
  },
  {
    name: "nul-in-a-header",
    comesTo: "protocol",
    place: plainServer(ends(`${ok}x: a\0b\r\n\r\n`)),
  },
  {
    name: "header-without-a-colon",
    comesTo: "protocol",
    place: plainServer(ends(`${ok}nonsense\r\n\r\n`)),
  },
  {
    name: "change-of-protocol",
    comesTo: "protocol",
    place: plainServer(
      writes("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    ),
  },
];

export const cutConnections: readonly Behaviour[] = [
  { name: "closes-at-once", comesTo: "connection", place: plainServer((socket) => socket.end()) },
  {
    name: "resets-at-once",
    comesTo: "connection",
    place: plainServer((socket) => socket.resetAndDestroy()),
  },
  { name: "closes-after-the-request", comesTo: "connection", place: plainServer(ends("")) },
  {
    name: "resets-after-the-request",
    comesTo: "connection",
    place: plainServer(onRequest((socket) => socket.resetAndDestroy())),
  },
  {
    name: "resets-in-the-status-line",
    comesTo: "connection",
    place: plainServer(resets("HTTP/1.1 2")),
  },
  { name: "resets-in-headers", comesTo: "connection", place: plainServer(resets(`${ok}x: y`)) },
  {
    name: "resets-in-the-body",
    comesTo: "connection",
    place: plainServer(resets(`${ok}content-length: 10\r\n\r\nshort`)),
  },
  {
    name: "resets-in-a-chunk",
    comesTo: "connection",
    place: plainServer(resets(`${chunked}5\r\nsh`)),
  },
];

export const misleadingAnswers: readonly Behaviour[] = [
  {
    name: "redirects-to-metadata",
    comesTo: 302,
    place: plainServer(redirecting(302, "http://169.254.169.254/latest/meta-data/")),
  },
  {
    name: "redirects-to-loopback",
    comesTo: 307,
    place: plainServer(redirecting(307, "http://127.0.0.1:22/")),
  },
  {
    name: "redirects-to-a-file",
    comesTo: 301,
    place: plainServer(redirecting(301, "file:///etc/passwd")),
  },
  { name: "redirects-for-ever", comesTo: 308, place: plainServer(redirecting(308, "/")) },
  {
    name: "more-than-its-length",
    comesTo: 200,
    place: plainServer(writes(`${empty}HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n`)),
  },
  {
    name: "answers-before-it-is-asked",
    // It may come before or after undici has begun to listen for an answer.
    comesTo: [200, "connection", "protocol"],
    place: plainServer((socket) => socket.write(empty)),
  },
  {
    name: "body-where-there-is-none",
    comesTo: 204,
    place: plainServer(writes("HTTP/1.1 204 No\r\n\r\nbody")),
  },
  {
    name: "retry-after-a-million-years",
    comesTo: 503,
    place: plainServer(
      writes("HTTP/1.1 503 No\r\nretry-after: 31557600000000\r\ncontent-length: 0\r\n\r\n"),
    ),
  },
  {
    name: "retry-after-nonsense",
    comesTo: 429,
    place: plainServer(
      writes(
        "HTTP/1.1 429 No\r\nretry-after: -1e999\r\nretry-after: x\r\ncontent-length: 0\r\n\r\n",
      ),
    ),
  },
  {
    name: "body-of-odd-bytes",
    comesTo: 500,
    place: plainServer(
      writes("HTTP/1.1 500 Oh\r\ncontent-length: 9\r\n\r\n\0\r\n\u001b[2J\u00ff\u00fe"),
    ),
  },
  {
    name: "says-close-and-stays-open",
    comesTo: 200,
    place: plainServer(writes(`${ok}connection: close\r\ncontent-length: 0\r\n\r\n`)),
  },
  {
    name: "says-it-keeps-the-connection-for-ever",
    comesTo: 200,
    place: plainServer(writes(`${ok}keep-alive: timeout=99999999\r\ncontent-length: 0\r\n\r\n`)),
  },
  {
    name: "fifteen-kib-of-cookies",
    comesTo: 200,
    place: plainServer(
      writes(`${ok}${`set-cookie: a=${"b".repeat(85)}\r\n`.repeat(150)}content-length: 0\r\n\r\n`),
    ),
  },
];

function redirecting(status: number, location: string) {
  return writes(`HTTP/1.1 ${status} Go\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
}
