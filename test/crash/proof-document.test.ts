/** docs/proof.md is what the kept results of the long runs say. `UPDATE_DOCS=1 npm test` writes it again. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

/** The parts of a kept result of the crash programme that the page tells. */
interface CrashRecord {
  readonly commits: Record<string, number>;
  readonly powerCuts: {
    readonly recordings: number;
    readonly images: number;
    readonly redImages: number;
  };
  readonly endings: Record<string, EndingRecord>;
}

interface EndingRecord {
  readonly rounds: number;
  readonly acknowledged: number;
  readonly arrivals: number;
  readonly broken: number;
  readonly repeated: number;
  readonly repeatable: number;
}

interface SimulationRecord {
  readonly seeds: number;
  readonly redSeeds: readonly number[];
  readonly attempts: number;
  readonly crashes: number;
  readonly attemptsPerSecond: number;
  readonly commits: readonly string[];
}

interface FuzzRecord {
  readonly commit: string;
  readonly requests: number;
  readonly compared: number;
  readonly problems: readonly string[];
}

const document = new URL("../../docs/proof.md", import.meta.url);
const crashResults = new URL("results/", import.meta.url);
const fuzzResult = new URL("../security/results/fuzz.json", import.meta.url);
/** Kept as they found what was mended afterwards. */
const beforeFix = /-before-fix\.json$/;

test("docs/proof.md tells what the kept results of the long runs say", () => {
  const expected = proofDocument();
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(document, expected);
  assert.equal(readFileSync(document, "utf8"), expected);
});

function proofDocument(): string {
  const names = readdirSync(crashResults).toSorted();
  const [found, clean] = [
    names.filter((name) => beforeFix.test(name)),
    names.filter((name) => !beforeFix.test(name)),
  ].map((files) => [head, ...files.flatMap(rowsOf)].join("\n"));
  return `# The proof

Promises about crashes are worth what was tried against them. These programmes end the server, or its simulated world, in every way that we know, and count what is wrong afterwards: messages lost, altered,
misplaced, badly signed or sent too early, and those sent twice beyond what the crash explains. \`CONTRIBUTING.md\` has their commands; each has a seed, and a red run prints how to see it again. A small fixed part runs before each change lands.

## What was run

Each row is a file in \`test/crash/results/\` or \`test/security/results/\`, with the commit that ran; later commits were run in smaller volumes, if at all. Machine: two cores that other work shared.

${clean}
${fuzzRow()}

## What was found

Runs that turned red, of the commits before the fixes, and runs of the same time. What each found is in \`CHANGELOG.md\`.

${found}

## What each does

- **Simulation** (\`npm run simulate\`): the whole Director on a simulated clock, disk, network and endpoints, from a seed. First faults (crashes that lose what was not synced, failing disks, hanging endpoints), then healing: everything must drain.
- **kill -9, SIGTERM** (\`npm run crash\`): the real program under load. After SIGTERM nothing may come twice at all; after a kill only what was under way or not yet recorded, computed for each kill from what is on the disk.
- **Kills at a system call** (\`npm run crash:syscalls\`): SIGKILL at the nth call that changes a file, during starts too.
- **Power cuts** (\`npm run crash:power\`): from recorded system calls, disks as a power cut at any place could leave them: unsynced writes lost, torn or reordered. A kill can't show a missing fsync; these can.
- **Fuzzing** (\`npm run fuzz\`): inbound requests from raw bytes to nearly sound operations, against the real server; what was accepted is read back and compared byte for byte.

That these programmes can fail is shown by \`npm run crash:planted\`: it plants mistakes one by one and expects each to turn a test red.

## What it does not show

- No machine's power was cut. A disk that lies about an fsync loses what it lied about, and nothing here would see it.
- A volume says how often we looked, not that there is nothing.

This page is made from the results; a test compares the two.
`;
}

const head = `| programme | how much | wrong | sent again, of what the ends explain | commits |
|---|---|---|---|---|`;

function rowsOf(name: string): string[] {
  const result: unknown = JSON.parse(readFileSync(new URL(name, crashResults), "utf8"));
  return isSimulation(result) ? [simulationRow(result)] : crashRows(result as CrashRecord); // written by crash-all.ts
}

function isSimulation(result: unknown): result is SimulationRecord {
  return typeof result === "object" && result !== null && "redSeeds" in result;
}

function simulationRow({ seeds, redSeeds, attempts, crashes, ...rest }: SimulationRecord): string {
  const volume = `${told(seeds)} worlds: ${told(attempts)} attempts (${told(rest.attemptsPerSecond)} a second), ${told(crashes)} crashes`;
  return row(
    ["simulation", volume, `${told(redSeeds.length)} worlds`, "counted in each"],
    rest.commits,
  );
}

function crashRows({ commits, powerCuts, endings }: CrashRecord): string[] {
  const names = Object.keys(commits);
  const cuts = `${told(powerCuts.images)} images of ${told(powerCuts.recordings)} recordings`;
  const ends = Object.entries(endings).map(([name, ending]) => endingRow(name, ending, names));
  return powerCuts.images === 0
    ? ends
    : [row(["power cuts", cuts, `${told(powerCuts.redImages)} images`, "–"], names), ...ends];
}

/** By the name of the ending in crash-all.ts. */
const programmes: Record<string, string> = {
  SIGKILL: "kill -9",
  SIGTERM: "SIGTERM",
  soak: "soak, killed each minute",
  "system-call": "kills at a system call",
  "io-error": "failing disks",
};

function endingRow(name: string, ending: EndingRecord, commits: readonly string[]): string {
  const volume = `${told(ending.rounds)} rounds: ${told(ending.acknowledged)} messages, ${told(ending.arrivals)} arrivals`;
  const again = `${told(ending.repeated)} of ${told(ending.repeatable)}`;
  return row([programmes[name] ?? name, volume, told(ending.broken), again], commits);
}

function fuzzRow(): string {
  const fuzz = JSON.parse(readFileSync(fuzzResult, "utf8")) as FuzzRecord; // written by fuzz.ts
  const volume = `${told(fuzz.requests)} requests, ${told(fuzz.compared)} payloads compared`;
  return row(["fuzzing", volume, told(fuzz.problems.length), "–"], [fuzz.commit]);
}

/** Programme, volume, what is wrong, what was sent again, and the commits that ran. */
function row(cells: readonly string[], commits: readonly string[]): string {
  return `| ${[...cells, commits.map((hash) => hash.slice(0, 7)).join(" ")].join(" | ")} |`;
}

function told(count: number): string {
  return count.toLocaleString("en");
}
