import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arrival, DeliveryChecker, type Durable, type Fault } from "./delivery-checker.ts";

const message = { bodyHash: "body-1", recipients: new Set(["north", "south"]) };
const other = { bodyHash: "body-2", recipients: new Set(["north"]) };
const stored = { isStored: () => true, isBodyStored: () => true };
const nothing: Durable = { ...stored, isSettled: () => false };
const everything: Durable = { ...stored, isSettled: () => true };

test("a delivery that arrives once at each of its endpoints is no fault", () => {
  const checker = acknowledged();
  assert.equal(checker.outstanding, 2);
  assert.equal(checker.arrive(arrivalAt("north")), "delivered");
  assert.equal(checker.arrive(arrivalAt("south")), "delivered");
  assert.equal(checker.outstanding, 0);
  assert.deepEqual(faultsOf(checker), {});
  assert.equal(checker.report().lost, 0);
});

test("an arrival may come before its acknowledgement does", () => {
  const checker = checkerOf();
  checker.sending(message);
  assert.equal(checker.arrive(arrivalAt("north")), "delivered");
  checker.acknowledge("msg_1", message);
  assert.equal(checker.outstanding, 1);
  assert.deepEqual(faultsOf(checker), {});
});

test("an acknowledged delivery that never arrives is lost, and named", () => {
  const checker = acknowledged();
  checker.arrive(arrivalAt("north"));
  const { lost, examples } = checker.report();
  assert.equal(lost, 1);
  assert.deepEqual(examples, ["lost: msg_1 at south"]);
});

test("a delivery that was only refused is lost", () => {
  const checker = acknowledged();
  checker.arrive(arrivalAt("north"));
  assert.equal(checker.arrive({ ...arrivalAt("south"), answer: "refused" }), "refused");
  assert.equal(checker.report().lost, 1);
});

test("nothing is owed to an endpoint that can't be delivered to", () => {
  const checker = new DeliveryChecker(new Set(["north"]), 0);
  checker.sending(message);
  checker.acknowledge("msg_1", message);
  checker.arrive(arrivalAt("north"));
  assert.equal(checker.report().owed, 1);
  assert.equal(checker.report().lost, 0);
});

test("a batch of which a part is stored is torn, and one that is stored whole or not at all is none", () => {
  const bodiesStored = (...stored: readonly string[]): Durable => ({
    ...everything,
    isBodyStored: (bodyHash) => stored.includes(bodyHash),
  });
  const checker = checkerOf();
  for (const durable of [bodiesStored("body-1", "body-2"), bodiesStored()]) {
    checker.sendingTogether([message, other]);
    checker.endLife("killed", durable);
  }
  assert.deepEqual(faultsOf(checker), {});
  checker.sendingTogether([message, other]);
  checker.endLife("killed", bodiesStored("body-2"));
  assert.deepEqual(faultsOf(checker), { torn: 1 });
});

test("a message whose acknowledgement got lost may arrive or not", () => {
  const checker = checkerOf();
  checker.sending(message);
  assert.equal(checker.arrive(arrivalAt("north")), "delivered");
  assert.deepEqual(faultsOf(checker), {});
  assert.equal(checker.report().lost, 0);
});

const plantedFaults: readonly (readonly [string, Partial<Arrival>, Fault])[] = [
  ["another message's body under this id", { bodyHash: "body-2" }, "altered"],
  ["a body that differs in one byte", { bodyHash: "body-1 with a flipped bit" }, "altered"],
  ["a body that nobody sent", { messageId: "msg_9", bodyHash: "body-9" }, "unexpected"],
  ["one POST under a second id", { messageId: "msg_9" }, "unexpected"],
  ["another application's endpoint", { endpoint: "east" }, "misplaced"],
  ["a signature that does not verify", { signature: "invalid" }, "unsigned"],
];
for (const [what, difference, fault] of plantedFaults) {
  test(`${what} is ${fault} and delivers nothing`, () => {
    const checker = acknowledged();
    checker.sending(other);
    assert.equal(checker.arrive({ ...arrivalAt("north"), ...difference }), fault);
    assert.deepEqual(faultsOf(checker), { [fault]: 1 });
    assert.equal(checker.report().lost, 2);
  });
}

test("a body that turns out altered when its acknowledgement comes is altered", () => {
  const checker = checkerOf();
  checker.sending(message);
  checker.sending(other);
  checker.arrive(arrivalAt("north"));
  checker.acknowledge("msg_1", other);
  assert.deepEqual(faultsOf(checker), { altered: 1 });
});

test("a POST that was repeated for want of an answer may have two ids, but not three", () => {
  const checker = checkerOf();
  checker.sending(message);
  checker.sending(message);
  checker.acknowledge("msg_2", message);
  assert.equal(checker.arrive({ ...arrivalAt("north"), messageId: "msg_1" }), "delivered");
  assert.equal(checker.arrive({ ...arrivalAt("north"), messageId: "msg_2" }), "delivered");
  assert.equal(checker.arrive({ ...arrivalAt("north"), messageId: "msg_3" }), "unexpected");
});

test("a second arrival within one life is excess", () => {
  const checker = acknowledged();
  checker.arrive(arrivalAt("north"));
  assert.equal(checker.arrive(arrivalAt("north")), "excess");
  assert.equal(checker.arrive({ ...arrivalAt("north"), answer: "refused" }), "excess");
});

test("what was in flight at a kill may arrive again, once, in any later life", () => {
  const checker = acknowledged();
  checker.arrive(arrivalAt("north"));
  assert.deepEqual(checker.endLife("killed", nothing), { accepted: 1, repeatable: 1 });
  assert.deepEqual(checker.endLife("killed", nothing), { accepted: 0, repeatable: 0 });
  assert.equal(checker.arrive(arrivalAt("north")), "repeated");
  assert.equal(checker.arrive(arrivalAt("north")), "excess");
  assert.equal(checker.report().repeated, 1);
  assert.equal(checker.report().repeatable, 1);
});

test("what was settled at a kill may not arrive again", () => {
  const checker = acknowledged();
  checker.arrive(arrivalAt("north"));
  assert.deepEqual(checker.endLife("killed", everything), { accepted: 1, repeatable: 0 });
  assert.equal(checker.arrive(arrivalAt("north")), "excess");
});

test("nothing may arrive again after a stop in order, settled or not", () => {
  const checker = acknowledged();
  checker.arrive(arrivalAt("north"));
  assert.deepEqual(checker.endLife("stopped", nothing), { accepted: 1, repeatable: 1 });
  assert.equal(checker.arrive(arrivalAt("north")), "excess");
});

test("what was acknowledged and is not on disk when the server ends is unstored", () => {
  const checker = acknowledged();
  checker.endLife("killed", { ...nothing, isStored: () => false });
  checker.endLife("killed", { ...nothing, isStored: () => false });
  assert.deepEqual(faultsOf(checker), { unstored: 1 });
});

test("a retry sooner than the schedule allows is early, unless the server ended in between", () => {
  const checker = new DeliveryChecker(new Set(["north", "south"]), 100);
  checker.sending(message);
  checker.acknowledge("msg_1", message);
  checker.arrive({ ...arrivalAt("north"), answer: "refused", atMs: 1000 });
  assert.equal(checker.arrive({ ...arrivalAt("north"), answer: "refused", atMs: 1100 }), "refused");
  assert.equal(checker.arrive({ ...arrivalAt("north"), atMs: 1199 }), "early");
  checker.arrive({ ...arrivalAt("south"), answer: "refused", atMs: 1000 });
  checker.endLife("killed", nothing);
  assert.equal(checker.arrive({ ...arrivalAt("south"), atMs: 1001 }), "delivered");
});

test("an endpoint's report counts acknowledged deliveries only", () => {
  const checker = acknowledged();
  checker.sending(other);
  checker.arrive(arrivalAt("north"));
  checker.arrive({ ...arrivalAt("north"), messageId: "msg_2", bodyHash: "body-2" });
  assert.deepEqual(checker.endpointReport("north"), { sent: 1, delivered: 1 });
  assert.deepEqual(checker.endpointReport("south"), { sent: 1, delivered: 0 });
});

function checkerOf(): DeliveryChecker {
  return new DeliveryChecker(new Set(["north", "south"]), 0);
}

/** A checker that knows one message, acknowledged as `msg_1`. */
function acknowledged(): DeliveryChecker {
  const checker = checkerOf();
  checker.sending(message);
  checker.acknowledge("msg_1", message);
  return checker;
}

function arrivalAt(endpoint: string): Arrival {
  return {
    endpoint,
    messageId: "msg_1",
    bodyHash: "body-1",
    signature: "valid",
    answer: "accepted",
    atMs: 0,
  };
}

/** Only those that occurred. */
function faultsOf(checker: DeliveryChecker): Partial<Record<Fault, number>> {
  const entries = Object.entries(checker.report().faults).filter(([, count]) => count > 0);
  return Object.fromEntries(entries);
}
