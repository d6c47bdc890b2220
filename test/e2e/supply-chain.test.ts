/** What a running server is made of: from where, unaltered, and without anything that runs when it is installed. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { lockedPackages } from "../supply-chain/locked-packages.ts";
import { makeSbom } from "../supply-chain/make-sbom.ts";

const root = join(import.meta.dirname, "../..");

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}; // the project's own file
const locked = lockedPackages();

test("nothing that a server runs with has an install script, and of the tools only Node's own package", () => {
  const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript === true);
  assert.deepEqual(
    scripted.filter(({ dev }) => dev !== true).map(({ name }) => name),
    [],
  );
  const allowed = Object.keys(manifest.allowScripts);
  assert.deepEqual(allowed, ["node"]);
  const unexpected = scripted.filter(({ name }) => !allowed.includes(name));
  assert.deepEqual(
    unexpected.map(({ name }) => name).filter((name) => name !== "fsevents"), // macOS alone, and not allowed to
    [],
  );
});

test("every package is locked to a version and a SHA-512, and to no registry but npm's", () => {
  for (const { name, version, integrity, resolved } of locked) {
    assert.match(version, /^\d+\.\d+\.\d+/, name);
    assert.match(integrity ?? "", /^sha512-/, name);
    if (resolved !== undefined) assert.equal(new URL(resolved).host, "registry.npmjs.org", name);
  }
  const direct = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(direct)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is pinned`);
  }
});

test("the SBOM has every package of a running server, with its hash and its licence, and no other", async () => {
  const { metadata, components, dependencies } = await makeSbom();
  assert.equal(metadata.component.name, "posthorn");
  const identify = ({ name, version }: { name: string; version: string }) => `${name}@${version}`;
  const expected = locked.filter(({ dev }) => dev !== true).map(identify);
  assert.deepEqual(components.map(identify).toSorted(), [...new Set(expected)].toSorted());
  for (const component of components) {
    assert.equal(component.hashes?.[0]?.alg, "SHA-512", identify(component));
    assert.ok((component.licenses?.length ?? 0) > 0, identify(component));
  }
  const known = new Set([
    metadata.component["bom-ref"],
    ...components.map((each) => each["bom-ref"]),
  ]);
  assert.deepEqual(
    new Set(dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])),
    known,
  );
});

test("the runtime dependencies are those that ARCHITECTURE.md gives reasons for", () => {
  const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const table = page.slice(page.indexOf("## Runtime dependencies"));
  const reasoned = Array.from(table.matchAll(/^\| (@?[\w\-./]+) \|/gm), ([, name = ""]) => name);
  assert.deepEqual(
    reasoned.filter((name) => name !== "package").toSorted(),
    Object.keys(manifest.dependencies).toSorted(),
  );
});

test("the tests that SECURITY.md names are there", () => {
  const page = readFileSync(join(root, "SECURITY.md"), "utf8");
  const ours = ["src", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map(
      (file) => `${folder}/${file}`,
    ),
  );
  const named = Array.from(page.matchAll(/`([\w./*-]+\.test\.ts)`/g), ([, name = ""]) => name);
  assert.ok(named.length > 5);
  for (const name of named) {
    const [start = "", end = ""] = name.split("*");
    const isThere = ours.some(
      (file) =>
        file.includes(start) && file.slice(file.indexOf(start) + start.length).endsWith(end),
    );
    assert.ok(isThere, name);
  }
});
