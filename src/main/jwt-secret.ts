import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { PosthornError } from "../core/errors.ts";
import type { Settings } from "./setting-definitions.ts";

/**
 * The secret that signs bearer tokens: the setting, or else the one in the data folder's `jwt-secret`, which is made on
 * first use. Whoever comes first, `serve` or `token`, makes it; both then use the same.
 */
export function jwtSecretOf(settings: Pick<Settings, "jwtSecret" | "data">): string {
  if (settings.jwtSecret !== undefined) return settings.jwtSecret;
  const path = join(settings.data, "jwt-secret");
  try {
    mkdirSync(settings.data, { recursive: true });
    return read(path) ?? make(path);
  } catch (error) {
    throw new PosthornError(
      "data_unwritable",
      `can't keep the token secret in ${path}: ${String(error)}; set POSTHORN_JWT_SECRET or make the folder writable`,
      { cause: error },
    );
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Written aside and linked into place, so that it is never seen half, and of two makers both read the first one's. */
function make(path: string): string {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(aside, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true });
  chmodSync(aside, 0o600);
  try {
    linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(aside);
  }
  return readFileSync(path, "utf8").trim();
}
