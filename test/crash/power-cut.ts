/**
 * Records what the server does to its disk under load, builds disks as they could be after a power cut, thousands of them,
 * and opens each by the server's own code. Exits with 0 if all that was promised is on every one, with 1 if not, with 2 if
 * the test itself could not go on.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { powerCutRun, type PowerCutResult } from "./power-cut/power-cut-run.ts";
import { type RecordedHistory, readRecording, record } from "./power-cut/recording.ts";
import { assertStrace } from "./system-calls/strace.ts";

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "1000" },
    recordings: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    messages: { type: "string", default: "600" },
    /** Of every recording; else of every second one. */
    dropping: { type: "boolean", default: false },
    recording: { type: "string" },
    image: { type: "string" },
    json: { type: "string" },
  },
});

const memoryFolder = "/dev/shm";
const scratchFolder = mkdtempSync(
  join(existsSync(memoryFolder) ? memoryFolder : tmpdir(), "posthorn-images-"),
);
process.once("exit", () => rmSync(scratchFolder, { recursive: true, force: true }));
process.exitCode = await run().catch((error: unknown) => {
  console.error(error);
  return 2;
});

async function run(): Promise<number> {
  const startedAtMs = performance.now();
  const seed = numberOf("seed");
  if (values.recording !== undefined) return await repeat(values.recording, seed);
  assertStrace();
  const results: PowerCutResult[] = [];
  for (let index = 0; index < numberOf("recordings"); index += 1) {
    const history = values.dropping || index % 2 === 1 ? "dropped" : "kept";
    results.push(await recordAndCut(seed + index, history));
  }
  const images = results.reduce((sum, result) => sum + result.images, 0);
  const redImages = results.reduce((sum, result) => sum + result.redImages, 0);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const passed = redImages === 0;
  console.log(`${images} images, ${redImages} red, ${seconds.toFixed(0)} s: ${verdict(passed)}`);
  if (values.json !== undefined) {
    const result = { passed, seed, images, redImages, seconds, recordings: results };
    writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
  return passed ? 0 : 1;
}

/** The recording of a red image is kept, as another one of the same seed would differ in time. */
async function recordAndCut(seed: number, history: RecordedHistory): Promise<PowerCutResult> {
  const folder = mkdtempSync(join(tmpdir(), `posthorn-recording-${seed}-`));
  await record({ folder, seed, messagesPerLife: numberOf("messages"), history });
  const images = Array.from({ length: numberOf("images") }, (_, index) => index + 1);
  const result = await cut(folder, seed, images);
  if (result.redImages === 0) rmSync(folder, { recursive: true });
  else {
    const image = result.examples[0]?.image;
    const options = `--recording ${folder} --seed ${seed} --image ${image}`;
    console.log(`  see it again: npm run --silent crash:power -- ${options}`);
  }
  return result;
}

async function repeat(folder: string, seed: number): Promise<number> {
  const all = Array.from({ length: numberOf("images") }, (_, index) => index + 1);
  const images = values.image === undefined ? all : [numberOf("image")];
  return (await cut(folder, seed, images)).redImages === 0 ? 0 : 1;
}

async function cut(
  folder: string,
  seed: number,
  images: readonly number[],
): Promise<PowerCutResult> {
  const recording = readRecording(folder);
  const startedAtMs = performance.now();
  const result = await powerCutRun(recording, { seed, images, scratchFolder });
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { undecided, messages, controlWrites, redImages, faults, examples } = result;
  console.log(
    `seed ${seed}: ${recording.events.length} events, ${messages} messages and ${controlWrites} control writes promised; ` +
      `${images.length} images (${undecided} with something to lose) in ${seconds.toFixed(1)} s, ${redImages} red`,
  );
  for (const [fault, count] of Object.entries(faults)) {
    if (count > 0) console.log(`  ${fault}: ${count} images`);
  }
  for (const { image, complaints } of examples) {
    for (const { fault, words } of complaints)
      console.log(`    image ${image}, ${fault}: ${words}`);
  }
  return result;
}

function verdict(passed: boolean): string {
  return passed ? "passed" : "FAILED";
}

function numberOf(name: "images" | "recordings" | "seed" | "messages" | "image"): number {
  const number = Number(values[name]);
  if (!Number.isSafeInteger(number)) throw new Error(`--${name} takes a whole number`);
  return number;
}
