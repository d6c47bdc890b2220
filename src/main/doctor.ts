/** Looks at a data folder and its machine for `posthorn doctor`, beside a running server or without one. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { type DatabaseSymptoms, diagnose, type Finding, type Symptoms } from "../core/diagnosis.ts";
import { PosthornError } from "../core/errors.ts";
import { limits } from "../core/limits.ts";
import { isDataFolderLocked } from "../jobdb/sqlite/data-folder-lock.ts";
import { jobDbFileState } from "../jobdb/sqlite/job-db-file.ts";
import { isUnfinished, jobDbNumbersIn, jobDbPath } from "../jobdb/sqlite/job-db-folder.ts";
import { quarantinedIn } from "../jobdb/sqlite/quarantine.ts";
import { readScrubLog } from "../jobdb/sqlite/scrub-log.ts";
import { openReader } from "../sqlite/open-connection.ts";
import { isSqliteNewEnough } from "../sqlite/sqlite-version.ts";
import { keyIdsOf } from "./key-access.ts";
import type { Settings } from "./setting-definitions.ts";

/** What `statfs` calls them (Linux, statfs(2)). */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x2fc12fc1: "zfs",
  0x01021994: "tmpfs",
  0x858458f6: "ramfs",
  0x794c7630: "overlay",
  0x6969: "nfs",
  0xff534d42: "smb",
  0xfe534d42: "smb",
};

/**
 * Everything there is to say of a data folder. It writes one file there, which is gone when it returns.
 *
 * @throws PosthornError `data_unwritable` if there is no such folder or it can't be written
 */
export function examine(
  settings: Pick<Settings, "data" | "diskLowWaterMebibytes" | "encryptionKeys">,
): readonly Finding[] {
  const { data } = settings;
  try {
    const lowWaterBytes = settings.diskLowWaterMebibytes * 1024 * 1024;
    return diagnose({ ...symptomsOf(data, lowWaterBytes), encryptionKeys: keyIdsOf(settings) });
  } catch (error) {
    if (error instanceof PosthornError) throw error;
    throw new PosthornError("data_unwritable", `${data} can't be examined: ${String(error)}`, {
      cause: error,
    });
  }
}

function symptomsOf(data: string, lowWaterBytes: number): Omit<Symptoms, "encryptionKeys"> {
  const jobDbs = join(data, "jobdb");
  const { bavail, bsize, type } = statfsSync(data);
  const version = sqliteVersion();
  const files = filesIn(data).filter((path) => existsSync(path)); // a running server removes some meanwhile
  return {
    nodeVersion: process.version,
    sqlite: { version, newEnough: isSqliteNewEnough(version) },
    newestMs: Math.max(...files.map((path) => statSync(path).mtimeMs)),
    syncsMicroseconds: measureSyncs(data),
    fileSystem: fileSystems[type >>> 0],
    freeBytes: bavail * bsize,
    lowWaterBytes,
    nowMs: Date.now(),
    openFilesMax: openFilesMax(),
    folderMode: statSync(data).mode & 0o777,
    serverRuns: isDataFolderLocked(data),
    databases: [
      ...["control.db", "ldb.db"].map((name) => controlSymptoms(data, name)),
      ...(existsSync(jobDbs) ? jobDbNumbersIn(jobDbs) : [])
        .filter((number) => !isUnfinished(jobDbPath(jobDbs, number))) // the next start finishes it
        .map((number) =>
          symptomsOfDatabase(jobDbPath(jobDbs, number), `JobDb ${number}`, jobDbFileState),
        ),
    ],
    quarantined: quarantinedIn(jobDbs),
    scrubbed: readScrubLog(jobDbs).found,
    leftovers: leftoversAmong(files),
  };
}

function sqliteVersion(): string {
  const database = new DatabaseSync(":memory:");
  const version = String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  database.close();
  return version;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A file of its own: those of SQLite are opened by SQLite alone. */
function measureSyncs(folder: string): readonly number[] {
  const path = join(folder, `doctor-${process.pid}`);
  const file = openSync(path, "w", 0o600);
  try {
    const bytes = new Uint8Array(4096);
    return Array.from({ length: limits.measuredSyncs }, () => {
      writeSync(file, bytes);
      const fromMs = performance.now();
      fdatasyncSync(file);
      return (performance.now() - fromMs) * 1000;
    });
  } finally {
    closeSync(file);
    rmSync(path);
  }
}

/** Linux tells it; elsewhere it is not known. */
function openFilesMax(): number | undefined {
  if (!existsSync("/proc/self/limits")) return undefined;
  const match = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  return match === null ? undefined : Number(match[1]);
}

function controlSymptoms(data: string, name: string): DatabaseSymptoms {
  return symptomsOfDatabase(join(data, name), name, (path) => {
    const database = openReader(path, limits.readerCacheKiB);
    try {
      const found = String(database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]);
      if (found === "ok") return "sound";
      throw new Error(found);
    } finally {
      database.close();
    }
  });
}

function symptomsOfDatabase(
  path: string,
  name: string,
  stateOf: (path: string) => string,
): DatabaseSymptoms {
  const bytes = [path, `${path}-wal`].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  try {
    return { name, bytes, state: stateOf(path), failure: undefined };
  } catch (error) {
    return {
      name,
      bytes,
      state: undefined,
      failure: error instanceof Error ? error.message : String(error),
    };
  }
}

/** What lies beside a file without it, and secrets that were never put in their place. */
function leftoversAmong(files: readonly string[]): readonly string[] {
  const present = new Set(files);
  return files.filter((path) => {
    const owner = /^(.*\.db)(?:-wal|-shm|-journal|-runs|\.damaged)$/.exec(path)?.[1];
    if (owner !== undefined) return !present.has(owner);
    return /(?:jwt-secret|encryption-keys)\.[0-9a-f]{12}$/.test(path);
  });
}
