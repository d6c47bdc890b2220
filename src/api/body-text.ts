import { isUtf8 } from "node:buffer";
import type { FastifyRequest } from "fastify";
import { Problem } from "./problem.ts";

/** That a body is not compressed, and UTF-8 by its type and its bytes; else the problem that it is not. */
export function checkBodyText(request: FastifyRequest, bytes: Buffer): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    const got = `Content-Encoding ${JSON.stringify(encoding)}`;
    throw new Problem(
      "unsupported_media_type",
      `Expected a body that is not compressed, got ${got}. Send it as it is.`,
    );
  }
  const charset = charsetIn(request.headers["content-type"] ?? "");
  if (charset !== "utf-8") {
    throw new Problem(
      "unsupported_media_type",
      `Expected the charset utf-8, got ${JSON.stringify(charset)}. Send UTF-8.`,
    );
  }
  if (!isUtf8(bytes)) throw Problem.invalidJson("bytes that are not UTF-8");
}

/** In lower case; utf-8 if it is not said (RFC 8259 section 8.1). */
function charsetIn(contentType: string): string {
  return /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1]?.toLowerCase() ?? "utf-8";
}
