/** The audit log of the real program: verified and exported from outside, and whole wherever the process was killed. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const kills = 4;
const clients = 4;
const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");

let folder: ScratchFolder;
let settings: ServerSettings;
let token: string;

before(async () => {
  folder = makeScratchFolder("audit");
  settings = {
    dataFolder: join(folder.path, "data"),
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [1],
    attemptTimeoutSeconds: 1,
  };
  token = await issueToken(settings);
});
after(() => folder.remove());

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function audit(...words: readonly string[]): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const data = ["--data", settings.dataFolder];
  execFile(process.execPath, [program, "audit", ...words, ...data], (error, stdout, stderr) => {
    resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
  });
  return promise;
}

/** Creates applications one after the other until the server is gone; returns the ids that were answered. */
async function createUntilKilled({ address }: ServerProcess): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    try {
      const answer = await fetch(`${address}/api/v1/app`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ name: "Shop" }),
      });
      ids.push(((await answer.json()) as { readonly id: string }).id);
    } catch {
      return ids; // it was killed
    }
  }
}

test("killed at any moment, the log is whole, and there is one entry for each change and one change for each entry", async () => {
  const answered: string[] = [];
  for (let kill = 1; kill <= kills; kill += 1) {
    const server = await startServer(settings);
    const loads = Array.from({ length: clients }, () => createUntilKilled(server));
    await fetch(`${server.address}/api/v1/health/ping`);
    for (let at = 0; at < kill * 5; at += 1) {
      await fetch(`${server.address}/api/v1/app`, {
        headers: { authorization: `Bearer ${token}` },
      });
    }
    await server.end("SIGKILL");
    answered.push(...(await Promise.all(loads)).flat());
    assert.equal((await audit("verify")).code, 0);
  }
  const database = new DatabaseSync(join(settings.dataFolder, "control.db"), { readOnly: true });
  const idsOf = (sql: string): readonly string[] =>
    database
      .prepare(sql)
      .all()
      .map(({ id }) => String(id))
      .toSorted();
  const made = idsOf("SELECT id FROM application");
  assert.deepEqual(idsOf("SELECT application AS id FROM audit_entry"), made);
  database.close();
  assert.ok(answered.length > 0);
  assert.deepEqual(
    answered.filter((id) => !made.includes(id)),
    [],
  );
});

test("an export has what the hashes are made of, and a head that was kept shows an end that was cut off", async () => {
  const whole = await audit("verify");
  const head = /^whole: (\d+:[0-9a-f]{64})\n$/.exec(whole.stdout)?.[1] ?? "";
  const [sequence] = head.split(":");
  const { stdout } = await audit("export");
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, Number(sequence));
  let hash = Buffer.alloc(32);
  for (const line of lines) {
    const [, told = "", text = ""] = /^\{"hash":"(.{64})","entry":(.*)\}$/.exec(line) ?? [];
    hash = createHash("sha256").update(hash).update(text).digest();
    assert.equal(told, hash.toString("hex"));
  }
  assert.equal(head, `${sequence}:${hash.toString("hex")}`);
  assert.equal(
    (await audit("export", "--after", String(Number(sequence) - 1))).stdout,
    `${lines.at(-1)}\n`,
  );

  const database = new DatabaseSync(join(settings.dataFolder, "control.db"));
  database.exec(`DELETE FROM audit_entry WHERE sequence = ${sequence};
    UPDATE audit_head SET (sequence, hash) =
      (SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1)`);
  database.close();
  assert.equal((await audit("verify")).code, 0);
  const cut = await audit("verify", "--head", head);
  assert.equal(cut.code, 1);
  assert.equal(
    cut.stderr,
    `posthorn: the audit log is broken at entry ${sequence}: it is missing, and all after it\n`,
  );
});

test("says what is wrong with a head or a number that is none", async () => {
  const wrong = await audit("verify", "--head", "12");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /Expected a number, a colon and 64 hexadecimal digits/);
  assert.match((await audit("export", "--after", "x")).stderr, /Expected the number of an entry/);
});
