/** Answers that are kept, so that a request that is repeated gets the first one's (api/once.ts). */
import type { ApplicationKey } from "./ids.ts";

/** What is to be kept in the transaction of the messages that a request brought. */
export interface NewAnswer {
  /** Whose messages they are, if there are any. */
  readonly application: ApplicationKey;
  /** Stands for the request: 32 bytes. */
  readonly hash: Uint8Array;
  /** What can't be told from the messages as they are stored. */
  readonly text: string;
}

/** One of several answers about messages that are handed in together: about `count` of them, from the index `from` on. */
export interface PlacedAnswer extends Pick<NewAnswer, "hash" | "text"> {
  readonly from: number;
  readonly count: number;
}

/** An answer as a JobDb holds it: about `messages` rows, from `firstMessage` on. */
export interface AnswerRow extends Pick<NewAnswer, "hash" | "text"> {
  /** Unix milliseconds; never decreases from one answer of a JobDb to the next. */
  readonly atMs: number;
  /** The next row there is if it is about no message. */
  readonly firstMessage: number;
  readonly messages: number;
}
