/** Which encryption keys there are and what they have sealed, and a new one in their place. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { encryptionKeyIdsIn } from "../control/encryption-key-ids.ts";
import { encryptionKeyUses } from "../control/encryption-key-uses.ts";
import type { KeyRing } from "../control/key-ring.ts";
import { SqliteControlWriter } from "../control/sqlite-control-writer.ts";
import { PosthornError } from "../core/errors.ts";
import { lockDataFolder } from "../jobdb/sqlite/data-folder-lock.ts";
import { controlPathOf, ldbPathOf } from "./data-layout.ts";
import { newEncryptionKey, parseKeyRing, textOfKeyRing } from "./encryption-keys.ts";
import { encryptionKeysPathOf, keyRingOf, parseKept } from "./key-ring-of.ts";
import { replaceSecret } from "./kept-secret.ts";
import type { Settings } from "./setting-definitions.ts";

type KeySettings = Pick<Settings, "data" | "encryptionKeys">;

export interface KeyStatus {
  /** Undefined stands for no key: what was written before secrets were sealed. */
  readonly id: string | undefined;
  /** `missing`: it is not given, and what it has sealed can't be opened. */
  readonly role: "seals" | "opens" | "missing";
  readonly givenBy: "setting" | "data folder" | undefined;
  /** How many there are that it has sealed. */
  readonly texts: number;
}

/** Changes nothing, and makes no key. The first is the one that seals. */
export function keyStatuses(settings: KeySettings): readonly KeyStatus[] {
  const given = givenKeysOf(settings);
  const uses = encryptionKeyUses(controlPathOf(settings));
  const statuses = given.map(({ id, givenBy }, at): KeyStatus => {
    const role = at === 0 ? "seals" : "opens";
    return { id, role, givenBy, texts: uses.get(id) ?? 0 };
  });
  const others = [...uses].filter(([id]) => !given.some((key) => key.id === id));
  const missing = others.map(([id, texts]): KeyStatus => ({
    id,
    role: "missing",
    givenBy: undefined,
    texts,
  }));
  return [...statuses, ...missing];
}

/** Ids of the keys that a server would have, the one that seals first, and of those that it needs. */
export function keyIdsOf(settings: KeySettings): {
  readonly given: readonly string[];
  readonly used: readonly string[];
} {
  const used = encryptionKeyIdsIn(controlPathOf(settings));
  return { given: givenKeysOf(settings).map(({ id }) => id), used };
}

/**
 * Seals everything by another key, while no server has the folder: a new one in the data folder's `encryption-keys`, or the first
 * one of the setting if that is given. Can be interrupted at any time; called again it goes on. Returns the key's id.
 *
 * @throws PosthornError `data_locked`, and as opening the control store does
 */
export function rotateKeys(settings: KeySettings): string {
  const lock = lockDataFolder(settings.data);
  try {
    const isKept = settings.encryptionKeys === undefined;
    const keyRing = isKept ? keptRingToRotateTo(settings) : keyRingOf(settings);
    sealAllBy(keyRing, settings);
    const [active] = keyRing;
    if (isKept) replaceSecret(encryptionKeysPathOf(settings), textOfKeyRing([active]));
    return active.id;
  } finally {
    lock.release();
  }
}

function givenKeysOf(
  settings: KeySettings,
): readonly { readonly id: string; readonly givenBy: "setting" | "data folder" }[] {
  const path = encryptionKeysPathOf(settings);
  const set = (settings.encryptionKeys ?? []).map(({ id }) => id);
  const kept = existsSync(path) ? parseKept(path, readFileSync(path, "utf8")) : [];
  return [
    ...set.map((id) => ({ id, givenBy: "setting" }) as const),
    ...kept
      .filter(({ id }) => !set.includes(id))
      .map(({ id }) => ({ id, givenBy: "data folder" }) as const),
  ];
}

/** With a new first key; with the one that there is if a rotation to it has been interrupted. */
function keptRingToRotateTo(settings: KeySettings): KeyRing {
  const kept = keyRingOf(settings);
  const [active] = kept;
  const isInterrupted = encryptionKeyIdsIn(controlPathOf(settings)).some((id) => id !== active.id);
  if (isInterrupted) return kept;
  const text = `${newEncryptionKey()}\n${textOfKeyRing([active])}`;
  replaceSecret(encryptionKeysPathOf(settings), text);
  return parseKeyRing(text);
}

function sealAllBy(keyRing: KeyRing, settings: KeySettings): void {
  const files = { controlPath: controlPathOf(settings), ldbPath: ldbPathOf(settings) };
  const writer = new SqliteControlWriter(
    files,
    { nowMs: Date.now, randomBytes, keyRing },
    () => undefined,
  );
  try {
    while (writer.reseal());
    if (!writer.isResealingNeeded) return;
    const message = "the disk has no room to write control.db anew: make some, then do this again";
    throw new PosthornError("disk_full", message);
  } finally {
    writer.close();
  }
}
