/** The answers to POSTs of messages, which history keeps with the messages. */
import type { NewAnswer } from "../core/answer.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import { RecentHashes } from "../core/recent-hashes.ts";
import type { History, StoredAnswer } from "../director/facade.ts";
import type { ApiContext } from "./context.ts";
import type { OnceKey } from "../control/facade.ts";
import type { Answer } from "./once.ts";
import type { FastifyRequest } from "fastify";

export interface MessageAnswersOptions extends Pick<ApiContext, "history"> {
  readonly nowMs: () => number;
}

/**
 * Almost every request with a key is the first one, and to know that by looking on disk takes 50 µs and more: so what was
 * kept recently is known in memory, what was kept before this process's start included. As long as that is being read, or if
 * there is more of it than `limits.recentAnswersMax`, history is asked.
 */
export class MessageAnswers {
  readonly #history: History;
  readonly #nowMs: () => number;
  readonly #recent = new RecentHashes(limits.answersKeptMs, limits.recentAnswersMax);
  #isStopped = false;

  constructor({ history, nowMs }: MessageAnswersOptions) {
    this.#history = history;
    this.#nowMs = nowMs;
  }

  /**
   * Reads what was kept before the start. Fails as history does, unless it was stopped: history may be closed then. As long
   * as it has not read all, history is asked about every key.
   */
  async load(): Promise<void> {
    try {
      for await (const kept of this.#history.answersSince(this.#sinceMs())) {
        if (this.#isStopped) return;
        for (const { hash, atMs } of kept) this.#recent.add(hash, atMs);
      }
    } catch (error) {
      if (this.#isStopped) return;
      throw error;
    }
    this.#recent.becomeComplete();
  }

  /** Ends loading. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * What is to be kept of a request's answer; undefined if the request has no key.
   *
   * @param text what `answerOf` of the same route needs besides the messages
   */
  newAnswer(
    { onceKey }: Pick<FastifyRequest, "onceKey">,
    application: ApplicationKey,
    text: string,
  ): NewAnswer | undefined {
    if (onceKey === undefined) return undefined;
    const { hash } = onceKey;
    // Before it is kept, so that nobody misses it then.
    this.#recent.add(hash, this.#nowMs());
    return { application, hash, text };
  }

  /** For a route whose answers `newAnswer` is for. */
  kept(
    answerOf: (stored: StoredAnswer) => Answer,
  ): (key: Pick<OnceKey, "hash">) => Promise<Answer | undefined> {
    return async ({ hash }) => {
      const whereabouts = this.#recent.find(hash, this.#nowMs());
      if (whereabouts === undefined) return undefined;
      const stored = await this.#history.answer(hash, this.#sinceMs(), whereabouts.beforeMs);
      return stored === undefined ? undefined : answerOf(stored);
    };
  }

  #sinceMs(): number {
    return this.#nowMs() - limits.answersKeptMs;
  }
}
