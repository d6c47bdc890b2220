import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ownChild } from "../../test/e2e/own-child.ts";
import { type Scheduling, underScheduling } from "../scheduling.ts";
import type { ZooPlaces } from "./zoo-process.ts";

export interface ZooProcess extends ZooPlaces {
  stop(): Promise<void>;
}

/** `scheduling` of the process, as the zoo is other machines elsewhere. */
export async function startZoo(scheduling: Scheduling): Promise<ZooProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, "zoo-process.ts"), {
    serialization: "advanced",
    ...underScheduling(scheduling),
  });
  const exited = ownChild(child);
  const [places] = (await once(child, "message")) as [ZooPlaces]; // the first thing it tells
  return {
    ...places,
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}
