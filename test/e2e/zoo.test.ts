/** The real program meets every hostile behaviour of the zoo, and an endpoint that behaves is served meanwhile. */
import assert from "node:assert/strict";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { behaviours } from "../security/zoo/behaviours.ts";
import { type Api, meet, prepareVisits, type Visit, visitOf } from "../security/zoo/visit-zoo.ts";
import { openZoo, type Zoo } from "../security/zoo/zoo.ts";
import { eventually } from "./eventually.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import {
  issueToken,
  type ServerProcess,
  type ServerSettings,
  startServer,
} from "./server-process.ts";

const deadlineMs = 2_000;
const overdueMsMax = 500;
const visitors = 2;
/** Behaviours that are met at once: zoo and test are one thread. */
const metTogether = 6;
let folder: ScratchFolder;
let zoo: Zoo;
let server: ServerProcess;
let api: Api;

before(async () => {
  folder = makeScratchFolder("zoo");
  zoo = await openZoo(behaviours);
  const settings: ServerSettings = {
    dataFolder: folder.path,
    listen: "127.0.0.1:0",
    jwtSecret: "a secret of at least thirty-two characters",
    retrySchedule: [3_600],
    attemptTimeoutSeconds: deadlineMs / 1000,
    nodeOptions: zoo.nodeOptions,
  };
  server = await startServer(settings);
  api = { address: server.address, token: await issueToken(settings) };
  await prepareVisits(api, zoo.ports, behaviours, visitors);
});

after(async () => {
  zoo.close();
  await server.end("SIGKILL"); // its attempts would hold it up
  folder.remove();
});

test("the zoo has at least 40 behaviours, each of another name", () => {
  assert(behaviours.length >= 40);
  assert.equal(new Set(behaviours.map(({ name }) => name)).size, behaviours.length);
});

test("every attempt comes to what it has to, by its deadline", async () => {
  const left = [...behaviours];
  const visits: Visit[] = [];
  const meetSome = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      visits.push(await visitOf(api, await meet(api, next, visitors)));
    }
  };
  await Promise.all(Array.from({ length: metTogether }, meetSome));
  assert.equal(visits.length, behaviours.length);
  const wrong = visits.filter(
    ({ unexpected, longestMs }) =>
      Object.keys(unexpected).length > 0 || longestMs > deadlineMs + overdueMsMax,
  );
  assert.deepEqual(wrong, []);
});

test("no connection to a hostile endpoint outlives its attempts for long", async () => {
  await eventually(openConnections, (open) => open === 0);
});

/** Of the server, but for those of its API: proc_net(5) has the inode of each, in its tenth column. */
async function openConnections(): Promise<number> {
  const apiPort = Number(new URL(server.address).port);
  const table = await readFile(`/proc/${server.pid}/net/tcp`, "utf8");
  const rows = table.split("\n").slice(1, -1);
  const outbound = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local = ""]) => {
      return Number.parseInt(local.split(":")[1] ?? "", 16) !== apiPort;
    });
  const inodes = new Set(outbound.map((columns) => `socket:[${columns[9]}]`));
  const folderOfFiles = `/proc/${server.pid}/fd`;
  const files = await readdir(folderOfFiles);
  const links = await Promise.all(
    files.map((file) => readlink(join(folderOfFiles, file)).catch(() => "closed meanwhile")),
  );
  return links.filter((link) => inodes.has(link)).length;
}
