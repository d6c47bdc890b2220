import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { SeededRandom } from "../../e2e/seeded-random.ts";
import { Disk, everything, type Fate } from "./disk.ts";
import type { DiskEvent } from "./disk-event.ts";
import { ImageExaminer, type Complaint, type ImageFault } from "./image-examiner.ts";
import { promisesOf } from "./promises.ts";
import type { Recording } from "./recording.ts";

export interface PowerCutOptions {
  readonly seed: number;
  /** Numbers of the images, each of which decides, with the seed, on one cut and what it takes. */
  readonly images: readonly number[];
  /** An empty folder on a quick disk. */
  readonly scratchFolder: string;
}

export interface RedImage {
  readonly image: number;
  readonly complaints: readonly Complaint[];
}

export interface PowerCutResult {
  readonly images: number;
  /** How many of them had something that the cut could take. */
  readonly undecided: number;
  /** What the server had promised in the last of them. */
  readonly messages: number;
  readonly controlWrites: number;
  readonly redImages: number;
  readonly faults: Readonly<Record<ImageFault, number>>;
  /** The first of them. */
  readonly examples: readonly RedImage[];
}

interface Cut {
  readonly image: number;
  /** So many events had happened. */
  readonly eventCount: number;
  readonly random: SeededRandom;
}

const examplesKept = 5;

/** Builds images that a disk could hold after power cuts, and examines each. */
export async function powerCutRun(
  recording: Recording,
  options: PowerCutOptions,
): Promise<PowerCutResult> {
  const { dataFolder, pledges } = recording;
  const events = recording.events.toSorted((left, right) => placeOf(left) - placeOf(right));
  const promises = promisesOf(events, pledges);
  const whole = wholeDisk(recording.dataFolder, events);
  assertFaithful(whole, dataFolder);
  const folder = join(options.scratchFolder, "image");
  writeImage(whole.image(everything), dataFolder, folder);
  const examiner = await ImageExaminer.create(pledges, promises, folder);
  const faults = { damaged: 0, lost: 0, altered: 0, half: 0, "control-lost": 0, "copy-differs": 0 };
  const examples: RedImage[] = [];
  let redImages = 0;
  let undecided = 0;
  const disk = new Disk(dataFolder);
  let applied = 0;
  for (const { image, eventCount, random } of cutsOf(options, events.length)) {
    for (const event of events.slice(applied, eventCount)) disk.apply(event);
    applied = Math.max(applied, eventCount);
    if (disk.pendingCount > 0) undecided += 1;
    writeImage(disk.image(fateOf(random)), dataFolder, folder);
    const next = events[eventCount];
    const cutAt = next === undefined ? Infinity : placeOf(next);
    const complaints = await examiner.examine(folder, cutAt);
    if (complaints.length === 0) continue;
    redImages += 1;
    for (const fault of new Set(complaints.map((each) => each.fault))) faults[fault] += 1;
    if (examples.length < examplesKept)
      examples.push({ image, complaints: complaints.slice(0, 5) });
  }
  rmSync(folder, { recursive: true, force: true });
  return {
    images: options.images.length,
    undecided,
    messages: promises.messages.length,
    controlWrites: promises.controlWrites.length,
    redImages,
    faults,
    examples,
  };
}

/** When an event has its effect: a sync at its end, anything else may have it from its begin on. */
function placeOf(event: DiskEvent): number {
  return event.kind === "sync" ? event.endedAt : event.beganAt;
}

function wholeDisk(dataFolder: string, events: readonly DiskEvent[]): Disk {
  const disk = new Disk(dataFolder);
  for (const event of events) disk.apply(event);
  return disk;
}

/**
 * A disk on which everything has happened must be the folder that the server really left, byte for byte; else the recorder
 * has missed something, and its images would prove nothing.
 */
function assertFaithful(disk: Disk, dataFolder: string): void {
  const files = disk.image(everything);
  const found = readdirSync(dataFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith("-shm"))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of new Set([...found, ...files.keys()])) {
    const recorded = files.get(path);
    if (recorded === undefined) throw new Error(`the recording has nothing of ${path}`);
    if (!existsSync(path)) throw new Error(`${path} is in the recording alone`);
    if (readFileSync(path).equals(recorded)) continue;
    throw new Error(`the recording of ${path} differs from the file`);
  }
}

/** In the order of the events, so that one disk goes through them once. */
function cutsOf({ seed, images }: PowerCutOptions, eventCount: number): readonly Cut[] {
  return images
    .map((image) => {
      const random = new SeededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(image, 0x85ebca6b));
      return { image, random, eventCount: random.integer(1, eventCount) };
    })
    .toSorted((left, right) => left.eventCount - right.eventCount);
}

/** How much of what is pending is left, from nothing to all, and whether writes are torn, is chosen for a whole image. */
function fateOf(random: SeededRandom): Fate {
  const keptShare = random.pick([0, 0.1, 0.5, 0.9, 1]);
  const namedShare = random.pick([0, 0.5, 1]);
  const tornShare = random.pick([0, 0, 0.2, 1]);
  const tearsAtEnd = random.unit() < 0.5;
  return {
    name: () => random.unit() < namedShare,
    write: () => {
      if (random.unit() >= keptShare) return "none";
      return random.unit() < tornShare ? "torn" : "whole";
    },
    sector: (share) => (tearsAtEnd ? share < 0.5 : random.unit() < 0.5),
  };
}

function writeImage(
  files: ReadonlyMap<string, Uint8Array>,
  dataFolder: string,
  folder: string,
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "jobdb"), { recursive: true });
  for (const [path, bytes] of files) {
    const copy = join(folder, relative(dataFolder, path));
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, bytes);
  }
}
