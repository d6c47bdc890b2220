/** What README.md and CONTRIBUTING.md tell to type works as it stands there. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ownChild } from "./own-child.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const contributing = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

let folder: ScratchFolder;

before(() => {
  folder = makeScratchFolder("readme");
});

after(() => folder.remove());

/** Fenced code blocks of a language. */
function blocksOf(document: string, language: string): string[] {
  return Array.from(
    document.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g")),
    (match) => match[1] ?? "",
  );
}

test("every npm script that is named is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: object;
  };
  const commands = [readme, contributing]
    .flatMap((document) => blocksOf(document, "sh"))
    .join("\n");
  const named = Array.from(
    commands.matchAll(/npm (?:run )?(?:--silent )?([\w:-]+)/g),
    (match) => match[1] ?? "",
  );
  assert.ok(named.length > 8);
  for (const name of named) assert.ok(name === "ci" || name in scripts, name);
});

test("npm start serves, npm run posthorn prints a token for it, the example sends, and SIGTERM ends it", async () => {
  const [, commands = ""] = blocksOf(readme, "sh");
  assert.match(
    commands,
    /^POSTHORN_ALLOW_SUBNETS=127\.0\.0\.0\/8 npm start .*\nnpm run --silent posthorn -- token /,
  );
  const env = {
    ...process.env,
    POSTHORN_EGRESS_PROXY: "off", // whatever proxies the environment has for npm
    POSTHORN_DATA: join(folder.path, "data"),
    POSTHORN_LISTEN: "127.0.0.1:0",
    POSTHORN_ALLOW_SUBNETS: "127.0.0.0/8",
  };
  const server = spawn("npm", ["start"], { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = ownChild(server);
  let output = "";
  server.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  while (!output.includes('"listening"')) await once(server.stdout, "data");
  const address = /"address":"([^"]+)"/.exec(output)?.[1] ?? "";

  const token = spawn("npm", ["run", "--silent", "posthorn", "--", "token"], { cwd: root, env });
  const [printed] = (await once(token.stdout, "data")) as [Buffer];
  assert.match(printed.toString(), /^[\w-]+\.[\w-]+\.[\w-]+\n$/);

  const arrived = Promise.withResolvers<string>();
  const receiver = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => arrived.resolve(chunk.toString()));
    request.on("end", () => response.end());
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const bound = receiver.address();
  const port = typeof bound === "object" ? bound?.port : undefined;
  const [example = ""] = blocksOf(readme, "js");
  const program = join(folder.path, "example.mjs");
  writeFileSync(
    program,
    `const token = process.argv[2];\n${example}`
      .replace('"svix"', JSON.stringify(import.meta.resolve("svix")))
      .replace("http://127.0.0.1:8071", address)
      .replace("http://127.0.0.1:3000", `http://127.0.0.1:${port}`),
  );
  const producer = ownChild(
    spawn(process.execPath, [program, printed.toString().trim()], { stdio: "inherit" }),
  );
  assert.deepEqual(await producer, { code: 0, signal: null });
  assert.equal(await arrived.promise, '{"total":12}');
  receiver.closeAllConnections();
  receiver.close();

  server.kill("SIGTERM");
  assert.deepEqual(await exited, { code: 0, signal: null });
});

test("the example of the library runs", async () => {
  const [, example = ""] = blocksOf(readme, "js");
  const program = join(folder.path, "library.mjs");
  writeFileSync(
    program,
    example
      .replace(
        '"posthorn"',
        JSON.stringify(new URL("../../src/main/posthorn.ts", import.meta.url).href),
      )
      .replace(
        'data: "./posthorn-data"',
        `data: ${JSON.stringify(join(folder.path, "library"))}, listen: "127.0.0.1:0", logLevel: "silent"`,
      ),
  );
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  assert.deepEqual(await ownChild(child), { code: 0, signal: null });
  assert.match(output, /^http:\/\/127\.0\.0\.1:\d+ [\w-]+\.[\w-]+\.[\w-]+\n$/);
});
