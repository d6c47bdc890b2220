import { createSocket } from "node:dgram";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

export interface NameServer {
  /** With these, a server asks this name server and no other. */
  readonly nodeOptions: string;
  close(): void;
}

const typeA = 1;
const answerWithoutError = 0x8180;
const loopback = [127, 0, 0, 1];

/** A name server on loopback (RFC 1035): every name is 127.0.0.1, after a while; no name has another family. */
export async function startNameServer(answersAfterMs: number): Promise<NameServer> {
  const server = createSocket("udp4");
  const waiting = new Set<NodeJS.Timeout>();
  server.on("message", (query, client) => {
    const timer = setTimeout(() => {
      waiting.delete(timer);
      server.send(answerTo(query), client.port, client.address);
    }, answersAfterMs);
    waiting.add(timer);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  const module = pathToFileURL(join(import.meta.dirname, "ask-name-server.ts"));
  module.searchParams.set("server", `127.0.0.1:${server.address().port}`);
  const close = (): void => {
    for (const timer of waiting) clearTimeout(timer);
    server.close();
  };
  return { nodeOptions: `--import=${module.href}`, close };
}

function answerTo(query: Buffer): Buffer {
  const nameEnd = query.indexOf(0, 12);
  const isV4 = query.readUInt16BE(nameEnd + 1) === typeA;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(answerWithoutError, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isV4 ? 1 : 0, 6);
  const question = query.subarray(12, nameEnd + 5);
  // A pointer to the question's name, type A, class IN, no caching.
  const record = Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...loopback]);
  return Buffer.concat(isV4 ? [header, question, record] : [header, question]);
}
