/** A place in at most one ring at a time; it belongs to its item for good. */
export class Link<Item> {
  /** Undefined only in the head of a ring. */
  readonly item: Item | undefined;
  before: Link<Item> = this;
  after: Link<Item> = this;

  constructor(item: Item | undefined) {
    this.item = item;
  }

  /** Takes the place out of its ring, whichever that is. */
  unlink(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }
}

/**
 * First in, first out, with O(1) for everything: also for taking out of the middle without knowing the ring, and for
 * taking over all of another ring.
 */
export class LinkedRing<Item> {
  readonly #head = new Link<Item>(undefined);

  get empty(): boolean {
    return this.#head.after === this.#head;
  }

  push(link: Link<Item>): void {
    const last = this.#head.before;
    link.before = last;
    link.after = this.#head;
    last.after = link;
    this.#head.before = link;
  }

  /** Undefined: there is none. */
  get first(): Item | undefined {
    return this.#head.after.item;
  }

  shift(): Item | undefined {
    const first = this.#head.after;
    first.unlink();
    return first.item;
  }

  /** Puts all of the other ring behind what is here and leaves the other one empty. */
  takeAll(other: LinkedRing<Item>): void {
    if (other.empty) return;
    const [first, last] = [other.#head.after, other.#head.before];
    other.#head.unlink();
    // What was between is a ring without a head now: it goes in behind the last one here.
    const end = this.#head.before;
    end.after = first;
    first.before = end;
    last.after = this.#head;
    this.#head.before = last;
  }
}
