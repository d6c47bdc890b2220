import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { lockedPackages } from "./locked-packages.ts";

const root = join(import.meta.dirname, "../..");

/** As CycloneDX 1.5 has it, and as much of that as is looked at here. */
export interface Sbom {
  readonly metadata: {
    readonly component: {
      readonly "bom-ref": string;
      readonly name: string;
      readonly version: string;
    };
  };
  readonly components: readonly {
    readonly "bom-ref": string;
    readonly name: string;
    readonly version: string;
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
    readonly licenses?: readonly unknown[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/**
 * What a running server is made of, by npm from the lock file: nothing is asked of a registry. Of npm 11 `--omit=dev` leaves out what tools
 * need as well, so it is told here what is a tool's alone.
 */
export async function makeSbom(): Promise<Sbom> {
  const { stdout } = await promisify(execFile)(
    "npm",
    ["sbom", "--package-lock-only", "--sbom-format=cyclonedx", "--sbom-type=application"],
    { cwd: root, maxBuffer: 64 * 1024 * 1024 },
  );
  const sbom = JSON.parse(stdout) as Sbom; // npm's
  const running = new Set(
    lockedPackages()
      .filter(({ dev }) => dev !== true)
      .map(({ name, version }) => `${name}@${version}`),
  );
  const components = sbom.components.filter(({ name, version }) =>
    running.has(`${name}@${version}`),
  );
  const refs = new Set(components.map((component) => component["bom-ref"]));
  const { component } = sbom.metadata;
  const ownRef = component["bom-ref"];
  return {
    ...sbom,
    // npm calls it by its folder.
    metadata: { ...sbom.metadata, component: { ...component, name: "posthorn" } },
    components,
    dependencies: sbom.dependencies
      .filter(({ ref }) => refs.has(ref) || ref === ownRef)
      .map(({ ref, dependsOn }) => ({
        ref,
        dependsOn: dependsOn.filter((each) => refs.has(each)),
      })),
  };
}
