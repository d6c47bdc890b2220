import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "./logger.ts";

const secret = "whsec_planted";

/** The lines that are written, each without its time. */
function linesOf(log: (logger: ReturnType<typeof createLogger>) => void): readonly unknown[] {
  const lines: string[] = [];
  log(createLogger("info", { write: (line) => lines.push(line) }));
  return lines.map((line) => {
    assert(!line.includes(secret), line);
    const { time: _, ...rest } = JSON.parse(line);
    return rest;
  });
}

test("a line has its message and what is listed, and nothing else that it is given", () => {
  const lines = linesOf((logger) => {
    logger.info({ jobDb: 3, jwtSecret: secret, headers: { authorization: secret } }, "this");
    logger.child({}, { level: "warn" }).warn({ code: { secret }, data: "folder" }, "that");
  });
  assert.deepEqual(lines, [
    { level: 30, jobDb: 3, jwtSecret: "[not listed]", headers: "[not listed]", msg: "this" },
    { level: 40, code: "[not listed]", data: "folder", msg: "that" },
  ]);
});

test("an error is told by its messages and codes, not by what else it carries", () => {
  const cause = Object.assign(new TypeError("the cause"), { code: "EIO", body: secret });
  const error = Object.assign(new Error("it failed", { cause }), {
    request: { headers: [secret] },
  });
  const [line] = linesOf((logger) => logger.error({ err: error }, "request failed"));
  assert.deepEqual(line, {
    level: 50,
    err: {
      type: "Error",
      message: "it failed",
      stack: error.stack,
      cause: { type: "TypeError", message: "the cause", stack: cause.stack, code: "EIO" },
    },
    msg: "request failed",
  });
});

test("an error that is logged alone is told in the same way", () => {
  const error = Object.assign(new Error("it failed"), { secret });
  const [line] = linesOf((logger) => logger.error(error));
  assert.deepEqual(line, {
    level: 50,
    err: { type: "Error", message: "it failed", stack: error.stack },
    msg: "it failed",
  });
});
