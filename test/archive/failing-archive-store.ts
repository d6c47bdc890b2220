import type { ArchiveStore } from "../../src/archive/archive-store.ts";

/** Fails at the n-th call, and from then on, as a disk that is full or a process that is killed. */
export function failingAt(calls: number, inner: ArchiveStore): ArchiveStore {
  let left = calls;
  const use = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    left -= 1;
    if (left < 0) throw new Error("the store fails");
    return await work();
  };
  return {
    put: (name, bytes) => use(() => inner.put(name, bytes)),
    get: (name) => use(() => inner.get(name)),
    list: (prefix) => use(() => inner.list(prefix)),
    delete: (name) => use(() => inner.delete(name)),
    close: () => inner.close(),
  };
}
