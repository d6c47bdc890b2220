import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DiskRoom } from "./disk-room.ts";
import { limits } from "./limits.ts";

const lowWaterBytes = 8_000_000;

function roomWith(freeBytes: number): DiskRoom {
  const room = new DiskRoom(lowWaterBytes);
  room.looked(freeBytes, room.grownBytes);
  return room;
}

test("there is room above the mark, and none below it", () => {
  assert.equal(roomWith(lowWaterBytes).low, false);
  assert.equal(roomWith(lowWaterBytes - 1).low, true);
});

test("what was accepted since the look counts twice, with something for each message", () => {
  const room = roomWith(lowWaterBytes + 2 * (1_000 + limits.messageBytesEstimate));
  room.grew(1, 1_000);
  assert.equal(room.low, false);
  room.grew(0, 1);
  assert.equal(room.low, true);
});

test("what was accepted during a look counts on after it", () => {
  const room = roomWith(2 * lowWaterBytes);
  const before = room.grownBytes;
  room.grew(0, 1_000);
  room.looked(lowWaterBytes + 1_999, before);
  assert.equal(room.low, true);
});

test("after it was low there is room again only an eighth above the mark", () => {
  const room = roomWith(lowWaterBytes - 1);
  room.looked(lowWaterBytes * limits.diskRoomyFactor - 1, room.grownBytes);
  assert.equal(room.low, true);
  room.looked(lowWaterBytes * limits.diskRoomyFactor, room.grownBytes);
  assert.equal(room.low, false);
});

test("without a mark there is always room", () => {
  const room = new DiskRoom(0);
  room.looked(0, 0);
  assert.equal(room.low, false);
});

test("on a disk that never gives more than twice of what it takes, the mark is passed by one message at the most", () => {
  const sizes = fc.array(fc.nat(limits.bodyBytesMax), { maxLength: 200 });
  fc.assert(
    fc.property(sizes, fc.nat(20), (payloads, looksEvery) => {
      let freeBytes = 5 * lowWaterBytes;
      const room = roomWith(freeBytes);
      for (const [index, bytes] of payloads.entries()) {
        if (room.low) break;
        room.grew(1, bytes);
        freeBytes -= 2 * (bytes + limits.messageBytesEstimate);
        if (index % (looksEvery + 1) === 0) room.looked(freeBytes, room.grownBytes);
      }
      const largest = 2 * (limits.bodyBytesMax + limits.messageBytesEstimate);
      assert.ok(freeBytes >= lowWaterBytes - largest);
    }),
  );
});
