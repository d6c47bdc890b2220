/** Who came last, and who else before: enough to tell anybody when somebody else was here. */
export class RecentOwners<OwnerKey> {
  #last: Visit<OwnerKey> | undefined;
  /** The last one of another owner. */
  #before: Visit<OwnerKey> | undefined;

  note(owner: OwnerKey, atMs: number): void {
    if (this.#last?.owner !== owner) this.#before = this.#last;
    this.#last = { owner, atMs };
  }

  /** When somebody else came last; minus infinity: never. */
  lastOtherThan(owner: OwnerKey): number {
    const visit = this.#last?.owner === owner ? this.#before : this.#last;
    return visit?.atMs ?? -Infinity;
  }
}

interface Visit<OwnerKey> {
  readonly owner: OwnerKey;
  readonly atMs: number;
}
