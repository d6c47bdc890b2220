/** The answers to POSTs of messages, which history keeps with the messages. */
import type { NewAnswer } from "../core/answer.ts";
import type { ApplicationKey } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { History, StoredAnswer } from "../director/facade.ts";
import type { ApiContext } from "./context.ts";
import type { Answer, KeptAnswer } from "./once.ts";
import type { FastifyRequest } from "fastify";

export interface MessageAnswersOptions extends Pick<ApiContext, "history"> {
  readonly nowMs: () => number;
}

export class MessageAnswers {
  readonly #history: History;
  readonly #nowMs: () => number;

  constructor({ history, nowMs }: MessageAnswersOptions) {
    this.#history = history;
    this.#nowMs = nowMs;
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
    return onceKey === undefined ? undefined : { application, hash: onceKey.hash, text };
  }

  /** For a route whose answers `newAnswer` is for. */
  kept(answerOf: (stored: StoredAnswer) => Answer): KeptAnswer {
    return async ({ hash }) => {
      const stored = await this.#history.answer(hash, this.#nowMs() - limits.answersKeptMs);
      return stored === undefined ? undefined : answerOf(stored);
    };
  }
}
