/** Every line that the program can write is in docs/logs.md, and those about a message have its id. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PathReceiver } from "./path-receiver.ts";
import { makeScratchFolder } from "./scratch-folder.ts";
import { issueToken, startServer } from "./server-process.ts";
import { within } from "./within.ts";

const root = join(import.meta.dirname, "../..");

test("every line has its row in docs/logs.md, with its level, and none is left over", () => {
  const written = globSync("src/**/*.ts", { cwd: root })
    .filter((path) => !path.endsWith(".test.ts"))
    .flatMap((path) => {
      const source = readFileSync(join(root, path), "utf8");
      const calls = source.matchAll(
        /\blogger\.(fatal|error|warn|info|debug)\(\s*(?:(?:\{(?:`[^`]*`|[^}`])*\}|\w+(?:\(\w*\))?),\s*)?(?:"([^"]+)"|`([^`]+)`|error\.message)/g,
      );
      return Array.from(
        calls,
        ([, level, text, template]) =>
          `${level} ${text ?? template?.replace(/\$\{\w+\}/g, "…") ?? "…"}`,
      );
    });
  const rows = readFileSync(join(root, "docs/logs.md"), "utf8").matchAll(
    /^\| (\w+) \| `([^`]+)` \|/gm,
  );
  const documented = Array.from(rows, ([, level, text]) => `${level} ${text}`);
  assert.deepEqual([...new Set(written)].sort(), documented.toSorted());
});

test("what happens to a message is found by its id, one line for each step", async () => {
  const receiver = new PathReceiver();
  await receiver.start();
  receiver.answer("/", (_, count) => ({ status: count === 1 ? 503 : 200 }));
  const folder = makeScratchFolder("logs");
  const delivered = Promise.withResolvers<void>();
  const lines: { readonly level: number; readonly msg: string; readonly message?: string }[] = [];
  const settings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [1],
    attemptTimeoutSeconds: 15,
    others: { POSTHORN_ALLOW_SUBNETS: "127.0.0.0/8", POSTHORN_LOG_LEVEL: "debug" },
    onLine: (line: string) => {
      if (!line.startsWith("{")) return;
      lines.push(JSON.parse(line));
      if (line.includes('"settled":"delivered"')) delivered.resolve();
    },
  };
  const server = await startServer(settings);
  const authorization = `Bearer ${await issueToken(settings)}`;
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const headers = { authorization, "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(`${server.address}${path}`, init);
    assert(answer.ok);
    return (await answer.json()) as { id: string };
  };
  await post("/api/v1/app", { name: "Shop", uid: "shop" });
  const { id: endpoint } = await post("/api/v1/app/shop/endpoint", { url: receiver.url("/") });
  const payload = { card: "4111111111111111" };
  const { id } = await post("/api/v1/app/shop/msg", { eventType: "paid", payload });
  await within(delivered.promise, 20_000, "the line of the delivery");
  await server.end("SIGTERM");
  const about = lines.filter(({ message }) => message === id);
  assert.deepEqual(
    about.map(({ level, msg }) => [level, msg]),
    [
      [20, "accepted"],
      [20, "attempted"],
      [20, "attempted"],
    ],
  );
  assert.partialDeepStrictEqual(about[1], { endpoint, attempt: 1, status: 503 });
  assert.partialDeepStrictEqual(about[2], { endpoint, attempt: 2, status: 200 });
  assert(!JSON.stringify(lines).includes("4111"), "no payload");
  receiver.stop();
  folder.remove();
});
