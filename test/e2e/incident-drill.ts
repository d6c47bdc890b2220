/** Half of all endpoints fail: what an operator has to find out and do, by whatever has the hands for it. */
import assert from "node:assert/strict";
import type { Svix } from "svix";
import { eventually } from "./eventually.ts";
import type { PathReceiver } from "./path-receiver.ts";

/** What an operator can do: with the API, the command line, or the dashboard. Endpoints are named by the paths of their URLs. */
export interface Operator {
  /** Those that the overview shows as failing. */
  failing(): Promise<readonly string[]>;
  /** What an endpoint has answered to the attempts that failed, the newest first. */
  failuresOf(name: string): Promise<readonly string[]>;
  pause(name: string, reason: string): Promise<void>;
  resume(name: string): Promise<void>;
  enable(name: string): Promise<void>;
  /** Sends an endpoint what it was never sent, and resolves to how much that was when it is done. */
  replayMissing(name: string, since: Date): Promise<number>;
}

export interface Incident {
  readonly svix: Svix;
  readonly receiver: PathReceiver;
}

export const drillApplication = "shop";
const well = ["ada", "bo", "cy", "di"];
const ill = ["ed", "flo", "gus", "hal"];
const cause = "the orders' table is locked";

/** An application with eight endpoints, that have their paths' names as uids. */
export async function stageIncident({ svix, receiver }: Incident): Promise<void> {
  await svix.application.create({ name: "Shop", uid: drillApplication });
  for (const uid of [...well, ...ill]) {
    await svix.endpoint.create(drillApplication, { uid, url: receiver.url(`/${uid}`) });
  }
  for (const uid of ill) receiver.answer(`/${uid}`, () => ({ status: 500, body: cause }));
}

/** What comes about, and what the operator does, in order; each is compared with what has arrived. */
export async function drill({ svix, receiver }: Incident, operator: Operator): Promise<void> {
  const since = new Date(Date.now() - 60_000);
  const send = async (order: number): Promise<string> => {
    const message = { eventType: "order.paid", payload: { order } };
    return (await svix.message.create(drillApplication, message)).id;
  };
  const arrived = async (name: string, count: number): Promise<unknown[]> => {
    const requests = await receiver.requests(`/${name}`, count);
    return requests.map(({ headers }) => headers["webhook-id"]);
  };
  const first = await send(1);
  for (const name of [...well, ...ill]) assert.deepEqual(await arrived(name, 1), [first]);

  // Which: the overview names those four, and no others. Why: what each of them has answered.
  const failing = await eventually(
    () => operator.failing(),
    (names) => names.length === ill.length,
  );
  assert.deepEqual(failing.toSorted(), ill);
  for (const name of ill) assert.deepEqual(await operator.failuresOf(name), [cause]);

  // One is paused by hand; another says that it is gone, and is disabled by that.
  await operator.pause("ed", "its database is being repaired");
  receiver.answer("/flo", () => ({ status: 410 }));
  const second = await send(2);
  assert.deepEqual(await arrived("flo", 2), [first, second]);
  await eventually(
    () => svix.endpoint.get(drillApplication, "flo"),
    ({ disabled }) => disabled === true,
  );
  const missed = [await send(3), await send(4)];
  for (const name of well) assert.deepEqual(await arrived(name, 4), [first, second, ...missed]);

  // It is back: what it has missed is sent, each once and nothing else.
  receiver.answer("/flo", () => ({ status: 200 }));
  await operator.enable("flo");
  assert.equal(await operator.replayMissing("flo", since), missed.length);
  assert.deepEqual(await arrived("flo", 4), [first, second, ...missed]);

  // The paused one was left alone all the while, and gets then what has waited.
  assert.equal(receiver.count("/ed"), 1);
  receiver.answer("/ed", () => ({ status: 200 }));
  await operator.resume("ed");
  const waited = await arrived("ed", 4);
  assert.deepEqual(new Set(waited), new Set([first, second, ...missed]));

  // Those that are well were sent nothing twice.
  for (const name of well) assert.equal(receiver.count(`/${name}`), 4);
}
