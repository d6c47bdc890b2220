import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ownChild } from "../../test/e2e/own-child.ts";
import { type Scheduling, underScheduling } from "../scheduling.ts";
import type { BareVisit } from "./bare-client-process.ts";

export interface BareClient {
  /** Resolves when all visitors have met the behaviour. */
  visit(visit: BareVisit): Promise<void>;
  stop(): Promise<void>;
}

export function startBareClient(scheduling: Scheduling): BareClient {
  const child = fork(
    join(import.meta.dirname, "bare-client-process.ts"),
    underScheduling(scheduling),
  );
  const exited = ownChild(child);
  return {
    visit: async (visit) => {
      const met = once(child, "message");
      child.send(visit);
      await met;
    },
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}
