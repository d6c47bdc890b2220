import { readFileSync } from "node:fs";

/** Of this package, from its package.json. */
export const version = readVersion();

function readVersion(): string {
  // Two folders up from both src/main and dist/main.
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
  );
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
    return String(manifest.version);
  }
  throw new Error("package.json has no version");
}
