import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  /** Only tools need it. */
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

/** All that package-lock.json has but the project itself. */
export function lockedPackages(): readonly LockedPackage[] {
  const path = join(import.meta.dirname, "../../package-lock.json");
  const lock = JSON.parse(readFileSync(path, "utf8")) as {
    readonly packages: Readonly<Record<string, Omit<LockedPackage, "name">>>;
  }; // npm's own form
  return Object.entries(lock.packages)
    .filter(([place]) => place !== "")
    .map(([place, entry]) => ({
      name: place.slice(place.lastIndexOf(folder) + folder.length),
      ...entry,
    }));
}

const folder = "node_modules/";
