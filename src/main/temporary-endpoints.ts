import { callOfServer } from "../control/audit.ts";
import type { ControlWriter } from "../control/facade.ts";
import type { LdbReader } from "../control/ldb-reader.ts";
import type { EndpointId } from "../core/ids.ts";
import { limits } from "../core/limits.ts";
import type { Inspector } from "../director/inspector.ts";
import type { Clock, Stoppable } from "../director/ports.ts";
import { DutyLoop } from "./duty-loop.ts";

export interface TemporaryEndpointsOptions {
  readonly reader: Pick<LdbReader, "temporaryEndpoints">;
  readonly inspector: Pick<Inspector, "listenedAtMs">;
  readonly control: Pick<ControlWriter, "audited">;
  readonly clock: Clock;
  readonly onDeleted: (endpoint: EndpointId) => void;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Deletes temporary endpoints that nobody has listened to for `limits.temporaryEndpointIdleMs`, whatever became of who has. Which they are
 * is in the LDB, so a crash of the server only begins their time anew.
 */
export class TemporaryEndpoints {
  readonly #options: TemporaryEndpointsOptions;
  readonly #startedAtMs: number;
  readonly #loop: DutyLoop;
  #next: Stoppable | undefined;

  constructor(options: TemporaryEndpointsOptions) {
    this.#options = options;
    const { clock, onFailure } = options;
    this.#startedAtMs = clock.nowMs();
    const retryMs = limits.temporaryEndpointLookMs;
    this.#loop = new DutyLoop({ work: () => this.#look(), retryMs, clock, onFailure });
  }

  start(): void {
    this.#next = this.#options.clock.after(limits.temporaryEndpointLookMs, () => {
      void this.#loop.wake();
      this.start();
    });
  }

  async stop(): Promise<void> {
    this.#next?.stop();
    await this.#loop.stop();
  }

  async #look(): Promise<void> {
    const { reader, inspector, control, clock, onDeleted } = this.#options;
    const idleSinceMs = clock.nowMs() - limits.temporaryEndpointIdleMs;
    if (this.#startedAtMs > idleSinceMs) return;
    for (const temporary of reader.temporaryEndpoints()) {
      if (this.#loop.stopping) return;
      const { endpoint, id, organization, application, updatedAtMs } = temporary;
      const listenedAtMs = inspector.listenedAtMs(endpoint) ?? 0;
      if (Math.max(updatedAtMs, listenedAtMs) > idleSinceMs) continue;
      const about = { organization, application, subjects: { endpoint_id: id } };
      await control.audited(callOfServer("server.endpoint.delete", about)).deleteEndpoint(endpoint);
      onDeleted(id);
    }
  }
}
