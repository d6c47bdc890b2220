/** `posthorn signature` beside the official library, and what it says of webhooks that are wrong. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { ownChild } from "./own-child.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const program = join(import.meta.dirname, "../../src/cli/posthorn.ts");
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const body = '{"test": 2432232314}\n';
let folder: ScratchFolder;
let secretFile: string;

before(() => {
  folder = makeScratchFolder("signature");
  secretFile = join(folder.path, "secret");
  writeFileSync(secretFile, `${secret}\n`);
});

after(() => folder.remove());

/** @param input its standard input */
async function run(words: readonly string[], input = body, environment = {}) {
  const child = spawn(process.execPath, [program, "signature", ...words], {
    env: { PATH: process.env["PATH"] ?? "", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {}); // it may end without having read anything
  child.stdin.end(input);
  const exited = ownChild(child);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: (await exited).code, stdout, stderr };
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

test("what it signs the official library verifies, from standard input to the byte", async () => {
  const { code, stdout } = await run(["sign", "--id", id, "--secret-file", secretFile]);
  assert.equal(code, 0);
  const headers = Object.fromEntries(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(": ")),
  ) as Record<string, string>; // two parts each, as `verify` finds out
  new Webhook(secret).verify(body, headers, { jsonParse: false });
});

test("what the official library signs it verifies, with the secret from any of its places", async () => {
  const timestamp = nowSeconds();
  const signature = new Webhook(secret).sign(id, new Date(timestamp * 1_000), body);
  const bodyFile = join(folder.path, "body");
  writeFileSync(bodyFile, body);
  const parts = ["--id", id, "--timestamp", String(timestamp), "--signature", signature];
  const places = [
    run(["verify", ...parts, "--secret-file", secretFile]),
    run(["verify", ...parts], body, { WEBHOOK_SECRET: secret }),
    run(["verify", ...parts, "--body", `@${bodyFile}`, "--secret-file", "-"], secret),
  ];
  for (const { code, stdout, stderr } of await Promise.all(places)) {
    assert.deepEqual([code, stdout, stderr], [0, "the signature is right\n", ""]);
  }
});

test("it says what is wrong, never the secret, and ends with 1, or with 2 if it was asked wrongly", async () => {
  const signed = (timestamp: number) => [
    `--id=${id}`,
    `--timestamp=${timestamp}`,
    `--signature=${new Webhook(secret).sign(id, new Date(timestamp * 1_000), body)}`,
  ];
  const now = signed(nowSeconds());
  const old = signed(nowSeconds() - 3_600);
  const withSecret = ["--secret-file", secretFile];
  const badSecret = { WEBHOOK_SECRET: "whsec_c2hvcnQ=" };
  const asymmetric = { WEBHOOK_SECRET: "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=" };
  const none = ["--id", id, "--timestamp", "1", "--signature", ""];
  const cases = [
    [1, /none of 1 signatures is right: /, run(["verify", ...now, ...withSecret], `${body} `)],
    [
      1,
      /the timestamp is 36\d\d s ago, and 300 s are allowed/,
      run(["verify", ...old, ...withSecret]),
    ],
    [1, /no signature of the secret's kind/, run(["verify", ...now], body, asymmetric)],
    [1, /there is no signature: /, run(["verify", ...none, ...withSecret])],
    [2, /a signing secret is whsec_ .* got 5 bytes/, run(["verify", ...now], body, badSecret)],
    [2, /no secret: /, run(["verify", ...now])],
    [2, /not both/, run(["verify", ...now, "--secret-file", "-"])],
    [2, /--secret-file can't be read/, run(["sign", "--id", id, "--secret-file", folder.path])],
    [0, /^$/, run(["verify", ...old, ...withSecret, "--tolerance-seconds", "none"])],
  ] as const;
  for (const [expected, told, running] of cases) {
    const { code, stderr } = await running;
    assert.match(stderr, told);
    assert.equal(code, expected, stderr);
    assert.doesNotMatch(stderr, /MfKQ|c2hv/);
  }
});
