import type { InspectedRequest, InspectorAnswer } from "../core/arrival.ts";
import type { InspectorLine } from "../transport/inspector-dispatch.ts";

/** The way from a Director's thread to the inspector in the API's. As many requests are on it as attempts are open. */
export class ThreadedInspectorLine implements InspectorLine {
  readonly #tell: (id: number, request: InspectedRequest) => void;
  readonly #delivered = new Map<number, (answer: InspectorAnswer | undefined) => void>();
  #last = 0;

  /** @param tell hands the request over; its answer comes back by `answered` */
  constructor(tell: (id: number, request: InspectedRequest) => void) {
    this.#tell = tell;
  }

  deliver(request: InspectedRequest): Promise<InspectorAnswer | undefined> {
    this.#last += 1;
    // A copy: a view would take all of the memory that it is a view of along.
    this.#tell(this.#last, { ...request, body: request.body.slice() });
    return new Promise((resolve) => this.#delivered.set(this.#last, resolve));
  }

  answered(id: number, answer: InspectorAnswer | undefined): void {
    this.#delivered.get(id)?.(answer);
    this.#delivered.delete(id);
  }
}
