/** Writes posthorn.cdx.json, which is published along with the package. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeSbom } from "./make-sbom.ts";

const path = join(import.meta.dirname, "../../posthorn.cdx.json");
writeFileSync(path, `${JSON.stringify(await makeSbom(), undefined, 2)}\n`);
