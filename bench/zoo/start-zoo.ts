import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ownChild } from "../../test/e2e/own-child.ts";
import type { ZooPlaces } from "./zoo-process.ts";

export interface ZooProcess extends ZooPlaces {
  stop(): Promise<void>;
}

export async function startZoo(): Promise<ZooProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, "zoo-process.ts"), {
    serialization: "advanced",
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
