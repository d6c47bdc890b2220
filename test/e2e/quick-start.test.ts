/** Who does what docs/quick-start.md says, has a verified webhook at the end. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { DocumentSession } from "./document-session.ts";
import { freePorts } from "./free-ports.ts";

const path = "docs/quick-start.md";
const document = readFileSync(join(import.meta.dirname, "../..", path), "utf8");
const [serverPort = 0, receiverPort = 0] = await freePorts(2);
const session = new DocumentSession(
  "quick-start",
  { POSTHORN_LISTEN: `127.0.0.1:${serverPort}` },
  new Map([
    ["127.0.0.1:8071", `127.0.0.1:${serverPort}`],
    ["listen(3000", `listen(${receiverPort}`],
    ["127.0.0.1:3000", `127.0.0.1:${receiverPort}`],
  ]),
);

after(() => session.end());

// Each of ten commands takes a second of a core, and other tests run beside this one.
const timeout = 300_000;

test(
  "the server starts, and what curl and the SDK send arrives and is verified",
  { timeout },
  async () => {
    const outputs = await session.follow(document, async (output) => {
      // What the reader waits for before going on: the message has arrived.
      if (output.includes('"eventId":"order-1"')) {
        await session.terminals[1]?.says(/^verified msg_\w+ \{"total": 12\}$/m);
      }
    });
    await session.terminals[1]?.says(/^verified msg_\w+ \{"total":7\.5\}$/m);
    await session.terminals[1]?.says(/^verified msg_\w+ \{"total": 3\}$/m);
    assert.match(outputs.join("\n"), /order-1[^]*accepted msg_[^]*inspector\.invalid[^]*order-3/);
  },
);
