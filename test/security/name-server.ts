/** A name server (RFC 1035) at every address there is, for whichever the system is told to ask. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

const typeA = 1;
const typeAaaa = 28;
const answerWithoutError = 0x8180;

export interface NameServer {
  close(): void;
}

/** @param answersOf the addresses of a name, in lower case and without a dot at its end */
export async function startNameServer(
  answersOf: (name: string) => readonly string[],
): Promise<NameServer> {
  const server = createSocket("udp4");
  server.on("message", (query, client) => {
    server.send(answerTo(query, answersOf), client.port, client.address);
  });
  server.bind(53, "0.0.0.0");
  await once(server, "listening");
  return { close: () => server.close() };
}

function answerTo(query: Buffer, answersOf: (name: string) => readonly string[]): Buffer {
  const nameEnd = query.indexOf(0, 12);
  const type = query.readUInt16BE(nameEnd + 1);
  const addresses = answersOf(nameIn(query.subarray(12, nameEnd))).filter(
    (address) => type === (address.includes(":") ? typeAaaa : typeA),
  );
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(answerWithoutError, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const bytes = bytesOf(address);
    // A pointer to the question's name, the type, class IN, no caching.
    return Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length, ...bytes]);
  });
  return Buffer.concat([header, query.subarray(12, nameEnd + 5), ...records]);
}

function nameIn(labels: Buffer): string {
  const texts: string[] = [];
  for (let at = 0; at < labels.length; at += 1 + (labels[at] ?? 0)) {
    texts.push(labels.toString("latin1", at + 1, at + 1 + (labels[at] ?? 0)));
  }
  return texts.join(".").toLowerCase();
}

function bytesOf(address: string): readonly number[] {
  if (!address.includes(":")) return address.split(".").map(Number);
  const hex = new URL(`http://[${address}]/`).hostname.slice(1, -1); // without dotted decimal
  const [before = [], after = []] = hex
    .split("::")
    .map((side) => side.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
