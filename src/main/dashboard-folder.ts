/** The built page of the dashboard, read when it is asked for: a first start builds it while the server accepts already. */
import { readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { DashboardFile, DashboardFiles } from "../api/dashboard.ts";
import { limits } from "../core/limits.ts";

// Two folders up from both src/main and dist/main.
const builtFolder = fileURLToPath(new URL("../../dashboard/dist", import.meta.url));

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json; charset=utf-8",
  ".yml": "application/yaml; charset=utf-8",
};
const fileName =
  /^(?:(?:index|portal)\.html|guide\/[\w-]+\.(?:html|json|yml)|assets\/[\w-]+(?:\.[\w-]+)+)$/;

/** @param folder with `index.html`, `portal.html`, `guide/` and `assets/` */
export function dashboardFolder(folder = builtFolder): DashboardFiles {
  /** By name; assets of earlier builds are few, and a server lives for one or two. */
  const known = new Map<string, { readonly changedAtMs: number; readonly file: DashboardFile }>();
  return {
    find: async (name) => {
      const contentType = contentTypes[extname(name)];
      if (contentType === undefined || !fileName.test(name)) return undefined;
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.size > limits.dashboardFileBytesMax) return undefined;
      const before = known.get(name);
      if (before?.changedAtMs === found.mtimeMs) return before.file;
      const bytes = await readFile(path);
      const file = { contentType, bytes, gzipped: await promisify(gzip)(bytes) };
      known.set(name, { changedAtMs: found.mtimeMs, file });
      return file;
    },
  };
}
