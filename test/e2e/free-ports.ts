import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Ports that nobody has, for what a document gives fixed ones. They are below those that systems give to outgoing connections
 * (32768 and above), one of which may take a port between our look and its use.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let looks = 0; ports.size < count; looks += 1) {
    assert.ok(looks < 100, "free ports between 20000 and 25000");
    const port = randomInt(20_000, 25_000);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening"); // rejects if it is taken
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
