/**
 * Holds the outbound guard to its corpus in a network namespace where every address is this machine's and a canary listens at all
 * of them: bad URLs must make no connection at all, by whatever way they came, and good ones must arrive. Exits with 0 if
 * all is well, with 1 if the guard broke its promise, with 2 if the test itself could not go on.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { eventually } from "../e2e/eventually.ts";
import { addressOf, verdictOn } from "./address-table.ts";
import { Canary } from "./canary.ts";
import { compareClassifiers } from "./compare-classifiers.ts";
import { badAnswers, badUrls, goodUrls } from "./corpus.ts";
import { dialable, dialAll, dialUnguarded, isBadTextAlone } from "./dialled.ts";
import { startNameServer } from "./name-server.ts";
import { enterNamespace, ownAddresses } from "./namespace.ts";
import { serveCorpus } from "./served.ts";

/** What any other name resolves to: only what is said of the name keeps it from being called. */
const publicAddress = "93.184.216.34";
const dialedTogether = 50;
const comparedRounds = 100_000;
const seed = Date.now() % 1_000_000;

const answers = new Map(
  [...badAnswers, ...goodUrls].map(({ url, answers: its }) => [
    new URL(url).hostname.replace(/\.$/, ""),
    its,
  ]),
);

enterNamespace();
process.exitCode = await run().catch((error: unknown) => {
  console.error(error);
  return 2;
});

async function run(): Promise<number> {
  const problems = compareTables();
  const nameServer = await startNameServer((name) => answers.get(name) ?? [publicAddress]);
  const canary = await Canary.start(
    portsOf([...badUrls, ...urlsOf(badAnswers), ...urlsOf(goodUrls)]),
  );
  try {
    await proveCanary(canary);
    problems.push(...(await dialGuarded(canary)));
    const served = await serveCorpus(canary);
    problems.push(...served.problems);
    console.log(
      `the program: ${served.given} bad URLs by five ways to give them; ${served.attempts} attempts for stored ones; ${served.reached} of ${goodUrls.length} good URLs reached`,
    );
  } finally {
    canary.close();
    nameServer.close();
  }
  for (const problem of problems) console.log(`PROBLEM: ${problem}`);
  console.log(problems.length === 0 ? "0 connections to bad URLs" : `${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}

/** Random addresses of each family and of every embedding, and all edges. */
function compareTables(): string[] {
  const { compared, disagreements } = compareClassifiers(comparedRounds, seed);
  console.log(
    `${compared} addresses classified by two tables, ${disagreements.length} disagreements`,
  );
  return disagreements.slice(0, 20);
}

function urlsOf(named: typeof goodUrls): readonly string[] {
  return named.map(({ url }) => url);
}

function portsOf(urls: readonly string[]): readonly number[] {
  const ports = urls.map((url) => Number(URL.parse(url)?.port));
  return [...new Set([80, 443, ...ports.filter((port) => port > 0)])];
}

/** A client without a guard must reach the canary with most of it, or nothing would be proved. */
async function proveCanary(canary: Canary): Promise<void> {
  const urls = [...badUrls, ...urlsOf(badAnswers)].flatMap((text) => dialable(text) ?? []);
  let connected = 0;
  for (let at = 0; at < urls.length; at += dialedTogether) {
    const dials = await Promise.all(urls.slice(at, at + dialedTogether).map(dialUnguarded));
    connected += dials.filter(Boolean).length;
  }
  let reached = 0;
  await eventually(nextTurn, () => (reached += canary.takeCalls().length) >= connected);
  console.log(
    `without a guard: ${urls.length} bad URLs can be dialled, ${reached} reach the canary`,
  );
  if (reached < 300) throw new Error("expected at least 300 of them to reach the canary");
}

/** With the connector's guard alone; and once more with all addresses and ports allowed, which opens it to some. */
async function dialGuarded(canary: Canary): Promise<readonly string[]> {
  const all = [...badUrls, ...urlsOf(badAnswers)].filter((text) => dialable(text) !== undefined);
  const urls = all.filter((text) => !isBadTextAlone(text) || !badUrls.includes(text));
  const told = await dialAll(urls, { own: ownAddresses });
  const calls = canary.takeCalls();
  console.log(`at the connect alone: ${urls.length} bad URLs, ${calls.length} connections`);
  await dialAll(urls, { allowSubnets: "0.0.0.0/0,::/0", allowPorts: "1-65535" });
  const opened = canary.takeCalls().map((call) => call.split(" ")[0] ?? "");
  const forbidden = opened.filter((text) => verdictOn(addressOf(text)) === "forbidden");
  console.log(
    `with everything allowed: ${opened.length} connections, ${forbidden.length} to what nobody may allow`,
  );
  return [
    ...calls.map((call) => `the connector called ${call}`),
    ...forbidden.map((address) => `with everything allowed the connector called ${address}`),
    ...(told.size === 1 && told.has("connection") ? [] : [`it tells ${[...told].join(", ")}`]),
  ];
}
