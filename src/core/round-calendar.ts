/**
 * Whose turn it is, if turns cost slot time: deficit round robin in which a turn may begin while there is credit
 * left, goes into debt by whatever it costs, and the next one waits for the round that pays the debt off.
 *
 * Time here is slot time. Round r lasts from r × `limits.roundMs` on this scale to the next one; `paidAtMs` is how
 * far a turn's owner is charged. It may have its turn in round r if that is before the round's end; then costs move
 * it on:
 *
 *              charge, still within the round
 *                     ┌──────┐
 *                     ▼      │
 *   wait ──▶ bucket ──▶ ready ── next ──▶ has its turn ──charge, wait──▶ bucket of a later round
 *            of a later     ▲
 *            round ─────────┘ when nothing is ready, the rounds up to the first bucket with anybody in it are skipped
 *
 * Invariants:
 * - Who begins to wait joins the next round, with nothing saved up, or a later one if there is debt. So a round ends
 *   after at most `roundMs` and one attempt of each of its members, whoever comes meanwhile, and nobody starves.
 * - Between two that always wait the charges differ by at most a round, the dearest attempt of each, and a seventh of
 *   their debts.
 * - What is owed never exceeds `limits.slotDebtMsMax`.
 * - All is O(1) however many wait: no loop over turns, and none over rounds that have nobody.
 *
 * The calendar is a timer wheel that never moves anything from a coarse wheel to a finer one: 32 buckets for each of
 * the next 32 rounds, 32 more of 4 rounds each, then of 16 … A turn may wait up to a seventh longer than its debt,
 * and has its exact position all the same, so it catches up afterwards.
 *
 * Rejected: a quantum as large as the dearest attempt, which is what deficit round robin asks for without debt: an
 * endpoint that answers in 5 ms would get 3,000 attempts for each one of an endpoint that hangs for 15 s. Visiting
 * indebted queues in every round: 1,500 rounds of 10 ms for one attempt of 15 s. A heap by `paidAtMs`: 17 levels at
 * 100,000 queues. A wheel of one row: 60,000 buckets for each application. Moving turns from coarse to fine: 100,000
 * of them at once, if they fail together.
 */
import { limits } from "./limits.ts";
import { Link, LinkedRing } from "./linked-ring.ts";

/** What a calendar knows of somebody who has turns in it. */
export class Turn<Owner> {
  readonly owner: Owner;
  readonly link: Link<Turn<Owner>>;
  waiting = false;
  /** Slot time up to which the owner is charged. */
  paidAtMs = 0;
  /** The round of its last turn: until that ends it comes back as a member, not as a newcomer. */
  lastRound = -1;

  constructor(owner: Owner) {
    this.owner = owner;
    this.link = new Link<Turn<Owner>>(this);
  }
}

/** Buckets of one width. A bit that is set may stand for an empty bucket, as turns leave without saying from where. */
interface Wheel<Owner> {
  bits: number;
  readonly buckets: (LinkedRing<Turn<Owner>> | undefined)[];
}

/** The bits of one number. */
const bucketsPerWheel = 32;
/** Each wheel is four times as coarse as the one before: what is owed needs seven of them at the most. */
const bitsPerWheel = 2;

export class RoundCalendar<Owner> {
  /** Who waits alone needs no bucket: most applications have one endpoint, and a bucket takes more memory than all else of them. */
  #alone: Turn<Owner> | undefined;
  readonly #ready = new LinkedRing<Turn<Owner>>();
  /** From fine to coarse, each made when it is needed first. */
  readonly #wheels: (Wheel<Owner> | undefined)[] = [];
  #round = 0;
  #waiting = 0;

  /** Whether anybody waits. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** It wants a turn, unless it waits for one already. */
  wait(turn: Turn<Owner>): void {
    if (turn.waiting) return;
    turn.waiting = true;
    this.#waiting += 1;
    if (turn.lastRound !== this.#round) turn.paidAtMs = Math.max(turn.paidAtMs, this.#roundEndMs);
    if (this.#waiting === 1) {
      this.#alone = turn;
      return;
    }
    if (this.#alone !== undefined) this.#place(this.#alone);
    this.#alone = undefined;
    this.#place(turn);
  }

  /** It wants no turn any more. */
  leave(turn: Turn<Owner>): void {
    if (!turn.waiting) return;
    turn.waiting = false;
    this.#waiting -= 1;
    if (turn === this.#alone) this.#alone = undefined;
    turn.link.unlink();
  }

  /** Whose turn it is; undefined if nobody waits. It has left then, and comes back with `wait`. */
  next(): Owner | undefined {
    if (this.#waiting === 0) return undefined;
    const turn = this.#takeAlone() ?? this.#takeReady();
    if (turn === undefined) return undefined;
    turn.waiting = false;
    this.#waiting -= 1;
    turn.lastRound = this.#round;
    return turn.owner;
  }

  /** Charges slot time, or gives some back if negative: never so much that there is credit from earlier rounds. */
  charge(turn: Turn<Owner>, costMs: number): void {
    const roundBefore = roundOf(turn);
    const startMs = this.#round * limits.roundMs;
    turn.paidAtMs = Math.min(
      Math.max(turn.paidAtMs + costMs, Math.min(turn.paidAtMs, startMs)),
      startMs + limits.slotDebtMsMax,
    );
    if (!turn.waiting || turn === this.#alone) return;
    if (!this.#moves(roundBefore, roundOf(turn))) return;
    turn.link.unlink();
    this.#place(turn);
  }

  /** Slot time that it owes beyond the credit of the next round: with none, forgetting it changes nothing. */
  debtMs(turn: Turn<Owner>): number {
    return Math.max(0, turn.paidAtMs - this.#roundEndMs);
  }

  get #roundEndMs(): number {
    return (this.#round + 1) * limits.roundMs;
  }

  /** Who stays ready keeps its place in line. */
  #moves(before: number, after: number): boolean {
    return before !== after && Math.max(before, after) > this.#round;
  }

  #place(turn: Turn<Owner>): void {
    const round = roundOf(turn);
    if (round <= this.#round) this.#ready.push(turn.link);
    else this.#bucketOf(round).push(turn.link);
  }

  /** The finest bucket that reaches as far, and ends no sooner than that round. */
  #bucketOf(round: number): LinkedRing<Turn<Owner>> {
    let level = 0;
    let width = 1;
    while (Math.ceil(round / width) - Math.floor(this.#round / width) >= bucketsPerWheel) {
      level += 1;
      width *= 1 << bitsPerWheel;
    }
    const wheel = (this.#wheels[level] ??= { bits: 0, buckets: [] });
    const index = Math.ceil(round / width) % bucketsPerWheel;
    wheel.bits |= 1 << index;
    return (wheel.buckets[index] ??= new LinkedRing<Turn<Owner>>());
  }

  #takeAlone(): Turn<Owner> | undefined {
    const turn = this.#alone;
    this.#alone = undefined;
    if (turn !== undefined) this.#round = Math.max(this.#round, roundOf(turn));
    return turn;
  }

  #takeReady(): Turn<Owner> | undefined {
    while (this.#ready.empty) this.#skipRounds();
    return this.#ready.shift();
  }

  /** Goes to the first round that has a bucket: its turns are ready, if any has not left. */
  #skipRounds(): void {
    const round = this.#firstBucketRound();
    this.#round = round;
    for (let level = 0; level < this.#wheels.length; level += 1) {
      const wheel = this.#wheels[level];
      const at = round / 2 ** (bitsPerWheel * level);
      if (!Number.isInteger(at)) return;
      const index = at % bucketsPerWheel;
      const bucket = wheel?.buckets[index];
      if (wheel === undefined || bucket === undefined) continue;
      this.#ready.takeAll(bucket);
      wheel.bits &= ~(1 << index);
      wheel.buckets[index] = undefined;
    }
  }

  #firstBucketRound(): number {
    let first = Infinity;
    let width = 1;
    for (const wheel of this.#wheels) {
      if (wheel !== undefined && wheel.bits !== 0) {
        const next = Math.floor(this.#round / width) + 1;
        first = Math.min(first, (next + distanceToBit(wheel.bits, next % bucketsPerWheel)) * width);
      }
      width *= 1 << bitsPerWheel;
    }
    return first;
  }
}

function roundOf(turn: Turn<unknown>): number {
  return Math.floor(turn.paidAtMs / limits.roundMs);
}

/** How many bits upwards from `from`, round the end, the first set one is; at least one is set. */
function distanceToBit(bits: number, from: number): number {
  const turned = (bits >>> from) | (bits << (bucketsPerWheel - from));
  return 31 - Math.clz32(turned & -turned);
}
