/**
 * A disk as the server's calls leave it, at any place among them: what is durable for certain, and what a power cut may
 * take or leave.
 *
 *     write, truncate ─▶ pending of the file ──fsync or fdatasync of the file──▶ durable bytes
 *     create, rename, link, remove ─▶ pending of the folder ──fsync of the folder──▶ durable names
 *
 * An image after a power cut has everything durable and any part of what is pending: each write whole, not at all, or in
 * some of its 512-byte sectors only; each name changed or not, whatever became of the bytes. That a disk may write in any
 * order is in this: whichever came first, the last version that reached a sector is what is read there. It is stricter than ext4, where a
 * new file's fsync makes its name durable too.
 *
 * A sync makes durable what had ended before it began, so calls of several threads at once count as pending.
 */
import { folderOf, type DiskEvent } from "./disk-event.ts";

type Write = Extract<DiskEvent, { readonly kind: "write" | "truncate" }>;
type Naming = Extract<DiskEvent, { readonly kind: "create" | "rename" | "link" | "remove" }>;

/** A file whatever its name, or a folder. */
interface Inode {
  readonly what: "file" | "folder";
  readonly durable: FileBytes;
  pending: Write[];
}

interface PendingNames {
  readonly endedAt: number;
  /** What each path stands for afterwards; undefined: nothing. */
  readonly changes: readonly (readonly [path: string, inode: Inode | undefined])[];
}

/** What a power cut does to something pending: each is asked about by itself, in order. */
export interface Fate {
  readonly name: () => boolean;
  readonly write: () => "whole" | "none" | "torn";
  /** Whether a sector of a torn write reached the disk; `share` is how far it is from the start of the write to its end. */
  readonly sector: (share: number) => boolean;
}

export const everything: Fate = { name: () => true, write: () => "whole", sector: () => true };

const sectorBytes = 512;

export class Disk {
  readonly #root: string;
  /** As the running server sees it. */
  readonly #live = new Map<string, Inode>();
  readonly #durable = new Map<string, Inode>();
  readonly #pendingNames = new Map<string, PendingNames[]>();
  /** Files without a name that are still written to, by the last name that they had. */
  readonly #nameless = new Map<string, Inode>();

  /** @param root the folder, which is there for good */
  constructor(root: string) {
    this.#root = root;
  }

  apply(event: DiskEvent): void {
    switch (event.kind) {
      case "create":
      case "rename":
      case "link":
      case "remove":
        this.#applyNaming(event);
        break;
      case "write":
      case "truncate":
        this.#inodeAt(event.path).pending.push(event);
        break;
      case "sync":
        this.#sync(event);
        break;
      case "send":
        break;
    }
  }

  /** How many writes and changes of names a power cut could take now. */
  get pendingCount(): number {
    let count = 0;
    for (const names of this.#pendingNames.values()) count += names.length;
    for (const inode of new Set([...this.#live.values(), ...this.#durable.values()])) {
      count += inode.pending.length;
    }
    return count;
  }

  /** The files of an image, by path. What is pending stays so: any number of images can be taken. */
  image(fate: Fate): ReadonlyMap<string, Uint8Array> {
    const names = new Map(this.#durable);
    for (const pending of this.#pendingNames.values()) {
      for (const { changes } of pending) {
        if (!fate.name()) continue;
        for (const [path, inode] of changes) rename(names, path, inode);
      }
    }
    const files = new Map<string, Uint8Array>();
    for (const [path, inode] of names) {
      if (inode.what === "file" && this.#hasFolders(names, path)) {
        files.set(path, bytesOf(inode, fate));
      }
    }
    return files;
  }

  #applyNaming(event: Naming): void {
    const changes = this.#changesOf(event);
    if (changes.length === 0) return;
    for (const [path, inode] of changes) {
      const before = this.#live.get(path);
      if (before !== undefined && inode === undefined) this.#nameless.set(path, before);
      rename(this.#live, path, inode);
    }
    // A rename within a folder is one change; none of the program's goes from one folder to another.
    const folder = folderOf(event.path);
    const pending = this.#pendingNames.get(folder) ?? [];
    pending.push({ endedAt: event.endedAt, changes });
    this.#pendingNames.set(folder, pending);
  }

  #changesOf(event: Naming): PendingNames["changes"] {
    const before = this.#live.get(event.path);
    switch (event.kind) {
      case "create":
        if (before !== undefined || event.path === this.#root) return [];
        return [[event.path, { what: event.what, durable: new FileBytes(), pending: [] }]];
      case "rename":
        return [
          [event.path, undefined],
          [event.to, before],
        ];
      case "link":
        return [[event.to, before]];
      case "remove":
        return [[event.path, undefined]];
    }
  }

  #inodeAt(path: string): Inode {
    const deletedMark = " (deleted)";
    const inode = path.endsWith(deletedMark)
      ? this.#nameless.get(path.slice(0, -deletedMark.length))
      : // Another thread may take the name away while the call is under way, which was told before that.
        (this.#live.get(path) ?? this.#nameless.get(path));
    if (inode === undefined) throw new Error(`${path} is written to, but nobody has made it`);
    return inode;
  }

  #sync({ path, beganAt }: DiskEvent & { readonly kind: "sync" }): void {
    const isDone = (each: { readonly endedAt: number }): boolean => each.endedAt < beganAt;
    if (path === this.#root || this.#live.get(path)?.what === "folder") {
      const pending = this.#pendingNames.get(path) ?? [];
      for (const { changes } of pending.filter(isDone)) {
        for (const [each, inode] of changes) rename(this.#durable, each, inode);
      }
      this.#pendingNames.set(
        path,
        pending.filter((each) => !isDone(each)),
      );
      return;
    }
    const inode = this.#inodeAt(path);
    for (const write of inode.pending.filter(isDone)) inode.durable.apply(write);
    inode.pending = inode.pending.filter((each) => !isDone(each));
  }

  #hasFolders(names: ReadonlyMap<string, Inode>, path: string): boolean {
    for (let folder = folderOf(path); folder !== this.#root; folder = folderOf(folder)) {
      if (!names.has(folder)) return false;
    }
    return true;
  }
}

function rename(names: Map<string, Inode>, path: string, inode: Inode | undefined): void {
  if (inode === undefined) names.delete(path);
  else names.set(path, inode);
}

function bytesOf({ durable, pending }: Inode, fate: Fate): Uint8Array {
  if (pending.length === 0) return durable.view();
  const bytes = durable.copy();
  for (const write of pending) {
    const how = fate.write();
    if (how === "whole" || (how === "torn" && write.kind === "truncate")) bytes.apply(write);
    else if (how === "torn" && write.kind === "write") tear(bytes, write, fate);
  }
  return bytes.view();
}

function tear(bytes: FileBytes, write: Write & { readonly kind: "write" }, fate: Fate): void {
  const end = write.offset + write.bytes.length;
  for (let from = write.offset; from < end; from = sectorEndAfter(from)) {
    if (!fate.sector((from - write.offset) / write.bytes.length)) continue;
    const part = write.bytes.subarray(from - write.offset, sectorEndAfter(from) - write.offset);
    bytes.apply({ ...write, offset: from, bytes: part });
  }
}

function sectorEndAfter(offset: number): number {
  return (Math.floor(offset / sectorBytes) + 1) * sectorBytes;
}

/** The bytes of a file that grows. What was never written is zeros. */
class FileBytes {
  #bytes = Buffer.alloc(0);
  #length = 0;

  apply(write: Write): void {
    if (write.kind === "truncate") {
      this.#reserve(write.length);
      this.#bytes.fill(0, Math.min(this.#length, write.length));
      this.#length = write.length;
      return;
    }
    const end = write.offset + write.bytes.length;
    this.#reserve(end);
    this.#bytes.set(write.bytes, write.offset);
    this.#length = Math.max(this.#length, end);
  }

  /** Valid until the next change. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(): FileBytes {
    const copy = new FileBytes();
    copy.#bytes = Buffer.from(this.view());
    copy.#length = this.#length;
    return copy;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const bytes = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
    bytes.set(this.view());
    this.#bytes = bytes;
  }
}
