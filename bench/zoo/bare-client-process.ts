/**
 * Meets a behaviour as Posthorn does, with the least that a client can do: what the zoo itself and the machine take for it is
 * told from what Posthorn takes. Connects, writes a request, and reads and forgets what comes, up to as much and for as long.
 */
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { limits } from "../../src/core/limits.ts";

export interface BareVisit {
  readonly port: number;
  readonly scheme: "http" | "https";
  readonly visitors: number;
  readonly deadlineMs: number;
}

function meet({ port, scheme, deadlineMs }: BareVisit): Promise<void> {
  const at = { host: "127.0.0.1", port };
  const socket =
    scheme === "http" ? connectTcp(at) : connectTls({ ...at, rejectUnauthorized: false });
  const { promise, resolve } = Promise.withResolvers<void>();
  const deadline = setTimeout(() => socket.destroy(), deadlineMs);
  socket.on("data", () => {
    if (socket.bytesRead > limits.answerWireBytesMax) socket.destroy();
  });
  socket.on("error", () => undefined); // the zoo's are of all kinds
  socket.on("close", () => {
    clearTimeout(deadline);
    resolve();
  });
  const body = JSON.stringify({ text: "x".repeat(512) });
  socket.write(
    `POST /hook HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return promise;
}

process.on("message", (visit: BareVisit) => {
  void Promise.all(Array.from({ length: visit.visitors }, () => meet(visit))).then(() =>
    process.send?.("met"),
  );
});
process.on("disconnect", () => {
  process.exit();
});
