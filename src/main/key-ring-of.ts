import { existsSync } from "node:fs";
import { join } from "node:path";
import { encryptionKeyIdsIn } from "../control/encryption-key-ids.ts";
import type { KeyRing } from "../control/key-ring.ts";
import { PosthornError } from "../core/errors.ts";
import { controlPathOf } from "./data-layout.ts";
import { newEncryptionKey, parseKeyRing } from "./encryption-keys.ts";
import { keptSecret } from "./kept-secret.ts";
import type { Settings } from "./setting-definitions.ts";

type KeySettings = Pick<Settings, "data" | "encryptionKeys">;

export function encryptionKeysPathOf({ data }: Pick<Settings, "data">): string {
  return join(data, "encryption-keys");
}

/**
 * The keys that secrets are sealed by: the setting's, then those in the data folder's `encryption-keys`. With neither, a key is
 * made and kept there, unless something is sealed already: then its key has been lost, and another one would not help.
 *
 * @throws PosthornError `encryption_key_wrong`, `config_invalid` if the file can't be understood, `data_unwritable`
 */
export function keyRingOf(settings: KeySettings): KeyRing {
  const { encryptionKeys: given } = settings;
  const path = encryptionKeysPathOf(settings);
  if (given === undefined) return keptKeys(settings, path);
  if (!existsSync(path)) return given;
  const kept = keptKeys(settings, path);
  const [active, ...older] = given;
  return [active, ...older, ...kept.filter(({ id }) => !given.some((key) => key.id === id))];
}

function keptKeys(settings: KeySettings, path: string): KeyRing {
  const text = keptSecret({
    path,
    what: "the encryption key",
    setting: "POSTHORN_ENCRYPTION_KEYS",
    make: () => {
      const [lost] = encryptionKeyIdsIn(controlPathOf(settings));
      if (lost === undefined) return newEncryptionKey();
      throw new PosthornError(
        "encryption_key_wrong",
        `secrets here are sealed by the encryption key ${lost}, but none is given: set POSTHORN_ENCRYPTION_KEYS, or put ${path} back`,
      );
    },
  });
  return parseKept(path, text);
}

/** @throws PosthornError `config_invalid` */
export function parseKept(path: string, text: string): KeyRing {
  try {
    return parseKeyRing(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PosthornError("config_invalid", `${path}: ${why}`, { cause: error });
  }
}
