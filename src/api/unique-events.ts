/**
 * Accepts a message with an event id only if its application has used that id for no other message that is kept.
 *
 *     free ──claim──▶ claimed ──history has it──────────▶ free (used already: refused)
 *      ▲                 └──────accepted and durable────▶ free (history has it from now on)
 *      └─────────────────────── accepting it failed
 *
 * Exact, because every message of the process comes through the API's one thread, where claims are; and because history has
 * a message before its claim ends. Whoever wants a claimed id waits and looks again. Costs a lookup for each event id (35 µs for each JobDb with messages of the application), and nothing without.
 */
import type { NewAnswer } from "../core/answer.ts";
import type { Address } from "../core/ids.ts";
import type { IncomingMessage } from "../core/message.ts";
import type { History, Intake } from "../director/facade.ts";
import { Claims } from "./claims.ts";

export class UniqueEvents {
  readonly #intake: Intake;
  readonly #history: History;
  /** What is being accepted or asked for. */
  readonly #claims = new Claims();

  constructor({ intake, history }: { readonly intake: Intake; readonly history: History }) {
    this.#intake = intake;
    this.#history = history;
  }

  /** Undefined if the event id is used; then no answer is kept. Fails as `Intake.accept` and as history do. */
  async accept(message: IncomingMessage, answer?: NewAnswer): Promise<Address | undefined> {
    if (message.eventId === undefined) return this.#intake.accept(message, answer);
    const [address] = await this.acceptAll([message], ([isAccepted]) =>
      isAccepted === true ? answer : undefined,
    );
    return address;
  }

  /**
   * Several, in one transaction; of those with the same event id only the first. In order, undefined for those refused.
   *
   * @param answerOf what is kept in the same transaction, if anything, by what becomes of each message
   */
  async acceptAll(
    messages: readonly IncomingMessage[],
    answerOf: (areAccepted: readonly boolean[]) => NewAnswer | undefined = () => undefined,
  ): Promise<readonly (Address | undefined)[]> {
    const firsts = new Map<string, IncomingMessage>();
    for (const message of messages) {
      const key = keyOf(message);
      if (key !== undefined && !firsts.has(key)) firsts.set(key, message);
    }
    if (firsts.size === 0) {
      return this.#intake.acceptAll(messages, answerOf(messages.map(() => true)));
    }
    const release = await this.#claims.claim([...firsts.keys()]);
    try {
      const fresh = new Set(messages.filter(({ eventId }) => eventId === undefined));
      for (const message of firsts.values()) {
        if (!(await this.#isUsed(message))) fresh.add(message);
      }
      const accepted = messages.filter((message) => fresh.has(message));
      const answer = answerOf(messages.map((message) => fresh.has(message)));
      const stored = (await this.#intake.acceptAll(accepted, answer)).values();
      return messages.map((message) => (fresh.has(message) ? stored.next().value : undefined));
    } finally {
      release();
    }
  }

  async #isUsed({ application, eventId }: IncomingMessage): Promise<boolean> {
    if (eventId === undefined) return false;
    return (await this.#history.messageOfEvent(application, eventId)) !== undefined;
  }
}

function keyOf({ application, eventId }: IncomingMessage): string | undefined {
  return eventId === undefined ? undefined : `${application} ${eventId}`;
}
