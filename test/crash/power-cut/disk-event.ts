/** What the server's system calls mean for the disk: all that a power cut can tell apart. */
import { dirname, resolve } from "node:path";
import {
  descriptorOf,
  descriptorPathOf,
  numbersAfterStrings,
  stringsOf,
  textOfHex,
  type TracedCall,
} from "../system-calls/traced-call.ts";

/** Where in the order of all calls something began and was done; see TracedCall. */
interface Placed {
  readonly beganAt: number;
  readonly endedAt: number;
}

/** Paths are absolute. */
export type DiskEvent = Placed &
  (
    | { readonly kind: "create"; readonly path: string; readonly what: "file" | "folder" }
    | {
        readonly kind: "write";
        readonly path: string;
        readonly offset: number;
        readonly bytes: Uint8Array;
      }
    | { readonly kind: "truncate"; readonly path: string; readonly length: number }
    /** `link`: `to` is another name of the file. */
    | { readonly kind: "rename" | "link"; readonly path: string; readonly to: string }
    | { readonly kind: "remove"; readonly path: string }
    /** Of a file, or of a folder's names. */
    | { readonly kind: "sync"; readonly path: string }
    /** Bytes that go out: only now can anybody else know. */
    | { readonly kind: "send"; readonly socket: string; readonly bytes: Uint8Array }
  );

type FileEvent = Exclude<DiskEvent, { readonly kind: "send" }>;

/** What has to be known of an open file to understand a write without an offset. */
interface OpenFile {
  offset: number;
  readonly appends: boolean;
}

/** Calls that write or name files in a way that nothing here understands: silence about them would be a lie. */
const unknownCalls: ReadonlySet<string> = new Set(
  `open creat rmdir symlink symlinkat pwritev pwritev2
  truncate fallocate copy_file_range sendfile sync_file_range msync`.split(/\s+/),
);
const deletedMark = " (deleted)";

/** Turns the calls of one process, in order, into what they mean for the files of a folder and for its sockets. */
export class DiskEvents {
  readonly #folder: string;
  readonly #open = new Map<number, OpenFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Failed calls have changed nothing.
   *
   * @throws Error if the process was killed within a call: nobody knows what became of it
   */
  of(call: TracedCall): readonly DiskEvent[] {
    if (call.result !== undefined && call.result < 0) return [];
    const { beganAt, endedAt } = call;
    switch (call.name) {
      case "openat":
        return this.#opened(call);
      case "mkdir":
      case "mkdirat": {
        const [path = ""] = pathsOf(call);
        return this.#ours({ kind: "create", path, what: "folder", beganAt, endedAt });
      }
      case "rename":
      case "renameat":
      case "renameat2": {
        const [path = "", to = ""] = pathsOf(call);
        return this.#ours({ kind: "rename", path, to, beganAt, endedAt });
      }
      case "link":
      case "linkat": {
        const [path = "", to = ""] = pathsOf(call);
        return this.#ours({ kind: "link", path, to, beganAt, endedAt });
      }
      case "unlink":
      case "unlinkat": {
        const [path = ""] = pathsOf(call);
        return this.#ours({ kind: "remove", path, beganAt, endedAt });
      }
      case "ftruncate": {
        const length = Number(/, (\d+)$/.exec(call.arguments)?.[1]);
        const path = descriptorPathOf(call);
        return this.#ours({ kind: "truncate", path, length, beganAt, endedAt });
      }
      case "fsync":
      case "fdatasync":
        return this.#ours({ kind: "sync", path: descriptorPathOf(call), beganAt, endedAt });
      default:
        return this.#written(call);
    }
  }

  #opened(call: TracedCall): readonly DiskEvent[] {
    const { beganAt, endedAt, result, arguments: args } = call;
    const [path = ""] = pathsOf(call);
    if (!this.#contains(path)) return [];
    const flags = args.slice(args.lastIndexOf('"') + 1);
    if (result !== undefined) {
      this.#open.set(result, { offset: 0, appends: flags.includes("O_APPEND") });
    }
    const events: FileEvent[] = [];
    if (flags.includes("O_CREAT")) {
      events.push({ kind: "create", path, what: "file", beganAt, endedAt });
    }
    if (flags.includes("O_TRUNC")) {
      events.push({ kind: "truncate", path, length: 0, beganAt, endedAt });
    }
    return events.flatMap((event) => this.#ours(event));
  }

  #written(call: TracedCall): readonly DiskEvent[] {
    const { name, beganAt, endedAt } = call;
    if (unknownCalls.has(name)) this.#assertElsewhere(call);
    const path = descriptorPathOf(call);
    if (path.startsWith("socket:")) {
      const bytes = Buffer.concat(stringsOf(call));
      return [{ kind: "send", socket: path, bytes, beganAt, endedAt }];
    }
    if (!this.#contains(path)) return [];
    const bytes = Buffer.concat(stringsOf(call)).subarray(0, call.result);
    const offset = name === "pwrite64" ? numbersAfterStrings(call).at(-1) : this.#next(call, bytes);
    if (offset === undefined) throw new Error(`${name} of ${path} at an unknown offset`);
    return this.#ours({ kind: "write", path, offset, bytes, beganAt, endedAt });
  }

  #assertElsewhere(call: TracedCall): void {
    const path = [descriptorPathOf(call), ...pathsOf(call)].find((each) => this.#contains(each));
    if (path === undefined) return;
    throw new Error(`${call.name} of ${path}: nothing here knows what that does to a disk`);
  }

  /** Where a write without an offset goes. */
  #next(call: TracedCall, { length }: Uint8Array): number | undefined {
    const file = this.#open.get(descriptorOf(call));
    if (file === undefined || file.appends) return undefined;
    file.offset += length;
    return file.offset - length;
  }

  #ours(event: FileEvent): readonly DiskEvent[] {
    if (!this.#contains(event.path) || isShared(event.path)) return [];
    if (event.endedAt === Infinity)
      throw new Error(`killed within a ${event.kind} of ${event.path}`);
    return [event];
  }

  #contains(path: string): boolean {
    return path === this.#folder || path.startsWith(`${this.#folder}/`);
  }
}

/** SQLite's shared memory is made anew from the write-ahead log when nobody has it open. */
function isShared(path: string): boolean {
  return path.replace(deletedMark, "").endsWith("-shm");
}

/** Those given as texts, made absolute by the folder of the call. */
function pathsOf(call: TracedCall): readonly string[] {
  const folders = Array.from(call.arguments.matchAll(/<([^>]*)>/g), ([, hex = ""]) =>
    textOfHex(hex),
  );
  return stringsOf(call).map((path, index) => resolve(folders[index] ?? "/", path.toString()));
}

/** The folder whose sync makes a name durable. */
export function folderOf(path: string): string {
  return dirname(path);
}
