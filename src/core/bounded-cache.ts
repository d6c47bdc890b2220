/**
 * A map that forgets what has not been asked for lately, so that it stays below a weight. Two generations: what is found
 * or put goes to the young one; when that has half the weight it becomes the old one, and the old one is forgotten. A hit
 * is one look-up in a Map, where exact least-recently-used order would cost a deletion and an insertion each time.
 */
export class BoundedCache<Key, Value extends object> {
  readonly #weightMax: number;
  #young = new Map<Key, Entry<Value>>();
  #old = new Map<Key, Entry<Value>>();
  #youngWeight = 0;

  /** @param weightMax in the unit of the weights that are put, estimated bytes for example */
  constructor(weightMax: number) {
    this.#weightMax = weightMax;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#old.delete(key);
      this.#putYoung(key, old);
    }
    return old?.value;
  }

  put(key: Key, value: Value, weight: number): void {
    this.delete(key);
    this.#putYoung(key, { value, weight });
  }

  delete(key: Key): void {
    this.#youngWeight -= this.#young.get(key)?.weight ?? 0;
    this.#young.delete(key);
    this.#old.delete(key);
  }

  deleteWhere(isStale: (value: Value) => boolean): void {
    for (const generation of [this.#young, this.#old]) {
      for (const [key, entry] of generation) if (isStale(entry.value)) this.delete(key);
    }
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngWeight = 0;
  }

  #putYoung(key: Key, entry: Entry<Value>): void {
    this.#young.set(key, entry);
    this.#youngWeight += entry.weight;
    if (this.#youngWeight <= this.#weightMax / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngWeight = 0;
  }
}

interface Entry<Value> {
  readonly value: Value;
  readonly weight: number;
}
