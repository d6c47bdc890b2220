import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArchiveSummary } from "../main/archive-access.ts";
import { jsonPrinter, tablePrinter } from "./archive-findings.ts";

function archiveOf(jobDb: number): ArchiveSummary {
  return {
    jobDb,
    kind: "history",
    messages: jobDb * 1_000,
    deliveries: 2,
    attempts: 3,
    undelivered: 0,
    blocks: 1,
    bytes: 10 ** (jobDb % 9),
    from: null,
    to: "2026-11-01T00:00:00.000Z",
  };
}

for (const count of [0, 1, 3]) {
  test(`${count} archives and as many damages are one JSON text, indented as any other`, () => {
    const archives = Array.from({ length: count }, (_, at) => archiveOf(at + 1));
    const damages = archives.map(({ jobDb }) => ({
      name: `blocks/${jobDb}`,
      why: "it is missing",
    }));
    const lines: string[] = [];
    const printer = jsonPrinter((line) => lines.push(line));
    for (const archive of archives) printer.add(archive);
    printer.end(damages);
    const text = lines.join("\n");
    assert.deepEqual(JSON.parse(text), { archives, damages });
    if (count > 0) assert.equal(text, JSON.stringify({ archives, damages }, undefined, 2));
  });
}

test("a table is printed while archives come, and its columns line up wherever they stay as wide", () => {
  const lines: string[] = [];
  const printer = tablePrinter((line) => lines.push(line));
  for (let jobDb = 1; jobDb <= 120; jobDb += 1) printer.add(archiveOf(jobDb));
  assert.ok(lines.length >= 100 && lines.length < 121, `${lines.length} lines before the end`);
  printer.end([]);
  assert.equal(lines.length, 121);
  assert.match(lines[0] ?? "", /^JobDb {2}kind {5}messages {2}deliveries/);
  assert.match(lines[1] ?? "", /^1 {6}history {2}1000 {6}2 {11}0 {12}10 {9}- {5}2026-11-01T/);
  const columnOfTime = (line: string): number => line.indexOf("2026-");
  assert.equal(columnOfTime(lines[1] ?? ""), columnOfTime(lines[120] ?? ""));
});

test("a table without archives has its head", () => {
  const lines: string[] = [];
  tablePrinter((line) => lines.push(line)).end([]);
  assert.deepEqual(lines, ["JobDb  kind  messages  deliveries  undelivered  bytes  from  to"]);
});
