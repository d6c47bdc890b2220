import { isUtf8 } from "node:buffer";
import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/** That a body is not compressed, and UTF-8; else the problem that it is not. */
export function checkBodyText(request: FastifyRequest, bytes: Buffer): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    const got = `Content-Encoding ${JSON.stringify(encoding)}`;
    throw new Problem(
      "unsupported_media_type",
      `Expected a body that is not compressed, got ${got}. Send it as it is.`,
    );
  }
  if (!isUtf8(bytes)) throw Problem.invalidJson("bytes that are not UTF-8");
}
