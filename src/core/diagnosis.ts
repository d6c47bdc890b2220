/** What the facts about a data folder and its machine say, and what to do: the judgement of `posthorn doctor`. */
import { limits } from "./limits.ts";

/** What can be found out without changing anything that is stored. */
export interface Symptoms {
  readonly nodeVersion: string;
  readonly sqlite: { readonly version: string; readonly newEnough: boolean };
  /** Of `fdatasync` after 4 KiB each, microseconds, in any order; at least one. */
  readonly syncsMicroseconds: readonly number[];
  /** Undefined: one that is not known here. */
  readonly fileSystem: string | undefined;
  readonly freeBytes: number;
  readonly lowWaterBytes: number;
  readonly nowMs: number;
  /** When anything in the folder was last written, Unix milliseconds. */
  readonly newestMs: number;
  /** Files that a process may have open; undefined: not known. */
  readonly openFilesMax: number | undefined;
  /** Permission bits of the folder. */
  readonly folderMode: number;
  readonly serverRuns: boolean;
  /** Ids of those that are given, the one that seals first, and of those that anything may be sealed by. */
  readonly encryptionKeys: { readonly given: readonly string[]; readonly used: readonly string[] };
  readonly databases: readonly DatabaseSymptoms[];
  readonly quarantined: readonly { readonly jobDb: number; readonly reason: string }[];
  /** What the scrubber has found. */
  readonly scrubbed: readonly { readonly jobDb: number; readonly damage: string }[];
  /** Names of files that belong to nothing. */
  readonly leftovers: readonly string[];
}

export interface DatabaseSymptoms {
  readonly name: string;
  /** With its WAL. */
  readonly bytes: number;
  /** Such as how far its life has come, or undefined if it can't be read … */
  readonly state: string | undefined;
  /** … and then why. */
  readonly failure: string | undefined;
}

export interface Finding {
  readonly check: string;
  readonly verdict: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to do; undefined if nothing is to be done. */
  readonly advice: string | undefined;
}

/** In memory or in a layer that goes with its container: nothing there outlives the machine. */
const passingFileSystems: readonly string[] = ["tmpfs", "ramfs", "overlay"];
/** Their locks and shared memory don't hold between machines, and often not at all. */
const networkFileSystems: readonly string[] = ["nfs", "smb"];

export function diagnose(symptoms: Symptoms): readonly Finding[] {
  return [
    ok("node", symptoms.nodeVersion),
    sqliteFinding(symptoms),
    syncFinding(symptoms),
    fileSystemFinding(symptoms),
    spaceFinding(symptoms),
    clockFinding(symptoms),
    openFilesFinding(symptoms),
    permissionFinding(symptoms),
    encryptionKeysFinding(symptoms),
    ok("server", symptoms.serverRuns ? "runs" : "does not run"),
    ...symptoms.databases.map((database) => databaseFinding(database)),
    ...symptoms.quarantined.map(({ jobDb, reason }) =>
      fail("quarantine", `JobDb ${jobDb}: ${reason}`, "see docs/operations.md, a damaged file"),
    ),
    ...symptoms.scrubbed.map(({ jobDb, damage }) =>
      fail("scrub", `JobDb ${jobDb}: ${damage}`, "see docs/operations.md, a damaged file"),
    ),
    leftoversFinding(symptoms),
    ok("backup", "none is made here: see docs/operations.md, backups"),
  ];
}

function sqliteFinding({ sqlite: { version, newEnough } }: Symptoms): Finding {
  return newEnough
    ? ok("sqlite", version)
    : fail("sqlite", `${version} can corrupt files in WAL mode`, "run a newer Node");
}

function syncFinding({ syncsMicroseconds }: Symptoms): Finding {
  const sorted = syncsMicroseconds.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  const found = `fdatasync p50 ${Math.round(at(0.5))} µs, p99 ${Math.round(at(0.99))} µs`;
  if (at(0.5) < limits.honestSyncMicrosecondsMin) {
    const advice =
      "no disk is that quick: unless this is one with a battery, a power cut loses what was accepted";
    return warn("sync", found, advice);
  }
  if (at(0.99) > limits.quickSyncMicrosecondsMax) {
    return warn("sync", found, "each 202 waits for that: use a quicker disk");
  }
  return ok("sync", found);
}

function fileSystemFinding({ fileSystem }: Symptoms): Finding {
  if (fileSystem === undefined) return ok("file system", "not known");
  if (passingFileSystems.includes(fileSystem)) {
    return warn(
      "file system",
      fileSystem,
      "it does not outlive the machine or container: use a disk",
    );
  }
  if (networkFileSystems.includes(fileSystem)) {
    return fail(
      "file system",
      fileSystem,
      "SQLite's WAL does not work over a network: use a local disk",
    );
  }
  return ok("file system", fileSystem);
}

function spaceFinding({ freeBytes, lowWaterBytes }: Symptoms): Finding {
  const found = `${mebibytes(freeBytes)} free, ${mebibytes(lowWaterBytes)} is the low-water mark`;
  if (freeBytes < lowWaterBytes) {
    return fail(
      "space",
      found,
      "new messages get 503: make room (docs/operations.md, a full disk)",
    );
  }
  const isNear = freeBytes < 2 * lowWaterBytes;
  return isNear ? warn("space", found, "soon new messages get 503") : ok("space", found);
}

function clockFinding({ nowMs, newestMs }: Symptoms): Finding {
  const behindMs = newestMs - nowMs;
  if (nowMs < limits.plausibleNowMs) {
    return fail("clock", `${nowMs} ms is long past`, "set it: retries are due by this clock");
  }
  return behindMs > limits.clockBehindMsMax
    ? warn("clock", `${Math.round(behindMs / 1000)} s behind what was written last`, "set it")
    : ok("clock", "plausible, and not behind what was written last");
}

function openFilesFinding({ openFilesMax }: Symptoms): Finding {
  if (openFilesMax === undefined) return ok("open files", "the limit is not known");
  return openFilesMax < limits.openFilesWanted
    ? warn("open files", `at most ${openFilesMax}`, `allow ${limits.openFilesWanted}: ulimit -n`)
    : ok("open files", `at most ${openFilesMax}`);
}

function permissionFinding({ folderMode }: Symptoms): Finding {
  const found = `mode ${folderMode.toString(8)}`;
  return (folderMode & 0o007) === 0
    ? ok("permissions", found)
    : warn("permissions", found, "others can read the secrets in the folder: chmod o-rwx");
}

function encryptionKeysFinding({ encryptionKeys: { given, used } }: Symptoms): Finding {
  const found = `given ${listOf(given)}, in use ${listOf(used)}`;
  const missing = used.filter((id) => !given.includes(id));
  if (missing.length > 0) {
    return fail(
      "encryption keys",
      found,
      `give ${listOf(missing)} too: what it seals can't be read`,
    );
  }
  const older = used.filter((id) => id !== given[0]);
  return older.length === 0
    ? ok("encryption keys", found)
    : warn("encryption keys", found, `keep ${listOf(older)} until a server has sealed all anew`);
}

function listOf(ids: readonly string[]): string {
  return ids.length === 0 ? "none" : ids.join(", ");
}

function databaseFinding({ name, bytes, state, failure }: DatabaseSymptoms): Finding {
  if (state !== undefined) return ok(name, `${state}, ${mebibytes(bytes)}`);
  return fail(name, failure ?? "can't be read", "see docs/operations.md, a damaged file");
}

function leftoversFinding({ leftovers }: Symptoms): Finding {
  return leftovers.length === 0
    ? ok("leftovers", "none")
    : warn(
        "leftovers",
        leftovers.join(", "),
        "they belong to nothing: look at them, then remove them",
      );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function ok(check: string, found: string): Finding {
  return { check, verdict: "ok", found, advice: undefined };
}

function warn(check: string, found: string, advice: string): Finding {
  return { check, verdict: "warn", found, advice };
}

function fail(check: string, found: string, advice: string): Finding {
  return { check, verdict: "fail", found, advice };
}
