import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";

/** Ports that nobody had a moment ago, for what a document gives fixed ones. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    await once(server.listen(0, "127.0.0.1"), "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}
