/** What name servers do: nothing, too late, too much, or point somewhere else (RFC 1035). */
import type { AnswerName, Behaviour, Question } from "./behaviour.ts";

const typeA = 1;
const typeCname = 5;
const truncated = 0x8380;
const fine = 0x8180;
const failed = 0x8182;
const unknown = 0x8183;
const loopback = [127, 0, 0, 1];
const metadata = [169, 254, 169, 254];

function name(title: string, comesTo: Behaviour["comesTo"], answerName: AnswerName): Behaviour {
  return { name: `name-${title}`, comesTo, place: { kind: "name", answerName } };
}

export const hostileNames: readonly Behaviour[] = [
  name("never-resolves", "timeout", () => undefined),
  name("resolves-late", "timeout", (question, answer) => {
    setTimeout(() => answer(packetOf(question, addresses([loopback]))), 2_500);
  }),
  name("resolves-by-tcp-never", "timeout", (question, answer) => {
    if (question.transport === "udp") answer(packetOf(question, [], truncated));
  }),
  name("has-1000-addresses", "connection", (question, answer) => {
    const many = Array.from({ length: 1_000 }, (_, index) => [127, 0, index >> 8, index & 0xff]);
    answer(
      question.transport === "udp"
        ? packetOf(question, [], truncated)
        : packetOf(question, addresses(many)),
    );
  }),
  name("has-17-addresses", "connection", (question, answer) => {
    const many = Array.from({ length: 17 }, (_, index) => [127, 0, 0, index + 1]);
    answer(packetOf(question, addresses(many)));
  }),
  name("is-metadata", "connection", (question, answer) => {
    answer(packetOf(question, addresses([metadata])));
  }),
  name("is-good-and-metadata", "connection", (question, answer) => {
    answer(packetOf(question, addresses([loopback, metadata])));
  }),
  name("has-no-address", "connection", (question, answer) => answer(packetOf(question, []))),
  name("is-unknown", "connection", (question, answer) => answer(packetOf(question, [], unknown))),
  name("fails", "connection", (question, answer) => answer(packetOf(question, [], failed))),
  name("points-to-itself", "connection", (question, answer) => {
    // The name of the record is a pointer to the question's, and so is the name that it stands for.
    answer(
      packetOf(question, [Buffer.from([0xc0, 12, 0, typeCname, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12])]),
    );
  }),
  name("points-in-circles", "connection", (question, answer) => {
    answer(packetOf(question, [Buffer.from([0xc0, 0xff, 0, typeA, 0, 1])]));
  }),
  name("is-junk", "connection", ({ query }, answer) => {
    answer(Buffer.concat([query.subarray(0, 2), Buffer.from("junk")]));
  }),
  name("is-flooded", "timeout", (question, answer) => {
    const wrong = packetOf(question, addresses([metadata]));
    wrong.writeUInt16BE((question.query.readUInt16BE(0) + 1) & 0xffff, 0); // somebody else's question
    for (let sent = 0; sent < 100; sent += 1) answer(wrong);
  }),
];

function addresses(all: readonly (readonly number[])[]): readonly Buffer[] {
  return all.map((bytes) => Buffer.from([0xc0, 12, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...bytes]));
}

/** An answer for a question of type A; there is nothing of other types. */
function packetOf({ query }: Question, records: readonly Buffer[], flags = fine): Buffer {
  const nameEnd = query.indexOf(0, 12);
  const isV4 = query.readUInt16BE(nameEnd + 1) === typeA;
  const given = isV4 ? records : [];
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(given.length, 6);
  return Buffer.concat([header, query.subarray(12, nameEnd + 5), ...given]);
}
