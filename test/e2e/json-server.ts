import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

export interface JsonServer {
  readonly address: string;
  stop(): void;
}

/** Answers GET with JSON to whoever has the bearer token; undefined is 404. @param throttlesFirst the first one gets 429 */
export async function serveJson(
  token: string,
  answerOf: (path: string, query: URLSearchParams) => unknown,
  { throttlesFirst }: { readonly throttlesFirst: boolean },
): Promise<JsonServer> {
  let throttles = throttlesFirst;
  const server = createServer((request, response) => {
    if (throttles) {
      throttles = false;
      response.writeHead(429, { "retry-after": "0" }).end();
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    const isAllowed = request.headers.authorization === `Bearer ${token}`;
    const answer =
      isAllowed && request.method === "GET" ? answerOf(pathname, searchParams) : undefined;
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const bound = server.address();
  assert.ok(typeof bound === "object" && bound !== null);
  return {
    address: `http://127.0.0.1:${bound.port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
