import assert from "node:assert/strict";
import { test } from "node:test";
import type { Erasure, ErasureReceipt } from "../control/erasure.ts";
import { applicationKeyOf } from "../core/ids.ts";
import { nothingPurged } from "../core/purge.ts";
import { Purger, type PurgerOptions } from "./purger.ts";

const erasure: Erasure = {
  key: 1,
  id: "era_1" as Erasure["id"], // nobody parses it
  organization: "org",
  application: applicationKeyOf(1),
  applicationId: "app_1" as Erasure["applicationId"], // nor that
  endpoint: undefined,
  endpointId: undefined,
  message: undefined,
  status: "running",
  receipt: { jobDbs: [], archives: [], damaged: [], quarantined: [] },
  receiptSha256: undefined,
  createdAtMs: 0,
  updatedAtMs: 0,
};

/** JobDbs by number, with how many messages the application has there that still say something; and the same archived. */
class World {
  readonly jobDbs = new Map<number, number>();
  readonly archived = new Map<number, number>();
  /** Each holds two messages of the application, which are counted whether or not they say something. */
  receipt: ErasureReceipt | undefined;
  beforeArchives = (): void => undefined;

  async carryOut(receipt: ErasureReceipt = erasure.receipt): Promise<void> {
    const options: PurgerOptions = {
      erasures: {
        runningErasures: async () => [{ ...erasure, receipt }],
        advanceErasure: async () => undefined,
        finishErasure: async (_, finished) => {
          this.receipt = finished;
        },
      },
      jobDbs: () => [...this.jobDbs.keys()],
      quarantined: () => [],
      directors: {
        purge: async (jobDb) => {
          this.jobDbs.set(jobDb, 0);
          return { rows: { ...nothingPurged, messages: 2 }, next: undefined };
        },
      },
      archive: {
        resting: false,
        purge: async () => {
          this.beforeArchives();
          for (const jobDb of this.archived.keys()) this.archived.set(jobDb, 0);
          return { purged: [], damaged: [] };
        },
      },
      clock: { after: () => ({ stop: () => undefined }) },
      onFinished: () => undefined,
      onFailure: (error) => assert.fail(String(error)),
    };
    await new Purger(options).wake();
  }

  restore(jobDb: number): void {
    this.jobDbs.set(jobDb, this.archived.get(jobDb) ?? 0);
  }
}

test("a JobDb that was purged, dropped, and restored of an archive that was not purged yet is purged again", async () => {
  const world = new World();
  world.jobDbs.set(1, 2).set(2, 2);
  world.archived.set(1, 2);
  world.beforeArchives = () => world.restore(1);
  await world.carryOut();
  assert.deepEqual(
    [...world.jobDbs],
    [
      [1, 0],
      [2, 0],
    ],
  );
  assert.deepEqual(
    world.receipt?.jobDbs.map(({ jobDb, messages }) => [jobDb, messages]),
    [
      [1, 2],
      [2, 2],
    ],
  );
});

test("so is one that was restored while the server was down, after the erasure had been there", async () => {
  const world = new World();
  world.archived.set(1, 2);
  world.restore(1);
  await world.carryOut({ ...erasure.receipt, jobDbs: [{ jobDb: 1, messages: 2, attempts: 0 }] });
  assert.equal(world.jobDbs.get(1), 0);
  assert.equal(world.receipt?.jobDbs.length, 1);
});
