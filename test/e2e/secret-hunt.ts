/** Looks for secrets wherever somebody who is not to have them could: in any of the forms that a program gives to a text. */
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export interface PlantedSecret {
  /** What it is, for whoever reads that it was found. */
  readonly name: string;
  readonly text: string;
}

/** Something that is looked through, byte by byte. */
export interface Haystack {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What is found where, a line each; a secret that is there in two forms is named twice. */
export function hunt(
  planted: readonly PlantedSecret[],
  haystacks: readonly Haystack[],
): readonly string[] {
  return planted.flatMap(({ name, text }) =>
    Object.entries(formsOf(text)).flatMap(([form, needle]) =>
      haystacks
        .filter(({ bytes }) => bytes.includes(needle))
        .map((haystack) => `${name} ${form} in ${haystack.name}`),
    ),
  );
}

/** Every file of a folder, whatever its name; a compressed one also as what is in it. */
export function haystacksOf(folder: string): readonly Haystack[] {
  const files = globSync("**", { cwd: folder }).filter((name) => isFile(join(folder, name)));
  return files.flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const inside = isCompressed ? [{ name: `${name}, unpacked`, bytes: gunzipSync(bytes) }] : [];
    return [{ name, bytes }, ...inside];
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Base64 of a text that stands within another one depends on where it begins there: of each of the three ways, what does not depend
 * on its neighbours.
 */
function formsOf(text: string): Readonly<Record<string, Buffer>> {
  const bytes = Buffer.from(text);
  const hex = bytes.toString("hex");
  const within = [0, 1, 2].map((before) => {
    const base64 = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return base64.slice(before === 0 ? 0 : 4, base64.length - 4);
  });
  const [, decodable] = /^(?:whsec_)?([A-Za-z0-9+/]{32,}=*)$/.exec(text) ?? [];
  return {
    "as it is": bytes,
    "as hex": Buffer.from(hex),
    "as capital hex": Buffer.from(hex.toUpperCase()),
    ...Object.fromEntries(within.map((form, at) => [`as base64 from ${at}`, Buffer.from(form)])),
    ...(decodable === undefined ? {} : { "as its bytes": Buffer.from(decodable, "base64") }),
  };
}
