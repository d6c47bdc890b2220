/**
 * Who is next to get a free slot: round robin over the virtual queues that can use one now. A queue stands in the ring
 * at most once, so a customer with a million waiting deliveries gets one turn per round like everybody else.
 *
 * One decision is O(1) whatever the number of queues. A turn is one attempt, whatever it will cost: fairness in slot
 * time (deficit round robin over applications, then endpoints) replaces `next` and keeps this interface.
 */
export class FairQueue<Queue> {
  // A Set iterates in order of insertion and deletes in O(1): a ring without bookkeeping.
  readonly #ring = new Set<Queue>();

  /** Gives the queue a turn in this round, unless it has one already. */
  offer(queue: Queue): void {
    this.#ring.add(queue);
  }

  /** The queue whose turn it is; it leaves the ring and comes back to its end by `offer`. */
  next(): Queue | undefined {
    for (const queue of this.#ring) {
      this.#ring.delete(queue);
      return queue;
    }
    return undefined;
  }
}
