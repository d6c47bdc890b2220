import { fork } from "node:child_process";
import { join } from "node:path";
import { ownChild } from "../../test/e2e/own-child.ts";
import { within } from "../../test/e2e/within.ts";
import type { ReceiverReport } from "../receiver-process.ts";
import { type Scheduling, underScheduling } from "../scheduling.ts";
import type { Behaviour } from "./behaviour.ts";
import type { EndpointRequest, HeldLog } from "./endpoint-process.ts";

/** A process of receivers, as seen from the bench. */
export interface Endpoints {
  /** More endpoints, one for each behaviour; returns their URLs. */
  add(behaviours: readonly Behaviour[], hostOf?: (endpoint: number) => string): Promise<string[]>;
  /** Each behaves as told from now on, or all alike; what they hold, they treat like that as well. */
  behaveAll(behaviour: Behaviour | readonly Behaviour[]): Promise<void>;
  reset(): void;
  report(): Promise<ReceiverReport>;
  log(): Promise<HeldLog>;
  stop(): Promise<void>;
}

const answerMsMax = 60_000;

export async function startEndpoints(scheduling: Scheduling = "normal"): Promise<Endpoints> {
  const child = fork(join(import.meta.dirname, "endpoint-process.ts"), {
    serialization: "advanced",
    ...underScheduling(scheduling),
  });
  const exited = ownChild(child);
  const ended = exited.then((exit) => {
    throw new Error(`the receivers ended (${exit.code ?? exit.signal})`);
  });
  ended.catch(() => undefined); // whoever waits for an answer gets it
  const answerOf = async <T>(): Promise<T> => {
    const answer = Promise.withResolvers<T>();
    child.once("message", (message: T) => {
      answer.resolve(message);
    });
    return await within(Promise.race([answer.promise, ended]), answerMsMax, "the receivers");
  };
  const tell = (request: EndpointRequest): void => {
    child.send(request);
  };
  const ask = async <T>(request: EndpointRequest): Promise<T> => {
    tell(request);
    return await answerOf<T>();
  };
  const port = await answerOf<number>();
  let count = 0;
  return {
    add: async (behaviours, hostOf = () => "127.0.0.1") => {
      const from = count;
      count += behaviours.length;
      await ask<"behaving">({ kind: "behave", from, behaviours });
      return behaviours.map((_, index) => `http://${hostOf(from + index)}:${port}/${from + index}`);
    },
    behaveAll: async (behaviour) => {
      const behaviours =
        "kind" in behaviour ? Array.from({ length: count }, () => behaviour) : behaviour;
      await ask<"behaving">({ kind: "behave", from: 0, behaviours });
    },
    reset: () => {
      tell({ kind: "reset" });
    },
    report: async () => await ask<ReceiverReport>({ kind: "report" }),
    log: async () => await ask<HeldLog>({ kind: "log" }),
    stop: async () => {
      child.disconnect();
      await exited;
    },
  };
}
